"""Claims a body has and has not paid in time: the indicator of article 40 (domain.md §3.7, T22).

Pharmacies are to be paid within 15 days, laboratories within 30, counted in calendar days from the
day the body received the claim. Other providers have no such delay; their arrears have an age.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from hub.exchange import routing
from hub.formats import exact_json
from hub.model import State, Tree
from hub.ports import Store

#: Days to pay by type of provider (CodeSystem type-structure): art. 40 and 42 of the convention.
DELAYS = {"OFF": 15, "LAB": 30}
#: Ages of arrears in days: the last day of each step.
AGES = (15, 30, 60, 90)


@dataclass(frozen=True, slots=True)
class Arrear:
    """One claim that was received and not paid."""

    exchange: str
    sheet: str
    body: str
    provider: str
    kind: str  #: type of provider, "" when unknown
    received: date
    days: int  #: since then
    amount: Decimal  #: what is due: the fund's share, or what was asked while nothing is decided
    currency: str
    decided: bool
    late: bool  #: beyond the delay of its kind of provider


def arrears(store: Store, table: routing.Routing, today: date, body: str = "") -> list[Arrear]:
    """All that is unpaid, oldest first. Nothing is due for what was rejected or taken back."""
    bodies = {b.partner: b for b in table.bodies.values() if b.role == routing.MANAGER}
    kinds: dict[str, str] = {}
    found = []
    for position in store.positions("", unpaid=True):
        manager = bodies.get(position["partner"] or "")
        moments = (position["acknowledged"], position["answered"])
        received = min((m.date() for m in moments if m is not None), default=None)
        if manager is None or received is None or (body and manager.code != body):
            continue
        amount = _due(position)
        if not amount:
            continue
        provider = position["provider"]
        if provider not in kinds:
            kinds[provider] = _kind(store, provider)
        days = (today - received).days
        found.append(
            Arrear(
                exchange=position["id"],
                sheet=position["identifier"].rpartition("|")[2],
                body=manager.code,
                provider=provider.rpartition("|")[2],
                kind=kinds[provider],
                received=received,
                days=days,
                amount=amount,
                currency=position["currency"],
                decided=position["answer"] is not None,
                late=days > DELAYS.get(kinds[provider], days),
            )
        )
    return sorted(found, key=lambda a: (-a.days, a.body, a.sheet))


def _due(position: Mapping[str, Any]) -> Decimal:
    if position["state"] == State.CANCELLED.value:
        return Decimal()
    amount = position["share"] if position["answer"] else position["claimed"]
    return amount or Decimal()


def _kind(store: Store, provider: str) -> str:
    """The type of the provider's Organization, "" when the hub does not have it."""
    system, _, value = provider.rpartition("|")
    stored = store.find("Organization", "identifier", system, value)
    organization: Tree = exact_json.loads(stored.body) if stored else {}
    codes = [c.get("code") for t in organization.get("type", []) for c in t.get("coding", [])]
    return next((str(code) for code in codes if code in DELAYS), str(next(iter(codes), "")))


def by_age(found: Iterable[Arrear]) -> dict[tuple[str, str], list[tuple[int, Decimal]]]:
    """(body, currency) → (claims, amount) for each age: up to 15 days, 30, 60, 90, and more."""
    ages: dict[tuple[str, str], list[tuple[int, Decimal]]] = {}
    for arrear in found:
        steps = ages.setdefault((arrear.body, arrear.currency), [(0, Decimal())] * (len(AGES) + 1))
        step = next((n for n, last in enumerate(AGES) if arrear.days <= last), len(AGES))
        count, amount = steps[step]
        steps[step] = (count + 1, amount + arrear.amount)
    return ages
