"""Where the running hub is: what `benkan up` wrote in its data folder, or BENKAN_URL."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

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


def base_url(settings: Settings) -> str:
    """The hub's address: BENKAN_URL, else the running `benkan up`, else the default."""
    found = os.environ.get("BENKAN_URL") or read(settings).get("url")
    return str(found or f"http://{settings.host}:{settings.port}").rstrip("/")


def control_url(address: dict[str, Any]) -> str:
    """The control port of a sandbox, from what it published."""
    return f"http://{address['host']}:{address['control']}"


def sandbox_folder(settings: Settings, partner: str) -> Path:
    """Where a sandbox keeps its ledger and its files."""
    return settings.data / "sandbox" / partner
