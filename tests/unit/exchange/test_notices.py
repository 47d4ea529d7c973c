"""Payment notices: whole or not at all, once, and findable by the provider."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from exchange_world import SID, World, claim

from adapters.loopback.adapter import Loopback
from hub.errors import LeaseLost, MissingCode, Unmappable
from hub.exchange import plausible
from hub.exchange.post import Post
from hub.formats import exact_json
from hub.model import BatchLimits, Exchange, Message, Reply, ReplyKind, State, Tree
from hub.ports import Change, Criterion


class Filing(Loopback):
    """Takes claims one by one and decides by file, as a fund with an upload and files back."""

    def send(self, message: Message) -> Reply:
        super().send(message)
        return Reply(ReplyKind.ACKNOWLEDGED, message.operation, message.key, b"{}", "x")

    def ask(self, message: Message, reference: str | None) -> Reply:
        return Reply(ReplyKind.ACKNOWLEDGED, message.operation, message.key, b"{}", "x")


@pytest.fixture
def partner() -> Loopback:
    return Filing(batches={"nothing": BatchLimits(1, 1, 1)})


@pytest.fixture
def three(world: World) -> list[Exchange]:
    """Three claims that wait for their decision; the third is another provider's."""
    other = {"identifier": {"system": f"{SID}convention", "value": "CNV-ML-00002"}}
    trees = [claim("F-1"), claim("F-2"), claim("F-3", provider=other)]
    found = [world.post(tree)[1] for tree in trees]
    for exchange in found:
        leased = world.store.lease(exchange.id, 30)
        assert leased is not None
        world.store.save(world.trip.step(leased))
        leased = world.store.lease(exchange.id, 30)
        assert leased is not None
        world.store.save(world.trip.step(leased))
        assert world.now(exchange.id).state is State.PENDING
    return found


def share(amount: str) -> Tree:
    money = {"value": Decimal(amount), "currency": "XOF"}
    return {"total": [{"category": {"coding": [{"code": "benefit"}]}, "amount": money}]}


def decision(exchange: Exchange, amount: str = "1400") -> Tree:
    part = {"kind": "answer", "operation": "claim", "reference": exchange.submission}
    return part | share(amount)


def payment(exchange: Exchange, amount: str = "1400", **more: Any) -> Tree:
    part = {"kind": "payment", "operation": "claim", "reference": exchange.submission}
    return part | {"number": "OV-7", "amount": Decimal(amount)} | more


def leave(world: World, name: str, *parts: Tree) -> None:
    world.partner.files[name] = exact_json.dumps({"members": list(parts)})


def sweep(world: World) -> None:
    post = Post(world.trip)
    post.collect()
    post.apply_waiting()


def stored(world: World, kind: str, request: str = "") -> list[Tree]:
    asked = [Criterion("request", [("eq", "", request)], "reference")] if request else []
    found = world.store.search(kind, asked, 100, None)
    return [exact_json.loads(r.body) for r in found.resources]


def test_one_notice_gives_one_reconciliation_a_payee_with_the_exact_sum(
    world: World, three: list[Exchange]
) -> None:
    leave(world, "a.json", *(decision(e) for e in three))
    leave(world, "b.json", *(payment(e, a) for e, a in zip(three, ("1400", "7", "9"), strict=True)))
    sweep(world)
    found = stored(world, "PaymentReconciliation")
    sums = {r["paymentAmount"]["value"]: [d["amount"]["value"] for d in r["detail"]] for r in found}
    assert sums == {1407: [1400, 7], 9: [9]}
    assert {r["paymentIdentifier"]["value"] for r in found} == {"OV-7"}
    assert all(r["paymentDate"] == "2026-11-20" for r in found)
    [notice] = stored(world, "PaymentNotice", three[1].resource)
    assert notice["amount"] == {"value": 7, "currency": "XOF"}
    assert notice["response"] == {"reference": world.now(three[1].id).answer}
    whole = next(r for r in found if len(r["detail"]) == 2)
    assert notice["payment"] == {"reference": f"PaymentReconciliation/{whole['id']}"}
    assert notice["recipient"] == three_provider("CNV-ML-00001")
    [number] = world.store.search(
        "PaymentReconciliation", [Criterion("identifier", [("eq", "urn:lb", "OV-7")])], 1, None
    ).resources
    assert number.id in {r["id"] for r in found}


def three_provider(number: str) -> Tree:
    return {"identifier": {"system": f"{SID}convention", "value": number}}


def test_each_currency_has_a_reconciliation_of_its_own(
    world: World, three: list[Exchange], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A claim that does not say its amount leaves the currency to who pays it."""
    leave(world, "a.json", *(decision(e) for e in three))
    monkeypatch.setattr(plausible.amounts, "claimed", lambda claim: None)
    leave(world, "b.json", payment(three[0]), payment(three[1], "9", currency="GNF"))
    sweep(world)
    found = {
        (r["paymentAmount"]["currency"], r["paymentAmount"]["value"])
        for r in stored(world, "PaymentReconciliation")
    }
    assert found == {("XOF", 1400), ("GNF", 9)}


def test_a_notice_is_blocked_as_a_whole_until_every_claim_of_it_is_decided(
    world: World, three: list[Exchange]
) -> None:
    """domain.md T18 and finding 4: no payment without an adjudicated claim."""
    leave(world, "a.json", decision(three[0]))
    leave(world, "b.json", payment(three[0]), payment(three[1]))
    sweep(world)
    sweep(world)
    assert stored(world, "PaymentReconciliation") == stored(world, "PaymentNotice") == []
    [alert] = world.store.quarantined()
    assert "F-2" in alert["reason"]
    assert "F-1" not in alert["reason"]
    assert alert["applies_itself"]
    assert world.story(three[1].id).count("payment-blocked") == 1
    leave(world, "c.json", decision(three[1]))
    sweep(world)
    sweep(world)
    assert len(stored(world, "PaymentNotice")) == 2
    assert world.store.quarantined() == []


def test_a_payment_for_a_claim_the_hub_never_carried_blocks_its_notice(
    world: World, three: list[Exchange]
) -> None:
    leave(world, "a.json", decision(three[0]))
    strange = payment(three[0]) | {"reference": "unknown"}
    leave(world, "b.json", payment(three[0]), strange)
    sweep(world)
    assert stored(world, "PaymentReconciliation") == []
    [alert] = world.store.quarantined()
    assert "unknown" in alert["reason"]


def test_a_file_that_waits_keeps_no_other_file_waiting(world: World, three: list[Exchange]) -> None:
    for n in range(60):
        leave(world, f"a{n:02}.json", payment(three[0], number=f"OV-{n}", n=n))
    sweep(world)
    leave(world, "b.json", decision(three[1]))
    sweep(world)
    sweep(world)
    assert world.now(three[1].id).state is State.CLOSED


def test_a_notice_seen_again_or_applied_half_way_doubles_nothing(
    world: World, three: list[Exchange], monkeypatch: pytest.MonkeyPatch
) -> None:
    leave(world, "a.json", *(decision(e) for e in three[:2]))
    sweep(world)
    leave(world, "b.json", *(payment(e) for e in three[:2]))
    real, saved = world.store.save, []

    def killed(change: Change) -> None:
        if change.reply is not None and saved:
            raise KeyboardInterrupt
        saved.append(change)
        real(change)

    monkeypatch.setattr(world.store, "save", killed)
    with pytest.raises(KeyboardInterrupt):
        sweep(world)
    monkeypatch.setattr(world.store, "save", real)
    world.store.recover()
    sweep(world)
    leave(world, "c.json", *(payment(e) for e in reversed(three[:2])))
    sweep(world)
    [whole] = world.store.search("PaymentReconciliation", [], 10, None).resources
    assert whole.version == 1
    assert exact_json.loads(whole.body)["paymentAmount"]["value"] == 2800
    assert len(stored(world, "PaymentNotice")) == 2
    assert [world.story(e.id).count("paid") for e in three[:2]] == [1, 1]
    assert world.store.quarantined() == []


def test_a_busy_claim_is_paid_later_and_the_others_now(world: World, three: list[Exchange]) -> None:
    leave(world, "a.json", *(decision(e) for e in three[:2]))
    sweep(world)
    leave(world, "b.json", *(payment(e) for e in three[:2]))
    taken = world.store.lease(three[0].id, 30, due=False)
    assert taken is not None
    sweep(world)
    assert [world.story(e.id).count("paid") for e in three[:2]] == [0, 1]
    world.store.save(Change(taken))
    sweep(world)
    assert [world.story(e.id).count("paid") for e in three[:2]] == [1, 1]
    assert len(stored(world, "PaymentReconciliation")) == 1


def test_another_notice_of_the_same_number_goes_to_quarantine(
    world: World, three: list[Exchange]
) -> None:
    leave(world, "a.json", *(decision(e) for e in three[:2]))
    leave(world, "b.json", payment(three[0]))
    sweep(world)
    leave(world, "c.json", payment(three[0]), payment(three[1]))
    sweep(world)
    [whole] = stored(world, "PaymentReconciliation")
    assert whole["paymentAmount"]["value"] == 1400
    assert any("OV-7" in q["reason"] for q in world.store.quarantined())


def test_a_payment_that_is_not_what_was_decided_is_recorded_and_flagged(
    world: World, three: list[Exchange]
) -> None:
    leave(world, "a.json", decision(three[0], "1400"), decision(three[1], "1400"))
    leave(world, "b.json", payment(three[0], "1399"), payment(three[1], "1400"))
    sweep(world)
    assert "payment-differs" in world.story(three[0].id)
    assert "payment-differs" not in world.story(three[1].id)
    [notice] = stored(world, "PaymentNotice", three[0].resource)
    assert notice["amount"]["value"] == 1399
    [alert] = world.store.quarantined()
    assert "F-1" in alert["reason"]
    assert "1399" in alert["reason"]
    assert "1400" in alert["reason"]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"amount": "-5"}, "négatif"),
        ({"amount": "2001"}, "pour 2000 demandés"),
        ({"amount": "9" * 30}, "pour 2000 demandés"),
        ({"amount": "10.50"}, "décimales"),
        ({"amount": "10", "currency": "GNF"}, "« GNF »"),
        ({"amount": "10", "currency": "X--"}, "« X-- »"),
    ],
    ids=["negative", "more than asked for", "huge", "decimals", "another currency", "none"],
)
def test_a_payment_that_cannot_be_about_its_claim_moves_no_money(
    world: World, three: list[Exchange], wrong: Any, said: str
) -> None:
    leave(world, "a.json", *(decision(e) for e in three))
    leave(world, "b.json", payment(three[1]), payment(three[0], **wrong))
    sweep(world)
    assert stored(world, "PaymentReconciliation") == stored(world, "PaymentNotice") == []
    aside = world.store.quarantined()
    assert len(aside) == 2
    assert all(said in each["reason"] and not each["applies_itself"] for each in aside)


def test_a_line_told_twice_in_one_notice_is_not_taken_for_one(
    world: World, three: list[Exchange]
) -> None:
    leave(world, "a.json", *(decision(e) for e in three))
    leave(world, "b.json", payment(three[0], "700"), payment(three[0], "700"), payment(three[1]))
    sweep(world)
    assert stored(world, "PaymentNotice") == []
    assert all("deux fois la même ligne" in q["reason"] for q in world.store.quarantined())
    leave(world, "c.json", payment(three[1], number="OV-8"))
    sweep(world)
    assert len(stored(world, "PaymentNotice")) == 1


def test_a_claim_paid_twice_is_flagged(world: World, three: list[Exchange]) -> None:
    leave(world, "a.json", decision(three[0]))
    leave(world, "b.json", payment(three[0]))
    sweep(world)
    leave(world, "c.json", payment(three[0], number="OV-8"))
    sweep(world)
    assert world.story(three[0].id).count("payment-differs") == 1
    assert len(stored(world, "PaymentReconciliation")) == 2


def test_the_story_says_where_the_provider_reads_the_payment(
    world: World, three: list[Exchange]
) -> None:
    leave(world, "a.json", decision(three[0]))
    leave(world, "b.json", payment(three[0]))
    sweep(world)
    [told] = [e for e in world.store.events(three[0].id) if e.what == "paid"]
    assert f"PaymentNotice?request={three[0].resource}" in told.text
    assert "20/11/2026" in told.text


def test_a_save_that_loses_its_lease_leaves_the_line_for_later(
    world: World, three: list[Exchange], monkeypatch: pytest.MonkeyPatch
) -> None:
    leave(world, "a.json", decision(three[0]))
    sweep(world)
    leave(world, "b.json", payment(three[0]))
    real = world.store.save

    def lost(change: Change) -> None:
        monkeypatch.setattr(world.store, "save", real)
        real(Change(change.exchange))
        raise LeaseLost

    monkeypatch.setattr(world.store, "save", lost)
    sweep(world)
    assert "paid" not in world.story(three[0].id)
    sweep(world)
    assert world.story(three[0].id).count("paid") == 1


def test_a_defect_while_a_notice_is_applied_keeps_it_and_stops_no_other_file(
    world: World, three: list[Exchange], monkeypatch: pytest.MonkeyPatch
) -> None:
    leave(world, "a.json", decision(three[0]), decision(three[1]))
    sweep(world)
    real = world.mapper.map

    def broken(canonical: str, source: Tree, when: object = None) -> Tree:
        if canonical.endswith("-payment|1") and source["answer"]["number"] == "OV-7":
            raise ZeroDivisionError
        return real(canonical, source)

    monkeypatch.setattr(world.mapper, "map", broken)
    leave(world, "b.json", payment(three[0]))
    leave(world, "c.json", payment(three[1], number="OV-8"))
    sweep(world)
    assert world.story(three[1].id).count("paid") == 1
    [alert] = world.store.quarantined()
    assert "ZeroDivisionError" in alert["reason"]
    monkeypatch.setattr(world.mapper, "map", real)
    sweep(world)
    assert world.story(three[0].id).count("paid") == 1
    assert world.store.quarantined() == []


def test_a_code_without_a_row_holds_the_notice_until_the_row_is_there(
    world: World, three: list[Exchange], monkeypatch: pytest.MonkeyPatch
) -> None:
    leave(world, "a.json", decision(three[0]))
    sweep(world)
    real = world.mapper.map

    def lacking(canonical: str, source: Tree, when: object = None) -> Tree:
        if canonical.endswith("-payment|1"):
            raise Unmappable(missing=[MissingCode("banques", "s", "BDM")])
        return real(canonical, source)

    monkeypatch.setattr(world.mapper, "map", lacking)
    leave(world, "b.json", payment(three[0]))
    sweep(world)
    [alert] = world.store.quarantined()
    assert "BDM" in alert["reason"]
    monkeypatch.setattr(world.mapper, "map", real)
    sweep(world)
    assert world.story(three[0].id).count("paid") == 1


def test_two_workers_that_both_find_nothing_stored_make_one_reconciliation(
    world: World, three: list[Exchange], monkeypatch: pytest.MonkeyPatch
) -> None:
    leave(world, "a.json", *(decision(e) for e in three[:2]))
    sweep(world)
    real = world.store.read
    monkeypatch.setattr(
        world.store, "read", lambda *key: None if "PaymentRec" in key[0] else real(*key)
    )
    leave(world, "b.json", *(payment(e) for e in three[:2]))
    taken = world.store.lease(three[0].id, 30, due=False)
    assert taken is not None
    sweep(world)
    world.store.save(Change(taken))
    sweep(world)
    monkeypatch.undo()
    [whole] = world.store.search("PaymentReconciliation", [], 10, None).resources
    assert whole.version == 1
    assert len(stored(world, "PaymentNotice")) == 2
