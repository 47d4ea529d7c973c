"""Taking a claim back, before and after it left; the partner's word decides."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from exchange_world import SID, World, claim

from adapters.loopback.adapter import Loopback
from hub.errors import Conflict, Invalid
from hub.exchange import cancelling, orders, routing
from hub.exchange.control import Control
from hub.exchange.deposits import Deposits
from hub.exchange.intake import Intake
from hub.exchange.post import Post
from hub.fhir.validate import validate
from hub.formats import exact_json
from hub.model import BatchLimits, Exchange, Operation, State, Tree

PENDING = [{"kind": "acknowledged", "text": "en instruction"}]


class Scheme(Loopback):
    """The scheme manager, which gets the copies."""

    name = "scheme"


@pytest.fixture
def scheme() -> Scheme:
    return Scheme()


@pytest.fixture
def world(world: World, scheme: Scheme) -> World:
    """The managing body takes its time, and there is a scheme manager for the copies."""
    world.partner.say["claim"] = PENDING
    bodies = {
        **world.trip.table.bodies,
        "SM": routing.Body("SM", "Scheme", "scheme", "ML", "scheme", frozenset(), f"{SID}n"),
    }
    table = routing.Routing(bodies, {"ML": ("SM",)})
    adapters = {**world.trip.adapters, "scheme": scheme}
    trip = replace(world.trip, table=table, adapters=adapters)
    intake = Intake(world.store, table, world.clock, tuple(adapters))
    return replace(world, trip=trip, intake=intake)


def run(world: World) -> None:
    """Everything that is due, until nothing moves any more."""
    for _ in range(12):
        for id in world.store.due():
            leased = world.store.lease(id, 30)
            if leased is not None:
                world.store.save(world.trip.step(leased))


def tree(world: World, name: str) -> Tree:
    kind, _, id = name.partition("/")
    stored = world.store.read(kind, id)
    assert stored is not None
    found: Tree = exact_json.loads(stored.body)
    assert validate(found) == []
    assert found["meta"]["versionId"] == str(stored.version)
    return found


def sent(world: World, number: str = "F-1") -> Exchange:
    _, exchange = world.post(claim(number))
    run(world)
    found = world.now(exchange.id)
    assert found.state is State.PENDING
    return found


def copy_of(world: World, exchange: Exchange) -> Exchange:
    [found] = [
        e
        for e in world.store.exchanges(resource=exchange.resource)
        if e.operation is Operation.CONTROL_COPY
    ]
    return found


def test_what_has_not_left_is_withdrawn_at_once_with_its_copy(world: World) -> None:
    _, exchange = world.post(claim())
    order = Control(world.trip).cancel(exchange.id, "saisie deux fois", "aminata")
    assert order.state is State.CLOSED
    assert world.now(exchange.id).state is State.CANCELLED
    assert tree(world, f"Task/{order.id}")["status"] == "completed"
    run(world)
    assert copy_of(world, exchange).state is State.CANCELLED
    assert world.partner.sent == []


def test_the_claim_says_it_is_cancelled_from_its_next_version_on(world: World) -> None:
    posted = claim()
    posted["item"][0]["quantity"] = {"value": Decimal("1.500")}
    _, exchange = world.post(posted)
    Control(world.trip).cancel(exchange.id, "saisie deux fois", "aminata")
    kind, _, id = exchange.resource.partition("/")
    newest, first = world.store.read(kind, id), world.store.read(kind, id, 1)
    assert newest is not None
    assert first is not None
    assert newest.version == 2
    before, after = exact_json.loads(first.body), tree(world, exchange.resource)
    assert (before["status"], after["status"]) == ("active", "cancelled")
    assert {k: v for k, v in before.items() if k not in ("meta", "status")} == {
        k: v for k, v in after.items() if k not in ("meta", "status")
    }
    assert b"1.500" in newest.body


def test_after_it_left_the_partner_is_asked_and_told_which_claim_and_why(world: World) -> None:
    exchange = sent(world)
    world.partner.say["cancellation"] = [{"kind": "answer", "accepted": True}]
    order = Control(world.trip).cancel(exchange.id, "patiente absente", "aminata")
    assert order.state is State.ACCEPTED
    run(world)
    [question] = [s for c, s in world.mapper.seen if c.endswith("loopback-cancellation|1")]
    assert question["copyOf"] == exchange.submission
    assert question["partnerReference"] == f"LB-{exchange.submission}"
    assert question["reason"] == "patiente absente"
    assert question["submission"] != exchange.submission
    assert world.now(exchange.id).state is State.CANCELLED
    assert tree(world, exchange.resource)["status"] == "cancelled"
    assert tree(world, f"Task/{order.id}")["status"] == "completed"
    answer = exact_json.loads(world.intake.response(world.now(exchange.id)))
    assert (answer["status"], answer["outcome"]) == ("cancelled", "complete")
    assert "annulée chez l'organisme" in answer["disposition"]


def test_the_copy_of_a_cancelled_claim_is_cancelled_too(world: World, scheme: Scheme) -> None:
    exchange = sent(world)
    assert copy_of(world, exchange).state is State.CLOSED
    for partner in (world.partner, scheme):
        partner.say["cancellation"] = [{"kind": "answer", "accepted": True}]
    Control(world.trip).cancel(exchange.id, "erreur", "aminata")
    run(world)
    assert copy_of(world, exchange).state is State.CANCELLED
    asked = [s for c, s in world.mapper.seen if c.endswith("scheme-cancellation|1")]
    assert [s["copyOf"] for s in asked] == [copy_of(world, exchange).submission]
    assert asked[0]["body"] == "LB"


def test_a_refusal_leaves_the_claim_on_its_way_and_says_why_in_both_languages(
    world: World,
) -> None:
    exchange = sent(world)
    said = {"accepted": False, "reason": "R15", "message": "Déjà liquidée."}
    world.partner.say["cancellation"] = [{"kind": "answer", **said}]
    order = Control(world.trip).cancel(exchange.id, "erreur", "aminata")
    run(world)
    assert world.now(exchange.id).state is State.PENDING
    task = tree(world, f"Task/{order.id}")
    assert task["status"] == "rejected"
    reason = task["statusReason"]
    assert "(R15, Déjà liquidée). La feuille" in reason["text"]
    assert "GET ClaimResponse?request=" in reason["text"]
    english = reason["_text"]["extension"][0]["extension"][1]["valueString"]
    assert english.startswith("The institution refuses")
    assert reason["coding"][0]["code"] == "R15"
    assert tree(world, exchange.resource)["status"] == "active"
    assert "cancellation-refused" in world.story(exchange.id)
    world.partner.say["claim"] = [{"kind": "answer"}]
    run(world)
    assert world.now(exchange.id).state is State.CLOSED


def test_what_is_decided_already_is_not_asked_about(world: World) -> None:
    exchange = sent(world)
    world.partner.say["claim"] = [{"kind": "answer"}]
    run(world)
    order = Control(world.trip).cancel(exchange.id, "erreur", "aminata")
    run(world)
    assert world.now(exchange.id).state is State.CLOSED
    task = tree(world, f"Task/{order.id}")
    assert task["status"] == "rejected"
    assert "régularisation" in task["statusReason"]["text"]
    assert not any(key == world.now(order.id).submission for key in world.partner.sent)


def test_an_answer_that_crosses_the_question_wins_when_the_partner_refuses(world: World) -> None:
    exchange = sent(world)
    world.partner.say["cancellation"] = [
        {"kind": "acknowledged"},
        {"kind": "answer", "accepted": False, "message": "Déjà liquidée."},
    ]
    order = Control(world.trip).cancel(exchange.id, "erreur", "aminata")
    leased = world.store.lease(order.id, 30)
    assert leased is not None
    world.store.save(world.trip.step(leased))
    leased = world.store.lease(order.id, 30)
    assert leased is not None
    world.store.save(world.trip.step(leased))
    assert world.now(order.id).state is State.PENDING
    world.partner.say["claim"] = [{"kind": "answer"}]
    run(world)
    assert world.now(exchange.id).state is State.CLOSED
    assert tree(world, exchange.resource)["status"] == "active"
    assert tree(world, f"Task/{order.id}")["status"] == "rejected"


def test_an_answer_after_an_accepted_cancellation_changes_nothing(world: World) -> None:
    exchange = sent(world)
    world.partner.say["cancellation"] = [{"kind": "answer", "accepted": True}]
    Control(world.trip).cancel(exchange.id, "erreur", "aminata")
    run(world)
    late = {"kind": "answer", "operation": "claim", "reference": exchange.submission}
    world.partner.files["late.json"] = exact_json.dumps({"members": [late]})
    post = Post(world.trip)
    post.collect()
    post.apply_waiting()
    assert world.now(exchange.id).state is State.CANCELLED
    assert world.now(exchange.id).answer is None
    assert len(world.store.quarantined()) == 1


def test_a_partner_that_cancels_what_it_has_decided_is_shown_to_a_person(world: World) -> None:
    exchange = sent(world)
    world.partner.say["cancellation"] = [
        {"kind": "acknowledged"},
        {"kind": "answer", "accepted": True},
    ]
    order = Control(world.trip).cancel(exchange.id, "erreur", "aminata")
    for _ in range(2):
        leased = world.store.lease(order.id, 30)
        assert leased is not None
        world.store.save(world.trip.step(leased))
    answered = world.store.lease(exchange.id, 30)
    assert answered is not None
    world.partner.say["claim"] = [{"kind": "answer"}]
    world.store.save(world.trip.step(answered))
    run(world)
    assert world.now(exchange.id).state is State.CLOSED
    assert tree(world, f"Task/{order.id}")["status"] == "failed"
    assert len(world.store.quarantined()) == 1


def test_a_cancellation_waits_while_nobody_knows_whether_the_claim_arrived(world: World) -> None:
    world.partner.fail_next = ["unconfirmed-before"]
    _, exchange = world.post(claim())
    run(world)
    assert (world.now(exchange.id).state, world.now(exchange.id).held) == (State.SENT, True)
    order = Control(world.trip).cancel(exchange.id, "erreur", "aminata")
    run(world)
    assert world.now(order.id).state is State.ACCEPTED
    assert world.partner.sent == [exchange.submission]


def test_a_busy_claim_is_withdrawn_a_moment_later(world: World) -> None:
    _, exchange = world.post(claim())
    taken = world.store.lease(exchange.id, 30)
    assert taken is not None
    parts = world.trip
    key = cancelling.name(parts, exchange)
    task = orders.made(parts, exchange, key, "erreur", "aminata")
    asked = cancelling.acceptance(parts, exchange, key, "erreur", task, "aminata")
    world.store.accept([asked])
    leased = world.store.lease(key, 30)
    assert leased is not None
    world.store.save(parts.step(leased))
    assert world.now(key).state is State.ACCEPTED
    world.store.save(parts.hold(taken, "essai"))
    run(world)
    assert world.now(key).state is State.CLOSED
    assert world.now(exchange.id).state is State.CANCELLED


def test_a_partner_without_cancellations_is_not_asked(world: World) -> None:
    world.partner.operations = {"claim": "memory"}
    exchange = sent(world)
    order = Control(world.trip).cancel(exchange.id, "erreur", "aminata")
    run(world)
    task = tree(world, f"Task/{order.id}")
    assert task["status"] == "rejected"
    assert world.now(exchange.id).state is State.PENDING


def test_a_claim_is_cancelled_once_and_asked_again_only_after_a_refusal(world: World) -> None:
    exchange = sent(world)
    world.partner.say["cancellation"] = [
        {"kind": "answer", "accepted": False},
        {"kind": "answer", "accepted": True},
    ]
    Control(world.trip).cancel(exchange.id, "erreur", "aminata")
    with pytest.raises(Conflict):
        Control(world.trip).cancel(exchange.id, "erreur", "aminata")
    run(world)
    Control(world.trip).cancel(exchange.id, "erreur", "aminata")
    run(world)
    assert world.now(exchange.id).state is State.CANCELLED
    with pytest.raises(Conflict):
        Control(world.trip).cancel(exchange.id, "erreur", "aminata")


def test_a_copy_is_not_cancelled_alone(world: World) -> None:
    exchange = sent(world)
    with pytest.raises(Invalid):
        Control(world.trip).cancel(copy_of(world, exchange).id, "erreur", "aminata")


def test_a_cancellation_travels_in_a_deposit_when_the_partner_works_by_files(world: World) -> None:
    limits = BatchLimits(count=1, size=1_000_000, age=3600)
    world.partner.batches = {"claim": limits, "cancellation": limits}
    world.partner.resends_safely = True
    world.partner.say["cancellation"] = [{"kind": "acknowledged"}]

    def deliver() -> None:
        run(world)
        Deposits(world.trip).close_due()
        Deposits(world.trip).deliver_due()

    _, exchange = world.post(claim())
    deliver()
    assert world.now(exchange.id).state is State.PENDING
    order = Control(world.trip).cancel(exchange.id, "erreur", "aminata")
    deliver()
    assert world.now(order.id).state is State.PENDING
    submission = world.now(order.id).submission
    back = {"kind": "answer", "operation": "cancellation", "reference": submission}
    world.partner.files["back.json"] = exact_json.dumps({"members": [back | {"accepted": True}]})
    post = Post(world.trip)
    post.collect()
    post.apply_waiting()
    assert world.now(exchange.id).state is State.CANCELLED
    assert tree(world, f"Task/{order.id}")["status"] == "completed"


def test_killed_between_the_claim_and_its_order_it_ends_the_same(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    exchange = sent(world)
    world.partner.say["cancellation"] = [{"kind": "answer", "accepted": True}]
    order = Control(world.trip).cancel(exchange.id, "erreur", "aminata")
    real = cancelling._close

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cancelling, "_close", killed)
    with pytest.raises(KeyboardInterrupt):
        run(world)
    assert world.now(exchange.id).state is State.CANCELLED
    monkeypatch.setattr(cancelling, "_close", real)
    world.store.recover()
    run(world)
    assert world.now(order.id).state is State.CLOSED
    kind, _, id = exchange.resource.partition("/")
    newest = world.store.read(kind, id)
    assert newest is not None
    assert newest.version == 2
    assert world.story(exchange.id).count("cancelled") == 1
