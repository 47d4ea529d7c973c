"""Rows of text cells out of what a spreadsheet gives: XLSX, any usual CSV, or pasted cells.

https://www.rfc-editor.org/rfc/rfc4180, https://ecma-international.org/publications-and-standards/standards/ecma-376/
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hub.errors import Issue
from hub.formats.sheet_limits import MOST_COLUMNS, MOST_ROWS, refused

#: The old binary workbook of Excel 97, which nothing here reads.
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"
_SEPARATORS = ("\t", ";", ",")
#: What makes a spreadsheet take a cell of a CSV for a formula.
#: Source: https://owasp.org/www-community/attacks/CSV_Injection
_FORMULA = re.compile(r"'*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]")


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a file says, row by row, as text."""

    rows: Sequence[tuple[int, Sequence[str]]]  #: (number in the file, cells), empty rows left out
    notes: Sequence[Issue] = ()  #: what the reader took for granted
    #: (first row, last row, range) of cells merged into one
    merged: Sequence[tuple[int, int, str]] = ()


def read(body: bytes) -> Sheet:
    """The first visible sheet of a workbook, or the rows of a text; the content tells which.

    Raises:
        Invalid: it is neither, it is too large, or cells hold formulas, with each cell.
    """
    if body.startswith(b"PK\x03\x04"):
        from hub.formats import workbook  # the workbook library is slow to load

        rows, notes, merged = workbook.read(body)
        return Sheet(_filled(rows), notes, merged)
    if body.startswith(_OLD_EXCEL):
        raise refused(
            "c'est un ancien classeur Excel (.xls) ; enregistrez-le en « Classeur Excel (.xlsx) »",
            "this is an old Excel workbook (.xls); save it as “Excel Workbook (.xlsx)”",
        )
    text, notes = _decoded(body)
    return Sheet(_filled(enumerate_rows(text)), notes)


def enumerate_rows(text: str) -> Iterable[tuple[int, list[str]]]:
    """The rows of a text with their numbers; tabs, semicolons or commas stand between cells.

    Raises:
        Invalid: quotes that never end, or a NUL.
    """
    if "\x00" in text:
        raise refused(
            "le fichier n'est ni un tableau XLSX ni un texte ; enregistrez-le en XLSX ou en CSV",
            "the file is neither an XLSX workbook nor a text; save it as XLSX or CSV",
        )
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text), strict=True)
    before = 0
    try:
        for cells in reader:
            yield before + 1, cells
            before = reader.line_num
    except csv.Error:
        raise refused(
            f"ligne {before + 1} : guillemets mal placés ou cellule trop longue ; corrigez-la",
            f"row {before + 1}: misplaced quotes or a cell that is too long; correct it",
        ) from None


def write(rows: Iterable[Sequence[str]]) -> bytes:
    """Rows as CSV for a spreadsheet: UTF-8 with BOM, semicolons, no cell that is a formula."""
    out = io.StringIO(newline="")
    made = csv.writer(out, delimiter=";", lineterminator="\r\n")
    made.writerows([harmless(cell) for cell in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula; `plain` gives the cell back."""
    return f"'{cell}" if _FORMULA.match(cell) else cell


def plain(cell: str) -> str:
    """The cell that `harmless` was given."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def letters(index: int) -> str:
    """0 → A, 25 → Z, 26 → AA: as spreadsheets name columns."""
    name = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def _decoded(body: bytes) -> tuple[str, list[Issue]]:
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        return body.decode("utf-16", errors="replace"), []
    try:
        return body.decode("utf-8-sig"), []
    except UnicodeDecodeError:
        note = Issue(
            "informational",
            "Le fichier n'est pas en UTF-8 : il est lu comme Windows-1252 (Latin-1). Vérifiez les "
            "accents dans l'aperçu.",
            "The file is not UTF-8: it is read as Windows-1252 (Latin-1). Check the accents in "
            "the preview.",
            severity="warning",
        )
        return body.decode("cp1252", errors="replace"), [note]


def _separator(text: str) -> str:
    """What stands in the first line with text: a tab, else a semicolon, else a comma."""
    start = next((line for line in text.splitlines() if line.strip()), "")
    bare = re.sub(r'"[^"]*"', "", start)
    return next((one for one in _SEPARATORS if one in bare), ";")


def _filled(rows: Iterable[tuple[int, Sequence[str]]]) -> list[tuple[int, Sequence[str]]]:
    found: list[tuple[int, Sequence[str]]] = []
    for number, cells in rows:
        kept = [plain(cell.strip(" \u00a0\u202f\t\r\n")) for cell in cells]
        while kept and not kept[-1]:
            kept.pop()
        if not kept:
            continue
        if len(kept) > MOST_COLUMNS:
            raise refused(
                f"ligne {number} : plus de {MOST_COLUMNS} colonnes ; gardez celles de la liste",
                f"row {number}: more than {MOST_COLUMNS} columns; keep those of the list",
            )
        found.append((number, kept))
        if len(found) > MOST_ROWS:
            raise refused(
                f"plus de {MOST_ROWS} lignes ; coupez le fichier en plusieurs",
                f"more than {MOST_ROWS} rows; cut the file into several",
            )
    return found
