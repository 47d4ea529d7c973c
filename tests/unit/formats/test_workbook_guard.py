"""Workbooks made to hurt are refused in a moment, whatever they say of themselves."""

from __future__ import annotations

import io
import time
import zipfile

import pytest
from openpyxl import Workbook

from hub.errors import Invalid
from hub.formats import spreadsheet, workbook_guard
from hub.mapping import concept_sheet

MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
SHEET = "xl/worksheets/sheet1.xml"
STRINGS = "xl/sharedStrings.xml"
KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
ALLOWED_SECONDS = 20.0  #: what is refused here took minutes, or all memory, when it was read


def cell(place, text="x"):
    return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'


def sheet(rows, head=""):
    return f"{head}<worksheet {MAIN}><sheetData>{rows}</sheetData></worksheet>"


def book(**changed):
    """A workbook of openpyxl with parts replaced or added; `sheet` is its only sheet."""
    made, out = io.BytesIO(), io.BytesIO()
    plain = Workbook()
    plain.active.append(["code", "libellé"])
    plain.save(made)
    changed[SHEET] = changed.pop("sheet", None)
    told = f'<Override PartName="/{STRINGS}" ContentType="{KIND}"/></Types>'.encode()
    with zipfile.ZipFile(made) as read:
        kinds = read.read("[Content_Types].xml").replace(b"</Types>", told)
    changed |= {"[Content_Types].xml": kinds} if STRINGS in changed else {}
    with zipfile.ZipFile(made) as read, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as written:
        for name in read.namelist():
            written.writestr(name, read.read(name) if not changed.get(name) else changed[name])
        for name in changed.keys() - set(read.namelist()):
            written.writestr(name, changed[name])
    return out.getvalue()


def damaged():
    """The compressed bytes of the sheet are others; the directory is whole."""
    body = bytearray(book(sheet=sheet("".join(f"<row>{cell(f'A{n}')}</row>" for n in range(500)))))
    start = body.find(SHEET.encode()) + 60
    body[start : start + 30] = bytes(each ^ 0x5A for each in body[start : start + 30])
    return bytes(body)


def doctype(encoding):
    text = f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE a [<!ENTITY e "deux">]>'
    return sheet(f"<row>{cell('A1', '&e;')}</row>", text).encode(encoding)


HOSTILE = {
    "a row of a very high number": lambda: book(sheet=sheet('<row r="999999999999"/>')),
    "rows that go back": lambda: book(
        sheet=sheet(f'<row r="5">{cell("A5")}</row><row r="2">{cell("A2")}</row>')
    ),
    "cells that go back": lambda: book(sheet=sheet(f"<row>{cell('B1')}{cell('A1')}</row>")),
    "cells at the far right of every row": lambda: book(
        sheet=sheet("".join(f'<row r="{n}">{cell(f"XFD{n}")}</row>' for n in range(1, 2000)))
    ),
    "very many empty cells": lambda: book(sheet=sheet(f"<row>{'<c/>' * 5_000}</row>" * 40)),
    "one long text": lambda: book(
        **{STRINGS: f"<sst {MAIN}><si><t>{'a' * 2_000_000}</t></si></sst>"}
    ),
    "a hundred thousand merged cells": lambda: book(
        sheet=f"<worksheet {MAIN}><mergeCells>{'<mergeCell/>' * 120_000}</mergeCells></worksheet>"
    ),
    "deep nesting": lambda: book(sheet="<a>" * 50_000 + "</a>" * 50_000),
    "a document type": lambda: book(sheet=doctype("utf-8")),
    "a document type in UTF-16": lambda: book(sheet=doctype("utf-16")),
    "a document type without a byte order mark": lambda: book(sheet=doctype("utf-16-le")),
    "a formula that thousands of cells share": lambda: book(
        sheet=sheet(
            f'<row><c><f t="shared" si="0">{"A1+" * 60_000}1</f></c>'
            + '<c><f t="shared" si="0"/></c>' * 300
            + "</row><row><c><f>1</f></c></row>"
        )
    ),
    "thousands of parts": lambda: book(**{f"x/{n}.bin": b"." for n in range(3_000)}),
    "XML that is none": lambda: book(sheet="<worksheet>"),
    "damaged compression": damaged,
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("door", ["reference list", "code table"])
def test_a_hostile_workbook_is_refused_before_it_is_read(name, door, monkeypatch):
    monkeypatch.setattr(workbook_guard, "MOST_CELLS", 100_000)
    body, start = HOSTILE[name](), time.monotonic()
    with pytest.raises(Invalid) as refused:
        spreadsheet.read(body) if door == "reference list" else concept_sheet.load(body, "xlsx")
    assert refused.value.issues[0].fr.startswith("Le fichier n'est pas un classeur XLSX admis")
    assert time.monotonic() - start < ALLOWED_SECONDS


def test_an_unusual_but_honest_workbook_is_read():
    far = sheet(f'<row r="1">{cell("A1", "code")}{cell("H1", "libellé")}</row>'
                f'<row r="900">{cell("A900", "K1")}</row>')  # fmt: skip
    found = spreadsheet.read(
        book(sheet=far, **{"docProps/thumbnail.jpeg": b"\xff\xd8\xff<!DOCTYPE"})
    )
    assert found.rows == [(1, ["code", *[""] * 6, "libellé"]), (900, ["K1"])]


def test_one_text_shared_by_many_cells_does_not_become_many_texts(monkeypatch):
    monkeypatch.setattr(workbook_guard, "MOST_BYTES", 50_000)
    shared = '<c t="s"><v>0</v></c>' * 20
    rows = f"<row>{shared}</row>" * 10
    strings = f"<sst {MAIN}><si><t>{'long ' * 60}</t></si></sst>"
    with pytest.raises(Invalid, match="too much text"):
        spreadsheet.read(book(sheet=sheet(rows), **{STRINGS: strings}))


def test_a_chart_in_place_of_a_sheet_is_no_defect():
    parts = {"xl/workbook.xml": f"<workbook {MAIN}><sheets/></workbook>"}
    with pytest.raises(Invalid, match="readable XLSX"):
        spreadsheet.read(book(**parts))
