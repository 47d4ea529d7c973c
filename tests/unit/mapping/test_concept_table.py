"""ConceptMaps as CSV and XLSX tables (docs/concept-maps.md)."""

from __future__ import annotations

import io
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

import mappings
from hub.errors import Invalid
from hub.mapping.concept_rows import resource_of
from hub.mapping.concept_sheet import FORMS, dump, load
from hub.mapping.concept_table import table_of
from hub.mapping.concept_versions import as_r5

ROOT = Path(mappings.__file__).parent
TABLES = sorted(ROOT.glob("*/concepts/*.json"))
HEAD = ["source_system", "source_code", "relationship", "target_system", "target_code"]
URL = ["#url", "urn:table"]


def read(path: Path) -> dict[str, Any]:
    resource: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    return resource


def problems(*rows: list[str], head: list[str] = HEAD) -> list[tuple[str, str]]:
    with pytest.raises(Invalid) as caught:
        resource_of([URL, head, *rows])
    assert all(issue.fr.startswith("ligne ") for issue in caught.value.issues)
    return [(issue.path, issue.en) for issue in caught.value.issues]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("path", TABLES, ids=lambda p: p.stem)
def test_every_table_of_the_house_is_the_same_from_a_sheet_as_from_json(
    path: Path, form: str
) -> None:
    for resource in (read(path), as_r5(read(path))):
        assert load(dump(resource, form), form) == resource


R4 = {
    "resourceType": "ConceptMap",
    "id": "t",
    "meta": {"tag": [{"code": "x"}]},
    "url": "urn:table",
    "experimental": True,
    "description": '"guillemets" ; [et crochets]',
    "group": [
        {
            "source": "urn:a",
            "sourceVersion": "2",
            "target": "urn:b",
            "element": [
                {"code": "=1+1", "display": "0012", "target": [{"equivalence": "unmatched"}]},
                {"code": "none"},
                {
                    "code": "0012",
                    "target": [
                        {
                            "code": "b",
                            "display": "Bɛ ; « b »",
                            "equivalence": "subsumes",
                            "comment": "deux\nlignes",
                            "dependsOn": [
                                {"property": "urn:p", "value": "20"},
                                {"property": "urn:q", "system": "urn:s", "value": "1"},
                            ],
                            "product": [{"property": "urn:p", "value": "x", "display": "X"}],
                            "extension": [
                                {
                                    "url": "https://benkan.example/fhir/StructureDefinition/"
                                    "concept-map-period",
                                    "valuePeriod": {"start": "2024-08-01", "end": "2025"},
                                }
                            ],
                        }
                    ],
                },
            ],
        },
        {
            "source": "urn:c",
            "unmapped": {"mode": "other-map", "url": "urn:other"},
            "element": [{"code": "z", "target": [{"code": "b", "equivalence": "equal"}]}],
        },
    ],
}
R5 = {
    "resourceType": "ConceptMap",
    "url": "urn:table",
    "sourceScopeUri": "urn:vs",
    "additionalAttribute": [
        {"code": "t", "type": "string", "uri": "urn:t"},
        {"code": "c", "type": "code"},
        {"code": "b", "type": "boolean"},
        {"code": "g", "type": "Coding"},
        {"code": "q", "type": "Quantity"},
    ],
    "group": [
        {
            "source": "urn:a|2",
            "element": [
                {"code": "a", "noMap": True},
                {
                    "code": "b",
                    "target": [
                        {
                            "code": "x",
                            "relationship": "source-is-narrower-than-target",
                            "dependsOn": [
                                {"attribute": "t", "valueString": "1"},
                                {"attribute": "c", "valueCode": "k"},
                                {"attribute": "b", "valueBoolean": False},
                                {"attribute": "g", "valueCoding": {"system": "u", "code": "k"}},
                                {"attribute": "q", "valueQuantity": {"value": Decimal("1.50")}},
                            ],
                        }
                    ],
                },
            ],
            "unmapped": {"mode": "use-source-code", "relationship": "related-to"},
        }
    ],
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("resource", [R4, R5], ids=["R4", "R5"])
def test_everything_a_table_has_a_column_for_survives(resource: dict[str, Any], form: str) -> None:
    assert load(dump(resource, form), form) == resource


def test_codes_stay_text_in_a_workbook() -> None:
    sheet = load_workbook(io.BytesIO(dump(R4, "xlsx"))).worksheets[0]
    cells = {cell.value: cell for row in sheet.iter_rows() for cell in row if cell.value}
    assert {cells["=1+1"].data_type, cells["0012"].data_type} == {"s"}
    assert cells["0012"].number_format == "@"


@pytest.mark.parametrize(
    "part",
    [
        {"extension": [{"url": "urn:x", "valueString": "y"}]},
        {"dependsOn": [{"property": "p", "value": "1"}, {"property": "p", "value": "2"}]},
        {"_code": {"id": "x"}},
    ],
)
def test_what_no_column_can_say_is_named_and_nothing_is_dropped(part: dict[str, Any]) -> None:
    target = {"code": "b", "equivalence": "equal", **part}
    resource = {"url": "u", "group": [{"element": [{"code": "a", "target": [target]}]}]}
    with pytest.raises(Invalid, match="no column") as caught:
        table_of(resource)
    assert caught.value.issues[0].path.startswith("ConceptMap.group[0].element[0].target[0].")


def test_duplicates_and_conflicts_name_both_rows() -> None:
    assert problems(
        ["s", "a", "equivalent", "t", "x"],
        ["s", "b", "equivalent", "t", "x"],
        ["s", "a", "equivalent", "t", "x"],
        ["s", "b", "equal", "t", "y"],
        ["s", "b", "wider", "t", "z"],
    ) == [
        ("B5", "row 5: duplicate of row 3 (code a)."),
        ("E6", "row 6: row 4 already translates b to x: keep one."),
    ]


def test_rows_with_other_dependencies_or_at_other_times_do_not_conflict() -> None:
    head = [*HEAD, "depends_on:c", "valid_from", "valid_until"]
    rows = [
        ["s", "Z", "equivalent", "t", "echo", "20", "", ""],
        ["s", "Z", "equivalent", "t", "scan", "150", "", "2024-07-31"],
        ["s", "Z", "equivalent", "t", "scan2", "150", "2024-08-01", ""],
    ]
    made = resource_of([URL, head, *rows])
    assert len(made["group"][0]["element"][0]["target"]) == 3
    overlap = ["s", "Z", "equivalent", "t", "other", "150", "2024-07-31", ""]
    assert [path for path, _ in problems(*rows, overlap, head=head)] == ["E6", "E6"]


@pytest.mark.parametrize(
    ("row", "cell"),
    [
        (["s", "", "equal", "t", "x"], "B3"),
        (["s", "a", "egal", "t", "x"], "C3"),
        (["s", "a", "", "t", "x"], "C3"),
        (["s", "a", "equivalent", "t", ""], "E3"),
        (["s", "a", "equal", "t", "x", "y"], "F3"),
    ],
)
def test_a_wrong_cell_is_named(row: list[str], cell: str) -> None:
    assert [path for path, _ in problems(row)] == [cell]


def test_a_code_has_one_name_only() -> None:
    head = [*HEAD, "source_display"]
    rows = [["s", "a", "equal", "t", "x", "A"], ["s", "a", "wider", "t", "y", "B"]]
    assert problems(*rows, head=head) == [("F4", "row 4: code a is called “A” elsewhere.")]


def test_unknown_and_absent_columns_are_named() -> None:
    found = problems(head=["source_code", "ville", "depends_on:"])
    assert [path for path, _ in found] == ["B2", "C2", "A2", "A2"]
    assert "column relationship is missing" in found[2][1]


def test_periods_are_dates_in_order() -> None:
    head = [*HEAD, "valid_from", "valid_until"]
    assert [p for p, _ in problems(["s", "a", "equal", "t", "x", "1/8/24", ""], head=head)] == [
        "F3"
    ]
    rows = ["s", "a", "equal", "t", "x", "2024-08-01", "2024-07"]
    assert [p for p, _ in problems(rows, head=head)] == ["G3"]


def test_a_table_needs_its_url_and_its_columns() -> None:
    with pytest.raises(Invalid, match=r"columns is missing.*#url is missing"):
        resource_of([])
