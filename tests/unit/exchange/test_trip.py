"""A claim's trip, with a partner that fails on request; the partner's ledger is the judge."""

from __future__ import annotations

import pytest
from exchange_world import World, claim

from adapters.loopback.adapter import Loopback
from hub.errors import Conflict, Invalid, Unroutable
from hub.exchange.control import Control
from hub.formats import exact_json
from hub.model import BatchLimits, State


def test_a_claim_is_translated_sent_once_and_answered(world: World) -> None:
    _, exchange = world.post(claim())
    world.trip.advance(exchange.id)
    done = world.now(exchange.id)
    assert done.state is State.CLOSED
    assert world.story(exchange.id) == ["accepted", "translated", "sent", "answered", "closed"]
    kind, _, id = (done.answer or "").partition("/")
    stored = world.store.read(kind, id)
    assert stored is not None
    answer = exact_json.loads(stored.body)
    assert answer["request"] == {"reference": exchange.resource}
    assert world.partner.sent == [exchange.submission]


def test_the_bytes_received_are_kept(world: World) -> None:
    tree = claim(amount="2000")
    raw = b"  " + exact_json.dumps(tree).replace(b'"value":2000', b'"value": 2000')
    acceptance = world.intake.submit(tree, raw)
    world.store.accept([acceptance])
    kind, _, id = acceptance.exchanges[0].resource.partition("/")
    assert world.store.received(kind, id) == raw


def test_an_unreachable_partner_is_tried_again_and_booked_once(world: World) -> None:
    world.partner.fail_next = ["unreachable", "unreachable"]
    _, exchange = world.post(claim())
    world.trip.advance(exchange.id)
    assert world.now(exchange.id).state is State.CLOSED
    assert list(world.partner.ledger) == [exchange.submission]
    assert world.story(exchange.id).count("unreachable") == 2


def test_after_an_unknown_outcome_the_partner_is_asked_not_sent_to_again(world: World) -> None:
    """reliability.md rule 3: UNKNOWN_OUTCOME is a state."""
    world.partner.fail_next = ["unconfirmed-after"]
    _, exchange = world.post(claim())
    world.trip.advance(exchange.id)
    assert world.now(exchange.id).state is State.CLOSED
    assert world.partner.sent == [exchange.submission]


def test_a_partner_that_never_saw_it_and_knows_no_copies_waits_for_a_person(world: World) -> None:
    world.partner.fail_next = ["unconfirmed-before"]
    _, exchange = world.post(claim())
    world.trip.advance(exchange.id)
    held = world.now(exchange.id)
    assert (held.state, held.held) == (State.SENT, True)
    assert world.partner.sent == [exchange.submission]


def test_a_partner_that_drops_copies_is_sent_to_again(world: World) -> None:
    world.partner.resends_safely = True
    world.partner.fail_next = ["unconfirmed-before"]
    _, exchange = world.post(claim())
    world.trip.advance(exchange.id)
    assert world.now(exchange.id).state is State.CLOSED
    assert world.partner.sent == [exchange.submission] * 2


@pytest.mark.parametrize("failure", ["refused", "garbage"])
def test_what_sending_again_would_not_cure_is_held_with_a_reason(
    world: World, failure: str
) -> None:
    world.partner.fail_next = [failure]
    _, exchange = world.post(claim())
    world.trip.advance(exchange.id)
    held = world.now(exchange.id)
    assert (held.state, held.held) == (State.SENT, True)
    assert held.reason
    assert held.next_attempt is None
    assert world.partner.sent == [exchange.submission]


def test_a_code_without_a_row_holds_the_exchange_and_names_every_code(world: World) -> None:
    world.mapper.missing = {"consult-gen"}
    _, exchange = world.post(claim())
    world.trip.advance(exchange.id)
    held = world.now(exchange.id)
    assert (held.state, held.held) == (State.ACCEPTED, True)
    assert [m["code"] for m in held.detail["missing"]] == ["consult-gen"]
    world.trip.advance(exchange.id)
    assert world.now(exchange.id).held
    world.mapper.missing = set()
    Control(world.trip).resume(exchange.id, "aminata")
    world.trip.advance(exchange.id)
    assert world.now(exchange.id).state is State.CLOSED


def test_only_a_held_exchange_can_be_resumed(world: World) -> None:
    _, exchange = world.post(claim())
    with pytest.raises(Invalid):
        Control(world.trip).resume(exchange.id, "aminata")
    world.trip.advance(exchange.id)
    assert world.now(exchange.id).state is State.CLOSED


def test_a_claim_can_be_withdrawn_only_before_it_leaves(world: World) -> None:
    _, first = world.post(claim("F-1"))
    Control(world.trip).withdraw(first.id, "erreur de saisie", "aminata")
    world.trip.advance(first.id)
    assert world.now(first.id).state is State.CANCELLED
    assert world.partner.sent == []
    _, second = world.post(claim("F-2"))
    world.trip.advance(second.id)
    with pytest.raises(Invalid):
        Control(world.trip).withdraw(second.id, "trop tard", "aminata")


def test_the_same_sheet_twice_is_one_exchange(world: World) -> None:
    """anchors (d) 4: same key, same content → the current answer, no second send."""
    _, first = world.post(claim())
    again = world.intake.submit(claim(), exact_json.dumps(claim()))
    [accepted] = world.store.accept([again])
    assert accepted.duplicate is not None
    assert world.intake.duplicate(again, accepted.duplicate).id == first.id


def test_a_bundle_sent_again_with_new_urns_is_the_same_sheet(world: World) -> None:
    """A retry invents new urn:uuid for a Coverage without identifier; it stays one exchange."""

    def bundle(urn: str) -> dict[str, object]:
        cover = {"resourceType": "Coverage", "status": "active", "subscriberId": "7"}
        cover |= {"beneficiary": {"display": "x"}, "payor": [{"display": "y"}]}
        insurance = [{"sequence": 1, "focal": True, "coverage": {"reference": urn}}]
        sheet = claim(insurance=insurance)
        entries = [
            {"fullUrl": "urn:uuid:00000000-0000-4000-8000-000000000000", "resource": sheet},
            {"fullUrl": urn, "resource": cover},
        ]
        return {"resourceType": "Bundle", "type": "collection", "entry": entries}

    _, first = world.post(bundle("urn:uuid:11111111-1111-4111-8111-111111111111"))
    tree = bundle("urn:uuid:22222222-2222-4222-8222-222222222222")
    again = world.intake.submit(tree, exact_json.dumps(tree))
    [accepted] = world.store.accept([again])
    assert accepted.duplicate is not None
    assert world.intake.duplicate(again, accepted.duplicate).id == first.id


def test_the_same_number_with_other_content_is_a_conflict_that_says_where(world: World) -> None:
    world.post(claim(amount="2000"))
    other = claim(amount="2500")
    again = world.intake.submit(other, exact_json.dumps(other))
    [accepted] = world.store.accept([again])
    assert accepted.duplicate is not None
    with pytest.raises(Conflict) as told:
        world.intake.duplicate(again, accepted.duplicate)
    assert "Claim.total.value" in told.value.issues[0].en


def test_an_unknown_insurer_is_refused_and_nothing_is_stored(world: World) -> None:
    tree = claim(insurer={"identifier": {"system": "urn:x", "value": "?"}})
    with pytest.raises(Unroutable) as told:
        world.intake.submit(tree, exact_json.dumps(tree))
    assert told.value.status == 422
    assert world.store.exchanges() == []


@pytest.mark.parametrize(
    ("items", "path"),
    [
        ([], "Claim.item"),
        ([{"sequence": 1, "productOrService": {"text": "x"}}], "Claim.item[0].net"),
        (
            [{"sequence": 1, "productOrService": {"text": "x"}, "net": {"value": 1}}],
            "Claim.item[0].net",
        ),
    ],
)
def test_a_claim_that_does_not_say_its_amounts_is_refused_at_the_door(
    world: World, items: list[object], path: str
) -> None:
    tree = claim(item=items)
    with pytest.raises(Invalid) as told:
        world.intake.submit(tree, exact_json.dumps(tree))
    assert [i.path for i in told.value.issues] == [path]
    assert world.store.exchanges() == []


@pytest.mark.parametrize("told", ["2026", "2026-10"])
def test_a_day_of_care_is_asked_for_not_guessed(world: World, told: str) -> None:
    """The managing body depends on the day; a month could mean two of them."""
    tree = claim(billablePeriod={"start": told})
    with pytest.raises(Invalid) as refused:
        world.intake.submit(tree, exact_json.dumps(tree))
    assert refused.value.issues[0].path == "Claim.billablePeriod.start"
    full = claim(billablePeriod={"start": "2026-10-05T08:00:00+00:00"})
    assert world.post(full)[1].care_date.isoformat() == "2026-10-05"


def test_two_workers_at_once_send_once(world: World) -> None:
    _, exchange = world.post(claim())
    mine = world.store.lease(exchange.id, 30)
    assert mine is not None
    world.trip.advance(exchange.id)
    assert world.partner.sent == []


class TestDeposits:
    """Messages that travel together in files."""

    @pytest.fixture
    def partner(self) -> Loopback:
        from hub.model import ReplyKind

        return Loopback(
            batches={"claim": BatchLimits(count=2, size=1_000_000, age=3600)},
            resends_safely=True,
            kind=ReplyKind.ACKNOWLEDGED,
        )

    def test_a_deposit_closes_when_it_is_full(self, world: World) -> None:
        from hub.exchange.deposits import Deposits

        deposits = Deposits(world.trip)
        ids = []
        for n in range(3):
            _, exchange = world.post(claim(f"F-{n}"))
            world.trip.advance(exchange.id)
            ids.append(exchange.id)
        assert deposits.close_due() == 1
        assert [world.now(id).state for id in ids] == [State.SENT, State.SENT, State.READY]
        deposits.deliver_due()
        assert [world.now(id).state for id in ids] == [State.PENDING, State.PENDING, State.READY]
        [deposit] = world.store.deposits()
        assert (deposit.count, dict(deposit.amounts)) == (2, {"XOF": "4000"})

    @pytest.mark.parametrize("failure", ["unreachable", "unconfirmed-before", "unconfirmed-after"])
    def test_a_deposit_that_fails_arrives_once_all_the_same(
        self, world: World, failure: str
    ) -> None:
        from hub.exchange.deposits import Deposits

        deposits = Deposits(world.trip)
        for n in range(2):
            _, exchange = world.post(claim(f"F-{n}"))
            world.trip.advance(exchange.id)
        world.partner.fail_next = [failure]
        deposits.close_due()
        deposits.deliver_due()
        deposits.deliver_due()
        [deposit] = world.store.deposits()
        assert deposit.state is State.PENDING
        assert list(world.partner.ledger) == [deposit.key]


def test_an_estimate_is_refused_because_it_would_be_paid(world: World) -> None:
    """claim-use predetermination asks what would be paid; the partners only know claims."""
    with pytest.raises(Unroutable) as caught:
        world.post(claim(use="predetermination"))
    assert [i.path for i in caught.value.issues] == ["Claim.use"]


def test_amounts_in_two_currencies_are_refused(world: World) -> None:
    """The sheet sent on says one currency: 2000 USD would become 2000 XOF."""
    tree = claim()
    tree["item"][0]["net"] = {"value": 2000, "currency": "USD"}
    with pytest.raises(Invalid, match="USD, XOF"):
        world.post(tree)
    tree["item"][0] |= {"net": tree["total"], "detail": [{"net": {"currency": "GNF"}}]}
    with pytest.raises(Invalid, match="GNF, XOF"):
        world.post(tree)
