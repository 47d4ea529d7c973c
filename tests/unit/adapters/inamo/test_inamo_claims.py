"""What must hold before a claim leaves for the fund."""

from __future__ import annotations

import copy
from collections.abc import Callable
from decimal import Decimal

import pytest
from inamo_dossiers import dossier, mapped

from adapters.inamo import claims
from hub import errors
from hub.model import Tree

SOURCE = dossier(
    ("acte", "consult-gen", 1, 20000), ("medicament", "sro-sachet", 2, 1500), key="k-1"
)


def complete(change: Callable[[Tree], object]) -> Decimal:
    tree = copy.deepcopy(mapped("claim", SOURCE))
    change(tree)
    return claims.complete(tree, "k-1")[1].amount


def refusal(change: Callable[[Tree], object]) -> list[str]:
    with pytest.raises(errors.Refused) as refused:
        complete(change)
    assert all(issue.fr and issue.en for issue in refused.value.issues)
    return [issue.path for issue in refused.value.issues]


def test_a_complete_claim_leaves_with_its_total() -> None:
    assert complete(lambda tree: None) == 23000


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("patient", "Claim.patient"),
        ("provider", "Claim.provider"),
        ("enterer", "Claim.enterer"),
        ("type", "Claim.type"),
        ("billablePeriod", "Claim.billablePeriod"),
        ("created", "Claim.created"),
        ("diagnosis", "Claim.diagnosis"),
    ],
)
def test_what_openimis_demands_is_named(name: str, path: str) -> None:
    assert refusal(lambda tree: tree.pop(name)) == [path]


def test_everything_that_is_missing_is_named_at_once() -> None:
    assert refusal(lambda tree: [tree.pop(name) for name in ("patient", "type")]) == [
        "Claim.patient",
        "Claim.type",
    ]


def test_a_sixth_diagnosis_would_be_dropped_without_a_word() -> None:
    def six(tree: Tree) -> None:
        tree["diagnosis"] = tree["diagnosis"] * 6

    assert refusal(six) == ["Claim.diagnosis"]


def test_acts_before_products_would_come_back_under_other_numbers() -> None:
    assert refusal(lambda tree: tree["item"].reverse()) == ["Claim.item"]


def test_another_identifier_than_the_submissions_is_refused() -> None:
    def other(tree: Tree) -> None:
        tree["identifier"][0]["value"] = "k-2"

    assert refusal(other) == ["Claim.identifier"]


def test_no_unit_price_says_the_amount_of_ten_million_pieces() -> None:
    def many(tree: Tree) -> None:
        tree["item"][0]["quantity"]["value"] = 10_000_000
        tree["item"][0]["net"]["value"] = 3_333_333
        del tree["item"][0]["unitPrice"]

    assert refusal(many) == ["Claim.item[0].net"]


def test_two_currencies_are_refused() -> None:
    def two(tree: Tree) -> None:
        tree["item"][1]["unitPrice"]["currency"] = "XOF"
        tree["item"][1].pop("net")

    assert refusal(two) == ["Claim.total"]


def test_a_claim_without_a_total_gets_the_sum_of_its_lines() -> None:
    assert complete(lambda tree: tree.pop("total")) == 23000


def test_a_line_without_a_unit_price_gets_one() -> None:
    assert complete(lambda tree: tree["item"][1].pop("unitPrice")) == 23000
