"""Replay: the stored answer is translated again with today's maps; nothing is sent twice."""

from __future__ import annotations

import pytest
from exchange_world import World, claim

from hub.errors import Conflict, Invalid, NotFound, Unmappable
from hub.exchange import replaying
from hub.exchange.control import Control
from hub.formats import exact_json
from hub.model import Exchange, State, Tree


def answered(world: World) -> Exchange:
    _, exchange = world.post(claim())
    world.trip.advance(exchange.id)
    return world.now(exchange.id)


def answer(world: World, exchange: Exchange) -> tuple[int, Tree]:
    kind, _, id = (exchange.answer or "").partition("/")
    stored = world.store.read(kind, id)
    assert stored is not None
    return stored.version, exact_json.loads(stored.body)


def corrected(world: World, monkeypatch: pytest.MonkeyPatch, **said: str) -> None:
    """From now on answers are translated so."""
    as_before = world.mapper.map

    def map(canonical: str, source: Tree, when: object = None) -> Tree:
        made = as_before(canonical, source, when)
        return {**made, **said} if canonical.endswith("-answer|1") else made

    monkeypatch.setattr(world.mapper, "map", map)


def test_a_corrected_map_gives_the_stored_answer_a_new_version(world, monkeypatch) -> None:
    done = answered(world)
    first, before = answer(world, done)
    corrected(world, monkeypatch, disposition="Accordé en partie")
    replayed = replaying.replay(Control(world.trip), done.id, "carte corrigée", "person|awa")
    assert (replayed.kind, replayed.changed) == (replaying.ANSWER, True)
    second, after = answer(world, replayed.exchange)
    assert second == first + 1
    assert (before["disposition"], after["disposition"]) == ("Accordé", "Accordé en partie")
    assert (after["id"], after["request"]) == (before["id"], before["request"])
    assert world.partner.sent == [done.submission]  # nothing has left again
    assert replayed.exchange.state is State.CLOSED
    last = world.store.events(done.id)[-1]
    assert (last.what, last.actor) == ("replayed", "person|awa")
    assert "carte corrigée" in last.text


def test_an_answer_that_says_the_same_keeps_its_version(world) -> None:
    done = answered(world)
    for _ in range(2):  # and a second replay does no harm
        replayed = replaying.replay(Control(world.trip), done.id, "par précaution", "person|awa")
        assert (replayed.kind, replayed.changed) == (replaying.ANSWER, False)
    assert answer(world, done)[0] == 1
    assert world.partner.sent == [done.submission]


def test_a_map_that_fails_changes_nothing_and_frees_the_exchange(world, monkeypatch) -> None:
    done = answered(world)

    def fails(canonical: str, source: Tree, when: object = None) -> Tree:
        raise Unmappable

    monkeypatch.setattr(world.mapper, "map", fails)
    with pytest.raises(Unmappable):
        replaying.replay(Control(world.trip), done.id, "carte fausse", "person|awa")
    assert answer(world, done)[0] == 1
    monkeypatch.undo()
    assert not replaying.replay(Control(world.trip), done.id, "remise", "person|awa").changed


def test_what_a_worker_has_or_nobody_has_is_not_replayed(world) -> None:
    done = answered(world)
    assert world.store.lease(done.id, 60, due=False) is not None
    with pytest.raises(Conflict):
        replaying.replay(Control(world.trip), done.id, "deux à la fois", "person|awa")
    with pytest.raises(NotFound):
        replaying.replay(Control(world.trip), "personne", "absent", "person|awa")
    _, other = world.post(claim("F-2"))
    control = Control(world.trip)
    control.withdraw(other.id, "saisie deux fois", "person|awa")
    with pytest.raises(Invalid):
        replaying.replay(control, other.id, "retirée", "person|awa")
