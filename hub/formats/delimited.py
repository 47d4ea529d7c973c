"""Trees to delimited files (CSV) and back, by record layout (docs/record-formats.md).

https://www.rfc-editor.org/rfc/rfc4180
"""

from __future__ import annotations

from typing import Any

from hub import errors
from hub.formats.delimited_cells import Row, split
from hub.formats.impossible import Impossible
from hub.formats.records_load import columns, optional_columns
from hub.formats.records_model import Field, File, Record, RecordModel, Written
from hub.formats.records_plan import Planned
from hub.formats.records_read import Line, Reader, fields_of, finding
from hub.formats.records_values import text_of
from hub.formats.records_write import Writer, too_long
from hub.formats.repertoire import decode
from hub.model import Tree


def dumps(tree: Tree, model: RecordModel) -> Written:
    """The file, and what its encoding could only carry changed. `tree` is the root element's.

    Constants and control totals that the tree leaves out are filled in.

    Raises:
        Refused: every value that is missing, unknown, too long, of another type, outside the
            encoding, or a total that does not match. Nothing is ever cut.
    """
    _delimited(model)
    writer, file = Writer(model), model.file
    rows = [_row(planned, writer) for planned in writer.plan(tree)]
    if file.header != "none":
        rows.insert(0, list(columns(_only(model))))
    end = "\r\n" if file.end == "any" else file.end
    return writer.done("".join(file.separator.join(_quoted(row, file)) + end for row in rows))


def loads(body: bytes, model: RecordModel) -> Tree:
    """The tree of a file, with its constants and control totals.

    Raises:
        Unreadable: another encoding or header, an unclosed quote, too many or too few cells, an
            unknown or misplaced type code, a value not written as the layout says, a wrong
            total: with line and column.
    """
    _delimited(model)
    file = model.file
    rows = split(decode(body, file.encoding, file.bom), file)
    order: list[int] | None = None
    if file.header != "none":
        order = _header(rows.pop(0) if rows else None, model)
    lines = [_line(row, file, order) for row in rows]
    return Reader(model, _Cells(file), lines).read()


def _delimited(model: RecordModel) -> None:
    if model.file.form != "delimited":
        raise ValueError(f"{model.url} is not a layout of delimited cells")


def _only(model: RecordModel) -> Record:
    return next(record for record in model.by_path.values() if record.code is not None)


def _row(planned: Planned, writer: Writer) -> list[str | None]:
    record, file = planned.record, writer.model.file
    cells: list[str | None] = [None] * record.width
    if file.code_at >= 0:
        cells[file.code_at] = record.code
    for slot, offset, value, path in fields_of(record.slots, planned.values, planned.path):
        if value is None:
            continue
        try:
            cells[slot.at + offset] = _fitting(writer.text(slot, value, path)[0], slot, file)
        except ValueError as error:
            writer.refuse(slot, path, error)
    return cells


def _fitting(text: str, slot: Field, file: File) -> str:
    if slot.length and len(text) > slot.length:
        raise too_long(text, slot)
    if not file.quote and any(c in text for c in (file.separator, "\r", "\n")):
        raise Impossible(
            "il contient un séparateur ou une fin de ligne, sans guillemets possibles",
            "it holds a separator or a line end, and cells are not quoted",
        )
    if not text and not file.quote:
        raise Impossible("il est vide, sans guillemets", "it is empty, and cells are not quoted")
    return text


def _quoted(cells: list[str | None], file: File) -> list[str]:
    made = []
    for cell in cells:
        if cell is None:
            made.append("")
            continue
        special = any(c in cell for c in (file.separator, file.quote or "\n", "\r", "\n"))
        if file.quote and (special or file.quote_all or not cell):
            cell = file.quote + cell.replace(file.quote, file.quote * 2) + file.quote
        made.append(cell)
    return made


def _header(row: Row | None, model: RecordModel) -> list[int] | None:
    """Where each column of the layout stands in the file, -1 for an absent one."""
    wanted = columns(_only(model))
    given = [] if row is None else [cell or "" for cell in row.cells]
    if given == wanted:
        return None
    if model.file.header == "any-order" and row is not None:
        absent = set(wanted) - set(given)
        if not absent - optional_columns(_only(model)) and len(set(given)) == len(given):
            unknown = [name for name in given if name not in wanted]
            if not unknown:
                return [given.index(name) if name in given else -1 for name in wanted]
    for index, name in enumerate(wanted):
        if index >= len(given) or given[index] != name:
            column = row.columns[index] if row is not None and index < len(given) else 1
            fr, en = f"en-tête : colonne « {name} » attendue", f"header: column “{name}” expected"
            raise errors.Unreadable(finding(1, column, fr, en))
    fr, en = "en-tête : colonnes de trop", "header: too many columns"
    raise errors.Unreadable(finding(1, 1, fr, en))


def _line(row: Row, file: File, order: list[int] | None) -> Line:
    cells, places = row.cells, row.columns
    if order is not None and len(cells) == sum(1 for index in order if index >= 0):
        cells = [cells[index] if index >= 0 else None for index in order]
        places = [places[index] if index >= 0 else 1 for index in order]
    code = cells[file.code_at] or "" if 0 <= file.code_at < len(cells) else ""
    return Line(row.line, code, "", cells, places)


class _Cells:
    """Values in cells."""

    def __init__(self, file: File) -> None:
        self._file = file

    def cell(self, line: Line, slot: Field, offset: int) -> tuple[str | None, bool]:
        """The cell's text; None when it is empty, or quoted and empty where that is the same."""
        text = line.cells[slot.at + offset]
        if text == "" and self._file.empty == "missing":
            return None, False
        if text is not None and slot.length and len(text) > slot.length:
            raise ValueError(text)
        return text, False

    def column(self, line: Line, slot: Field, offset: int) -> int:
        """Where the cell begins."""
        return line.columns[slot.at + offset]

    def stray(self, line: Line, record: Record) -> tuple[int, str, str] | None:
        """A wrong number of cells."""
        there, right = len(line.cells), record.width
        if there == right:
            return None
        column = line.columns[min(there, right + 1) - 1]
        return column, f"{there} cellules au lieu de {right}", f"{there} cells, not {right}"

    def same(self, line: Line, slot: Field, offset: int, value: Any) -> bool:
        """Whether the value would be written so."""
        return text_of(value, slot, self._file)[0] == line.cells[slot.at + offset]
