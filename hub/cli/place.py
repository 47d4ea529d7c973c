"""Where the running hub is: what `benkan up` wrote in its data folder, or BENKAN_URL."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hub.errors import Issue, Misconfigured
from hub.settings import Settings

NAME = "up.json"


def write(settings: Settings, state: dict[str, Any]) -> None:
    """Keep the addresses for the other commands."""
    (settings.data / NAME).write_text(json.dumps(state, indent=1), encoding="utf-8")


def read(settings: Settings) -> dict[str, Any]:
    """What `benkan up` wrote last, or an empty table."""
    path = settings.data / NAME
    if not path.is_file():
        return {}
    state: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return state


@contextmanager
def alone(settings: Settings) -> Iterator[None]:
    """Keep the data folder for this process: two embedded hubs on one database would both send.

    The lock goes with the process, however it ends.

    Raises:
        Misconfigured: another process has it.
    """
    settings.data.mkdir(0o700, parents=True, exist_ok=True)
    with (settings.data / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            folder = settings.data.absolute()
            raise Misconfigured(
                Issue(
                    "conflict",
                    f"Un autre « benkan » travaille déjà dans {folder}. Arrêtez-le, ou choisissez "
                    "un autre dossier par BENKAN_DATA.",
                    f"Another benkan already works in {folder}. Stop it, or choose another folder "
                    "with BENKAN_DATA.",
                )
            ) from error
        yield


def base_url(settings: Settings) -> str:
    """The hub's address: BENKAN_URL, else the running `benkan up`, else the default."""
    found = os.environ.get("BENKAN_URL") or read(settings).get("url")
    return str(found or f"http://{settings.host}:{settings.port}").rstrip("/")


def sandbox_folder(settings: Settings, partner: str) -> Path:
    """Where a sandbox keeps its ledger and its files."""
    return settings.data / "sandbox" / partner
