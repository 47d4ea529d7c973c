"""The files of the keys folder: the list, one file a key, and what is said when one is missing."""

from __future__ import annotations

import base64
import binascii
import json
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from hub.errors import Issue, KeyMissing, Misconfigured

LIST = "keys.json"
SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class KeyEntry:
    """What the list says of a key; the secret is elsewhere."""

    id: str
    owner: str
    reference: str  #: file:NAME (in the folder) or env:NAME
    made: date
    retired: date | None = None  #: nothing is sealed with it any more


def parsed(path: Path) -> tuple[list[KeyEntry], bool]:
    """The entries of the list, and whether rows may be there that were stored before sealing.

    Raises:
        Misconfigured: it is no such list.
    """
    try:
        tree: dict[str, Any] = json.loads(path.read_text("utf-8"), parse_float=Decimal)
        entries = [
            KeyEntry(
                row["id"],
                row["owner"],
                row["key"],
                date.fromisoformat(row["made"]),
                date.fromisoformat(row["retired"]) if "retired" in row else None,
            )
            for row in tree["keys"]
        ]
        return entries, bool(tree.get("plain"))
    except (ValueError, KeyError, TypeError, OSError):
        raise Misconfigured(
            Issue(
                "security",
                f"{path} ne se lit pas comme une liste de clés : reprenez la dernière sauvegarde "
                "de ce fichier.",
                f"{path} cannot be read as a list of keys: restore its last backup.",
            )
        ) from None


def load(folder: Path, entry: KeyEntry) -> bytes:
    """The secret behind a reference.

    Raises:
        KeyMissing: there is none, it is no key, or others may read its file.
    """
    kind, _, name = entry.reference.partition(":")
    where = name if kind == "env" else str(folder / name)
    text = os.environ.get(name, "") if kind == "env" else _private(folder / name)
    try:
        secret = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        secret = b""
    if len(secret) != SECRET_BYTES:
        raise missing(entry.id, where)
    return secret


def write(path: Path, text: str) -> None:
    """A new file that only this account can read, safely on the disk.

    Raises:
        Misconfigured: the folder cannot be written, or the file is there.
    """
    try:
        made = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise unwritable(path) from error
    with os.fdopen(made, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def settle(folder: Path) -> None:
    """What was made or renamed in the folder is there after a power cut, too."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def listed(entries: Sequence[KeyEntry], plain: bool) -> str:
    """The text of the list."""
    rows = [
        {"id": e.id, "owner": e.owner, "key": e.reference, "made": e.made.isoformat()}
        | ({"retired": e.retired.isoformat()} if e.retired else {})
        for e in entries
    ]
    return json.dumps({"keys": rows, "plain": plain}, indent=1, ensure_ascii=False)


def _private(path: Path) -> str:
    try:
        if path.stat().st_mode & 0o077:
            raise missing(path.stem, f"{path} (chmod 600)")
        return path.read_text("ascii")
    except (OSError, UnicodeDecodeError):
        return ""


def named(owner: str) -> str:
    """How the keys of an owner are called."""
    # What a file name and an id can carry; the list says whose key it is.
    return re.sub(r"[^a-z0-9-]", "-", owner.lower().lstrip("#"))[:40] or "hub"


def encoded(secret: bytes) -> str:
    """A secret as its file holds it."""
    return base64.b64encode(secret).decode()


def missing(name: str, where: str) -> KeyMissing:
    """What is said of a key that cannot be used."""
    return KeyMissing(
        Issue(
            "security",
            f"La clé de chiffrement « {name} » est introuvable ou illisible ({where}). Rien n’est "
            "lu ni écrit sans elle : remettez-la en place (« benkan doctor » dit où), ou reprenez "
            "le dossier des clés d’une sauvegarde.",
            f"Encryption key '{name}' is missing or unreadable ({where}). Nothing is read or "
            "written without it: put it back ('benkan doctor' says where), or restore the keys "
            "folder from a backup.",
        )
    )


def unwritable(path: Path) -> Misconfigured:
    """What is said of a folder where no key can be made."""
    return Misconfigured(
        Issue(
            "security",
            f"{path} : impossible d’y écrire une clé. Vérifiez BENKAN_KEYS et les droits du "
            "dossier.",
            f"{path}: a key cannot be written there. Check BENKAN_KEYS and the folder's rights.",
        )
    )
