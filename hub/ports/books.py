"""What the store keeps of institutions' lists and monthly statements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class ReferenceRow:
    """One row of a reference list, with the days it is valid on."""

    code: str
    label: str = ""
    value: str = ""  #: tariff or rate, exact text
    currency: str = ""
    start: str = ""  #: ISO; "": since ever
    end: str = ""  #: ISO, inclusive; "": in force


@dataclass(frozen=True, slots=True)
class ReferencePull:
    """One list as pulled on a day."""

    partner: str
    list: str
    day: date  #: the day the list was asked for
    at: datetime
    rows: int
    changed: int  #: rows that were new or said something else than before


@dataclass(frozen=True, slots=True)
class StatementRow:
    """One claim on an institution's books."""

    submission: str
    sheet: str
    provider: str
    status: str  #: liquidee | rejetee | annulee | en-cours
    claimed: str  #: exact text
    share: str  #: exact text
    currency: str


@dataclass(frozen=True, slots=True)
class Statement:
    """What one institution has on its books for one body and month of care."""

    partner: str  #: who says it
    body: str  #: the managing body it is about
    month: str  #: YYYY-MM
    at: datetime
    rows: Sequence[StatementRow] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """A question to an institution that some worker puts: a list on a day, a month's statement."""

    id: int
    partner: str
    operation: str  #: reference | statement
    subject: str  #: name of the list, or code of the managing body
    period: str  #: day YYYY-MM-DD, or month YYYY-MM
    asked: datetime
    done: datetime | None = None
    told: str = ""  #: French sentence: what came of it so far
    attempts: int = 0


class Books(Protocol):
    """Reference lists and statements. Each method is one transaction."""

    def keep_reference(
        self, partner: str, list: str, day: date, rows: Sequence[ReferenceRow]
    ) -> ReferencePull:
        """Keep a list as told on a day; what it said before stays in the history."""

    def reference_pulls(self, list: str | None = None) -> list[ReferencePull]:
        """The newest pull of each list and partner."""

    def reference(
        self, list: str, day: date, *, code: str | None = None, partner: str | None = None
    ) -> list[ReferenceRow]:
        """The rows valid on a day, as far as is known now, by code."""

    def ask_for(
        self, partner: str, operation: str, subject: str, period: str, *, again: bool = True
    ) -> int:
        """Note a question, due now; gives its id. The same one again is put again, unless it was
        done and not `again`."""

    def asked_on(self, partner: str, day: date) -> bool:
        """Were this partner's lists of a day asked for?"""

    def questions_due(self, seconds: float, limit: int = 20) -> list[Question]:
        """Questions to put now, oldest first; each is taken for so many seconds."""

    def question_told(self, id: int, told: str, due: datetime | None) -> None:
        """What came of a question: done, or put again at `due`."""

    def questions(self, ids: Sequence[int]) -> list[Question]:
        """These questions as they stand."""

    def keep_statement(self, statement: Statement) -> None:
        """Keep a statement; the newest of one partner, body and month counts."""

    def statement(self, partner: str, body: str, month: str) -> Statement | None:
        """The newest one with its rows."""

    def positions(
        self, month: str, partner: str | None = None, *, unpaid: bool = False
    ) -> list[dict[str, Any]]:
        """Every claim of a month of care, as the hub has it: see hub/store/positions.py."""

    def copies_left(self, month: str) -> int:
        """Copies of a month's claims and decisions still on their way to the scheme manager."""
