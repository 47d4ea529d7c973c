"""The amount a claim asks for."""

from __future__ import annotations

from decimal import Decimal

from hub.fhir.amounts import claimed
from hub.model import Money


def net(value: str, currency: str = "XOF") -> dict[str, object]:
    return {"net": {"value": Decimal(value), "currency": currency}}


def test_the_total_is_what_is_claimed() -> None:
    claim = {"total": {"value": Decimal("12.50"), "currency": "USD"}, "item": [net("1", "USD")]}
    found = claimed(claim)
    assert found == Money(Decimal("12.50"), "USD")
    assert found is not None
    assert str(found.amount) == "12.50"


def test_without_a_total_the_items_are_added_up() -> None:
    assert claimed({"item": [net("1000"), net("250")]}) == Money(Decimal("1250"), "XOF")


def test_without_a_total_a_missing_or_foreign_net_leaves_it_unsaid() -> None:
    assert claimed({"item": [net("1000"), {}]}) is None
    assert claimed({"item": [net("1000"), net("1", "USD")]}) is None
    assert claimed({}) is None
