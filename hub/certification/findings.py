"""What a check says: passed, failed or not applicable, in both languages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Generic, TypeVar

from hub.errors import Problem

Given = TypeVar("Given")


class Part(StrEnum):
    """The three parts of a report."""

    TECHNICAL = "technical"  #: protocol, timeouts, idempotence, redaction
    DOMAIN = "domain"  #: maps, tables, bindings, what is lost
    PROCESS = "process"  #: claim → answer → payment, cancellation, misbehaviour


class Outcome(StrEnum):
    """What became of a check."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"  #: does not concern this partner


@dataclass(frozen=True, slots=True)
class Note:
    """One sentence, in French and in English."""

    fr: str
    en: str


@dataclass(frozen=True, slots=True)
class Result:
    """One check's line in the report."""

    part: Part
    code: str  #: stable name of the check
    title: Note
    outcome: Outcome
    notes: Sequence[Note] = ()


class Failed(Exception):
    """The partner or its adapter does not do what it must."""

    def __init__(self, fr: str, en: str) -> None:
        super().__init__(en)
        self.note = Note(fr, en)


class NotConcerned(Exception):
    """This check does not concern this partner; the note says why."""

    def __init__(self, fr: str, en: str) -> None:
        super().__init__(en)
        self.note = Note(fr, en)


@dataclass(frozen=True, slots=True)
class Check(Generic[Given]):
    """One thing that must be true."""

    part: Part
    code: str
    title: Note
    run: Callable[[Given], Sequence[Note] | None]

    def __call__(self, given: Given) -> Result:
        """Run it; whatever is raised becomes its result."""
        try:
            notes = self.run(given) or ()
        except NotConcerned as reason:
            return Result(self.part, self.code, self.title, Outcome.SKIPPED, (reason.note,))
        except Failed as failure:
            return self._failed(failure.note)
        except Problem as problem:
            return self._failed(*(Note(i.fr, i.en) for i in problem.issues))
        except Exception as surprise:
            # A partner's adapter may fail in any way; the report must still be written.
            text = f"{type(surprise).__name__}: {surprise}"
            return self._failed(Note(f"erreur imprévue : {text}", f"unexpected error: {text}"))
        return Result(self.part, self.code, self.title, Outcome.PASSED, tuple(notes))

    def _failed(self, *notes: Note) -> Result:
        return Result(self.part, self.code, self.title, Outcome.FAILED, notes)


@dataclass(slots=True)
class Checks(Generic[Given]):
    """Checks of one kind, in the order in which they are written."""

    every: list[Check[Given]] = field(default_factory=list)

    def add(
        self, part: Part, code: str, fr: str, en: str
    ) -> Callable[[Callable[[Given], Sequence[Note] | None]], Check[Given]]:
        """Decorator: the function becomes a check of this name."""

        def made(run: Callable[[Given], Sequence[Note] | None]) -> Check[Given]:
            check = Check(part, code, Note(fr, en), run)
            self.every.append(check)
            return check

        return made


def must(condition: object, fr: str, en: str) -> None:
    """Fail the check unless the condition holds.

    Raises:
        Failed: it does not.
    """
    if not condition:
        raise Failed(fr, en)
