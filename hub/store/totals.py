"""Sums of money at each place an amount appears, so that a rounding or a loss anywhere shows."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Context, Decimal
from itertools import islice
from typing import Any

import sqlalchemy as sa

from hub.fhir import amounts
from hub.model import Operation, State
from hub.store.engine import Database
from hub.store.exchanges import NOT_THE_MESSAGE
from hub.store.resources import bytes_of, named, received_bytes
from hub.store.tables import deposits, exchanges, messages, resources

PLACES = ("received", "stored", "mapped", "sent", "response", "copies_mapped", "copies_sent")

_CHUNK = 200
_LEFT = (State.SENT, State.PENDING, State.ANSWERED, State.CLOSED)
_EXACT = Context(prec=60)


class Sums:
    """Counts and exact sums by place and currency."""

    def __init__(self) -> None:
        self.count: dict[tuple[str, str], int] = {}
        self.sum: dict[tuple[str, str], Decimal] = {}

    def add(self, place: str, currency: str, amount: Decimal, count: int = 1) -> None:
        """Count an amount at a place."""
        key = (place, currency)
        self.count[key] = self.count.get(key, 0) + count
        self.sum[key] = _EXACT.add(self.sum.get(key, Decimal()), amount)

    def add_all(self, told: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> None:
        """Add what another one reported."""
        for place, currencies in told.items():
            for currency, one in currencies.items():
                self.add(place, currency, Decimal(one["sum"]), int(one["count"]))

    def report(self) -> dict[str, dict[str, dict[str, Any]]]:
        """place → currency → {"count": int, "sum": exact text}; every place is there."""
        places: dict[str, dict[str, dict[str, Any]]] = {place: {} for place in PLACES}
        for (place, currency), count in sorted(self.count.items()):
            total = format(self.sum[place, currency], "f")
            places[place][currency] = {"count": count, "sum": total}
        return places


class Totals:
    """The part of the store that adds up money."""

    db: Database

    def totals(self) -> Mapping[str, Mapping[str, Any]]:
        """Sums over all claims: place → currency → {"count": int, "sum": exact text}.

        received        Claim.total (or the sum of its items) in the bytes as the provider sent them
        stored          the same, in the resource that GET serves
        mapped          the total of the newest message made for the partner
        sent            control totals of deposits, and messages that left on their own
        response        ClaimResponse.total of category `submitted`
        copies_mapped   as mapped, for control copies
        copies_sent     as sent, for control copies

        Each figure is parsed from its own bytes or taken from its own record; none is derived
        from another, so equal sums mean that nothing was rounded, lost or counted twice.
        """
        sums = Sums()
        with self.db.read() as connection:
            for rows in _chunks(connection.execute(_claims())):
                bodies = _bodies(connection, rows)
                made = _made(connection, rows)
                for row in rows:
                    if "sums" in row.detail:  # erased: they were added up before
                        sums.add_all(row.detail["sums"])
                    elif row.parent is None:
                        _add_resources(connection, sums, row, bodies)
                    _add_message(sums, row, made.get(row.id))
            _add_deposits(connection, sums)
        return sums.report()


def sums_of(connection: sa.Connection, row: sa.Row[Any]) -> Mapping[str, Any]:
    """What a claim's own bytes add to the sums: to be kept when the bytes are erased."""
    sums = Sums()
    if row.parent is None:
        _add_resources(connection, sums, row, _bodies(connection, [row]))
    return {place: told for place, told in sums.report().items() if told}


def _claims() -> sa.Select[Any]:
    columns = ("id", "parent", "resource", "answer", "state", "deposit", "detail")
    money = (Operation.CLAIM.value, Operation.CONTROL_COPY.value)
    return (
        sa.select(*(exchanges.c[name] for name in columns))
        .where(exchanges.c.operation.in_(money))
        .order_by(exchanges.c.seq)
    )


def _chunks(rows: Iterable[sa.Row[Any]]) -> Iterator[list[sa.Row[Any]]]:
    left = iter(rows)
    while chunk := list(islice(left, _CHUNK)):
        yield chunk


def _bodies(
    connection: sa.Connection, rows: Sequence[sa.Row[Any]]
) -> dict[str, tuple[bytes, bytes | None]]:
    carried = (name for row in rows if row.parent is None for name in (row.resource, row.answer))
    keys = [(type, id) for type, _, id in ((name or "").partition("/") for name in carried)]
    wanted = sa.select(resources).where(named(keys), resources.c.erased.is_(None))
    return {f"{row.type}/{row.id}": bytes_of(row) for row in connection.execute(wanted)}


def _made(connection: sa.Connection, rows: Sequence[sa.Row[Any]]) -> dict[str, Any]:
    columns = (messages.c.exchange, messages.c.amount, messages.c.currency)
    wanted = (
        sa.select(*columns)
        .where(messages.c.exchange.in_([row.id for row in rows]), messages.c.direction == "out")
        .where(messages.c.kind.not_in(NOT_THE_MESSAGE))
        .order_by(messages.c.seq)
    )
    newest: dict[str, Any] = {}
    for row in connection.execute(wanted):
        newest[row.exchange] = row
    return newest


def _add_resources(
    connection: sa.Connection,
    sums: Sums,
    row: sa.Row[Any],
    bodies: Mapping[str, tuple[bytes, bytes | None]],
) -> None:
    type, _, id = row.resource.partition("/")
    body, received = bodies.get(row.resource, (None, None))
    if received is None:
        received = received_bytes(connection, type, id)
    answer, _ = bodies.get(row.answer or "", (None, None))
    for place, content in (("received", received), ("stored", body)):
        claim = _find(_tree(content), "Claim")
        if claim and (total := amounts.claimed(claim)):
            sums.add(place, total.currency, total.amount)
    response = _find(_tree(answer), "ClaimResponse") or {}
    for total in response.get("total", ()):
        codings = total.get("category", {}).get("coding", ())
        if any(coding.get("code") == "submitted" for coding in codings):
            amount = total["amount"]
            sums.add("response", amount.get("currency", ""), Decimal(amount["value"]))


def _add_message(sums: Sums, row: sa.Row[Any], made: sa.Row[Any] | None) -> None:
    withdrawn = row.state == State.CANCELLED.value and not _left(row)
    if made is None or not made.amount or withdrawn:
        return
    prefix = "copies_" if row.parent else ""
    sums.add(f"{prefix}mapped", made.currency, Decimal(made.amount))
    if row.deposit is None and _left(row):
        sums.add(f"{prefix}sent", made.currency, Decimal(made.amount))


def _left(row: sa.Row[Any]) -> bool:
    """Did it leave, even if it was taken back afterwards?"""
    return row.state in _LEFT or bool(row.detail.get("left"))


def _add_deposits(connection: sa.Connection, sums: Sums) -> None:
    left = exchanges.c.state.in_([state.value for state in (*_LEFT, State.CANCELLED)])
    carrying = sa.select(exchanges.c.deposit).where(exchanges.c.deposit.is_not(None), left)
    columns = (deposits.c.operation, deposits.c.count, deposits.c.amounts)
    closed = sa.select(*columns).where(deposits.c.id.in_(carrying))
    for row in connection.execute(closed):
        copies = row.operation == Operation.CONTROL_COPY.value
        for currency, amount in row.amounts.items():
            place = "copies_sent" if copies else "sent"
            sums.add(place, currency, Decimal(amount), row._mapping["count"])


def _tree(body: bytes | None) -> Any:
    return {} if body is None else json.loads(body, parse_float=Decimal, parse_int=Decimal)


def _find(tree: Any, type: str) -> dict[str, Any] | None:
    """The first resource of a type: the tree itself, a Bundle's entry or a parameter."""
    if not isinstance(tree, dict):
        return None
    if tree.get("resourceType") == type:
        return tree
    inside = [*tree.get("entry", ()), *tree.get("parameter", ())]
    found = (_find(part.get("resource"), type) for part in inside)
    return next((one for one in found if one is not None), None)
