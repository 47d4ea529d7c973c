"""Whatever comes, the answer is a list of issues: systematic damage to the official Claims."""

from __future__ import annotations

import copy
import time
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from fhir_samples import CLAIM, EXAMPLES
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import Issue
from hub.fhir.findings import MOST
from hub.fhir.outcome import outcome
from hub.fhir.validate import validate
from hub.formats.exact_json import dumps, loads

CLAIMS = sorted(EXAMPLES.glob("Claim-*.json"))
POISON: list[Any] = [
    None,
    True,
    0,
    -1,
    10**60,
    Decimal("1E+300"),
    Decimal("NaN"),
    1.5,
    "",
    "x",
    "#",
    "2026-02-30",
    "<div>",
    [],
    [None],
    [[]],
    {},
    {"id": "x"},
    {"reference": {}},
    {"value": "x", "currency": []},
    [{"sequence": []}],
]


def places(node: Any, way: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if way:
        yield way
    items = node.items() if isinstance(node, dict) else enumerate(node)
    for key, item in items:
        if isinstance(item, (dict, list)):
            yield from places(item, (*way, key))
        else:
            yield (*way, key)


def poisoned(tree: Any, way: tuple[str | int, ...], value: Any) -> Any:
    new = copy.deepcopy(tree)
    node = new
    for step in way[:-1]:
        node = node[step]
    node[way[-1]] = value
    return new


def test_there_are_17_official_claims() -> None:
    assert len(CLAIMS) == 17


@pytest.mark.parametrize("file", CLAIMS, ids=lambda f: f.stem)
def test_the_official_claims_are_accepted(file: Any) -> None:
    assert validate(loads(file.read_bytes())) == []


@pytest.mark.parametrize("name", ["Claim-100150.json", "Claim-100154.json", "Claim-660150.json"])
def test_wrong_values_at_every_place_only_give_issues(name: str) -> None:
    claim = loads((EXAMPLES / name).read_bytes())
    for way in places(claim):
        for value in POISON:
            issues = validate(poisoned(claim, way, value))
            assert all(isinstance(issue, Issue) for issue in issues)
            dumps(outcome(issues, "fr"))


@pytest.mark.parametrize("name", ["Bundle-bundle-transaction.json", "Patient-example.json"])
def test_wrong_values_in_bundles_and_patients_only_give_issues(name: str) -> None:
    tree = loads((EXAMPLES / name).read_bytes())
    for way in places(tree):
        for value in (None, [], {}, "x", 3, [{}]):
            assert all(isinstance(i, Issue) for i in validate(poisoned(tree, way, value)))


def test_a_wrong_kind_of_value_is_always_refused() -> None:
    for way in places(CLAIM):
        for value in (None, [], {}, [None], [[]]):
            assert validate(poisoned(CLAIM, way, value)), way


def many(count: int) -> dict[str, Any]:
    """A big Claim in which everything is wrong or far away."""
    numbers = range(1, count + 1)
    inner = [{"resourceType": "Organization", "id": f"o{n}", "name": "x"} for n in numbers]
    team = [{"sequence": n, "provider": {"reference": f"#o{n + 1}"}} for n in numbers]
    items = [{**CLAIM["item"][0], "sequence": n, "careTeamSequence": [n + 1]} for n in numbers]
    return {**CLAIM, "contained": inner, "careTeam": team, "item": items}


def test_the_work_grows_with_the_size_and_not_with_its_square() -> None:
    seconds = []
    for count in (500, 5000):
        start = time.perf_counter()
        assert validate(many(count))
        seconds.append(time.perf_counter() - start)
    # Ten times the size: a square would take a hundred times as long.
    assert seconds[1] < 40 * seconds[0] + 0.5


@pytest.mark.parametrize(
    "resource",
    [
        {**CLAIM, "item": [{}] * 300_000},
        {**CLAIM, "item": [{"sequence": 1}] * 300_000},
        {**CLAIM, **{f"x{n}": 1 for n in range(300_000)}},
    ],
)
def test_only_so_many_issues_are_listed_and_the_rest_costs_little(resource: dict[str, Any]) -> None:
    start = time.perf_counter()
    issues = validate(resource)
    assert time.perf_counter() - start < 3
    assert len(issues) == MOST + 1
    assert "more errors" in issues[-1].en


def test_a_tree_without_bottom_is_refused() -> None:
    tree: Any = {"url": "x"}
    for _ in range(50_000):
        tree = {"url": "x", "extension": [tree]}
    issues = validate({"resourceType": "Patient", "extension": [tree]})
    assert [issue.code for issue in issues] == ["too-long"]


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text() | st.decimals(),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["resourceType", "item", "net", "id", "value", "contained", "extension"]
                )
                | st.text(max_size=3),
                inner,
                max_size=4,
            )
        ),
        max_leaves=12,
    )
)
def test_any_tree_gives_a_list_of_issues(tree: Any) -> None:
    assert all(isinstance(issue, Issue) for issue in validate(tree))
    if isinstance(tree, dict):
        assert validate({**tree, "resourceType": "Claim"})
