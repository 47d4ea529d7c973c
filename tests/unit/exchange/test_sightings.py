"""Codes are counted when a claim is first translated, once, whatever becomes of it."""

from __future__ import annotations

from exchange_world import World, claim

from hub.exchange.control import Control
from hub.exchange.sightings import codes


def counted(world: World) -> dict[str, int]:
    return {one.code: one.count for one in world.store.codes_seen()}


def test_a_claim_held_for_a_code_counts_once_however_often_it_is_resumed(world: World) -> None:
    world.mapper.missing = {"consult-gen"}
    _, exchange = world.post(claim())
    world.trip.advance(exchange.id)
    assert world.now(exchange.id).held
    for _ in range(2):
        Control(world.trip).resume(exchange.id, "awa")
        world.trip.advance(exchange.id)
    assert counted(world) == {"consult-gen": 1}
    world.mapper.missing = set()
    Control(world.trip).resume(exchange.id, "awa")
    world.trip.advance(exchange.id)
    assert world.now(exchange.id).answer
    assert counted(world) == {"consult-gen": 1}


def test_each_claim_counts_and_attempts_to_reach_the_partner_do_not(world: World) -> None:
    world.partner.fail_next = ["unreachable"]
    for number in ("F-1", "F-2", "F-3"):
        _, exchange = world.post(claim(number))
        world.trip.advance(exchange.id)
    assert counted(world) == {"consult-gen": 3}


def test_only_codings_with_a_system_and_a_code_are_codes() -> None:
    tree = {
        "type": {"coding": [{"code": "no-system"}, {"system": "s", "code": "a", "display": "A"}]},
        "identifier": [{"system": "s", "value": "not a code"}],
        "item": [{"productOrService": {"coding": [{"system": "s", "code": 7}]}}] * 2,
        "extension": [{"valueCoding": {"system": "t", "code": "b"}}],
    }
    assert codes(tree) == {("s", "a"): "A", ("t", "b"): ""}
