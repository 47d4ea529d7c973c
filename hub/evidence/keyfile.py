"""The key that signs checkpoints, in a file only the hub can read."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hub.errors import Issue, Misconfigured
from hub.evidence.checkpoints import new_private_key, private_key


def load(path: Path) -> Ed25519PrivateKey:
    """The signing key of a file.

    Raises:
        Misconfigured: there is none, it is no such key, or others may read it.
    """
    try:
        mode, pem = path.stat().st_mode, path.read_bytes()
    except OSError:
        raise _wrong(
            f"la clé qui signe l'audit est introuvable ({path}) : donnez son fichier par "
            "BENKAN_AUDIT_KEY.",
            f"the key that signs the audit is not there ({path}): name its file in "
            "BENKAN_AUDIT_KEY.",
        ) from None
    if mode & 0o077:
        raise _wrong(
            f"d'autres peuvent lire {path} : faites « chmod 600 ».",
            f"others can read {path}: run 'chmod 600'.",
        )
    return private_key(pem)


def load_or_make(path: Path) -> Ed25519PrivateKey:
    """The signing key of a file; a fresh one the first time.

    Raises:
        Misconfigured: as `load`.
    """
    if not path.exists():
        # Whole under its name or not at all: two processes may start at once, or one be killed.
        made, fresh = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(made, "wb") as file:
            file.write(new_private_key())
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(fresh, path)
        os.unlink(fresh)
    return load(path)


def _wrong(fr: str, en: str) -> Misconfigured:
    return Misconfigured(Issue("security", fr, en))
