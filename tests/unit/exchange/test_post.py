"""What partners leave as files: each part applied once, to its own exchange."""

from __future__ import annotations

import pytest
from exchange_world import World, claim

from adapters.loopback.adapter import Loopback
from hub.exchange.control import Control
from hub.exchange.deposits import Deposits
from hub.exchange.post import Post
from hub.formats import exact_json
from hub.model import BatchLimits, Exchange, Reply, ReplyKind, State


@pytest.fixture
def partner() -> Loopback:
    limits = BatchLimits(count=2, size=1_000_000, age=3600)
    return Loopback(batches={"claim": limits}, resends_safely=True, kind=ReplyKind.ACKNOWLEDGED)


@pytest.fixture
def pair(world: World) -> list[Exchange]:
    """Two claims that were delivered in one deposit and wait for their decision."""
    sent = [world.post(claim(f"F-{n}"))[1] for n in range(2)]
    for exchange in sent:
        world.trip.advance(exchange.id)
    Deposits(world.trip).close_due()
    Deposits(world.trip).deliver_due()
    assert all(world.now(e.id).state is State.PENDING for e in sent)
    return sent


def leave(world: World, name: str, *parts: tuple[str, str]) -> None:
    members = [{"kind": k, "operation": "claim", "reference": r} for k, r in parts]
    world.partner.files[name] = exact_json.dumps({"members": members})


def work(world: World) -> None:
    post = Post(world.trip)
    post.collect()
    post.apply_waiting()
    for id in world.store.due():
        world.trip.advance(id)


def test_an_answer_file_closes_each_exchange_by_its_own_reference(
    world: World, pair: list[Exchange]
) -> None:
    """anchors (d) 3: never matched by order of arrival."""
    leave(world, "a.json", ("answer", pair[1].submission), ("answer", pair[0].submission))
    work(world)
    for exchange in pair:
        done = world.now(exchange.id)
        assert done.state is State.CLOSED
        kind, _, id = (done.answer or "").partition("/")
        stored = world.store.read(kind, id)
        assert stored is not None
        assert exact_json.loads(stored.body)["request"] == {"reference": exchange.resource}
    assert world.partner.files == {}


def test_a_file_made_again_under_its_name_is_not_put_away_unread(
    world: World, pair: list[Exchange]
) -> None:
    world.partner.files["a.json"] = b"<<<"
    work(world)
    leave(world, "a.json", ("answer", pair[0].submission))
    work(world)
    [first, again] = world.store.quarantined()
    assert first["body"] == b"<<<"
    assert pair[0].submission.encode() in again["body"]
    assert "autre contenu" in again["reason"]
    assert world.partner.files == {}


def test_an_applied_answer_closes_its_exchange_without_another_ring(
    world: World, pair: list[Exchange]
) -> None:
    """A sweep does not ring again for what it rang for moments ago: it would wait that long."""
    leave(world, "a.json", ("answer", pair[0].submission))
    post = Post(world.trip)
    post.collect()
    post.apply_waiting()
    assert world.now(pair[0].id).state is State.CLOSED
    assert world.now(pair[1].id).state is State.PENDING


def test_the_same_answer_again_changes_nothing(world: World, pair: list[Exchange]) -> None:
    leave(world, "a.json", ("answer", pair[0].submission))
    work(world)
    before = world.now(pair[0].id), world.story(pair[0].id)
    leave(world, "b.json", ("answer", pair[0].submission))
    work(world)
    assert world.story(pair[0].id) == before[1]
    assert world.now(pair[0].id).answer == before[0].answer
    assert world.store.quarantined() == []


def test_a_contradicting_answer_goes_to_quarantine(world: World, pair: list[Exchange]) -> None:
    """I8: a later reply never undoes a final state silently."""
    leave(world, "a.json", ("answer", pair[0].submission))
    work(world)
    body = {"kind": "answer", "operation": "claim", "reference": pair[0].submission, "other": 1}
    world.partner.files["b.json"] = exact_json.dumps({"members": [body]})
    before = world.now(pair[0].id).answer
    work(world)
    assert world.now(pair[0].id).answer == before
    assert len(world.store.quarantined()) == 1
    assert world.story(pair[0].id)[-1] == "set-aside"  # the claim's own story leads to it
    world.partner.files["c.json"] = exact_json.dumps({"members": [body]})
    work(world)
    assert world.story(pair[0].id).count("set-aside") == 1


def test_a_payment_without_an_adjudication_is_not_applied(
    world: World, pair: list[Exchange]
) -> None:
    """domain T18: no payment notice without an adjudicated claim."""
    leave(world, "a.json", ("payment", pair[0].submission))
    work(world)
    assert world.now(pair[0].id).state is State.PENDING
    assert "paid" not in world.story(pair[0].id)
    assert len(world.store.quarantined()) == 1


def test_a_reply_nobody_asked_for_goes_to_quarantine(world: World, pair: list[Exchange]) -> None:
    leave(world, "a.json", ("answer", "unknown"), ("answer", pair[0].submission))
    work(world)
    assert world.now(pair[0].id).state is State.CLOSED
    assert len(world.store.quarantined()) == 1


def test_a_deposit_refused_as_a_whole_holds_its_claims_and_leaves_again_when_resumed(
    world: World, pair: list[Exchange]
) -> None:
    [deposit] = world.store.deposits()
    leave(world, "a.json", ("rejected", deposit.key))
    work(world)
    for exchange in pair:
        held = world.now(exchange.id)
        assert (held.state, held.held) == (State.READY, True)
        Control(world.trip).resume(exchange.id, "aminata")
        world.trip.advance(exchange.id)
    assert Deposits(world.trip).close_due() == 1
    assert all(world.now(e.id).state is State.SENT for e in pair)


def test_a_file_that_cannot_be_read_is_kept_and_stops_nothing(
    world: World, pair: list[Exchange]
) -> None:
    world.partner.files["a.json"] = b"\x00garbage"
    leave(world, "b.json", ("answer", pair[0].submission))
    work(world)
    assert world.now(pair[0].id).state is State.CLOSED
    assert world.partner.files == {}


def test_an_answer_waits_while_its_exchange_is_held(world: World, pair: list[Exchange]) -> None:
    Control(world.trip).hold(pair[0].id, "contrôle en cours", "aminata")
    leave(world, "a.json", ("answer", pair[0].submission), ("answer", pair[1].submission))
    work(world)
    assert world.now(pair[0].id).state is State.PENDING
    assert world.now(pair[1].id).state is State.CLOSED
    Control(world.trip).resume(pair[0].id, "aminata")
    work(world)
    work(world)
    assert world.now(pair[0].id).state is State.CLOSED


def test_a_defect_in_one_answer_holds_that_exchange_only(
    world: World, pair: list[Exchange], monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = pair[0].submission
    real = world.partner.decode

    def decode(reply: object) -> object:
        if reply.reference == bad:  # type: ignore[attr-defined]
            raise ZeroDivisionError
        return real(reply)  # type: ignore[arg-type]

    monkeypatch.setattr(world.partner, "decode", decode)
    leave(world, "a.json", ("answer", bad), ("answer", pair[1].submission))
    for _ in range(4):
        work(world)
    assert world.now(pair[0].id).held
    assert world.now(pair[1].id).state is State.CLOSED


def test_a_copy_leaves_only_once_its_claim_has_left(world: World) -> None:
    """A claim that is held is not copied to anybody; one that is withdrawn never is."""
    from dataclasses import replace

    from hub.model import Operation
    from hub.ports import Acceptance

    _, exchange = world.post(claim("F-9"))
    copy = replace(
        exchange,
        id="copy",
        operation=Operation.CONTROL_COPY,
        submission="copy-submission",
        parent=exchange.id,
    )
    world.store.accept([Acceptance(exchanges=(copy,))])
    world.mapper.missing = {"consult-gen"}
    world.trip.advance(exchange.id)
    leased = world.store.lease("copy", 30, due=False)
    assert leased is not None
    change = world.trip.step(leased)
    assert (change.exchange.state, change.exchange.held) == (State.ACCEPTED, False)
    assert change.exchange.next_attempt is not None
    world.store.save(change)
    Control(world.trip).withdraw(exchange.id, "erreur", "aminata")
    leased = world.store.lease("copy", 30, due=False)
    assert leased is not None
    assert world.trip.step(leased).exchange.state is State.CANCELLED


def test_a_late_answer_goes_to_the_claim_it_is_about_while_another_is_on_its_way(
    world: World, pair: list[Exchange]
) -> None:
    """anchors (d): matched by reference; the other claim is between its commit and its delivery."""
    others = [world.post(claim(f"F-{n}"))[1] for n in (8, 9)]
    for exchange in others:
        world.trip.advance(exchange.id)
    assert Deposits(world.trip).close_due() == 1
    leave(world, "a.json", ("answer", pair[0].submission))
    work(world)
    assert world.now(pair[0].id).state is State.CLOSED
    assert [world.now(e.id).state for e in (pair[1], *others)] == [
        State.PENDING,
        State.SENT,
        State.SENT,
    ]


def test_the_same_decision_in_other_bytes_has_one_effect(
    world: World, pair: list[Exchange]
) -> None:
    """It may come in a file after it came in the answer to a question."""
    leave(world, "a.json", ("answer", pair[0].submission))
    work(world)
    before = world.now(pair[0].id), world.story(pair[0].id)
    part = {"reference": pair[0].submission, "operation": "claim", "kind": "answer"}
    again = Reply(ReplyKind.ANSWER, "claim", pair[0].submission, exact_json.dumps(part), "x")
    assert Post(world.trip).apply("loopback", again)
    assert world.story(pair[0].id) == before[1]
    assert world.now(pair[0].id).answer == before[0].answer
    assert world.store.quarantined() == []


def test_a_partner_that_has_forgotten_a_decided_claim_changes_nothing(
    world: World, pair: list[Exchange]
) -> None:
    """An unknown status is not final, and undoes nothing that is."""
    leave(world, "a.json", ("answer", pair[0].submission))
    work(world)
    before = world.now(pair[0].id)
    forgotten = Reply(ReplyKind.UNKNOWN, "claim", pair[0].submission, b"", "x")
    assert Post(world.trip).apply("loopback", forgotten)
    after = world.now(pair[0].id)
    assert (after.state, after.held, after.answer) == (before.state, False, before.answer)
