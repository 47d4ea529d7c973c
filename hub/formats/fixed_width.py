"""Trees to files of fixed-position records and back, by record layout (docs/record-formats.md)."""

from __future__ import annotations

from typing import Any

from hub import errors
from hub.formats.impossible import Impossible
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
    _fixed(model)
    writer = Writer(model)
    lines = [_line(planned, writer) for planned in writer.plan(tree)]
    return writer.done("".join(line + model.file.end for line in lines))


def loads(body: bytes, model: RecordModel) -> Tree:
    """The tree of a file, with its constants and control totals.

    Raises:
        Unreadable: another encoding or length, an unknown or misplaced type code, a value not
            written as the layout says, a wrong total: with line and column.
    """
    _fixed(model)
    lines = _split(decode(body, model.file.encoding, model.file.bom), model.file)
    return Reader(model, _Positions(model.file), lines).read()


def _fixed(model: RecordModel) -> None:
    if model.file.form != "fixed":
        raise ValueError(f"{model.url} is not a layout of fixed positions")


def _line(planned: Planned, writer: Writer) -> str:
    record, file = planned.record, writer.model.file
    line = [" "] * record.width
    if file.code_at >= 0 and record.code:
        line[file.code_at : file.code_at + file.code_length] = record.code
    for slot, offset, value, path in fields_of(record.slots, planned.values, planned.path):
        if value is None:
            continue
        try:
            text, negative = writer.text(slot, value, path)
            line[slot.at + offset : slot.at + offset + slot.length] = _padded(text, slot)
        except ValueError as error:
            writer.refuse(slot, path, error)
            continue
        if slot.sign_at >= 0:
            line[slot.sign_at + offset] = "-" if negative else "+"
    return "".join(line)


def _padded(text: str, slot: Field) -> str:
    if len(text) > slot.length:
        raise too_long(text, slot)
    if not text.isprintable() and any(c in text for c in "\t\r\n"):
        raise Impossible("plus d'une ligne", "more than one line")
    padded = text.rjust(slot.length, slot.pad) if slot.right else text.ljust(slot.length, slot.pad)
    if _unpadded(padded, slot) != text:
        raise Impossible(
            "le remplissage ne s'en distinguerait pas", "its padding could not be told from it"
        )
    return padded


def _unpadded(raw: str, slot: Field) -> str | None:
    """The text inside; None when the field is blank."""
    if not raw.strip(" "):
        return None
    text = raw.lstrip(slot.pad) if slot.right else raw.rstrip(slot.pad)
    return text or ("0" if slot.pad == "0" else "")


def _split(text: str, file: File) -> list[Line]:
    if file.end:
        parts = text.split(file.end)
        last = parts.pop()
        if last:
            line = _record(len(parts) + 1, last, file)
            fr, en = "la fin d'enregistrement manque", "the end-of-record mark is missing"
            raise errors.Unreadable(finding(line.number, len(last) + 1, fr, en))
    else:
        parts = [text[i : i + file.length] for i in range(0, len(text), file.length)]
    return [_record(number, part, file) for number, part in enumerate(parts, 1)]


def _record(number: int, text: str, file: File) -> Line:
    for mark in "\r\n\t":
        if mark in text:
            fr, en = "fin de ligne ou tabulation inattendue", "unexpected line end or tab"
            raise errors.Unreadable(finding(number, text.index(mark) + 1, fr, en))
    code = text[file.code_at : file.code_at + file.code_length] if file.code_at >= 0 else ""
    return Line(number, code, text, (), ())


class _Positions:
    """Values at fixed positions."""

    def __init__(self, file: File) -> None:
        self._file = file

    def cell(self, line: Line, slot: Field, offset: int) -> tuple[str | None, bool]:
        """The text between the field's two positions, and its sign."""
        at = slot.at + offset
        text = _unpadded(line.text[at : at + slot.length], slot)
        sign = line.text[slot.sign_at + offset] if slot.sign_at >= 0 else ""
        if sign and sign not in (" " if text is None else "+-"):
            raise ValueError(sign)
        return text, sign == "-"

    def column(self, line: Line, slot: Field, offset: int) -> int:
        """The first position of the field."""
        return slot.at + offset + 1

    def stray(self, line: Line, record: Record) -> tuple[int, str, str] | None:
        """A wrong length, or something where no field is."""
        if len(line.text) != record.width:
            there, right = len(line.text), record.width
            column = min(there, right) + 1
            fr, en = f"{there} caractères au lieu de {right}", f"{there} characters, not {right}"
            return column, fr, en
        for start, stop in record.blanks:
            if line.text[start:stop].strip(" "):
                column = start + len(line.text[start:stop]) - len(line.text[start:stop].lstrip())
                return column + 1, "texte hors de tout champ", "text where no field is"
        return None

    def same(self, line: Line, slot: Field, offset: int, value: Any) -> bool:
        """Whether the value fills its field exactly so."""
        at = slot.at + offset
        text, _ = text_of(value, slot, self._file)
        return _padded(text, slot) == line.text[at : at + slot.length]
