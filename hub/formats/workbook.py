"""The cells of an XLSX workbook: values only, from the first sheet one can see."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.utils.exceptions import InvalidFileException

from hub.errors import Invalid, Issue
from hub.formats import workbook_guard
from hub.formats.sheet_limits import MOST_ROWS, refused

MOST_TEXT = 32_767  #: characters of a cell; openpyxl cuts longer ones
MOST_FINDINGS = 50
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell [^>]*ref="([A-Z]{1,3}(\d{1,7}):[A-Z]{1,3}(\d{1,7}))"')
#: What openpyxl raises for a workbook it cannot read.
UNREADABLE = (
    *(InvalidFileException, KeyError, ValueError, IndexError, TypeError, SyntaxError),
    *(AttributeError, OverflowError),
)

Rows = list[tuple[int, Sequence[str]]]


def read(body: bytes) -> tuple[Rows, list[Issue], list[tuple[int, int, str]]]:
    """Rows with their numbers, what was left aside, and (first row, last row, range) merged.

    Raises:
        Invalid: no acceptable workbook, or cells with formulas or errors, each by its name.
    """
    book = opened(body)
    try:
        seen = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
        notes = _left_aside(seen, [s for s in book.worksheets if s not in seen])
        found: list[Issue] = []
        rows: Rows = list(filled(seen[0], lambda cell: _text(cell, found)))
        merged = _merged(body, str(getattr(seen[0], "_worksheet_path", "")))
    except UNREADABLE:
        raise unreadable() from None
    if found:
        raise Invalid(*found)
    return rows, notes, merged


def opened(body: bytes) -> Any:
    """The workbook as openpyxl reads it, after a look at what it would grow to.

    Raises:
        Invalid: no acceptable workbook.
    """
    workbook_guard.check(body)
    try:
        return load_workbook(io.BytesIO(body), read_only=True, data_only=False, keep_links=False)
    except UNREADABLE:
        raise unreadable() from None


def filled(sheet: Any, read: Callable[[Any], str]) -> Iterator[tuple[int, list[str]]]:
    """The rows of an opened sheet in which something stands, without the empty cells after it.

    Raises:
        Invalid: all its texts together are more than a workbook may unpack to.
        One of UNREADABLE: the sheet is damaged.
    """
    sheet.reset_dimensions()  # what a workbook says of its own size is often wrong
    count = size = 0
    for number, row in enumerate(sheet.iter_rows(), 1):
        cells = [read(cell) for cell in row]
        while cells and not cells[-1]:
            cells.pop()
        if not cells:
            continue
        count += 1
        size += sum(map(len, cells))  # one shared text may stand in every cell
        if size > workbook_guard.MOST_BYTES:
            raise refused(
                "ce classeur contient trop de texte ; coupez-le en plusieurs",
                "this workbook holds too much text; cut it into several",
            )
        yield number, cells
        if count > MOST_ROWS:  # the caller refuses it; a million more need not be read first
            return


def unreadable() -> Invalid:
    """Why a workbook that the library cannot read is refused."""
    return refused(
        "le fichier n'est pas un classeur XLSX lisible ; enregistrez-le de nouveau",
        "the file is not a readable XLSX workbook; save it again",
    )


def write(rows: Sequence[Sequence[str]], title: str) -> bytes:
    """Rows as a workbook of text cells: nothing becomes a formula, and 0012 stays 0012.

    Raises:
        Invalid: a text does not fit a cell.
    """
    for text in (text for line in rows for text in line):
        if len(text) > MOST_TEXT or ILLEGAL_CHARACTERS_RE.search(text) or "\r" in text:
            start = text[:40]
            raise refused(
                f"le texte « {start}… » ne tient pas dans une cellule XLSX ; exportez en CSV",
                f"the text “{start}…” does not fit an XLSX cell; export as CSV",
            )
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title[:31])
    for line in rows:
        cells = []
        for text in line:
            cell = WriteOnlyCell(sheet, text)
            cell.data_type = "s"
            cell.number_format = "@"
            cells.append(cell)
        sheet.append(cells)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _left_aside(seen: Sequence[Any], hidden: Sequence[Any]) -> list[Issue]:
    others = [f"« {sheet.title} »" for sheet in seen[1:]]
    others += [f"« {sheet.title} » (masquée)" for sheet in hidden]
    if not others or not seen:
        return []
    listed = ", ".join(others[:5])
    return [
        Issue(
            "informational",
            f"Seule la feuille « {seen[0].title} » est lue ; laissées de côté : {listed}.",
            f"Only the sheet “{seen[0].title}” is read; left aside: {listed}.",
            severity="warning",
        )
    ]


def _text(cell: Any, found: list[Issue]) -> str:
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "vrai" if value else "faux"
    if isinstance(value, datetime):
        value = value.date()
    if isinstance(value, date):
        return value.isoformat()
    if cell.data_type in ("f", "e"):
        found.append(_computed(cell))
        if len(found) >= MOST_FINDINGS:
            raise Invalid(*found)
        return ""
    if isinstance(value, float):
        # A workbook keeps fractions in binary; the shortest text is the number that was typed.
        return format(Decimal(repr(value)), "f").removesuffix(".0")
    return str(value)


def _computed(cell: Any) -> Issue:
    at, formula = cell.coordinate, cell.data_type == "f"
    fr = (
        "cette cellule est une formule"
        if formula
        else f"cette cellule est en erreur ({cell.value})"
    )
    en = "this cell is a formula" if formula else f"this cell is an error ({cell.value})"
    return Issue(
        "value",
        f"Cellule {at} : {fr} ; copiez la colonne, puis « Collage spécial, Valeurs ».",
        f"Cell {at}: {en}; copy the column, then “Paste special, Values”.",
        at,
    )


def _merged(body: bytes, part: str) -> list[tuple[int, int, str]]:
    with zipfile.ZipFile(io.BytesIO(body)) as packed:
        xml = packed.read(part.lstrip("/"))
    return [(int(first), int(last), name.decode()) for name, first, last in _MERGED.findall(xml)]
