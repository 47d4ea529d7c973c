"""An answer that the partner did not prove to be its own: kept for a person, believed by nobody."""

from __future__ import annotations

import pytest
from exchange_world import World, claim

from hub.errors import Issue, Problem, Unconfirmed, Unreadable
from hub.model import State

FORGED = b"<Reponse><montant>99500</montant></Reponse>"


def refusing(kind: type[Problem]):
    def answer(*_: object) -> None:
        problem = kind(Issue("security", "signature refusée.", "signature refused."))
        problem.evidence = FORGED
        raise problem

    return answer


@pytest.mark.parametrize("kind", [Unconfirmed, Unreadable])
def test_an_unproven_answer_decides_nothing_and_is_set_aside(world: World, monkeypatch, kind):
    monkeypatch.setattr(world.partner, "send", refusing(kind))
    monkeypatch.setattr(world.partner, "ask", refusing(Unreadable))
    _, exchange = world.post(claim())
    world.trip.advance(exchange.id)
    world.trip.advance(exchange.id)
    now = world.now(exchange.id)
    assert now.state is State.SENT
    assert (now.answer, now.partner_reference) == (None, "")
    [aside] = world.store.quarantined()
    assert (aside["body"], aside["reference"]) == (FORGED, exchange.submission)
    assert not {"answered", "acknowledged", "paid"} & set(world.story(exchange.id))


def test_when_the_partner_proves_its_answer_afterwards_the_exchange_goes_on(world, monkeypatch):
    refuse, ask, times = refusing(Unconfirmed), world.partner.ask, []

    def sent_and_forged(message):
        deliver(message)  # the partner took it; its answer was replaced on the way
        refuse()

    def asked(*about):
        times.append(1)
        return refuse() if len(times) == 1 else ask(*about)

    deliver = world.partner.send
    monkeypatch.setattr(world.partner, "send", sent_and_forged)
    monkeypatch.setattr(world.partner, "ask", asked)
    _, exchange = world.post(claim())
    world.trip.advance(exchange.id)
    assert world.now(exchange.id).state is State.CLOSED
    assert world.partner.sent == [exchange.submission]
    assert len(world.store.quarantined()) == 1
