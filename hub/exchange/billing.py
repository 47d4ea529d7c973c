"""The same act billed to two institutions: same person, provider, act and day, another partner.

The store finds it in the transaction that makes the claim ready, so that two workers at once
cannot both miss it. The rule `doubleBilling` of the routing table says what follows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date

from hub.errors import DoubleBilled
from hub.exchange import crosswalk
from hub.exchange.mishaps import Mishaps
from hub.model import Event, Exchange, Operation, Tree
from hub.ports import Bill, Change, Double

HOLD = "hold"  #: the later claim waits for a person
FLAG = "flag"  #: both go on; the operators' list tells of it


def acts(parts: Mishaps, exchange: Exchange, source: Tree) -> Bill | None:
    """What a claim bills, as hashes; None when nothing can be compared.

    A person without any number cannot be told apart from another one of the same name.
    """
    if exchange.operation is not Operation.CLAIM or exchange.parent is not None:
        return None
    claim = source["claim"]
    keys = crosswalk.keys_of(source, parts.table, claim)
    found = crosswalk.find(parts.store, keys, exchange.care_date)
    named = [found.person] if found.person else [f"{system}|{value}" for system, value in keys]
    lines = sorted(set(_lines(claim, exchange.care_date)))
    told = [
        hashlib.sha256("\n".join((who, exchange.provider, *line)).encode()).hexdigest()[:40]
        for who in named
        for line in lines
    ]
    return Bill(told) if told else None


def _lines(claim: Tree, day: date) -> Iterator[tuple[str, str]]:
    """(act, day) of each line."""
    for item in claim.get("item", []):
        start = item.get("servicedDate") or (item.get("servicedPeriod") or {}).get("start")
        for coding in (item.get("productOrService") or {}).get("coding", []):
            if coding.get("code"):
                code = f"{coding.get('system', '')}|{coding['code']}"
                yield code, str(start or day.isoformat())[:10]


def save(parts: Mishaps, exchange: Exchange, change: Change) -> Change:
    """Write a step's result; where it bills an act twice, what the rule asks for instead.

    A person who let it go on after it was held for the same double has decided: it goes on.

    Raises:
        LeaseLost, Conflict: as Store.save.
    """
    try:
        parts.store.save(change)
    except DoubleBilled as doubled:
        change = _doubled(parts, exchange, change, doubled.others)
        parts.store.save(change)
    return change


def _doubled(parts: Mishaps, exchange: Exchange, change: Change, others: Sequence[str]) -> Change:
    assert change.bill is not None  # noqa: S101 - the store raises it for nothing else
    story = parts.store.events(exchange.id)
    decided = {str(id) for event in story for id in event.detail.get("doubles", ())}
    passing = replace(change, bill=Bill(change.bill.acts, frozenset({*others, *decided})))
    new = [id for id in others if id not in decided]
    if not new:
        return passing
    first = [found for id in new if (found := parts.store.exchange(id)) is not None]
    handling = FLAG if parts.table.double_billing == FLAG else HOLD
    now = parts.clock.now()
    told = {other.id: (_told(parts, other, change.exchange),) for other in first}
    doubles = [Double(exchange.id, other.id, now, handling) for other in first]
    reason = _reason(first)
    if handling == FLAG:
        event = parts.event("double-billing", reason, change.exchange.state, doubles=new)
        return replace(passing, events=(*change.events, event), told=told, doubles=doubles)
    waiting = replace(exchange, partner=change.exchange.partner)
    routed = [event for event in change.events if event.what == "routed"]
    held = parts.hold(waiting, reason, doubles=new)
    return replace(held, events=(*routed, *held.events), told=told, doubles=doubles)


def _sheet(exchange: Exchange) -> str:
    return exchange.identifier.rpartition("|")[2]


def _reason(first: Sequence[Exchange]) -> str:
    listed = ", ".join(f"{e.partner} (feuille {_sheet(e)})" for e in first)
    return (
        "Double facturation possible : un acte de cette feuille, le même jour, par le même "
        f"prestataire et pour la même personne, est déjà facturé à {listed}. Voyez lequel des "
        "organismes doit payer : retirez cette feuille (benkan exchange withdraw), ou reprenez-la "
        "(benkan exchange resume) si les deux sont dues."
    )


def _told(parts: Mishaps, other: Exchange, later: Exchange) -> Event:
    text = (
        f"Un acte de cette feuille est aussi facturé à {later.partner} par la feuille "
        f"{_sheet(later)} (échange {later.id}). L'exploitant en est averti."
    )
    return parts.event("double-billing", text, other=later.id)
