"""Tables of text cells as CSV and XLSX files.

https://www.rfc-editor.org/rfc/rfc4180, https://ecma-international.org/publications-and-standards/standards/ecma-376/
"""

from __future__ import annotations

import csv
import io
import re
from datetime import date, datetime
from typing import Any

from hub.errors import Invalid, Issue
from hub.formats import spreadsheet, workbook
from hub.mapping.concept_rows import resource_of
from hub.mapping.concept_table import Cells, Resource, table_of

FORMS = ("csv", "xlsx")


def dump(resource: Resource, form: str) -> bytes:
    """A ConceptMap as a file: csv (UTF-8 with BOM, semicolons) or xlsx (cells of text).

    Raises:
        Invalid: the ConceptMap says something a table has no column for.
    """
    table = table_of(resource)
    return workbook.write(table, "ConceptMap") if form == "xlsx" else spreadsheet.write(table)


def load(body: bytes, form: str) -> Resource:
    """The ConceptMap of a csv or xlsx file.

    Raises:
        Invalid: the file cannot be read, or its rows are wrong (see `resource_of`).
    """
    return resource_of(_cells_of_workbook(body) if form == "xlsx" else _cells_of_csv(body))


def _cells_of_csv(body: bytes) -> list[Cells]:
    """Semicolons or commas: what stands beside the name source_code decides."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = body[: error.start].count(b"\n") + 1
        raise _unreadable(
            f"ligne {row} : le fichier n'est pas en UTF-8 ; enregistrez-le en « CSV UTF-8 »",
            f"row {row}: the file is not UTF-8; save it as “CSV UTF-8”",
        ) from None
    beside = re.search('source_code"?([;,])|([;,])"?source_code', text)
    separator = (beside[1] or beside[2]) if beside else ";"
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        return [[spreadsheet.plain(cell) for cell in row] for row in reader]
    except csv.Error as error:
        raise _unreadable(
            f"ligne {reader.line_num} : guillemets mal placés ou cellule trop longue ; corrigez-la",
            f"row {reader.line_num}: {error}",
        ) from None


def _cells_of_workbook(body: bytes) -> list[Cells]:
    """The first sheet's cells."""
    book, found = workbook.opened(body), list[Issue]()
    table: list[Cells] = []
    try:
        for number, cells in workbook.filled(book.worksheets[0], lambda cell: _text(cell, found)):
            table.extend([] for _ in range(number - 1 - len(table)))
            table.append(cells)
    except workbook.UNREADABLE:
        raise workbook.unreadable() from None
    if found:
        raise Invalid(*found)
    return table


def _text(cell: Any, found: list[Issue]) -> str:
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        value = value.date()
    if isinstance(value, date):
        return value.isoformat()
    if cell.data_type == "f" or not isinstance(value, str | int):
        found.append(
            Issue(
                "value",
                f"ligne {cell.row} : mettez cette cellule au format Texte et saisissez sa valeur.",
                f"row {cell.row}: format this cell as text and type its value.",
                cell.coordinate,
            )
        )
        if len(found) >= workbook.MOST_FINDINGS:
            raise Invalid(*found)
    return str(value)


def _unreadable(fr: str, en: str) -> Invalid:
    return Invalid(Issue("structure", fr + ".", en + "."))
