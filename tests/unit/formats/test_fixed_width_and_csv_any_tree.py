"""Whatever a layout admits survives; whatever bytes come, they are read or refused."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from record_layouts import BORDEREAU, LOTS, RIGHTS
from record_trees import trees

from hub import errors
from hub.formats import delimited, fixed_width
from hub.formats.repertoire import carried

DOORS = {LOTS.url: fixed_width, BORDEREAU.url: delimited, RIGHTS.url: delimited}
LAYOUTS = [LOTS, BORDEREAU, RIGHTS]


def without(tree: Any, names: set[str]) -> Any:
    """A tree without constants and totals, and without what then is empty."""
    if isinstance(tree, list):
        return [without(item, names) for item in tree]
    if not isinstance(tree, dict):
        return tree
    kept = {key: without(value, names) for key, value in tree.items() if key not in names}
    return {key: value for key, value in kept.items() if value != {}}


@pytest.mark.parametrize("model", LAYOUTS, ids=lambda m: m.root.element.name)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_tree_the_layout_admits_survives(model: Any, data: Any) -> None:
    tree = data.draw(trees(model))
    door = DOORS[model.url]
    try:
        body, losses = door.dumps(tree, model)
    except errors.Refused as caught:
        refused = list(caught.issues)
    else:
        refused = []
    if refused:
        # A sum can outgrow its field, and two short texts together look like UTF-8.
        assert {"total" in i.path or "looks like UTF-8" in i.en for i in refused} == {True}
        return
    read = door.loads(body, model)
    assert losses == ()
    assert without(read, {"norme", "fin", "total"}) == without(tree, set())
    assert door.dumps(read, model).body == body


@pytest.mark.parametrize("model", LAYOUTS, ids=lambda m: m.root.element.name)
@settings(max_examples=100, deadline=None)
@given(body=st.binary(max_size=400))
def test_any_bytes_are_refused_with_a_place_or_read(model: Any, body: bytes) -> None:
    try:
        tree = DOORS[model.url].loads(body, model)
    except errors.Unreadable as caught:
        issues = list(caught.issues)
    else:
        issues = []
        assert DOORS[model.url].loads(DOORS[model.url].dumps(tree, model).body, model) == tree
    assert all(i.en.startswith("line ") and i.fr.startswith("ligne ") for i in issues)


LOT = fixed_width.dumps(
    {
        "emetteur": "B",
        "lot": [
            {
                "numero": 1,
                "facture": [
                    {"numero": "F", "soins": "2026-01-01", "ligne": [{"acte": "A", "montant": 10}]}
                ],
            }
        ],
    },
    LOTS,
).body


@settings(max_examples=300, deadline=None)
@given(at=st.integers(0, len(LOT) - 1), byte=st.integers(0, 255))
def test_one_changed_byte_is_seen_or_changes_only_its_value(at: int, byte: int) -> None:
    body = LOT[:at] + bytes([byte]) + LOT[at + 1 :]
    try:
        tree = fixed_width.loads(body, LOTS)
    except errors.Unreadable:
        return
    assert fixed_width.dumps(tree, LOTS).body == body


@given(st.text())
def test_text_is_carried_unchanged_or_reported_or_refused(text: str) -> None:
    for encoding in ("iso8859-1", "utf-8", "cp1252"):
        for rule in ("refuse", "transliterate"):
            try:
                kept = carried(text, encoding, rule)
            except ValueError:
                continue
            assert kept.encode(encoding).decode(encoding) == kept
            if rule == "transliterate":
                assert carried(kept, encoding, "refuse") == kept


@pytest.mark.parametrize("size", [200_000])
def test_an_unclosed_quote_costs_one_pass(size: int) -> None:
    body = b'H;"' + b'a""' * size
    with pytest.raises(errors.Unreadable, match="an unclosed quote"):
        delimited.loads(body, BORDEREAU)
