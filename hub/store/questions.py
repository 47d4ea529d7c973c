"""Questions to institutions: noted by whoever wants to know, put by the worker that sweeps next."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from hub.model import Operation
from hub.ports import Question
from hub.store.engine import Database
from hub.store.people_tables import questions
from hub.store.switches import sent_to


class Questions:
    """The part of the store that keeps questions."""

    db: Database

    def ask_for(
        self, partner: str, operation: str, subject: str, period: str, *, again: bool = True
    ) -> int:
        """Note a question, due now; gives its id. The same one again is put again, unless it was
        done and not `again`."""
        names = {"partner": partner, "operation": operation, "subject": subject, "period": period}
        same = sa.and_(*(questions.c[name] == value for name, value in names.items()))
        now = self.db.now()
        with self.db.write() as connection:
            if not self.db.is_sqlite:
                # a lock that every writer takes: two may note the same question at once
                connection.execute(sa.text("LOCK TABLE questions IN SHARE ROW EXCLUSIVE MODE"))
            row = connection.execute(sa.select(questions).where(same)).one_or_none()
            fresh = {"asked": now, "due": now, "done": None, "told": "", "attempts": 0}
            if row is None:
                made = sa.insert(questions).values(**names, **fresh).returning(questions.c.seq)
                return int(connection.execute(made).scalar_one())
            if again or (row.done is None and row.due is None):
                connection.execute(sa.update(questions).where(same).values(**fresh))
            return int(row.seq)

    def asked_on(self, partner: str, day: date) -> bool:
        """Were this partner's lists of a day asked for?"""
        wanted = sa.select(questions.c.seq).where(
            questions.c.partner == partner,
            questions.c.operation == Operation.REFERENCE.value,
            questions.c.period == day.isoformat(),
        )
        with self.db.read() as connection:
            return connection.execute(wanted.limit(1)).first() is not None

    def questions_due(self, seconds: float, limit: int = 20) -> list[Question]:
        """Questions to put now, oldest first; each is taken for so many seconds."""
        due = sa.and_(questions.c.done.is_(None), questions.c.due <= self.db.now())
        due = sa.and_(due, sent_to(questions.c.partner))
        first = sa.select(questions.c.seq).where(due).order_by(questions.c.seq).limit(limit)
        with self.db.read() as connection:
            if not connection.execute(first.limit(1)).first():
                return []
        if not self.db.is_sqlite:
            first = first.with_for_update(skip_locked=True)
        taken = (
            sa.update(questions)
            .where(questions.c.seq.in_(first))
            .values(due=self.db.now(plus=seconds), attempts=questions.c.attempts + 1)
            .returning(questions)
        )
        with self.db.write() as connection:
            rows = connection.execute(taken).all()
        return sorted((_question(row) for row in rows), key=lambda q: q.id)

    def question_told(self, id: int, told: str, due: datetime | None) -> None:
        """What came of a question: done, or put again at `due`."""
        done = self.db.now() if due is None else None
        values = {"told": told, "due": due, "done": done}
        with self.db.write() as connection:
            connection.execute(sa.update(questions).where(questions.c.seq == id).values(**values))

    def questions(self, ids: Sequence[int]) -> list[Question]:
        """These questions as they stand."""
        wanted = sa.select(questions).where(questions.c.seq.in_(list(ids)))
        with self.db.read() as connection:
            return [_question(row) for row in connection.execute(wanted.order_by(questions.c.seq))]


def _question(row: sa.Row[Any]) -> Question:
    return Question(
        id=row.seq,
        partner=row.partner,
        operation=row.operation,
        subject=row.subject,
        period=row.period,
        asked=row.asked,
        done=row.done,
        told=row.told,
        attempts=row.attempts,
    )
