"""Records to one tree: which record may follow which, what they hold, and the control totals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn, Protocol

from hub import errors
from hub.formats import records_totals
from hub.formats.records_model import ANY, MOST_FINDINGS, Field, Group, Record, RecordModel, Slot
from hub.formats.records_values import value_of
from hub.model import Tree


@dataclass(frozen=True, slots=True)
class Line:
    """One physical record."""

    number: int  #: of the line in the file, from 1
    code: str
    text: str  #: fixed
    cells: Sequence[str | None]  #: delimited
    columns: Sequence[int]  #: delimited: where each cell begins, from 1


class Form(Protocol):
    """How values lie in a line."""

    def cell(self, line: Line, slot: Field, offset: int) -> tuple[str | None, bool]:
        """(text without padding or None when blank, negative); ValueError when impossible."""

    def column(self, line: Line, slot: Field, offset: int) -> int:
        """Where the field begins, from 1."""

    def stray(self, line: Line, record: Record) -> tuple[int, str, str] | None:
        """(column, French, English) of what no field covers."""

    def same(self, line: Line, slot: Field, offset: int, value: Any) -> bool:
        """Whether this value is written exactly as the line has it."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """A total that was read."""

    slot: Field
    chain: tuple[Tree, ...]
    path: str
    line: Line
    offset: int


@dataclass(slots=True)
class Reader:
    """Reads the lines of one file."""

    model: RecordModel
    form: Form
    lines: Sequence[Line]
    at: int = 0
    found: list[errors.Issue] = field(default_factory=list)
    _totals: list[_Seen] = field(default_factory=list)

    def read(self) -> Tree:
        """The tree.

        Raises:
            Unreadable: an unknown or misplaced type code, a value that cannot be, a total that
                does not match; up to 50 findings with line and column.
        """
        root = self.model.root
        tree = self._record(root, root.element.name, ())
        if self.at < len(self.lines):
            self._stop(self._here(), root)
        for seen in self._totals:
            self._check(seen)
        if self.found:
            raise errors.Unreadable(*self.found[:MOST_FINDINGS])
        return tree

    def _here(self) -> Line | None:
        return self.lines[self.at] if self.at < len(self.lines) else None

    def _record(self, record: Record, path: str, above: tuple[Tree, ...]) -> Tree:
        made: Tree = {}
        chain = (*above, made)
        if record.code is not None:
            line = self._here()
            if line is None or record.code not in (line.code, ANY):
                self._stop(line, record)
            self.at += 1
            self._content(record, line, path, made, chain)
        for child in record.records:
            self._children(child, path, made, chain)
        return made

    def _children(self, child: Record, path: str, made: Tree, chain: tuple[Tree, ...]) -> None:
        name = child.element.name
        items: list[Tree] = []
        if child.element.many:
            made[name] = items
        first = child.first
        while child.most is None or len(items) < child.most:
            line = self._here()
            if line is None or (line.code not in first and ANY not in first):
                break
            inner = f"{path}.{name}[{len(items)}]" if child.element.many else f"{path}.{name}"
            items.append(self._record(child, inner, chain))
        if not items:
            made.pop(name, None)
            if child.element.required:
                self._stop(self._here(), child)
        elif not child.element.many:
            made[name] = items[0]

    def _content(
        self, record: Record, line: Line, path: str, made: Tree, chain: tuple[Tree, ...]
    ) -> None:
        stray = self.form.stray(line, record)
        if stray is not None:
            self._add(line, stray[0], stray[1], stray[2], path)
            return
        self._slots(record.slots, line, path, made, chain, 0)

    def _slots(
        self,
        slots: tuple[Slot, ...],
        line: Line,
        path: str,
        made: Tree,
        chain: tuple[Tree, ...],
        offset: int,
    ) -> None:
        for slot in slots:
            name = slot.element.name
            values: list[Any] = []
            for index in range(slot.most):
                place = f"{path}.{name}[{index}]" if slot.many else f"{path}.{name}"
                at = offset + index * slot.step
                value = self._value(slot, line, place, chain, at)
                if value is None:
                    continue
                if len(values) < index:
                    fr, en = "une répétition vide précède celle-ci", "an empty repeat comes before"
                    self._add(line, self._column(slot, line, at), fr, en, place)
                values.append(value)
            if values:
                made[name] = values if slot.many else values[0]
            elif slot.element.required:
                column = self._column(slot, line, offset)
                fr = f"il manque « {slot.element.short or name} »"
                self._add(line, column, fr, f"“{name}” is missing", f"{path}.{name}")

    def _value(
        self, slot: Slot, line: Line, path: str, chain: tuple[Tree, ...], offset: int
    ) -> Any:
        if isinstance(slot, Group):
            if all(self._blank(one, line, offset) for one in slot.slots):
                return None
            made: Tree = {}
            self._slots(slot.slots, line, path, made, (*chain, made), offset)
            return made
        try:
            text, negative = self.form.cell(line, slot, offset)
            if text is None:
                return None
            value = value_of(text, negative, slot, self.model.file)
            if not self.form.same(line, slot, offset, value):
                raise ValueError(text)
        except ValueError:
            kind, name = slot.element.type, slot.element.short or slot.element.name
            fr = f"« {name} » n'est pas écrit comme convenu (type {kind})"
            en = f"not a well-written {kind}"
            self._add(line, self._column(slot, line, offset), fr, en, path)
            return None
        if slot.fixed is not None and value != slot.fixed:
            fr, en = f"la valeur doit être {slot.fixed}", f"the value must be {slot.fixed}"
            self._add(line, self._column(slot, line, offset), fr, en, path)
        if slot.total is not None:
            self._totals.append(_Seen(slot, chain, path, line, offset))
        return value

    def _blank(self, slot: Slot, line: Line, offset: int) -> bool:
        for index in range(slot.most):
            at = offset + index * slot.step
            if isinstance(slot, Group):
                if not all(self._blank(inner, line, at) for inner in slot.slots):
                    return False
                continue
            try:
                if self.form.cell(line, slot, at)[0] is not None:
                    return False
            except ValueError:
                return False
        return True

    def _column(self, slot: Slot, line: Line, offset: int) -> int:
        while isinstance(slot, Group):
            slot = slot.slots[0]
        return self.form.column(line, slot, offset)

    def _check(self, seen: _Seen) -> None:
        name = seen.slot.element.name
        given = seen.chain[-1].get(name)
        try:
            right = records_totals.value(seen.slot, seen.chain, self.model)
        except ValueError:
            right = None
        if right != given:
            column = self._column(seen.slot, seen.line, seen.offset)
            fr = f"le total de contrôle est {given}, mais le fichier donne {right}"
            self._add(
                seen.line, column, fr, f"control total {given}, the file has {right}", seen.path
            )

    def _stop(self, line: Line | None, wanted: Record) -> NoReturn:
        """What comes cannot be here; nothing after it can be understood."""
        codes = self.model.codes
        expected = " / ".join(
            f"{code} ({codes[code]})" if codes[code] else code for code in sorted(wanted.first)
        )
        if line is None:
            last = self.lines[-1].number if self.lines else 0
            end = Line(last + 1, "", "", (), ())
            fr = f"le fichier s'arrête, il manque un enregistrement {expected}"
            self._add(end, 1, fr, f"the file ends, a record {expected} is missing", "")
        elif line.code not in codes and ANY not in codes:
            fr, en = f"type d'enregistrement inconnu « {line.code} »", f"unknown type “{line.code}”"
            self._add(line, 1, fr, en, "")
        else:
            fr = f"l'enregistrement « {line.code} » n'est pas à sa place (attendu : {expected})"
            en = f"record “{line.code}” is out of place (expected: {expected})"
            self._add(line, 1, fr, en, "")
        raise errors.Unreadable(*self.found[:MOST_FINDINGS])

    def _add(self, line: Line, column: int, fr: str, en: str, path: str) -> None:
        self.found.append(finding(line.number, column, fr, en, path))


def finding(line: int, column: int, fr: str, en: str, path: str = "") -> errors.Issue:
    """What is wrong at a place of a file that came."""
    return errors.Issue(
        "structure",
        f"ligne {line}, colonne {column} : {fr} ; demandez à l'institution de corriger le fichier.",
        f"line {line}, column {column}: {en}; ask the partner to correct the file.",
        path,
    )


def fields_of(
    slots: tuple[Slot, ...], values: Tree, path: str, offset: int = 0
) -> Iterator[tuple[Field, int, Any, str]]:
    """(field, offset, value or None, path) of every place in a record, in order."""
    for slot in slots:
        name = slot.element.name
        value = values.get(name)
        items = value if slot.many and isinstance(value, list) else [value]
        for index in range(slot.most):
            item = items[index] if index < len(items) else None
            place = f"{path}.{name}[{index}]" if slot.many else f"{path}.{name}"
            at = offset + index * slot.step
            if isinstance(slot, Group):
                yield from fields_of(slot.slots, item or {}, place, at)
            else:
                yield slot, at, item, place
