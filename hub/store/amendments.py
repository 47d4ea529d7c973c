"""Lists kept by people at the hub: who changed what, when and why; and files not acted on yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import UTC, date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from hub.errors import Conflict, Issue
from hub.ports import ReferenceRow
from hub.ports.amendments import Amended, Amendment, KeptRow, Upload
from hub.store import acts, audit_chain
from hub.store.amendment_tables import reference_amendments, uploads
from hub.store.books import list_digest, live, mark
from hub.store.engine import Database
from hub.store.people_tables import reference_pulls, reference_rows

_ROW = [one.name for one in fields(ReferenceRow)]
#: The day until which a row kept here counts as told: nobody has to tell it again.
_FOREVER = "9999-12-31"
#: How long a file waits for somebody to decide about it.
_KEPT = timedelta(days=1)
MOST_UPLOADS = 10  #: of one person
#: Any number, the same in every hub: amendments are applied one after the other.
_ONE_AT_A_TIME = 7_236_526_003


class AmendmentsPart:
    """The part of the store that keeps what people change in reference lists."""

    db: Database

    def amend(self, amendment: Amendment) -> int:
        """Write it; gives its number.

        Raises:
            Conflict: the list was amended since; the text names by whom.
        """
        now = datetime.now(UTC)
        with self.db.write() as connection:
            if not self.db.is_sqlite:
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_ONE_AT_A_TIME)))
            _unchanged_since(connection, amendment)
            number = _noted(connection, amendment, now)
            known = {
                (row.code, row.start): row.seq
                for row in live(connection, amendment.partner, amendment.list)
            }
            gone = {known[key] for key in amendment.remove if key in known}
            mark(connection, gone, {"replaced": now})
            _insert(connection, amendment, number)
            rows = live(connection, amendment.partner, amendment.list)
            pull = {"partner": amendment.partner, "list": amendment.list, "at": now}
            pull |= {"day": amendment.day.isoformat(), "rows": len(rows)}
            pull |= {"changed": len(amendment.add) + len(gone)}
            connection.execute(sa.insert(reference_pulls), [pull])
            about, name = f"Partner/{amendment.partner}", f"list {amendment.list}"
            kept = acts.now_is("list-kept", about, now, name, list_digest(rows), amendment.actor)
            audit_chain.tell(connection, [kept])
        return number

    def amendments(
        self, partner: str | None = None, list: str | None = None, limit: int = 100
    ) -> list[Amended]:
        """Newest first."""
        columns = reference_amendments.c
        asked = ((columns.partner, partner), (columns.list, list))
        wanted = sa.select(reference_amendments).where(
            *(column == value for column, value in asked if value is not None)
        )
        with self.db.read() as connection:
            rows = connection.execute(wanted.order_by(columns.seq.desc()).limit(limit)).all()
        return [_amended(row) for row in rows]

    def list_rows(self, partner: str, list: str) -> list[KeptRow]:
        """Every row that stands, of all days, by code and first day."""
        columns = reference_rows.c
        wanted = sa.select(*(columns[name] for name in _ROW), columns.amendment).where(
            columns.partner == partner, columns.list == list, columns.replaced.is_(None)
        )
        with self.db.read() as connection:
            rows = connection.execute(wanted.order_by(columns.code, columns.start)).all()
        return [KeptRow(ReferenceRow(*row[:-1]), row.amendment or 0) for row in rows]

    def keep_upload(self, upload: Upload) -> None:
        """Keep a file; those older than a day are forgotten, and all but a person's newest."""
        values = {one.name: getattr(upload, one.name) for one in fields(upload)}
        own = sa.select(uploads.c.id).where(uploads.c.actor == upload.actor)
        with self.db.write() as connection:
            connection.execute(sa.delete(uploads).where(uploads.c.at < upload.at - _KEPT))
            newest = own.order_by(uploads.c.at.desc(), uploads.c.id)
            older = list(connection.execute(newest).scalars())[MOST_UPLOADS - 1 :]
            connection.execute(sa.delete(uploads).where(uploads.c.id.in_(older)))
            connection.execute(sa.insert(uploads), [values])

    def upload(self, id: str, actor: str) -> Upload | None:
        """A file this person brought."""
        wanted = sa.select(uploads).where(uploads.c.id == id, uploads.c.actor == actor)
        with self.db.read() as connection:
            row = connection.execute(wanted).one_or_none()
        if row is None:
            return None
        return Upload(row.id, row.actor, row.at, row.name, bytes(row.body), row.detail)

    def forget_upload(self, id: str) -> None:
        """It is done with."""
        with self.db.write() as connection:
            connection.execute(sa.delete(uploads).where(uploads.c.id == id))


def _unchanged_since(connection: sa.Connection, amendment: Amendment) -> None:
    columns = reference_amendments.c
    newest = (
        sa.select(reference_amendments)
        .where(columns.partner == amendment.partner, columns.list == amendment.list)
        .order_by(columns.seq.desc())
        .limit(1)
    )
    row = connection.execute(newest).one_or_none()
    if row is not None and row.seq != amendment.after:
        who = row.actor.removeprefix("person|")
        raise Conflict(
            Issue(
                "conflict",
                f"{who} a modifié la liste « {amendment.list} » le {row.at:%d/%m/%Y à %H:%M} UTC, "
                "après votre aperçu : rien n'a été écrit. Refaites l'aperçu, relisez-le, puis "
                "confirmez.",
                f"{who} changed the list “{amendment.list}” on {row.at:%Y-%m-%d at %H:%M} UTC, "
                "after your preview: nothing was written. Make the preview again, read it, then "
                "confirm.",
            )
        )


def _noted(connection: sa.Connection, amendment: Amendment, now: datetime) -> int:
    same = ("partner", "list", "actor", "reason", "file", "sha256")
    values: dict[str, Any] = {name: getattr(amendment, name) for name in same}
    values |= {"day": amendment.day.isoformat(), "at": now}
    values |= {name: amendment.counts.get(name, 0) for name in ("added", "changed", "ended")}
    made = sa.insert(reference_amendments).values(**values).returning(reference_amendments.c.seq)
    return int(connection.execute(made).scalar_one())


def _insert(connection: sa.Connection, amendment: Amendment, number: int) -> None:
    fixed = {"partner": amendment.partner, "list": amendment.list, "amendment": number}
    fixed |= {"first_day": amendment.day.isoformat(), "last_day": _FOREVER}
    rows: Sequence[dict[str, Any]] = [
        {**fixed, **{name: getattr(row, name) for name in _ROW}, "replaced": None}
        for row in amendment.add
    ]
    for start in range(0, len(rows), 1000):
        connection.execute(sa.insert(reference_rows), rows[start : start + 1000])


def _amended(row: sa.Row[Any]) -> Amended:
    values = {one.name: row._mapping[one.name] for one in fields(Amended)}
    return Amended(**{**values, "day": date.fromisoformat(row.day)})
