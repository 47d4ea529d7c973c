"""The same act billed to two bodies: the later claim waits, or both are flagged."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from exchange_world import SID, World, claim

from adapters.loopback.adapter import Loopback
from hub.exchange import routing
from hub.exchange.control import Control
from hub.exchange.intake import Intake
from hub.model import Exchange, State, Tree
from hub.ports import Identity

AMO, OWN = f"{SID}numero-amo", f"{SID}numero-b"


class Second(Loopback):
    """Another managing body, in memory."""

    name = "second"


@pytest.fixture
def two(world: World) -> Callable[[str], World]:
    """The hub with two managing bodies, and the rule it follows."""

    def made(rule: str = "hold") -> World:
        body = routing.Body(
            "LC", "Second", "manager", "ML", "second", frozenset({f"{SID}organisme|LC"})
        )
        table = routing.Routing({**world.trip.table.bodies, "LC": body}, double_billing=rule)
        adapters = {**world.trip.adapters, "second": Second()}
        trip = replace(world.trip, table=table, adapters=adapters)
        world.store.note_identities([Identity(AMO, "A-1", "p1"), Identity(OWN, "B-1", "p1")])
        return replace(
            world, trip=trip, intake=Intake(world.store, table, world.clock, tuple(adapters))
        )

    return made


def sheet(number: str, body: str, **changes: object) -> Tree:
    system, value = (AMO, "A-1") if body == "LB" else (OWN, "B-1")
    named = {
        "insurer": {"identifier": {"system": f"{SID}organisme", "value": body}},
        "patient": {"identifier": {"system": system, "value": value}},
    }
    return claim(number, **(named | changes))


def travel(world: World, tree: Tree) -> Exchange:
    _, exchange = world.post(tree)
    world.trip.advance(exchange.id)
    return world.now(exchange.id)


def test_the_later_claim_waits_and_both_stories_tell_of_it(two: Callable[..., World]) -> None:
    world = two()
    first, later = travel(world, sheet("F-1", "LB")), travel(world, sheet("F-2", "LC"))
    assert (first.state, later.state, later.held) == (State.CLOSED, State.ACCEPTED, True)
    assert "Double facturation" in later.reason
    assert "F-1" in later.reason
    assert world.story(first.id)[-1] == "double-billing"
    [(double, a, b)] = world.store.doubles()
    assert (a.id, b.id, double.handling) == (later.id, first.id, "hold")
    assert world.trip.adapters["second"].sent == []


def test_once_an_operator_decided_it_is_not_held_again(two: Callable[..., World]) -> None:
    world = two()
    travel(world, sheet("F-1", "LB"))
    later = travel(world, sheet("F-2", "LC"))
    Control(world.trip).resume(later.id, "awa")
    world.trip.advance(later.id)
    assert world.now(later.id).state is State.CLOSED
    assert world.story(later.id).count("held") == 1


def test_by_the_other_rule_both_go_and_are_flagged(two: Callable[..., World]) -> None:
    world = two("flag")
    first, later = travel(world, sheet("F-1", "LB")), travel(world, sheet("F-2", "LC"))
    assert (first.state, later.state) == (State.CLOSED, State.CLOSED)
    assert "double-billing" in world.story(later.id)
    assert "double-billing" in world.story(first.id)
    assert [d.handling for d, _, _ in world.store.doubles()] == ["flag"]


@pytest.mark.parametrize(
    "changes",
    [
        {"item": [{**claim()["item"][0], "servicedDate": "2026-10-28"}]},
        {"item": [{**claim()["item"][0], "productOrService": {"coding": [{"code": "bio-nfs"}]}}]},
        {"provider": {"identifier": {"system": f"{SID}convention", "value": "CNV-ML-00002"}}},
        {"patient": {"identifier": {"system": OWN, "value": "B-2"}}},
        {"patient": {"display": "Assurée fictive"}},
    ],
    ids=["day", "act", "provider", "person", "nobody"],
)
def test_another_day_act_provider_or_person_is_no_double(
    two: Callable[..., World], changes: Tree
) -> None:
    world = two()
    travel(world, sheet("F-1", "LB"))
    assert travel(world, sheet("F-2", "LC", **changes)).state is State.CLOSED
    assert world.store.doubles() == []


def test_the_same_act_to_the_same_body_is_the_bodys_to_judge(two: Callable[..., World]) -> None:
    world = two()
    travel(world, sheet("F-1", "LB"))
    assert travel(world, sheet("F-2", "LB")).state is State.CLOSED


def test_a_claim_that_was_withdrawn_stands_in_nobodys_way(two: Callable[..., World]) -> None:
    world = two()
    travel(world, sheet("F-1", "LB"))
    later = travel(world, sheet("F-2", "LC"))
    Control(world.trip).withdraw(later.id, "erreur", "awa")
    again = travel(world, sheet("F-3", "LB"))
    assert again.state is State.CLOSED


def test_a_sheet_refused_as_a_whole_may_go_to_the_right_body(two: Callable[..., World]) -> None:
    """T15: sent to the wrong fund, refused (R16), then sent to the right one."""
    world = two()
    usual = world.mapper.map

    def refusing(canonical: str, source: Tree, when: object = None) -> Tree:
        told = usual(canonical, source)
        return told | {"outcome": "error"} if "outcome" in told else told

    world.mapper.map = refusing  # type: ignore[method-assign]
    travel(world, sheet("F-1", "LB"))
    assert travel(world, sheet("F-2", "LC")).state is State.CLOSED
    assert world.store.doubles() == []


def test_two_workers_at_once_never_both_let_it_pass(two: Callable[..., World]) -> None:
    world = two()
    for round in range(5):
        day = f"2026-09-{round + 1:02}"
        item = [{**claim()["item"][0], "servicedDate": day}]
        posted = [world.post(sheet(f"{day}-{body}", body, item=item))[1] for body in ("LB", "LC")]
        start = threading.Barrier(2)

        def work(exchange: Exchange, start: threading.Barrier = start) -> None:
            start.wait()
            world.trip.advance(exchange.id)

        with ThreadPoolExecutor(2) as threads:
            list(threads.map(work, posted))
        held = [world.now(e.id).held for e in posted]
        assert sorted(held) == [False, True]
