"""Copies for the scheme manager: of the claim, then of the decision; never in the claim's way."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from exchange_world import SID, World, claim

from adapters.loopback.adapter import Loopback
from hub.exchange import routing
from hub.exchange.copies import before
from hub.exchange.intake import Intake
from hub.exchange.parts import Pace
from hub.model import Exchange, Operation, State
from hub.ports import Change


class Scheme(Loopback):
    """The scheme manager."""

    name = "scheme"


@pytest.fixture
def scheme() -> Scheme:
    return Scheme()


@pytest.fixture
def world(world: World, scheme: Scheme) -> World:
    bodies = {
        **world.trip.table.bodies,
        "SM": routing.Body("SM", "Scheme", "scheme", "ML", "scheme", frozenset(), f"{SID}n"),
    }
    table = routing.Routing(bodies, {"ML": ("SM",)})
    adapters = {**world.trip.adapters, "scheme": scheme}
    trip = replace(world.trip, table=table, adapters=adapters)
    intake = Intake(world.store, table, world.clock, tuple(adapters))
    return replace(world, trip=trip, intake=intake)


def copies(world: World, exchange: Exchange) -> dict[Operation, Exchange]:
    found = world.store.exchanges(resource=exchange.resource)
    return {e.operation: e for e in found if e.parent == exchange.id}


def run(world: World) -> None:
    for _ in range(10):
        for id in world.store.due():
            leased = world.store.lease(id, 30)
            if leased is not None:
                world.store.save(world.trip.step(leased))


def test_the_decision_is_copied_with_the_claim_it_is_about(world: World, scheme: Scheme) -> None:
    _, exchange = world.post(claim())
    run(world)
    done = world.now(exchange.id)
    copy = copies(world, exchange)[Operation.LIQUIDATION_COPY]
    assert (done.state, copy.state) == (State.CLOSED, State.CLOSED)
    [source] = [s for c, s in world.mapper.seen if c.endswith("scheme-liquidation-copy|1")]
    assert source["copyOf"] == exchange.submission
    assert source["partnerReference"] == f"LB-{exchange.submission}"
    assert source["body"] == "LB"
    assert f"ClaimResponse/{source['response']['id']}" == done.answer
    assert copy.submission in scheme.sent


@pytest.mark.parametrize(("held", "longest"), [(False, 30), (True, 600)])
def test_a_copy_looks_seldom_for_an_original_that_waits_for_a_person(
    world: World, held: bool, longest: int
) -> None:
    _, exchange = world.post(claim())
    waiting = replace(exchange, state=State.READY, held=held, reason="code inconnu" if held else "")
    copy = replace(exchange, id="copy", operation=Operation.CONTROL_COPY, parent=exchange.id)
    leased = world.store.lease(exchange.id, 30)
    assert leased is not None
    world.store.save(Change(replace(waiting, fence=leased.fence)))
    began = world.clock.now()
    change = before(replace(world.trip, pace=Pace()), replace(copy, attempts=20))
    assert change is not None
    assert change.exchange.next_attempt is not None
    pause = change.exchange.next_attempt - began
    assert timedelta(0) <= pause - timedelta(seconds=longest) < timedelta(seconds=5)


def test_the_decision_waits_until_the_claims_own_copy_is_registered(
    world: World, scheme: Scheme
) -> None:
    _, exchange = world.post(claim())
    world.trip.advance(exchange.id)
    found = copies(world, exchange)
    scheme.fail_next = ["unreachable"]
    leased = world.store.lease(found[Operation.LIQUIDATION_COPY].id, 30)
    assert leased is not None
    world.store.save(world.trip.step(leased))
    waiting = copies(world, exchange)[Operation.LIQUIDATION_COPY]
    assert (waiting.state, waiting.next_attempt is not None) == (State.ACCEPTED, True)
    assert scheme.sent == []
    run(world)
    found = copies(world, exchange)
    order = [found[o].submission for o in (Operation.CONTROL_COPY, Operation.LIQUIDATION_COPY)]
    assert list(dict.fromkeys(scheme.sent)) == order


def test_a_scheme_manager_that_is_away_delays_no_answer(world: World, scheme: Scheme) -> None:
    scheme.fail_next = ["unreachable"] * 1000
    _, exchange = world.post(claim())
    run(world)
    assert world.now(exchange.id).state is State.CLOSED
    assert copies(world, exchange)[Operation.LIQUIDATION_COPY].state is State.ACCEPTED


def test_who_does_not_take_decisions_gets_none(world: World, scheme: Scheme) -> None:
    scheme.operations = {"control-copy": "memory"}
    _, exchange = world.post(claim())
    run(world)
    assert set(copies(world, exchange)) == {Operation.CONTROL_COPY}


def test_an_authorisation_is_not_copied(world: World) -> None:
    _, exchange = world.post(claim(use="preauthorization"))
    run(world)
    assert copies(world, exchange) == {}


def test_care_under_an_agreement_says_which_and_keeps_its_currency(world: World) -> None:
    """domain.md T17 and finding 6: the map is told the agreement; no amount is converted."""
    agreement = routing.Agreement("GN", "ML", date(2026, 1, 1), None, "CIPRES-2026-01")
    table = replace(world.trip.table, agreements=(agreement,))
    world = replace(
        world,
        trip=replace(world.trip, table=table),
        intake=replace(world.intake, table=table),
    )
    clinic = {
        "resourceType": "Organization",
        "id": "g",
        "identifier": [{"system": f"{SID}convention", "value": "CNV-GN-00001"}],
        "name": "Clinique fictive de Kaloum",
        "address": [{"country": "GN"}],
    }
    sheet = claim(contained=[clinic], provider={"reference": "#g"})
    for part in (sheet["item"][0]["net"], sheet["total"]):
        part["currency"] = "GNF"
    _, exchange = world.post(sheet)
    run(world)
    [source] = [s for c, s in world.mapper.seen if c.endswith("loopback-claim|1")]
    assert source["agreement"] == "CIPRES-2026-01"
    assert source["claim"]["total"]["currency"] == "GNF"
    assert world.now(exchange.id).currency == "GNF"
    _, home = world.post(claim("F-2"))
    run(world)
    sources = [s for c, s in world.mapper.seen if c.endswith("loopback-claim|1")]
    assert [("agreement" in s) for s in sources] == [True, False]
    assert world.now(home.id).state is State.CLOSED
