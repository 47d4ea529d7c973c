"""The accept path: claim, exchange, events and bytes in one transaction, many claims at once."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from hub.errors import Busy
from hub.model import Exchange
from hub.ports import Acceptance, Accepted
from hub.store.engine import Database
from hub.store.inbox import remember_reply
from hub.store.resources import current, put
from hub.store.rows import exchange_of, insert_events, insert_exchanges, insert_messages
from hub.store.tables import HAS_KEY, exchanges

_log = logging.getLogger(__name__)

Key = tuple[str, str, str]  #: provider, identifier, operation


class Accept:
    """The part of the store that takes new work in."""

    db: Database

    def accept(self, batch: Sequence[Acceptance]) -> list[Accepted]:
        """All of the batch in one transaction; on failure row by row. Answers after commit.

        Gives one Accepted for each, in order. An acceptance that could not be stored has its
        `error` set and left nothing behind; the others are not touched by its failure.
        """
        if len(batch) > 1:
            try:
                with self.db.write() as connection:
                    return insert_all(connection, batch)
            except Exception as error:
                _log.warning("batch of %d replayed row by row: %s", len(batch), _name(error))
        return [self._accept_one(one) for one in batch]

    def _accept_one(self, acceptance: Acceptance) -> Accepted:
        try:
            return self._try(acceptance)
        except (IntegrityError, Busy):
            pass  # another was faster, or the answer to COMMIT was lost: look, then try once more
        except Exception as error:
            return _failed(error)
        try:
            return self._try(acceptance)
        except Exception as error:
            return _failed(error)

    def _try(self, acceptance: Acceptance) -> Accepted:
        with self.db.write() as connection:
            stored = _stored_before(connection, acceptance)
            return stored or insert_all(connection, [acceptance])[0]


def insert_all(connection: sa.Connection, batch: Sequence[Acceptance]) -> list[Accepted]:
    """Store each acceptance, or find the exchange that already has its business key."""
    stored = _by_key(connection, [key for one in batch if (key := _key(one))])
    duplicates: list[Exchange | None] = []
    fresh: list[Acceptance] = []
    for one in batch:
        key = _key(one)
        duplicates.append(stored.get(key) if key else None)
        if duplicates[-1] is None:
            fresh.append(one)
            if key:
                stored[key] = one.exchanges[0]
    kept = iter(put(connection, [new for one in fresh for new in one.resources]))
    insert_exchanges(connection, [new for one in fresh for new in one.exchanges])
    insert_events(
        connection, ((id, e) for one in fresh for id, es in one.events.items() for e in es)
    )
    partners = {new.id: new.partner for one in fresh for new in one.exchanges}
    insert_messages(
        connection,
        ((id, partners.get(id), m) for one in fresh for id, ms in one.messages.items() for m in ms),
    )
    for partner, reply in (known for one in fresh for known in one.replies):
        remember_reply(connection, partner, reply)
    return [
        Accepted(duplicate=found) if found else Accepted([next(kept) for _ in one.resources])
        for one, found in zip(batch, duplicates, strict=True)
    ]


def _key(acceptance: Acceptance) -> Key | None:
    first = next(iter(acceptance.exchanges), None)
    if first is None or first.parent is not None or not first.identifier:
        return None
    return first.provider, first.identifier, first.operation.value


def _by_key(connection: sa.Connection, keys: Sequence[Key]) -> dict[Key, Exchange]:
    if not keys:
        return {}
    # Column by column, then exactly: SQLite reads the whole table for (a, b, c) IN (a long list).
    columns = (exchanges.c.provider, exchanges.c.identifier, exchanges.c.operation)
    alike = (
        column.in_(sorted(set(parts)))
        for column, parts in zip(columns, zip(*keys, strict=True), strict=True)
    )
    rows = connection.execute(sa.select(exchanges).where(sa.text(HAS_KEY), *alike))
    found = {(row.provider, row.identifier, row.operation): row for row in rows}
    return {key: exchange_of(found[key]) for key in keys if key in found}


def _stored_before(connection: sa.Connection, acceptance: Acceptance) -> Accepted | None:
    ids = [one.id for one in acceptance.exchanges]
    known = sa.select(exchanges.c.id).where(exchanges.c.id.in_(ids))
    if not ids or not connection.execute(known).all():
        return None
    return Accepted(current(connection, acceptance.resources))


def _failed(error: Exception) -> Accepted:
    _log.error("acceptance not stored: %s", _name(error))
    return Accepted(error=_name(error))


def _name(error: Exception) -> str:
    # The driver's own text quotes values, and those are patients' data.
    cause = getattr(error, "orig", None)
    return f"{type(error).__name__} {type(cause).__name__}" if cause else type(error).__name__
