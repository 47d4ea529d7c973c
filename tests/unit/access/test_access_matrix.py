"""The rights matrix: default deny, and the rules that must never be softened."""

from __future__ import annotations

import itertools

import pytest

from hub.access.matrix import Condition, matrix
from hub.errors import Forbidden

ROLES = sorted(matrix().roles)
OPERATIONS = sorted(matrix().rights)


def test_every_cell_is_granted_or_denied_and_nothing_else() -> None:
    for role, operation in itertools.product(ROLES, OPERATIONS):
        row = matrix().rights[operation]
        expected = row.get(role) or row.get("*")
        assert matrix().granted([role], operation) == expected
        if expected is None:
            with pytest.raises(Forbidden):
                matrix().require([role], operation)


def test_nobody_has_a_right_without_a_role() -> None:
    open_to_all = [o for o in OPERATIONS if matrix().granted([], o)]
    assert open_to_all == ["metadata.read"]


def test_an_operation_nobody_wrote_down_is_a_defect_and_no_right() -> None:
    with pytest.raises(KeyError):
        matrix().granted(ROLES, "claim.pay")


def test_only_roles_and_conditions_that_are_described_are_used() -> None:
    used = {role for row in matrix().rights.values() for role in row} - {"*"}
    assert used == set(matrix().roles)
    assert set(matrix().conditions) == {c.value for c in Condition}


def test_nobody_may_delete() -> None:
    assert [o for o in OPERATIONS if "delete" in o] == []


@pytest.mark.parametrize(
    ("role", "operation"),
    [
        ("mapping-editor", "mapping.publish"),
        ("security", "sheet.read"),
        ("security", "exchange.payload"),
        ("auditor", "exchange.replay"),
        ("auditor", "sheet.read"),
        ("operator", "sheet.read"),
        ("operator", "mapping.edit"),
        ("partner", "sheet.read"),
        ("provider", "exchange.payload"),
        ("provider", "statistics.read"),
        ("supervisor", "exchange.replay"),
        ("supervisor", "exchange.payload"),
        ("supervisor", "diagnosis.read"),
        ("operator", "diagnosis.read"),
    ],
)
def test_what_must_stay_forbidden(role: str, operation: str) -> None:
    assert matrix().granted([role], operation) is None


def test_seeing_an_exchange_its_payload_and_replaying_it_are_separate_rights() -> None:
    rights = matrix().rights
    assert len({str(rights[f"exchange.{o}"]) for o in ("read", "payload", "replay")}) == 3


def test_several_roles_give_the_right_that_reaches_furthest() -> None:
    roles = ["operator", "medical-adviser"]
    assert matrix().granted(roles, "exchange.read") is Condition.ALL
    assert matrix().granted(roles, "exchange.payload") is Condition.BODY
