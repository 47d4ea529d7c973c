"""Reference lists with their history, and institutions' monthly statements."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa

from hub.evidence.chain import fingerprint
from hub.ports import ReferencePull, ReferenceRow, Statement, StatementRow
from hub.store import acts, audit_chain
from hub.store.engine import Database
from hub.store.people_tables import reference_pulls, reference_rows, statement_rows, statements

_ROW = [one.name for one in fields(ReferenceRow)]
_LINE = [one.name for one in fields(StatementRow)]
_CHUNK = 500


class Books:
    """The part of the store that keeps what institutions publish and what they have booked."""

    db: Database

    def keep_reference(
        self, partner: str, list: str, day: date, rows: Sequence[ReferenceRow]
    ) -> ReferencePull:
        """Keep a list as told on a day; what it said before stays in the history.

        A row with the same code and first day replaces the one it contradicts. A row that is not
        told any more stays, valid until the last day it was told.
        """
        now, told = datetime.now(UTC), day.isoformat()
        with self.db.write() as connection:
            known = {(row.code, row.start): row for row in live(connection, partner, list)}
            new: dict[tuple[str, str], dict[str, Any]] = {}
            seen: set[int] = set()
            gone: set[int] = set()
            for row in rows:
                before = known.get((row.code, row.start))
                if before is not None and all(getattr(before, n) == getattr(row, n) for n in _ROW):
                    seen.add(before.seq)
                    continue
                if before is not None and told < before.last_day:
                    continue  # an older day was asked for: what is known now stays
                if before is not None:
                    gone.add(before.seq)
                values = {name: getattr(row, name) for name in _ROW}
                days = {"first_day": told, "last_day": told, "replaced": None}
                new[row.code, row.start] = {"partner": partner, "list": list, **values, **days}
            mark(connection, gone, {"replaced": now})
            mark(connection, seen, {"last_day": told}, reference_rows.c.last_day < told)
            mark(connection, seen, {"first_day": told}, reference_rows.c.first_day > told)
            if new:
                connection.execute(sa.insert(reference_rows), [*new.values()])
            if new or gone:
                digest = list_digest(live(connection, partner, list))
                act = acts.now_is("list-kept", f"Partner/{partner}", now, f"list {list}", digest)
                audit_chain.tell(connection, [act])
            made = {"partner": partner, "list": list, "day": told, "at": now}
            made |= {"rows": len(rows), "changed": len(new)}
            connection.execute(sa.insert(reference_pulls), [made])
        return ReferencePull(partner, list, day, now, len(rows), len(new))

    def reference_pulls(self, list: str | None = None) -> list[ReferencePull]:
        """The newest pull of each list and partner, by list."""
        columns = reference_pulls.c
        newest = sa.select(sa.func.max(columns.seq)).group_by(columns.partner, columns.list)
        wanted = sa.select(reference_pulls).where(columns.seq.in_(newest))
        if list is not None:
            wanted = wanted.where(columns.list == list)
        with self.db.read() as connection:
            rows = connection.execute(wanted.order_by(columns.list, columns.partner)).all()
        return [
            ReferencePull(r.partner, r.list, date.fromisoformat(r.day), r.at, r[5], r.changed)
            for r in rows
        ]

    def reference(
        self, list: str, day: date, *, code: str | None = None, partner: str | None = None
    ) -> list[ReferenceRow]:
        """The rows valid on a day, as far as is known now, by code.

        A row that newer pulls do not tell any more counts until the last day it was told.
        """
        columns, on = reference_rows.c, day.isoformat()
        pulls = reference_pulls.c
        newest = (
            sa.select(sa.func.max(pulls.day))
            .where(pulls.partner == columns.partner, pulls.list == columns.list)
            .scalar_subquery()
        )
        wanted = sa.select(*(columns[name] for name in _ROW)).where(
            columns.list == list,
            columns.replaced.is_(None),
            columns.start <= on,
            sa.or_(columns.end == "", columns.end >= on),
            sa.or_(columns.last_day >= newest, columns.last_day >= on),
        )
        if code is not None:
            wanted = wanted.where(columns.code == code)
        if partner is not None:
            wanted = wanted.where(columns.partner == partner)
        with self.db.read() as connection:
            rows = connection.execute(wanted.order_by(columns.code, columns.start))
            return [ReferenceRow(*row) for row in rows]

    def keep_statement(self, statement: Statement) -> None:
        """Keep a statement; the newest of one partner, body and month counts."""
        head = {n: getattr(statement, n) for n in ("partner", "body", "month", "at")}
        with self.db.write() as connection:
            made = sa.insert(statements).values(**head).returning(statements.c.seq)
            number = connection.execute(made).scalar_one()
            lines = [
                {"statement": number, **{name: getattr(row, name) for name in _LINE}}
                for row in statement.rows
            ]
            for start in range(0, len(lines), _CHUNK):
                connection.execute(sa.insert(statement_rows), lines[start : start + _CHUNK])
            digest = statement_digest({**head}, lines)
            act = acts.noted("statement-kept", f"Statement/{number}", statement.at, digest)
            audit_chain.tell(connection, [act])

    def statement(self, partner: str, body: str, month: str) -> Statement | None:
        """The newest one with its rows."""
        columns = statements.c
        wanted = sa.select(statements).where(
            columns.partner == partner, columns.body == body, columns.month == month
        )
        with self.db.read() as connection:
            newest = wanted.order_by(columns.at.desc(), columns.seq.desc()).limit(1)
            head = connection.execute(newest).one_or_none()
            if head is None:
                return None
            lines = sa.select(*(statement_rows.c[name] for name in _LINE)).where(
                statement_rows.c.statement == head.seq
            )
            found = connection.execute(lines.order_by(statement_rows.c.seq)).all()
        rows = tuple(StatementRow(*row) for row in found)
        return Statement(head.partner, head.body, head.month, head.at, rows)


def statement_digest(head: Mapping[Any, Any], rows: Iterable[Mapping[Any, Any]]) -> str:
    """What the audit tells of a statement: its head and its rows in order."""
    told = [acts.row_digest(head, ("partner", "body", "month", "at"))]
    return fingerprint(*told, *(acts.row_digest(row, _LINE) for row in rows))


def list_digest(rows: Iterable[sa.Row[Any]]) -> str:
    """What the audit tells of a list: its rows as they are known now."""
    return fingerprint(*sorted(acts.row_digest(row._mapping, _ROW) for row in rows))


def live(connection: sa.Connection, partner: str, list: str) -> Sequence[sa.Row[Any]]:
    """The rows of a list that nothing has replaced."""
    columns = reference_rows.c
    wanted = sa.select(reference_rows).where(
        columns.partner == partner, columns.list == list, columns.replaced.is_(None)
    )
    return connection.execute(wanted).all()


def mark(
    connection: sa.Connection,
    numbers: set[int],
    values: dict[str, Any],
    *more: sa.ColumnElement[bool],
) -> None:
    """Write values into the reference rows with these numbers."""
    wanted = sorted(numbers)
    for start in range(0, len(wanted), _CHUNK):
        some = reference_rows.c.seq.in_(wanted[start : start + _CHUNK])
        connection.execute(sa.update(reference_rows).where(some, *more).values(**values))
