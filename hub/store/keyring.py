"""The keys that seal payloads: each by reference, one active key for each owner.

The folder holds `keys.json` (ids, owners, references, dates: no secret) and, for references
`file:…`, one file a key. `env:NAME` takes a key from the environment instead. A key is 32 bytes,
written in base64. Owners are partners; "" is the hub itself, INDEX the key of the search index.
Source: https://doi.org/10.6028/NIST.SP.800-38D (AES-GCM)
"""

from __future__ import annotations

import fcntl
import hmac
import secrets
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from hub.errors import KeyMissing
from hub.store import key_files
from hub.store.key_files import KeyEntry

INDEX = "#index"
EXPORT = "#export-"  #: begins the owner of a key that makes pseudonyms
#: Seconds after which a running process sees a key that another one made.
LOOK_AGAIN = 1.0


class Keyring:
    """The keys of one hub. Safe to use from many threads and processes."""

    def __init__(self, folder: Path, *, makes: bool = True) -> None:
        """`makes`: a key that an owner lacks is made when it is needed."""
        self.folder = folder
        self.makes = makes
        self.reads_plain = False  #: may rows be there that were stored before payloads were sealed?
        self._entries: dict[str, KeyEntry] = {}
        self._secrets: dict[str, bytes] = {}
        self._active: dict[str, str] = {}
        self._seen: tuple[int, int] = (0, 0)
        self._looked = 0.0
        self._lock = threading.RLock()
        self._read()

    def entries(self) -> Sequence[KeyEntry]:
        """All keys, oldest first."""
        self._read()
        return list(self._entries.values())

    def active(self, owner: str) -> str:
        """The id of the key that seals for this owner.

        Raises:
            KeyMissing: there is none, and none is made here.
        """
        if time.monotonic() - self._looked > LOOK_AGAIN:
            self._read()
        found = self._active.get(owner)
        if found is None and self.makes:
            found = self.make(owner, only_missing=True).id
        if found is None:
            raise key_files.missing(owner or "hub", f"benkan keys make --partner {owner or 'hub'}")
        return found

    def owner(self, id: str) -> str:
        """Whose key this is.

        Raises:
            KeyMissing: the list does not name it.
        """
        if id not in self._entries:
            self._read()
        if id not in self._entries:
            raise key_files.missing(id, str(self.folder / key_files.LIST))
        return self._entries[id].owner

    def secret(self, id: str) -> bytes:
        """The 32 bytes of a key.

        Raises:
            KeyMissing: its file or variable is not there, or others may read the file.
        """
        found = self._secrets.get(id)
        if found is None:
            self.owner(id)
            found = self._secrets[id] = key_files.load(self.folder, self._entries[id])
        return found

    def fingerprint(self, id: str) -> str:
        """What tells two keys apart without telling either."""
        return hmac.digest(self.secret(id), b"benkan payload key", "sha256").hex()[:32]

    def make(
        self,
        owner: str,
        *,
        reference: str = "",
        only_missing: bool = False,
        unless_pending: bool = False,
        plain: bool = False,
    ) -> KeyEntry:
        """A new active key; `reference` names one that exists already (env:NAME).

        With `only_missing` the present one when there is one; with `unless_pending` the newest one
        when an older one is not retired yet. `plain`: for the first key, whether rows may have
        been stored before.

        Raises:
            KeyMissing: what `reference` names is not there, or is no key.
            Misconfigured: the folder cannot be written.
        """
        with self._changing():
            live = [e for e in self._entries.values() if e.owner == owner and e.retired is None]
            if (only_missing and live) or (unless_pending and len(live) > 1):
                return live[-1]
            name = key_files.named(owner)
            number = 1
            # A file without an entry is that of a rotation killed before it was listed.
            while (
                f"{name}-{number}" in self._entries
                or (self.folder / f"{name}-{number}.key").exists()
            ):
                number += 1
            id = f"{name}-{number}"
            entry = KeyEntry(id, owner, reference or f"file:{id}.key", datetime.now(UTC).date())
            if reference:
                key_files.load(self.folder, entry)
            else:
                secret = key_files.encoded(secrets.token_bytes(key_files.SECRET_BYTES))
                key_files.write(self.folder / f"{id}.key", secret)
            self._save([*self._entries.values(), entry], self.reads_plain or plain)
        return entry

    def retire(self, ids: Sequence[str]) -> None:
        """Nothing is sealed with these any more. Their secrets stay: backups need them."""
        today = datetime.now(UTC).date()
        with self._changing():
            marked = [
                replace(e, retired=today) if e.id in ids and e.retired is None else e
                for e in self._entries.values()
            ]
            self._save(marked, self.reads_plain)

    def refuse_plain(self) -> None:
        """From now on a row that is not sealed is a forged one."""
        with self._changing():
            self._save(list(self._entries.values()), False)

    def lacking(self) -> list[tuple[KeyEntry, KeyMissing]]:
        """Keys of the list that cannot be used, each with why."""
        found = []
        for entry in self.entries():
            try:
                key_files.load(self.folder, entry)
            except KeyMissing as problem:
                found.append((entry, problem))
        return found

    def _read(self) -> None:
        with self._lock:
            self._looked = time.monotonic()
            try:
                state = (self.folder / key_files.LIST).stat()
            except OSError:
                return
            if (state.st_mtime_ns, state.st_ino) == self._seen:
                return
            told = key_files.parsed(self.folder / key_files.LIST)
            self._entries = {one.id: one for one in told[0]}
            self._active = {one.owner: one.id for one in told[0] if one.retired is None}
            self.reads_plain = told[1]
            self._seen = (state.st_mtime_ns, state.st_ino)

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """Nobody else changes the list meanwhile, in this process or another."""
        with self._lock:
            try:
                self.folder.parent.mkdir(0o700, parents=True, exist_ok=True)
                self.folder.mkdir(0o700, exist_ok=True)
                lock = (self.folder / "lock").open("w")
            except OSError as error:
                raise key_files.unwritable(self.folder) from error
            with lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                self._read()
                yield

    def _save(self, entries: Sequence[KeyEntry], plain: bool) -> None:
        fresh = self.folder / f".{key_files.LIST}.new"
        fresh.unlink(missing_ok=True)
        key_files.write(fresh, key_files.listed(entries, plain))
        fresh.replace(self.folder / key_files.LIST)
        key_files.settle(self.folder)  # before anything is sealed with what it names
        self._read()
