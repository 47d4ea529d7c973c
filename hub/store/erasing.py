"""Erases payloads, and leaves the proof: a row keeps the digest the audit chain states of it.

Erased are bytes and sentences; what stays is that something was there, when, between whom, and its
digest. The chain says of every digest that it was erased, when, by whom and why.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from hub.errors import Tampered
from hub.evidence.chain import Act
from hub.evidence.dossier_parts import GONE
from hub.model import State
from hub.store import audit_chain
from hub.store.audit_check import raw_columns
from hub.store.audit_watch import WATCHED
from hub.store.sealing import Erased
from hub.store.tables import (
    deposit_members,
    events,
    exchanges,
    inbox,
    messages,
    quarantine,
    resource_history,
    resource_index,
    resources,
)
from hub.store.totals import sums_of

#: An exchange in any other state is still being worked on.
DONE = (State.CLOSED.value, State.CANCELLED.value)


class Eraser:
    """Erases within one transaction; `finish` tells the audit."""

    def __init__(self, connection: sa.Connection, actor: str, why: str) -> None:
        self.now = datetime.now(UTC)
        self.count: Counter[str] = Counter()
        self.connection = connection
        self._actor = actor
        self._why = why
        self._told: dict[str, list[str]] = defaultdict(list)

    def family(self, resource: str) -> bool:
        """The messages and sentences of all exchanges that carry a resource; False, and nothing
        done, while one of them is still being worked on."""
        wanted = sa.select(exchanges).where(exchanges.c.resource == resource)
        rows = self.connection.execute(wanted.with_for_update()).all()
        if any(row.state not in DONE for row in rows):
            return False
        for row in rows:
            if row.erased is None:
                self._exchange(row)
        return True

    def _exchange(self, row: sa.Row[Any]) -> None:
        detail = {"sums": sums_of(self.connection, row)}
        detail |= {name: value for name, value in row.detail.items() if name == "left"}
        self._rows(messages, messages.c.exchange == row.id, lambda d: {"body": Erased(d)})
        self._rows(events, events.c.exchange == row.id, lambda d: {"text": GONE + d, "detail": {}})
        written = sa.update(exchanges).where(exchanges.c.id == row.id)
        values = {"reason": "", "detail": detail, "erased": self.now}
        self.connection.execute(written.values(**values, fence=exchanges.c.fence + 1))
        self.count["exchanges"] += 1

    def deposits(self) -> None:
        """Deposits whose members are all erased."""
        waiting = (
            sa.select(deposit_members.c.deposit)
            .join(exchanges, exchanges.c.id == deposit_members.c.exchange)
            .where(exchanges.c.erased.is_(None))
        )
        gone = (messages.c.deposit.is_not(None), messages.c.deposit.not_in(waiting))
        self._rows(messages, sa.and_(*gone), lambda d: {"body": Erased(d)})

    def files(self, before: datetime) -> None:
        """Files that were applied, and what was set aside, before an instant."""
        done = sa.and_(inbox.c.done.is_not(None), inbox.c.at < before)
        self._rows(inbox, done, lambda d: {"body": Erased(d)})
        self._rows(quarantine, quarantine.c.at < before, lambda d: {"body": Erased(d)})

    def resource(self, type: str, id: str) -> None:
        """Every version of a resource, and what it was found by; whose it was stays known."""
        for table in (resources, resource_history):
            same = sa.and_(table.c.type == type, table.c.id == id)
            self._rows(table, same, lambda d: {"body": Erased(d), "received": None})
        marked = sa.update(resources).where(resources.c.type == type, resources.c.id == id)
        self.connection.execute(marked.values(erased=self.now))
        mine = sa.select(resources.c.seq).where(resources.c.type == type, resources.c.id == id)
        index = sa.delete(resource_index).where(resource_index.c.resource.in_(mine))
        told = sa.not_(resource_index.c.param.startswith("_", autoescape=True))
        self.connection.execute(index.where(told))

    def finish(self) -> Counter[str]:
        """Tell the audit; gives how many rows of each table were erased."""
        audit_chain.tell(
            self.connection,
            (
                Act(self._actor, "erased", object, self.now, {"erased": told, "why": self._why})
                for object, told in self._told.items()
            ),
        )
        return self.count

    def _rows(
        self,
        table: sa.Table,
        which: sa.ColumnElement[bool],
        values: Callable[[str], Mapping[str, Any]],
    ) -> None:
        watch = next(one for one in WATCHED if one.table is table)
        keys = list(table.primary_key.columns)
        for row in self.connection.execute(sa.select(*raw_columns(table)).where(which)).all():
            try:
                kept = watch.kept(row)
            except Tampered:  # the audit names it; a person has to look at it first
                self.count["tampered"] += 1
                continue
            if kept.erased:
                continue
            same = [key == row._mapping[key.name] for key in keys]
            written = sa.update(table).where(*same).values(**values(kept.digest))
            self.connection.execute(written)
            self._told[kept.object].append(kept.digest)
            self.count[table.name] += 1
