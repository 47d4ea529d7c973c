"""A decision that cannot be about the claim is not believed: no money moves by a wrong file."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from hub.errors import Unreadable
from hub.exchange import plausible


def money(value: Any, currency: str = "XOF") -> dict[str, Any]:
    return {"value": value, "currency": currency}


CLAIM = {
    "resourceType": "Claim",
    "item": [{"sequence": 1, "net": money(1000)}, {"sequence": 2, "net": money(500)}],
    "total": money(1500),
}


def granted(amount: dict[str, Any], code: str = "benefit") -> dict[str, Any]:
    return {"category": {"coding": [{"code": code}]}, "amount": amount}


def line(number: Any, amount: dict[str, Any]) -> dict[str, Any]:
    return {"itemSequence": number, "adjudication": [granted(amount)]}


def response(total: dict[str, Any], *lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"item": list(lines), "total": [granted(total)], **more}


GOOD = {
    "as asked": response(money(1500), line(1, money(1000)), line(2, money(500))),
    "less": response(money(700), line(1, money(700)), line(2, money(0))),
    "a ceiling on the whole": response(money(900), line(1, money(1000)), line(2, money(500))),
    "only one line": response(money(1000), line(1, money(1000))),
    "only a total": response(money(1050)),
    "a line put in its place": response(
        money(1200), line(1, money(1000)), addItem=[line(None, money(200))]
    ),
    "nothing said": {"resourceType": "ClaimResponse"},
    "more eligible than granted": response(money(10))
    | {"total": [granted(money(9), "eligible"), granted(money(10))]},
}
WRONG = {
    "more than was asked for": response(money(1501)),
    "much more, exactly": response(money(Decimal("1E+300"))),
    "another currency": response(money(1500, "GNF")),
    "another currency in a line": response(money(10), line(1, money(10, "EUR"))),
    "negative": response(money(-1)),
    "negative in a line": response(money(0), line(1, money(-5)), line(2, money(5))),
    "a line that was not sent": response(money(10), line(77, money(10))),
    "a line without a number": response(money(10), line(None, money(10))),
    "the same line twice": response(money(20), line(1, money(10)), line(1, money(10))),
    "a total beyond its lines": response(money(1001), line(1, money(1000))),
}


@pytest.mark.parametrize("name", GOOD)
def test_a_decision_within_the_claim_is_taken(name: str) -> None:
    plausible.check(CLAIM, GOOD[name])


@pytest.mark.parametrize("name", WRONG)
def test_a_decision_beyond_the_claim_is_set_aside(name: str) -> None:
    with pytest.raises(Unreadable) as refused:
        plausible.check(CLAIM, WRONG[name])
    assert refused.value.issues[0].fr.endswith("refaire.")
