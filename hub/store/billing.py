"""The same act billed to two institutions: found in the transaction that bills it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from hub.errors import DoubleBilled, Issue
from hub.model import Exchange, State
from hub.ports import Bill, Double
from hub.store import acts, audit_chain
from hub.store.engine import Database
from hub.store.people_tables import billed_acts, double_billings
from hub.store.rows import exchange_of
from hub.store.tables import exchanges, resource_index, resources

#: What the audit tells of the same act billed twice.
DOUBLE_TELLS = ("exchange", "other", "handling", "at")


class Billing:
    """The part of the store that lists the same act billed twice."""

    db: Database

    def doubles(self, limit: int = 1000) -> list[tuple[Double, Exchange, Exchange]]:
        """The same act billed to two bodies, newest first."""
        wanted = sa.select(double_billings).order_by(double_billings.c.seq.desc()).limit(limit)
        with self.db.read() as connection:
            rows = connection.execute(wanted).all()
            ids = sorted({id for row in rows for id in (row.exchange, row.other)})
            named = sa.select(exchanges).where(exchanges.c.id.in_(ids))
            found = {row.id: exchange_of(row) for row in connection.execute(named)}
        return [
            (
                Double(row.exchange, row.other, row.at, row.handling),
                found[row.exchange],
                found[row.other],
            )
            for row in rows
        ]


def bill(connection: sa.Connection, exchange: Exchange, billed: Bill) -> None:
    """These acts are billed by this exchange from now on, unless another billed them first.

    Two workers that bill one act at once: the second waits for the first's commit, and sees it.

    Raises:
        DoubleBilled: by an exchange with another partner that was neither withdrawn nor refused
            as a whole. Nothing of the transaction may be kept.
    """
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    wanted = sorted(set(billed.acts))
    if not wanted:
        return
    # In one order everywhere: two claims with the same acts never wait for each other.
    rows = [{"act": a, "exchange": exchange.id, "partner": exchange.partner or ""} for a in wanted]
    connection.execute(insert(billed_acts).values(rows).on_conflict_do_nothing())
    first = (
        sa.select(billed_acts.c.act, billed_acts.c.exchange, exchanges.c.state, exchanges.c.answer)
        .join(exchanges, exchanges.c.id == billed_acts.c.exchange)
        .where(billed_acts.c.act.in_(wanted), billed_acts.c.exchange != exchange.id)
        .where(billed_acts.c.partner != (exchange.partner or ""))
    )
    found = connection.execute(first).all()
    free = {row.exchange for row in found if _nothing_due(connection, row)}
    gone = sorted(row.act for row in found if row.exchange in free)
    if gone:
        taken = sa.update(billed_acts).where(billed_acts.c.act.in_(gone))
        connection.execute(taken.values(exchange=exchange.id, partner=exchange.partner or ""))
    others = sorted({row.exchange for row in found} - free - billed.known)
    if others:
        raise DoubleBilled(
            Issue(
                "duplicate",
                fr="Le même acte a déjà été facturé à un autre organisme.",
                en="The same act was already billed to another institution.",
            ),
            others=others,
        )


def _nothing_due(connection: sa.Connection, row: sa.Row[Any, Any, Any, Any]) -> bool:
    """It was withdrawn, or refused as a whole: a sheet sent to the wrong fund goes to another."""
    type, _, id = (row.answer or "").partition("/")
    refused = (
        sa.select(resource_index.c.value)
        .join(resources, resources.c.seq == resource_index.c.resource)
        .where(resources.c.type == type, resources.c.id == id)
        .where(resource_index.c.param == "outcome", resource_index.c.value == "error")
    )
    withdrawn = row.state == State.CANCELLED.value
    return withdrawn or (bool(id) and connection.execute(refused).first() is not None)


def list_doubles(connection: sa.Connection, doubles: Sequence[Double]) -> None:
    """Add pairs to the operators' list; a pair is listed once."""
    for one in doubles:
        same = sa.and_(
            double_billings.c.exchange == one.exchange, double_billings.c.other == one.other
        )
        if connection.execute(sa.select(double_billings.c.seq).where(same)).first() is None:
            values: dict[str, Any] = {"exchange": one.exchange, "other": one.other}
            values |= {"handling": one.handling, "at": one.at}
            connection.execute(sa.insert(double_billings), [values])
            digest = acts.row_digest(values, DOUBLE_TELLS)
            act = acts.noted("double-billed", f"Exchange/{one.exchange}", one.at, digest)
            audit_chain.tell(connection, [act])
