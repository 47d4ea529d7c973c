"""The partner in memory fails exactly as it is asked to."""

from __future__ import annotations

from decimal import Decimal

import pytest

from adapters.loopback.adapter import Loopback
from hub import errors
from hub.model import BatchLimits, Message, Money, ReplyKind


@pytest.fixture
def partner() -> Loopback:
    return Loopback()


def message(partner: Loopback, key: str = "s-1") -> Message:
    tree = {"total": {"amount": Decimal("12.50"), "currency": "USD"}}
    return partner.encode("claim", tree, key)


def test_a_message_is_booked_once_and_answered_by_its_key(partner: Loopback) -> None:
    sent = message(partner)
    assert sent.total == Money(Decimal("12.50"), "USD")
    assert b"12.50" in sent.body
    first, second = partner.send(sent), partner.send(sent)
    assert first == second
    assert first.reference == "s-1"
    assert list(partner.ledger) == ["s-1"]
    assert partner.sent == ["s-1", "s-1"]


@pytest.mark.parametrize(
    ("failure", "error", "booked"),
    [
        ("unreachable", errors.Unreachable, False),
        ("refused", errors.Refused, False),
        ("unconfirmed-before", errors.Unconfirmed, False),
        ("unconfirmed-after", errors.Unconfirmed, True),
    ],
)
def test_a_failure_books_or_not_and_happens_once(
    partner: Loopback, failure: str, error: type[errors.Problem], booked: bool
) -> None:
    partner.fail_next.append(failure)
    with pytest.raises(error):
        partner.send(message(partner))
    assert ("s-1" in partner.ledger) == booked
    known = partner.ask(message(partner), None).kind is not ReplyKind.UNKNOWN
    assert known == booked
    assert partner.send(message(partner)).kind is ReplyKind.ANSWER


def test_garbage_is_booked_and_unreadable_and_asking_helps(partner: Loopback) -> None:
    partner.fail_next.append("garbage")
    with pytest.raises(errors.Unreadable):
        partner.decode(partner.send(message(partner)))
    assert partner.decode(partner.ask(message(partner), None))["reference"] == "s-1"


def test_a_duplicate_also_comes_back_as_a_file(partner: Loopback) -> None:
    partner.fail_next.append("duplicate")
    reply = partner.send(message(partner))
    [inbound] = partner.collect()
    assert partner.receive({}, inbound.body) == [reply]
    partner.dispose(inbound.name)
    partner.dispose(inbound.name)
    assert list(partner.collect()) == []


def test_a_deposit_is_answered_member_by_member() -> None:
    partner = Loopback(batches={"claim": BatchLimits(2, 1000, 1.0)}, kind=ReplyKind.ACKNOWLEDGED)
    lot = partner.bundle("claim", [message(partner, "s-1"), message(partner, "s-2")], "LOT-1")
    replies = partner.receive({}, partner.send(lot).body)
    assert [(r.kind, r.reference) for r in replies] == [
        (ReplyKind.ACKNOWLEDGED, "s-1"),
        (ReplyKind.ACKNOWLEDGED, "s-2"),
    ]
