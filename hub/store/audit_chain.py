"""Extends the audit chain: the last thing a transaction that changes something does."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from hub.evidence.chain import Act, Entry, extend
from hub.store.audit_tables import audit

#: One writer at a time extends the chain; taken last in a transaction, so nobody waits on it twice.
_CHAIN_LOCK = 7_236_526_002
_ACTS = "acts"  #: where a connection carries what its transaction did


def begin(connection: sa.Connection) -> None:
    """A transaction starts: it has done nothing yet."""
    connection.info[_ACTS] = []


def tell(connection: sa.Connection, acts: Iterable[Act]) -> None:
    """What this transaction did; written when it ends, or not at all when it fails."""
    connection.info[_ACTS] += acts


def finish(connection: sa.Connection) -> None:
    """Append what was told to the chain."""
    acts: Sequence[Act] = connection.info.pop(_ACTS)
    if acts:
        lock(connection)
        links = zip(extend(last(connection), acts), acts, strict=True)
        connection.execute(sa.insert(audit), [_row(entry, act) for entry, act in links])


def lock(connection: sa.Connection) -> None:
    """Wait until nobody else extends the chain; held until the transaction ends."""
    if connection.dialect.name == "postgresql":  # SQLite has one writer anyway
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_CHAIN_LOCK)))


def last(connection: sa.Connection) -> Entry | None:
    """Where the chain stands."""
    newest = sa.select(sa.func.max(audit.c.seq)).scalar_subquery()
    row = connection.execute(sa.select(audit).where(audit.c.seq == newest)).one_or_none()
    return None if row is None else entry_of(row)


def entry_of(row: sa.Row[Any]) -> Entry:
    """The entry in a row."""
    return Entry(row.seq, row.content, row.prev, row.digest)


def _row(entry: Entry, act: Act) -> dict[str, Any]:
    return {
        "seq": entry.seq,
        "at": act.at,
        "actor": act.actor,
        "action": act.action,
        "object": act.object,
        "content": entry.content,
        "prev": entry.prev,
        "digest": entry.digest,
    }


def has(connection: sa.Connection, action: str, object: str) -> bool:
    """Was this ever told of this object?"""
    wanted = sa.select(audit.c.seq).where(audit.c.object == object, audit.c.action == action)
    return connection.execute(wanted.limit(1)).first() is not None
