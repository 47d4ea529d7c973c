"""Bytes of CSV and XLSX tables that cannot be read as they are (docs/concept-maps.md)."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from hub.errors import Invalid
from hub.mapping.concept_rows import resource_of
from hub.mapping.concept_sheet import FORMS, dump, load
from hub.mapping.concept_table import table_of

HEAD = ["source_system", "source_code", "relationship", "target_system", "target_code"]
URL = ["#url", "urn:table"]


@pytest.mark.parametrize("separator", [";", ","])
def test_semicolons_and_commas_are_told_apart(separator: str) -> None:
    rows = [URL, ["source_code", "relationship", "target_code"], ["a", "equal", "x"]]
    body = "\n".join(separator.join(row) for row in rows).encode()
    target = {"code": "x", "equivalence": "equal"}
    assert load(body, "csv")["group"] == [{"element": [{"code": "a", "target": [target]}]}]


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"source_code;\xe9", "row 1: the file is not UTF-8"),
        (b'source_code;"', "row 1: unexpected end"),
        (b"", "columns is missing"),
    ],
)
def test_a_csv_that_cannot_be_read_says_where(body: bytes, why: str) -> None:
    with pytest.raises(Invalid, match=why):
        load(body, "csv")


def workbook(*rows: list[Any]) -> bytes:
    book = Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_whole_numbers_and_dates_typed_in_excel_are_read() -> None:
    head = [*HEAD, "depends_on:c", "valid_from"]
    row = ["s", "Z", "equivalent", "t", 10101, 20, date(2024, 8, 1)]
    made = load(workbook(URL, head, row), "xlsx")
    (target,) = made["group"][0]["element"][0]["target"]
    assert (target["code"], target["dependsOn"][0]["value"]) == ("10101", "20")
    assert target["extension"][0]["valuePeriod"] == {"start": "2024-08-01"}


@pytest.mark.parametrize("value", [1.5, "=A1"])
def test_fractions_and_formulas_must_be_typed_as_text(value: Any) -> None:
    body = workbook(URL, HEAD, ["s", value, "equal", "t", "x"])
    with pytest.raises(Invalid, match="format this cell as text") as caught:
        load(body, "xlsx")
    assert caught.value.issues[0].path == "B3"


def test_a_workbook_with_a_document_type_or_too_large_is_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/workbook.xml", "<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>")
    with pytest.raises(Invalid, match="acceptable"):
        load(out.getvalue(), "xlsx")
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/workbook.xml", b" " * 65_000_000)
    with pytest.raises(Invalid, match="acceptable"):
        load(out.getvalue(), "xlsx")


def test_a_text_too_long_for_a_cell_is_not_cut() -> None:
    resource = {"resourceType": "ConceptMap", "url": "urn:table", "description": "x" * 32_768}
    with pytest.raises(Invalid, match="does not fit"):
        dump(resource, "xlsx")
    assert load(dump(resource, "csv"), "csv") == resource


@settings(max_examples=150, deadline=None)
@given(body=st.binary(max_size=200), form=st.sampled_from(FORMS))
def test_any_bytes_are_read_or_refused(body: bytes, form: str) -> None:
    try:
        resource = load(body, form)
    except Invalid as caught:
        resource = {"issues": caught.issues}
    assert resource


@settings(max_examples=150, deadline=None)
@given(st.lists(st.lists(st.text(max_size=8), max_size=8), max_size=6))
def test_any_cells_are_read_or_refused(rows: list[list[str]]) -> None:
    try:
        resource = resource_of([URL, HEAD, *rows])
    except Invalid:
        return
    assert resource_of(table_of(resource)) == resource
