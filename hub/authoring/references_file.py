"""A spreadsheet as rows of a reference list, with everything that is wrong named by its cell."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from hub.authoring.references_cells import amount, day, named
from hub.errors import Issue
from hub.formats.spreadsheet import Sheet, letters
from hub.ports import ReferenceRow

#: Findings shown at once; the rest is counted.
MOST_FINDINGS = 200
MOST_CODE, MOST_LABEL = 100, 400
#: Of one code in one file: each is held against all others of its code.
MOST_PERIODS = 200
#: The line of titles stands among the first ones; above it may stand a heading.
_FIRST = 20
#: What a list's values are counted in, where neither file nor person says it.
CURRENCIES = {"tarifs": "XOF", "medicaments": "XOF"}


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the file."""

    number: int  #: in the file
    row: ReferenceRow
    dated: bool = False  #: the file itself says from when


@dataclass(slots=True)
class FileRows:
    """What a file says."""

    lines: list[Line] = field(default_factory=list)
    findings: list[Issue] = field(default_factory=list)  #: errors; with one, nothing is written
    notes: list[Issue] = field(default_factory=list)  #: what was taken for granted
    fields: frozenset[str] = frozenset()  #: which columns the file has


def rows_of(sheet: Sheet, start: date, currency: str) -> FileRows:
    """The rows of a list: from `start` where the file does not say from when.

    Args:
        sheet: as hub.formats.spreadsheet.read gives it.
        start: the day from which the list counts.
        currency: ISO 4217, of values beside which the file names none; "": they are no amounts.
    """
    made = FileRows(notes=list(sheet.notes))
    found = _header(sheet)
    if found is None:
        made.findings.append(_headless())
        return made
    place, columns, left = found
    made.fields = frozenset(columns)
    if left:
        made.notes.append(_left_aside(left))
    head = sheet.rows[place][0]
    for first, last, name in sheet.merged:
        if last >= head:
            _wrong(
                made,
                f"{name}",
                first,
                "ces cellules sont fusionnées ; défusionnez-les, puis remplissez chacune",
                "these cells are merged; split them, then fill each",
            )
    reader = _Reader(made, columns, start, currency)
    for number, cells in sheet.rows[place + 1 :]:
        reader.line(number, cells)
    if not made.lines and not made.findings:
        made.findings.append(
            Issue(
                "required",
                "Le fichier n'a que la ligne des titres : ajoutez les lignes de la liste.",
                "The file has the line of titles only: add the rows of the list.",
            )
        )
    return made


def _header(sheet: Sheet) -> tuple[int, Mapping[str, int], list[str]] | None:
    """(its place, field → column, titles that mean nothing here)."""
    for place, (_, cells) in enumerate(sheet.rows[:_FIRST]):
        columns: dict[str, int] = {}
        left = []
        for index, cell in enumerate(cells):
            name = named(cell)
            if name and name not in columns:
                columns[name] = index
            elif cell:
                left.append(cell)
        if "code" in columns and len(columns) > 1:
            return place, columns, left
    return None


class _Reader:
    def __init__(
        self, made: FileRows, columns: Mapping[str, int], start: date, currency: str
    ) -> None:
        self.made, self.columns, self.start, self.currency = made, columns, start, currency
        self.seen: dict[str, list[Line]] = {}

    def line(self, number: int, cells: Sequence[str]) -> None:
        """One more row."""
        given = {f: cells[i] if i < len(cells) else "" for f, i in self.columns.items()}
        code = given["code"]
        before = len(self.made.findings)
        if not code:
            self._at(
                number,
                "code",
                "le code manque ; écrivez-le, ou supprimez la ligne",
                "the code is missing; write it, or delete the row",
            )
        if len(code) > MOST_CODE or len(given.get("label", "")) > MOST_LABEL:
            name = "code" if len(code) > MOST_CODE else "label"
            self._at(
                number,
                name,
                "ce texte est trop long ; raccourcissez-le",
                "this text is too long; shorten it",
            )
        currency = given.get("currency", "").upper() or self.currency
        if currency in ("F CFA", "FCFA", "CFA"):
            currency = "XOF"
        if currency and (len(currency) != 3 or not currency.isalpha()):
            self._at(
                number,
                "currency",
                f"« {currency} » n'est pas une devise ; écrivez XOF ou GNF",
                f"“{currency}” is not a currency; write XOF or GNF",
            )
        value = self._read(number, "value", given, lambda cell: amount(cell, currency))
        start = self._read(number, "start", given, day) or self.start.isoformat()
        end = self._read(number, "end", given, day)
        if end and end < start:
            self._at(
                number,
                "end",
                "la fin précède le début ; corrigez l'une des deux dates",
                "it ends before it begins; correct one of the dates",
            )
        if len(self.made.findings) > before:
            return
        row = ReferenceRow(
            code, given.get("label", ""), value, currency if value else "", start, end
        )
        self._keep(Line(number, row, bool(given.get("start"))))

    def _read(
        self, number: int, name: str, given: Mapping[str, str], read: Callable[[str], str]
    ) -> str:
        cell = given.get(name, "")
        if not cell:
            return ""
        try:
            return read(cell)
        except ValueError as wrong:
            self._at(number, name, *wrong.args)
            return ""

    def _keep(self, line: Line) -> None:
        """A row, unless the file has another one for the same code and time."""
        row = line.row
        others = self.seen.setdefault(row.code, [])
        if len(others) >= MOST_PERIODS:
            self._at(
                line.number,
                "code",
                f"le code {row.code} a plus de {MOST_PERIODS} périodes ; gardez celles qui servent",
                f"code {row.code} has more than {MOST_PERIODS} periods; keep those in use",
            )
            return
        for other in others:
            apart = (other.row.end and other.row.end < row.start) or (
                row.end and row.end < other.row.start
            )
            if not apart:
                self._at(
                    line.number,
                    "code",
                    f"le code {row.code} est déjà à la ligne {other.number} pour les mêmes dates ; "
                    "gardez l'une des deux",
                    f"code {row.code} stands in row {other.number} for the same days; keep one",
                )
                return
        others.append(line)
        self.made.lines.append(line)

    def _at(self, number: int, name: str, fr: str, en: str) -> None:
        cell = f"{letters(self.columns[name])}{number}" if name in self.columns else f"{number}"
        _wrong(self.made, cell, number, fr, en)


def _wrong(made: FileRows, cell: str, number: int, fr: str, en: str) -> None:
    where = f"Ligne {number}, cellule {cell} : " if cell != str(number) else f"Ligne {number} : "
    here = f"Row {number}, cell {cell}: " if cell != str(number) else f"Row {number}: "
    made.findings.append(Issue("value", f"{where}{fr}.", f"{here}{en}.", cell))


def _headless() -> Issue:
    return Issue(
        "structure",
        "La ligne des titres est introuvable. Nommez les colonnes en tête : code, libellé, valeur, "
        "devise, début, fin (le code et une autre au moins).",
        "The line of titles was not found. Name the columns at the top: code, label, value, "
        "currency, start, end (the code and another one at least).",
    )


def _left_aside(left: Sequence[str]) -> Issue:
    listed = ", ".join(f"« {one[:40]} »" for one in left[:6])
    return Issue(
        "informational",
        f"Colonnes laissées de côté : {listed}.",
        f"Columns left aside: {listed}.",
        severity="warning",
    )
