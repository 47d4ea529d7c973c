"""Rows of a table that hold for a time hold at the day of care, without a word of the map."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hub.errors import Unmappable
from hub.mapping.concept_depends import PERIOD

TEXT = """/// url = 'urn:map'
/// name = 'm'
uses "http://hl7.org/fhir/StructureDefinition/Patient" as target
group main(source src, target tgt : Patient) {
  src.code as c -> tgt.language = translate(c, 'urn:table', 'code');
}
"""
CODE = {"system": "urn:s", "code": "C"}


def target(code: str, **period: str) -> dict[str, Any]:
    extension = [{"url": PERIOD, "valuePeriod": period}]
    return {"code": code, "equivalence": "equivalent", "extension": extension}


@pytest.fixture
def library(library_of):
    rows = [target("old", end="2026-12-31"), target("new", start="2027-01-01", end="2027-12-31")]
    group = {"source": "urn:s", "target": "urn:t", "element": [{"code": "C", "target": rows}]}
    table = {"resourceType": "ConceptMap", "url": "urn:table", "group": [group]}
    return library_of({"m.fml": TEXT, "t.json": json.dumps(table)})


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ({"careDate": "2026-12-31"}, "old"),
        ({"careDate": "2027-01-01"}, "new"),
        ({"dossier": {"careDate": "2026-05-01T08:00:00Z"}}, "old"),
    ],
)
def test_the_row_of_the_day_of_care_is_taken(library, source, code) -> None:
    """Each twice: a translation is kept only where no date decides it."""
    for _ in range(2):
        other = {"careDate": "2027-06-01", "code": CODE}
        assert library.map("urn:map", {**source, "code": CODE})["language"] == code
        assert library.map("urn:map", other)["language"] == "new"


def test_a_day_without_a_row_is_a_missing_code(library) -> None:
    with pytest.raises(Unmappable) as caught:
        library.map("urn:map", {"careDate": "2028-01-01", "code": CODE})
    assert [one.code for one in caught.value.missing] == ["C"]


def test_a_source_without_a_day_is_told_that_two_rows_contradict_each_other(library) -> None:
    with pytest.raises(Unmappable, match="several codes"):
        library.map("urn:map", {"code": CODE})
