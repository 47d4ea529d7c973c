"""The audit chain in the database: written in the transaction of what it is about."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hub.errors import Issue, Misconfigured, Tampered
from hub.evidence import checkpoints
from hub.evidence.chain import Act, Entry
from hub.evidence.checkpoints import Checkpoint, key_id
from hub.model import Event, StoredResource
from hub.store import audit_chain
from hub.store.audit_chain import entry_of
from hub.store.audit_tables import audit, audit_checkpoints
from hub.store.engine import Database
from hub.store.resources import bytes_of
from hub.store.rows import event_of
from hub.store.sealed_text import raw_text
from hub.store.tables import events, resource_history, resources

_AT_ONCE = 1000


class Audit:
    """The part of the store that keeps the evidence."""

    db: Database

    def record(self, acts: Sequence[Act]) -> None:
        """Audit entries about nothing else that is stored: reads, sign-ins, refusals."""
        with self.db.write() as connection:
            audit_chain.tell(connection, acts)

    def audit_entries(self, after: int = 0, object: str | None = None) -> Iterator[Entry]:
        """The chain in order, or the entries about one object."""
        about = () if object is None else (audit.c.object == object,)
        while True:
            page = sa.select(audit).where(audit.c.seq > after, *about).order_by(audit.c.seq)
            with self.db.read() as connection:
                rows = connection.execute(page.limit(_AT_ONCE)).all()
            yield from (entry_of(row) for row in rows)
            if len(rows) < _AT_ONCE:
                return
            after = rows[-1].seq

    def audit_search(
        self,
        *,
        actor: str | None = None,
        action: str | None = None,
        object: str | None = None,
        limit: int = 100,
    ) -> list[Entry]:
        """Newest first."""
        asked = {"actor": actor, "action": action, "object": object}
        wanted = [audit.c[name] == value for name, value in asked.items() if value is not None]
        newest = sa.select(audit).where(*wanted).order_by(audit.c.seq.desc()).limit(limit)
        with self.db.read() as connection:
            return [entry_of(row) for row in connection.execute(newest)]

    def checkpoints(self) -> list[Checkpoint]:
        """All checkpoints, in order."""
        ordered = sa.select(audit_checkpoints).order_by(audit_checkpoints.c.number)
        with self.db.read() as connection:
            return [_checkpoint(row) for row in connection.execute(ordered)]

    def last_signer(self) -> str:
        """Which key signed the newest checkpoint; "" when there is none."""
        newest = sa.select(audit_checkpoints.c.key).order_by(audit_checkpoints.c.number.desc())
        with self.db.read() as connection:
            return str(connection.execute(newest.limit(1)).scalar() or "")

    def sign_checkpoint(
        self, key: Ed25519PrivateKey, *, instead: bool = False
    ) -> Checkpoint | None:
        """Sign where the chain stands by database time; None when nothing is new.

        `instead`: from now on this key, in place of the one that signed before.

        Raises:
            Misconfigured: another key signed last.
        """
        with self.db.write() as connection:
            audit_chain.lock(connection)
            last = audit_chain.last(connection)
            newest = sa.select(audit_checkpoints).order_by(audit_checkpoints.c.number.desc())
            row = connection.execute(newest.limit(1)).one_or_none()
            before = None if row is None else _checkpoint(row)
            if last is None or (before is not None and before.seq >= last.seq):
                return None
            if before is not None and not instead and before.key != key_id(key.public_key()):
                raise _other_signer(before.key)
            at = connection.execute(sa.select(self.db.now())).scalar_one()
            made = checkpoints.sign(key, before, last.seq, last.digest, at)
            values = {name: getattr(made, name) for name in audit_checkpoints.c.keys()}  # noqa: SIM118
            connection.execute(sa.insert(audit_checkpoints), [values])
            return made

    def story(self, exchange_id: str) -> list[tuple[Event, str]]:
        """The events of an exchange with their detail as it is stored, in order."""
        raw = raw_text(events.c.detail).label("raw")
        told = sa.select(events, raw).where(events.c.exchange == exchange_id)
        with self.db.read() as connection:
            rows = connection.execute(told.order_by(events.c.seq)).all()
        # An erased sentence is told as it stands: it carries the digest of what it was.
        return [(replace(event_of(row), text=row.text), row.raw) for row in rows]

    def versions(self, type: str, id: str) -> list[tuple[StoredResource, bytes | None]]:
        """Every version of a resource with the bytes that came from outside, oldest first."""
        names = ("type", "id", "version", "body", "received", "updated")
        both = (
            sa.select(*(table.c[name] for name in names)).where(
                table.c.type == type, table.c.id == id
            )
            for table in (resource_history, resources)
        )
        with self.db.read() as connection:
            rows = [row for asked in both for row in connection.execute(asked)]
        return [_version(row) for row in sorted(rows, key=lambda row: row.version)]


def _version(row: sa.Row[Any]) -> tuple[StoredResource, bytes | None]:
    gone: str = row.body.erased
    try:
        body, received = (b"", None) if gone else bytes_of(row)
    except Tampered:  # the comparison with the chain names it
        body, received = b"", None
    stored = StoredResource(row.type, row.id, row.version, body, row.updated, erased=gone)
    return stored, received


def _checkpoint(row: sa.Row[Any]) -> Checkpoint:
    return Checkpoint(row.number, row.seq, row.digest, row.at, row.prev, row.key, row.signature)


def _other_signer(key: str) -> Misconfigured:
    return Misconfigured(
        Issue(
            "security",
            f"Une autre clé ({key}) a signé le dernier point de contrôle de l'audit : rien n'est "
            "signé par celle-ci. Donnez à tous les processus le même fichier par BENKAN_AUDIT_KEY "
            "(« benkan doctor » le vérifie).",
            f"Another key ({key}) signed the last checkpoint of the audit: nothing is signed by "
            "this one. Give all processes the same file in BENKAN_AUDIT_KEY ('benkan doctor' "
            "checks it).",
        )
    )
