"""The six places an amount appears, held against each other."""

from __future__ import annotations

import urllib.request
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Context, Decimal
from typing import Any

from hub.formats import exact_json
from hub.model import Exchange, Operation, State

#: Claims that are not there yet, by place: those still in one of these states.
BEFORE = {
    "received": frozenset[State](),
    "stored": frozenset[State](),
    "mapped": frozenset({State.ACCEPTED}),
    "sent": frozenset({State.ACCEPTED, State.READY}),
    "ledger": frozenset({State.ACCEPTED, State.READY}),
    "response": frozenset({State.ACCEPTED, State.READY, State.SENT, State.PENDING}),
}


#: What the places are called where people read them.
PLACES = {
    "received": "reçu / received",
    "stored": "conservé / stored",
    "mapped": "traduit / mapped",
    "sent": "envoyé / sent",
    "ledger": "chez l'organisme / ledger",
    "response": "réponse / response",
}

#: Sums of amounts of any length that the door lets through, to the last digit.
EXACT = Context(prec=400)


@dataclass(frozen=True, slots=True)
class Sum:
    """One place and currency: what is there, and what is known not to be there yet."""

    place: str
    currency: str
    count: int
    amount: Decimal
    missing: Decimal  #: of claims held, withdrawn or on their way, by their state

    def row(self) -> list[str]:
        """For the table."""
        return [
            PLACES[self.place],
            self.currency,
            str(self.count),
            f"{self.amount:f}",
            f"{self.missing:f}",
        ]


def _lost(exchange: Exchange) -> frozenset[str]:
    """Where a cancelled claim is not: one that had left was mapped, sent and booked there."""
    never = frozenset({"response"})
    return never if exchange.detail.get("left") else never | {"mapped", "sent", "ledger"}


def ledgers(controls: Mapping[str, str]) -> dict[str, Mapping[str, Any]]:
    """The books of the sandboxes at these control addresses: partner → currency → {count, sum}."""
    found = {}
    for partner, control in controls.items():
        with urllib.request.urlopen(f"{control}/ledger/totals", timeout=30) as answer:  # noqa: S310 - our own sandbox  # nosec B310
            found[partner] = exact_json.loads(answer.read())
    return found


def merged(books: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Several partners' books as one."""
    found: dict[str, Any] = {}
    for book in books:
        for currency, by in book.items():
            before = found.get(currency, {"count": 0, "sum": "0"})
            amount = EXACT.add(Decimal(str(before["sum"])), Decimal(str(by["sum"])))
            found[currency] = {"count": before["count"] + by["count"], "sum": f"{amount:f}"}
    return found


def compare(
    totals: Mapping[str, Mapping[str, Any]],
    ledger: Mapping[str, Any] | None,
    exchanges: Iterable[Exchange],
) -> tuple[list[Sum], bool]:
    """Every place and currency, and whether all of them tell the same sum.

    At each place, what is there plus what is known not to be there yet must be what was received.
    Without a ledger (no sandbox runs here) that place is left out.
    """
    missing: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for exchange in exchanges:
        if exchange.operation is Operation.CLAIM and exchange.amount:
            for spot, states in BEFORE.items():
                gone = exchange.state is State.CANCELLED and spot in _lost(exchange)
                if exchange.state in states or gone:
                    key = (spot, exchange.currency)
                    missing[key] = EXACT.add(missing[key], Decimal(exchange.amount))
    places = {name: totals[name] for name in BEFORE if name in totals}
    if ledger is not None:
        places["ledger"] = ledger
    currencies = sorted({c for by in places.values() for c in by})
    nothing = {"count": 0, "sum": "0"}
    sums = []
    for spot in (name for name in BEFORE if name in places):
        for currency in currencies:
            by = places[spot].get(currency, nothing)
            left = missing[spot, currency]
            sums.append(Sum(spot, currency, int(by["count"]), Decimal(str(by["sum"])), left))
    told = {
        c: {EXACT.add(s.amount, s.missing) for s in sums if s.currency == c} for c in currencies
    }
    return sums, all(len(values) == 1 for values in told.values())
