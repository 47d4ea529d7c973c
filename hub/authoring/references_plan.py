"""What an import would change in a list: new, changed, ended; worked out before anything is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from hub.authoring.references_file import FileRows, Line
from hub.errors import Issue
from hub.ports import ReferenceRow

NEW, CHANGED, ENDED, CORRECTED = "new", "changed", "ended", "corrected"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that changes."""

    kind: str  #: new | changed (from a day) | corrected (the same days) | ended
    code: str
    old: ReferenceRow | None
    new: ReferenceRow | None
    line: int = 0  #: row of the file, 0 for what the file does not name


@dataclass(slots=True)
class Plan:
    """All that an import does, or why it can do nothing."""

    steps: list[Step] = field(default_factory=list)
    same: int = 0  #: rows that say what is known
    findings: list[Issue] = field(default_factory=list)
    notes: list[Issue] = field(default_factory=list)
    remove: list[tuple[str, str]] = field(default_factory=list)
    _add: dict[tuple[str, str], ReferenceRow] = field(default_factory=dict)

    @property
    def add(self) -> list[ReferenceRow]:
        """The rows that come, in place of those that are removed."""
        return list(self._add.values())

    def put(self, rows: Iterable[ReferenceRow]) -> None:
        """These rows come."""
        self._add |= {(row.code, row.start): row for row in rows}

    def take(self, row: ReferenceRow) -> None:
        """This row goes: one of the list, or one that was to come."""
        if self._add.pop((row.code, row.start), None) is None:
            self.remove.append((row.code, row.start))

    def count(self, *kinds: str) -> int:
        """How many steps are of these kinds."""
        return sum(step.kind in kinds for step in self.steps)


def plan(
    known: Iterable[ReferenceRow], given: FileRows, start: date, *, whole: bool = False
) -> Plan:
    """What changes in a list.

    Args:
        known: the rows that stand, of all days.
        given: the rows of the file.
        start: from when the file counts.
        whole: the file is the whole list: what it does not name ends the day before `start`.
    """
    made = Plan(findings=list(given.findings), notes=list(given.notes))
    by_code: dict[str, list[ReferenceRow]] = {}
    for row in known:
        by_code.setdefault(row.code, []).append(row)
    changes = _Changes(made, given.fields)
    for line in sorted(given.lines, key=lambda one: (one.row.code, one.row.start)):
        changes.line(by_code.setdefault(line.row.code, []), line)
    made.steps.sort(key=lambda step: step.line)
    if whole and not made.findings:
        named = {line.row.code for line in given.lines}
        _end_the_rest(
            made, (r for c, rows in by_code.items() if c not in named for r in rows), start
        )
    return made


@dataclass(frozen=True, slots=True)
class _Changes:
    made: Plan
    fields: frozenset[str]

    def line(self, rows: list[ReferenceRow], line: Line) -> None:
        """One row of the file against the rows of its code, which are brought up to date."""
        new = line.row
        now = next((row for row in rows if _holds(row, new.start)), None)
        if now is not None:
            new = _completed(new, now, self.fields)
        later = next((r for r in rows if _meets(r, new)), None)
        if later is not None:
            self.made.findings.append(_overlap(line, later))
        elif now is None:
            self._step(rows, Step(NEW, new.code, None, new, line.number), new)
        elif (told := replace(new, start=now.start)) == now:
            self.made.same += 1
        elif told == replace(now, end=told.end):
            sooner = bool(told.end) and told.end < (now.end or told.end + "~")
            kind = ENDED if sooner else CORRECTED
            self._step(rows, Step(kind, new.code, now, told, line.number), told)
        elif now.start == new.start:
            self._step(rows, Step(CORRECTED, new.code, now, new, line.number), new)
        else:
            ended = replace(now, end=_before(new.start))
            self._step(rows, Step(CHANGED, new.code, now, new, line.number), ended, new)

    def _step(self, rows: list[ReferenceRow], step: Step, *put: ReferenceRow) -> None:
        self.made.steps.append(step)
        if step.old is not None:
            rows.remove(step.old)
            self.made.take(step.old)
        rows += put
        self.made.put(put)


def _meets(row: ReferenceRow, new: ReferenceRow) -> bool:
    """Does a row that begins later begin before the new one ends?"""
    return row.start > new.start and (not new.end or row.start <= new.end)


def _completed(new: ReferenceRow, now: ReferenceRow, fields: frozenset[str]) -> ReferenceRow:
    """A column that the file does not have says nothing: what is known stays."""
    silent = [name for name in ("label", "value", "end") if name not in fields]
    kept = {name: getattr(now, name) for name in silent}
    if not (new.value and "value" in fields):
        kept["currency"] = now.currency if "value" not in fields else ""
    return replace(new, **kept)


def _end_the_rest(made: Plan, rows: Iterable[ReferenceRow], start: date) -> None:
    day = start.isoformat()
    for row in sorted(rows, key=lambda one: (one.code, one.start)):
        if row.end and row.end < day:
            continue
        made.take(row)
        if row.start < day:
            ended = replace(row, end=_before(day))
            made.steps.append(Step(ENDED, row.code, row, ended))
            made.put((ended,))
        else:
            made.steps.append(Step(ENDED, row.code, row, None))


def _holds(row: ReferenceRow, day: str) -> bool:
    return row.start <= day and (not row.end or row.end >= day)


def _before(day: str) -> str:
    return (date.fromisoformat(day) - timedelta(days=1)).isoformat()


def _overlap(line: Line, later: ReferenceRow) -> Issue:
    number, code = line.number, line.row.code
    return Issue(
        "conflict",
        f"Ligne {number} : le code {code} a déjà une ligne à partir du {later.start} ; donnez une "
        "fin à celle-ci, ou importez à partir de cette date.",
        f"Row {number}: code {code} already has a row from {later.start}; give this one an "
        "end, or import from that day.",
        str(number),
    )


def summary(steps: Sequence[Step]) -> dict[str, int]:
    """How much is added, changed and ended, as it is kept."""
    kinds = [step.kind for step in steps]
    changed = kinds.count(CHANGED) + kinds.count(CORRECTED)
    return {"added": kinds.count(NEW), "changed": changed, "ended": kinds.count(ENDED)}
