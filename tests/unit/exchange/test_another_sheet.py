"""An answer that names another sheet under the right key decides nothing and pays nothing."""

from __future__ import annotations

from decimal import Decimal

import pytest
from exchange_world import World, claim

from adapters.loopback.adapter import Loopback
from hub.exchange.post import Post
from hub.formats import exact_json
from hub.model import BatchLimits, Exchange, Message, Reply, ReplyKind, State, Tree


class Filing(Loopback):
    """Takes claims and decides by file, unless it is given something to say."""

    def send(self, message: Message) -> Reply:
        answer = super().send(message)
        if self.say:
            return answer
        return Reply(ReplyKind.ACKNOWLEDGED, message.operation, message.key, b"{}", "x")

    def ask(self, message: Message, reference: str | None) -> Reply:
        return self.send(message)


@pytest.fixture
def partner() -> Loopback:
    return Filing(batches={"nothing": BatchLimits(1, 1, 1)}, resends_safely=True)


def waiting(world: World, number: str) -> Exchange:
    exchange = world.post(claim(number))[1]
    for _ in range(2):
        leased = world.store.lease(exchange.id, 30)
        assert leased is not None
        world.store.save(world.trip.step(leased))
    return world.now(exchange.id)


def said(kind: str, exchange: Exchange, **more: object) -> Tree:
    return {"kind": kind, "operation": "claim", "reference": exchange.submission} | more


def leave(world: World, name: str, *parts: Tree) -> None:
    world.partner.files[name] = exact_json.dumps({"members": list(parts)})
    post = Post(world.trip)
    post.collect()
    post.apply_waiting()


def test_a_decision_on_another_sheet_under_the_right_key_is_set_aside(world: World) -> None:
    mine = waiting(world, "F-1")
    leave(world, "a.json", said("answer", mine, sheet="F-2"))
    assert world.now(mine.id).state is State.PENDING
    assert world.story(mine.id)[-1] == "set-aside"
    [aside] = world.store.quarantined()
    assert "« F-2 » qui n'est pas ce qui a été envoyé (envoyé : « F-1 »)" in aside["reason"]
    leave(world, "b.json", said("answer", mine, sheet="F-1"))
    assert world.now(mine.id).answer is not None


def test_a_notice_with_one_line_about_another_sheet_pays_none_of_its_claims(world: World) -> None:
    mine, other = waiting(world, "F-1"), waiting(world, "F-2")
    leave(world, "a.json", said("answer", mine), said("answer", other))
    paid = {"number": "OV-7", "amount": Decimal(7)}
    lines = [
        said("payment", mine, sheet="F-1", **paid),
        said("payment", other, sheet="F-1", **paid),
    ]
    leave(world, "b.json", *lines)
    assert not world.store.search("PaymentReconciliation", [], 9, None).resources
    assert len(world.store.quarantined()) == 2
    right = [said("payment", e, sheet=f"F-{n}", **paid) for n, e in ((1, mine), (2, other))]
    leave(world, "c.json", *right)
    [whole] = world.store.search("PaymentReconciliation", [], 9, None).resources
    assert exact_json.loads(whole.body)["paymentAmount"]["value"] == 14


def test_an_answer_at_once_about_another_sheet_holds_the_claim_and_is_kept(world: World) -> None:
    world.partner.say["claim"] = [{"sheet": "F-9"}]
    exchange = world.post(claim("F-1"))[1]
    world.trip.advance(exchange.id)
    held = world.now(exchange.id)
    assert held.held
    assert "F-9" in held.reason
    assert held.answer is None
    [aside] = world.store.quarantined()
    assert b"F-9" in aside["body"]
