"""Exchanges for people who look through them: filters, pages, counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from hub.model import Exchange, State
from hub.store.engine import Database
from hub.store.rows import exchange_of
from hub.store.tables import exchanges


@dataclass(frozen=True, slots=True)
class Count:
    """How many exchanges of one partner are in one state."""

    partner: str | None
    state: State
    held: bool
    number: int


class Browse:
    """The part of the store that shows exchanges page by page."""

    db: Database

    def browse(
        self,
        *,
        state: State | None = None,
        held: bool | None = None,
        partner: str | None = None,
        operation: str | None = None,
        resources: Sequence[str] | None = None,
        before: str | None = None,
        limit: int = 50,
    ) -> list[Exchange]:
        """Newest first; with `before`, those older than that exchange; `resources`: only theirs."""
        asked = {"state": state.value if state else None, "held": held, "partner": partner}
        asked |= {"operation": operation}
        wanted = [exchanges.c[name] == value for name, value in asked.items() if value is not None]
        if resources is not None:
            wanted.append(exchanges.c.resource.in_(resources))
        if before is not None:
            last = sa.select(exchanges.c.seq).where(exchanges.c.id == before).scalar_subquery()
            wanted.append(exchanges.c.seq < last)
        newest = sa.select(exchanges).where(*wanted).order_by(exchanges.c.seq.desc()).limit(limit)
        with self.db.read() as connection:
            return [exchange_of(row) for row in connection.execute(newest)]

    def exchange_counts(self) -> list[Count]:
        """How many exchanges each partner has, by state."""
        by = (exchanges.c.partner, exchanges.c.state, exchanges.c.held)
        counted = sa.select(*by, sa.func.count().label("number")).group_by(*by)
        with self.db.read() as connection:
            return [
                Count(row.partner, State(row.state), row.held, row.number)
                for row in connection.execute(counted)
            ]
