"""Exchanges: the row is the queue entry too, with its next attempt, its lease and its fence.

A fencing number grows with each lease and each change made without one. `lease` gives it as a
positive number; every other way of reading an exchange gives it negative: "as it was when I
looked". `save` accepts a positive number while it is the current one, and a negative number
while it is the current one and nobody holds a lease. So a worker that lost its lease writes
nothing, and an operator writes only over what he saw.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from hub.errors import Issue, LeaseLost
from hub.model import Event, Exchange, Message, State, StoredMessage
from hub.ports import Change
from hub.store import scopes, sightings
from hub.store.accept import insert_all
from hub.store.billing import bill, list_doubles
from hub.store.engine import Database, looks_again
from hub.store.inbox import remember_reply
from hub.store.person_tasks import attach
from hub.store.resources import put
from hub.store.rows import (
    event_of,
    exchange_of,
    exchange_values,
    insert_events,
    insert_messages,
    message_of,
    money,
)
from hub.store.sealing import opened
from hub.store.switches import may_go
from hub.store.tables import deposit_members, deposits, events, exchanges, messages

#: Outgoing bytes that are not the message itself.
NOT_THE_MESSAGE = ("ask", "inquiry", "answer", "reply", "payment", "notification")


class Exchanges:
    """The part of the store that keeps exchanges and their stories."""

    db: Database

    def exchange(self, id: str) -> Exchange | None:
        """One exchange by its id."""
        return self._one(exchanges.c.id == id)

    def exchanges(
        self,
        *,
        state: State | None = None,
        held: bool | None = None,
        partner: str | None = None,
        resource: str | None = None,
        identifier: str | None = None,
        limit: int = 1000,
    ) -> list[Exchange]:
        """Newest first; `identifier` is the whole system|value."""
        asked = {
            "state": state.value if state else None,
            "held": held,
            "partner": partner,
            "resource": resource,
            "identifier": identifier,
        }
        wanted = [exchanges.c[name] == value for name, value in asked.items() if value is not None]
        newest = sa.select(exchanges).where(*wanted, *self._narrowed())
        with self.db.read() as connection:
            rows = connection.execute(newest.order_by(exchanges.c.seq.desc()).limit(limit))
            return [exchange_of(row) for row in rows]

    def _narrowed(self) -> Sequence[sa.ColumnElement[bool]]:
        """What else an exchange must be to be listed: nothing, for a store that sees all."""
        return ()

    def business_key(self, provider: str, identifier: str, operation: str) -> Exchange | None:
        """The exchange with this business key; a control copy only when nothing else has it."""
        return self._one(
            exchanges.c.provider == provider,
            exchanges.c.identifier == identifier,
            exchanges.c.operation == operation,
        )

    def by_submission(self, partner: str, submission: str) -> Exchange | None:
        """The exchange that gave the partner this submission id."""
        return self._one(exchanges.c.partner == partner, exchanges.c.submission == submission)

    def _one(self, *wanted: sa.ColumnElement[bool]) -> Exchange | None:
        first = sa.select(exchanges).where(*wanted)
        first = first.order_by(exchanges.c.parent.is_not(None), exchanges.c.seq).limit(1)
        with self.db.read() as connection:
            row = connection.execute(first).one_or_none()
            return None if row is None else exchange_of(row)

    def lease(self, id: str, seconds: float, *, due: bool = True) -> Exchange | None:
        """Take it for so many seconds by database time; None when taken.

        With `due`, also None when it is held or its next attempt has not come.
        """
        free = _due(self.db) if due else (unleased(self.db, exchanges),)
        taken = (
            sa.update(exchanges)
            .where(exchanges.c.id == id, *free)
            .values(fence=exchanges.c.fence + 1, lease_until=self.db.now(plus=seconds))
            .returning(exchanges)
        )
        with self.db.write() as connection:
            row = connection.execute(taken).one_or_none()
            return None if row is None else exchange_of(row, leased=True)

    def recover(self) -> int:
        """Free all leases; make each SENT exchange and deposit due now. Gives how many.

        Only for the one process of the embedded hub: whoever held a lease has died. An exchange
        inside a deposit is asked about with its deposit.
        """
        alone = sa.and_(exchanges.c.deposit.is_(None), sa.not_(exchanges.c.held))
        made_due = 0
        with self.db.write() as connection:
            for table, asks in (
                (exchanges, alone),
                (deposits, deposits.c.next_attempt.is_not(None)),
            ):
                taken = sa.update(table).where(table.c.lease_until.is_not(None))
                connection.execute(taken.values(lease_until=None, fence=table.c.fence + 1))
                sent = sa.update(table).where(table.c.state == State.SENT.value, asks)
                made_due += connection.execute(sent.values(next_attempt=self.db.now())).rowcount
        return made_due

    @looks_again
    def save(self, change: Change) -> None:
        """Write a step's result and end the lease.

        READY → SENT keeps the lease: the bytes are about to leave under it.

        Raises:
            LeaseLost: the fencing number is not the current one any more; nothing is written.
            DoubleBilled: another exchange billed one of these acts to another body; nothing is
                written, and the lease is still held.
        """
        after = change.exchange
        with self.db.write() as connection:
            write_fenced(connection, self.db, exchanges, after, exchange_values(after))
            insert_events(connection, ((after.id, event) for event in change.events))
            insert_messages(connection, ((after.id, after.partner, m) for m in change.messages))
            put(connection, change.resources)
            if change.resources or after.state is State.READY:
                scopes.inherit(connection, after.resource, change.resources, after.partner)
            insert_all(connection, change.spawn)
            if change.reply is not None and after.partner:
                remember_reply(connection, after.partner, change.reply)
            _save_beside(connection, self.db, change)

    def due(self, limit: int = 200) -> list[str]:
        """Exchanges whose next attempt is due and which nobody holds, oldest first."""
        waiting = sa.select(exchanges.c.id).where(*_due(self.db))
        waiting = waiting.order_by(exchanges.c.next_attempt, exchanges.c.seq).limit(limit)
        with self.db.read() as connection:
            return list(connection.execute(waiting).scalars())

    def events(self, exchange_id: str) -> list[Event]:
        """The story, in order."""
        story = sa.select(events).where(events.c.exchange == exchange_id).order_by(events.c.seq)
        with self.db.read() as connection:
            return [event_of(row) for row in connection.execute(story)]

    def messages(self, exchange_id: str) -> list[StoredMessage]:
        """The bytes that crossed the border for this exchange, in order, its deposit's too."""
        with self.db.read() as connection:
            return [message_of(row) for row in connection.execute(_crossed(exchange_id))]

    def kept_messages(self, exchange_id: str) -> list[StoredMessage]:
        """As `messages`, to be shown as evidence: without the bytes that do not open."""
        with self.db.read() as connection:
            rows = connection.execute(_crossed(exchange_id)).all()
        return [message_of(row, as_evidence=True) for row in rows]

    def outgoing(self, exchange_id: str) -> Message | None:
        """The newest message made for the partner.

        Where the stored message does not say its operation, key or total, the exchange does.
        """
        newest = (
            sa.select(messages, exchanges.c.operation.label("does"), exchanges.c.submission)
            .add_columns(exchanges.c.amount.label("claimed"), exchanges.c.currency.label("unit"))
            .join(exchanges, exchanges.c.id == messages.c.exchange)
            .where(messages.c.exchange == exchange_id, messages.c.direction == "out")
            .where(messages.c.kind.not_in(NOT_THE_MESSAGE))
            .order_by(messages.c.seq.desc())
            .limit(1)
        )
        with self.db.read() as connection:
            row = connection.execute(newest).one_or_none()
        if row is None:
            return None
        return Message(
            row.operation or row.does,
            row.key or row.submission,
            opened(messages.c.body, row._mapping),
            row.content_type,
            row.name,
            money(row.amount, row.currency) or money(row.claimed, row.unit),
        )


def _crossed(exchange_id: str) -> sa.Select[Any]:
    carriers = sa.select(deposit_members.c.deposit).where(deposit_members.c.exchange == exchange_id)
    mine = sa.or_(messages.c.exchange == exchange_id, messages.c.deposit.in_(carriers))
    return sa.select(messages).where(mine).order_by(messages.c.seq)


def _save_beside(connection: sa.Connection, db: Database, change: Change) -> None:
    """What a step also changes outside of its own exchange."""
    insert_events(connection, ((id, e) for id, told in change.told.items() for e in told))
    list_doubles(connection, change.doubles)
    if change.doubt is not None:
        attach(connection, db, change.doubt, str(uuid.uuid4()))
    if change.seen:
        sightings.count(connection, db, change.exchange.id, change.seen)
    if change.bill is not None:
        bill(connection, change.exchange, change.bill)


def _due(db: Database) -> tuple[sa.ColumnElement[bool], ...]:
    return sa.not_(exchanges.c.held), *ready(db, exchanges), may_go(exchanges)


def ready(db: Database, table: sa.Table) -> tuple[sa.ColumnElement[bool], ...]:
    """Its next attempt has come and nobody holds it, by database time."""
    return table.c.next_attempt <= db.now(), unleased(db, table)


def unleased(db: Database, table: sa.Table) -> sa.ColumnElement[bool]:
    """Nobody holds it: never leased, given back, or the lease ran out."""
    return sa.or_(table.c.lease_until.is_(None), table.c.lease_until <= db.now())


def write_fenced(
    connection: sa.Connection,
    db: Database,
    table: sa.Table,
    noun: Any,
    values: dict[str, Any],
) -> None:
    """Write a leased row, or one that nobody touched since it was read (module docstring).

    Raises:
        LeaseLost: it is held by another, or has changed.
    """
    wanted: Sequence[sa.ColumnElement[bool]] = (table.c.fence == noun.fence,)
    leaving = sa.and_(table.c.state == State.READY.value, sa.literal(noun.state is State.SENT))
    if noun.fence <= 0:
        wanted = (table.c.fence == -noun.fence, unleased(db, table))
        values = {**values, "fence": table.c.fence + 1}
    lease = sa.case((leaving, table.c.lease_until), else_=None)
    written = sa.update(table).where(table.c.id == noun.id, *wanted)
    result = connection.execute(written.values(**values, lease_until=lease))
    if result.rowcount != 1:
        raise LeaseLost(
            Issue(
                "conflict",
                f"L’échange ou le dépôt {noun.id} a changé entre-temps : rien n’a été écrit. "
                "Relisez-le, puis recommencez si l’action est encore utile.",
                f"Exchange or deposit {noun.id} has changed meanwhile: nothing was written. "
                "Read it again, then repeat the action if it still makes sense.",
            )
        )
