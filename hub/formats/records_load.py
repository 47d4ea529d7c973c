"""From a StructureDefinition to a record layout, with every contradiction in it refused."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from importlib.resources.abc import Traversable
from pathlib import Path

from hub.formats import logical
from hub.formats.logical import Element
from hub.formats.records_field import field
from hub.formats.records_model import (
    FIELD,
    FILE,
    TYPE,
    Field,
    File,
    Group,
    Record,
    RecordModel,
    Slot,
)
from hub.formats.records_settings import settings, simple
from hub.model import Tree

_ENDS = {"CRLF": "\r\n", "LF": "\n", "none": "", "any": "any"}


def load(definition: Tree) -> RecordModel:
    """The layout of a logical model that carries a snapshot and our record extensions.

    Raises:
        ValueError: it is none, or contradicts itself: fields overlap, a setting is unknown,
            records cannot be told apart, a total counts what does not exist.
    """
    model = logical.load(definition)
    rows = {row["path"]: row for row in definition["snapshot"]["element"]}
    return _Loader(model, rows, _file(definition)).load()


def read_model(file: Path | Traversable) -> RecordModel:
    """As `load`, from a JSON file."""
    return load(json.loads(file.read_text(encoding="utf-8"), parse_float=Decimal))


def _file(definition: Tree) -> File:
    given = settings(definition, FILE)
    encoding = codecs.lookup(str(given.get("encoding", "UTF-8"))).name
    form = given.choice("form", "fixed", "delimited")
    end = _ENDS[given.choice("end", "CRLF", "LF", "none", "any")]
    if form == "fixed" and end == "any":
        raise ValueError("a fixed-width file has one end-of-record mark")
    if form == "delimited" and not end:
        raise ValueError("a delimited file needs an end-of-record mark")
    if not end and not given.get("length"):
        raise ValueError("records without an end mark need a length")
    made = File(
        form=form,
        encoding=encoding,
        bom=bool(given.get("bom", False)),
        end=end,
        unencodable=given.choice("unencodable", "refuse", "transliterate"),
        length=int(given.get("length", 0)),
        code_at=int(given.get("type-position", 0)) - 1,
        code_length=int(given.get("type-length", 0)),
        separator=str(given.get("separator", ";")),
        quote=str(given.get("quote", '"')),
        quote_all=given.choice("quoting", "minimal", "all") == "all",
        header=given.choice("header", "none", "exact", "any-order"),
        mark=str(given.get("decimal-mark", ".")),
        empty=given.choice("empty", "missing", "distinct"),
    )
    given.all_known()
    if made.bom and encoding != "utf-8":
        raise ValueError(f"a byte order mark belongs to UTF-8, not to {encoding}")
    if len(made.separator) != 1 or len(made.quote) > 1 or made.separator == made.quote:
        raise ValueError("separator and quote are single characters, and not the same")
    return made


class _Loader:
    def __init__(self, model: logical.Model, rows: Mapping[str, Tree], file: File) -> None:
        self.model, self.rows, self.file = model, rows, file
        self.by_path: dict[str, Record] = {}
        self.codes: dict[str, str] = {}

    def load(self) -> RecordModel:
        root = self._record(self.model.root)
        found = RecordModel(self.model.url, self.file, root, self.by_path, self.codes)
        kinds = [r for r in self.by_path.values() if r.code is not None]
        if self.file.header != "none" and (len(kinds) != 1 or self.file.code_at >= 0):
            raise ValueError("a header line needs records of one kind, without a type code")
        for slot in (s for r in self.by_path.values() for s in _fields(r.slots)):
            self._total(slot)
        return found

    def _record(self, element: Element) -> Record:
        row = self.rows[element.path]
        code = simple(row, TYPE)
        if code is not None:
            self._code(code, element)
        inside: list[Slot] = []
        records: list[Record] = []
        self._next = 1 if self.file.code_at == 0 else 0
        for child in element.children.values():
            if self._holds_records(child):
                continue
            inside.append(self._slot(child))
        width = self._next
        for child in element.children.values():
            if self._holds_records(child):
                records.append(self._record(child))
        if inside and code is None:
            raise ValueError(f"{element.path}: fields outside a record")
        width, blanks = self._cover(element, inside, width) if code is not None else (0, ())
        most = None if row.get("max", "1") == "*" else int(row.get("max", "1"))
        made = Record(element, code, tuple(inside), tuple(records), most, width, blanks)
        self._told_apart(made)
        self.by_path[element.path] = made
        return made

    def _code(self, code: str, element: Element) -> None:
        if (code == "*") != (self.file.code_at < 0):
            raise ValueError(f"{element.path}: type code {code} against type-position")
        if self.file.form == "fixed" and code != "*" and len(code) != self.file.code_length:
            raise ValueError(f"{element.path}: type code {code} has not the type-length")
        self.codes[code] = element.short

    def _holds_records(self, element: Element) -> bool:
        if simple(self.rows[element.path], TYPE) is not None:
            return True
        return any(self._holds_records(child) for child in element.children.values())

    def _told_apart(self, record: Record) -> None:
        seen: set[str] = set()
        for child in record.records:
            if child.first & seen:
                raise ValueError(f"{child.element.path}: its records begin like others before it")
            seen |= child.first
            if child.code is None and not child.first:
                raise ValueError(f"{child.element.path}: it holds no record")

    def _slot(self, element: Element) -> Slot:
        row = self.rows[element.path]
        most = 1 if not element.many else _numbered(row)
        if not element.children:
            made = field(element, row, self.file, self._next, most)
            self._next = made.at + made.step * most
            return made
        start = self._next
        slots = tuple(self._slot(child) for child in element.children.values())
        if self.file.form == "fixed":
            spans = [span for slot in slots for span in _spans(slot, 0)]
            step = max(b for _, b in spans) - min(a for a, _ in spans)
            given = settings(row, FIELD)
            step = int(given.get("step", step))
            given.all_known()
        else:
            step = self._next - start
        self._next = start + step * most
        return Group(element, slots, most, step)

    def _cover(
        self, element: Element, slots: list[Slot], cells: int
    ) -> tuple[int, tuple[tuple[int, int], ...]]:
        """Where a record ends, and its stretches without a field; no two fields share a place."""
        if self.file.form == "delimited":
            return cells, ()
        spans = sorted(span for slot in slots for span in _spans(slot, 0))
        if self.file.code_at >= 0:
            spans = sorted([*spans, (self.file.code_at, self.file.code_at + self.file.code_length)])
        blanks, end = [], 0
        for start, stop in spans:
            if start < end:
                raise ValueError(f"{element.path}: two fields share position {start + 1}")
            if start > end:
                blanks.append((end, start))
            end = stop
        width = self.file.length or end
        if end > width:
            raise ValueError(f"{element.path}: its fields go beyond {width} characters")
        if end < width:
            blanks.append((end, width))
        return width, tuple(blanks)

    def _total(self, made: Field) -> None:
        total = made.total
        if total is None:
            return
        if total.path not in self.rows:
            raise ValueError(f"{made.element.path}: it counts {total.path}, which does not exist")
        if total.kind == "records" and total.path not in self.by_path:
            raise ValueError(f"{made.element.path}: {total.path} holds no records")


def _numbered(row: Tree) -> int:
    most = str(row.get("max"))
    if not most.isdigit():
        raise ValueError(f"{row['path']}: repeats inside a record need a number, not {most}")
    return int(most)


def _spans(slot: Slot, offset: int) -> Iterator[tuple[int, int]]:
    for index in range(slot.most):
        at = offset + index * slot.step
        if isinstance(slot, Group):
            for inner in slot.slots:
                yield from _spans(inner, at)
            continue
        yield slot.at + at, slot.at + at + slot.length
        if slot.sign_at >= 0:
            yield slot.sign_at + at, slot.sign_at + at + 1


def _fields(slots: tuple[Slot, ...]) -> Iterator[Field]:
    for slot in slots:
        if isinstance(slot, Group):
            yield from _fields(slot.slots)
        else:
            yield slot


def columns(record: Record) -> list[str]:
    """The names of a record's cells in order; {n} in a name becomes the number of the repeat."""
    return list(_columns(record.slots, ""))


def _columns(slots: tuple[Slot, ...], number: str) -> Iterator[str]:
    for slot in slots:
        for index in range(slot.most):
            n = str(index + 1) if slot.many else number
            if isinstance(slot, Group):
                yield from _columns(slot.slots, n)
            else:
                yield slot.title.replace("{n}", n)


def optional_columns(record: Record) -> set[str]:
    """The names of cells that a file in any order may leave out."""
    required = {
        slot.title
        for slot in record.slots
        if isinstance(slot, Field) and slot.element.required and not slot.many
    }
    return set(columns(record)) - required
