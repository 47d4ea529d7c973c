"""Money, sums and sequence numbers of a Claim."""

from __future__ import annotations

from decimal import Decimal

import pytest
from fhir_samples import CLAIM, changed, findings


def priced(net: object, price: object, currency: str, **more: object) -> list[tuple[str, str]]:
    claim = changed(CLAIM, "item", [CLAIM["item"][1]])
    claim = changed(claim, "total")
    item = {
        **claim["item"][0],
        "unitPrice": {"value": price, "currency": currency},
        "net": {"value": net, "currency": currency},
        **more,
    }
    return findings(changed(claim, "item.0", item))


@pytest.mark.parametrize(
    ("amount", "currency"),
    [
        (Decimal("1000.50"), "XOF"),
        (Decimal("1000.00"), "XOF"),
        (Decimal("0.5"), "GNF"),
        (Decimal("1.005"), "EUR"),
        (Decimal("1.0001"), "TND"),
    ],
)
def test_more_decimals_than_the_currency_has_are_refused(amount: Decimal, currency: str) -> None:
    assert ("Claim.item[0].net.value", "value") in priced(amount, amount, currency)


@pytest.mark.parametrize(
    ("amount", "currency"),
    [
        (1000, "XOF"),
        (-1000, "GNF"),
        (Decimal("1E+3"), "XOF"),
        (Decimal("12.50"), "EUR"),
        (Decimal("12.5"), "EUR"),
        (Decimal("1.005"), "TND"),
        (Decimal("1.23456"), "XAU"),
    ],
)
def test_amounts_that_fit_their_currency_are_accepted(amount: object, currency: str) -> None:
    assert priced(amount, amount, currency) == []


def test_the_total_is_the_sum_of_the_items() -> None:
    assert findings(changed(CLAIM, "total.value", 12501)) == [("Claim.total", "business-rule")]
    assert findings(changed(CLAIM, "total.value", Decimal("1.25E+4"))) == []


def test_the_total_is_not_judged_when_an_item_has_no_net_or_another_currency() -> None:
    assert findings(changed(changed(CLAIM, "total.value", 1), "item.1.net")) == []
    other = changed(
        changed(CLAIM, "item.1.net.currency", "GNF"), "item.1.unitPrice.currency", "GNF"
    )
    assert findings(changed(other, "total.value", 1)) == []


@pytest.mark.parametrize(
    ("net", "price", "more", "good"),
    [
        (10000, 5000, {"quantity": {"value": 2}}, True),
        (10001, 5000, {"quantity": {"value": 2}}, False),
        (5000, 5000, {}, True),
        (5001, 5000, {}, False),
        (8128, 12505, {"factor": Decimal("0.65")}, True),
        (8129, 12505, {"factor": Decimal("0.65")}, True),
        (8130, 12505, {"factor": Decimal("0.65")}, False),
        (-5000, 5000, {"factor": -1}, True),
    ],
)
def test_net_is_quantity_times_price_times_factor(
    net: int, price: int, more: dict[str, object], good: bool
) -> None:
    expected = [] if good else [("Claim.item[0].net", "business-rule")]
    assert priced(net, price, "XOF", **more) == expected


def test_an_item_is_the_sum_of_its_details() -> None:
    def details(*nets: int) -> list[dict[str, object]]:
        code = {"coding": [{"code": "x"}]}
        return [
            {"sequence": n, "productOrService": code, "net": {"value": v, "currency": "XOF"}}
            for n, v in enumerate(nets, 1)
        ]

    assert findings(changed(CLAIM, "item.1.detail", details(1000, 1500))) == []
    assert findings(changed(CLAIM, "item.1.detail", details(1000, 1501))) == [
        ("Claim.item[1].net", "business-rule")
    ]


def test_huge_amounts_are_summed_exactly() -> None:
    claim = changed(CLAIM, "item.0.net.value", 10**60 + 1)
    claim = changed(claim, "item.0.unitPrice")
    assert findings(changed(claim, "total.value", 10**60 + 2501)) == []
    assert findings(changed(claim, "total.value", 10**60 + 2500)) != []


@pytest.mark.parametrize("name", ["item", "careTeam", "diagnosis", "insurance"])
def test_a_sequence_number_is_used_once(name: str) -> None:
    claim = changed(CLAIM, name, [CLAIM[name][0], {**CLAIM[name][0]}])
    assert (f"Claim.{name}[1].sequence", "duplicate") in findings(claim)


@pytest.mark.parametrize(
    "link", ["careTeamSequence", "diagnosisSequence", "procedureSequence", "informationSequence"]
)
def test_a_link_to_a_missing_number_is_refused(link: str) -> None:
    claim = changed(CLAIM, f"item.1.{link}", [9])
    assert findings(claim) == [(f"Claim.item[1].{link}[0]", "not-found")]


def test_exactly_one_insurance_is_focal() -> None:
    none = changed(CLAIM, "insurance.0.focal", False)
    two = changed(
        CLAIM, "insurance", [CLAIM["insurance"][0], {**CLAIM["insurance"][0], "sequence": 2}]
    )
    assert findings(none) == [("Claim.insurance", "business-rule")]
    assert findings(two) == [("Claim.insurance", "business-rule")]
