"""Copies for the scheme manager: of a claim, and of the decision on it.

They travel beside the claim and never delay it: each is an exchange of its own.
"""

from __future__ import annotations

from dataclasses import replace

from hub.exchange import resources, states
from hub.exchange.cancelling import wait
from hub.exchange.parts import Parts
from hub.model import Exchange, Operation, State
from hub.ports import Acceptance, Change

#: A control copy that is registered, or never will be.
_SETTLED = (State.ANSWERED, State.CLOSED, State.CANCELLED)


def before(parts: Parts, copy: Exchange) -> Change | None:
    """What must happen before this exchange may be translated or sent; None: nothing.

    A copy leaves once its original has, and is dropped with it. The decision follows the claim:
    it waits until the claim's own copy is registered there.
    """
    parent = parts.store.exchange(copy.parent) if copy.parent else None
    if parent is None or copy.operation not in states.COPIES:
        return None
    if parent.state is State.CANCELLED:
        gone = states.move(copy, State.CANCELLED, next_attempt=None)
        told = parts.event("withdrawn", "La feuille a été retirée.", gone.state)
        return Change(gone, (told,))
    if parent.held:
        # It waits for a person, for days perhaps, and thousands of copies with it.
        return wait(parts, copy, parts.pace.most)
    if parent.state in (State.ACCEPTED, State.READY):
        return wait(parts, copy)
    if copy.operation is Operation.LIQUIDATION_COPY and not _registered(parts, copy):
        return wait(parts, copy)
    return None


def of_decision(parts: Parts, claim: Exchange) -> tuple[Acceptance, ...]:
    """The copies of a decision, one for each body that takes them; for claims only."""
    if claim.operation is not Operation.CLAIM:
        return ()
    countries = {b.country for b in parts.table.bodies.values() if b.partner == claim.partner}
    codes = [code for country in sorted(countries) for code in parts.table.copies.get(country, ())]
    partners = dict.fromkeys(parts.table.bodies[code].partner for code in codes)
    taken = [p for p in partners if _takes(parts, p)]
    return tuple(_acceptance(parts, claim, partner) for partner in taken)


def _takes(parts: Parts, partner: str) -> bool:
    adapter = parts.adapters.get(partner)
    return adapter is not None and Operation.LIQUIDATION_COPY in adapter.operations


def _acceptance(parts: Parts, claim: Exchange, partner: str) -> Acceptance:
    now = parts.clock.now()
    copy = replace(
        claim,
        id=resources.new_id(),
        state=State.ACCEPTED,
        operation=Operation.LIQUIDATION_COPY,
        submission=resources.new_id(),
        correlation=resources.new_id(),
        partner=partner,
        parent=claim.id,
        created=now,
        updated=now,
        maps={},
        detail={},
        attempts=0,
        next_attempt=now,
        fence=0,
        deposit=None,
        partner_reference="",
        answer=None,
    )
    told = parts.event("accepted", f"Copie de la décision à établir pour {partner}.", copy.state)
    return Acceptance(exchanges=(copy,), events={copy.id: (told,)})


def _registered(parts: Parts, copy: Exchange) -> bool:
    """Is the claim's own control copy with this partner registered, or was there none?"""
    beside = parts.store.exchanges(resource=copy.resource, partner=copy.partner)
    return all(e.state in _SETTLED for e in beside if e.operation is Operation.CONTROL_COPY)
