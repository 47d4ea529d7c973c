"""Deposits: files that carry many exchanges to one partner, closed and sent as one."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from hub.model import Deposit, Event, Message, State
from hub.store.engine import Database
from hub.store.exchanges import ready, unleased, write_fenced
from hub.store.rows import (
    deposit_of,
    deposit_values,
    insert_deposit,
    insert_events,
    money,
    tell_deposit,
)
from hub.store.sealing import opened
from hub.store.switches import may_go, sent_to
from hub.store.tables import deposit_members, deposits, exchanges, messages


class Deposits:
    """The part of the store that keeps deposits."""

    db: Database

    def deposit_candidates(self, partner: str, operation: str, limit: int) -> list[str]:
        """READY exchanges that wait for a deposit (next_attempt None, not held), oldest first."""
        waiting = (
            sa.select(exchanges.c.id)
            .where(exchanges.c.partner == partner, exchanges.c.operation == operation)
            .where(*_free(self.db), sent_to(partner))
            .order_by(exchanges.c.seq)
            .limit(limit)
        )
        with self.db.read() as connection:
            return list(connection.execute(waiting).scalars())

    def close_deposit(self, deposit: Deposit, members: Sequence[str], message: Message) -> bool:
        """Members READY → SENT and the deposit's bytes, in one transaction, with an event each.

        False (and nothing written) when a member is not READY any more, is held or leased.
        """
        with self.db.write() as connection:
            moved = connection.execute(
                sa.update(exchanges)
                .where(exchanges.c.id.in_(members), *_free(self.db))
                .values(
                    state=State.SENT.value,
                    deposit=deposit.id,
                    updated=deposit.created,
                    fence=exchanges.c.fence + 1,
                )
                .returning(exchanges.c.id)
            ).scalars()
            if len(moved.all()) != len(set(members)):
                connection.rollback()
                return False
            insert_deposit(connection, deposit, message, members)
            rows = [{"deposit": deposit.id, "exchange": id} for id in members]
            connection.execute(sa.insert(deposit_members), rows)
            event = Event(
                deposit.created,
                "sent",
                f"Joint au dépôt {deposit.name or deposit.key} (feuilles : {deposit.count}), "
                "qui part d’un bloc.",
                State.SENT,
                {"deposit": deposit.id, "key": deposit.key, "name": deposit.name},
            )
            insert_events(connection, ((id, event) for id in members))
            return True

    def lease_deposit(self, id: str, seconds: float) -> tuple[Deposit, Message] | None:
        """Take it, with its bytes, for so many seconds by database time; None: not due or taken."""
        taken = (
            sa.update(deposits)
            .where(deposits.c.id == id, *ready(self.db, deposits), may_go(deposits))
            .values(fence=deposits.c.fence + 1, lease_until=self.db.now(plus=seconds))
            .returning(deposits)
        )
        carried = sa.select(messages).where(messages.c.deposit == id).order_by(messages.c.seq)
        with self.db.write() as connection:
            row = connection.execute(taken).one_or_none()
            if row is None:
                return None
            sent = connection.execute(carried.limit(1)).one()
        total = money(sent.amount, sent.currency)
        message = Message(
            sent.operation,
            sent.key,
            opened(messages.c.body, sent._mapping),
            sent.content_type,
            sent.name,
            total,
            sent._mapping["count"],
        )
        return deposit_of(row, leased=True), message

    def save_deposit(
        self, deposit: Deposit, members: State | None, events: Sequence[Event] = ()
    ) -> None:
        """Write a deposit's step; moves its SENT members to `members` when given.

        The events are told in the story of each member that moved, or of each member when none
        was to move. Members sent back to READY leave the deposit and wait for another one.

        Raises:
            LeaseLost: the fencing number is not the current one any more; nothing is written.
        """
        was = sa.select(deposits.c.state).where(deposits.c.id == deposit.id)
        with self.db.write() as connection:
            before = connection.execute(was).scalar_one_or_none()
            write_fenced(connection, self.db, deposits, deposit, deposit_values(deposit))
            if before != deposit.state.value:
                now = connection.execute(sa.select(self.db.now())).scalar_one()
                tell_deposit(connection, deposit, now)
            carried = sa.select(deposit_members.c.exchange).where(
                deposit_members.c.deposit == deposit.id
            )
            if members is None:
                concerned = list(connection.execute(carried).scalars())
            else:
                concerned = self._move(connection, carried, members, deposit.id)
            insert_events(connection, ((id, event) for id in concerned for event in events))

    def _move(
        self,
        connection: sa.Connection,
        carried: sa.Select[tuple[str]],
        state: State,
        deposit: str,
    ) -> list[str]:
        moved = (
            sa.update(exchanges)
            .where(exchanges.c.id.in_(carried), exchanges.c.deposit == deposit)
            .where(exchanges.c.state == State.SENT.value)
            .values(
                state=state.value,
                deposit=None if state is State.READY else deposit,
                updated=self.db.now(),
                fence=exchanges.c.fence + 1,
                lease_until=None,
            )
            .returning(exchanges.c.id)
        )
        return list(connection.execute(moved).scalars())

    def deposits_due(self, limit: int = 50) -> list[str]:
        """Deposits to be sent or asked about, oldest first."""
        due = sa.select(deposits.c.id).where(*ready(self.db, deposits), may_go(deposits))
        due = due.order_by(deposits.c.next_attempt, deposits.c.seq).limit(limit)
        with self.db.read() as connection:
            return list(connection.execute(due).scalars())

    def deposit_members(self, key: str) -> list[str]:
        """The exchanges that travelled in the deposit of this key, in order."""
        carried = (
            sa.select(deposit_members.c.exchange)
            .join(deposits, deposits.c.id == deposit_members.c.deposit)
            .where(deposits.c.key == key)
        )
        with self.db.read() as connection:
            return list(connection.execute(carried).scalars())

    def deposits(self, partner: str | None = None) -> list[Deposit]:
        """Newest first."""
        newest = sa.select(deposits).order_by(deposits.c.seq.desc())
        if partner is not None:
            newest = newest.where(deposits.c.partner == partner)
        with self.db.read() as connection:
            return [deposit_of(row) for row in connection.execute(newest)]


def _free(db: Database) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        exchanges.c.state == State.READY.value,
        sa.not_(exchanges.c.held),
        exchanges.c.next_attempt.is_(None),
        unleased(db, exchanges),
    )
