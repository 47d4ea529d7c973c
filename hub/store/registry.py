"""Rows administrators added, rights the scheme manager confirmed, answers kept under a key."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields
from datetime import UTC, date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from hub.ports import AddedConcept, ConceptRow, Remembered
from hub.store import acts, audit_chain
from hub.store.blind import Secret, either
from hub.store.engine import Database, looks_again
from hub.store.sealing import Plain, opened
from hub.store.tables import concept_rows, idempotency, rights

#: A request still "running" after this long died with its process; its key is free again.
ABANDONED = timedelta(seconds=120)

#: What the audit tells of a row of a code table; `depends` only where there is something.
_CONCEPT = tuple(one.name for one in fields(ConceptRow) if one.name != "depends")
_CONCEPT_TELLS = (*_CONCEPT, "actor", "at")

_NEWEST_ROW = sa.select(sa.func.max(concept_rows.c.seq))


def concept_digest(values: Mapping[Any, Any]) -> str:
    """The digest of a row of a code table; rows of before `depends` keep theirs."""
    names = (*_CONCEPT_TELLS, "depends") if values["depends"] else _CONCEPT_TELLS
    return acts.row_digest(values, names)


class Registry:
    """The part of the store that keeps code rows, remembered rights and idempotency keys."""

    db: Database

    def concept_rows(self) -> list[ConceptRow]:
        """Rows administrators added, in order; a later one wins."""
        return [one.row for one in self.concepts_added()]

    def concepts_added(self) -> list[AddedConcept]:
        """The same, with who added each and when."""
        columns = [concept_rows.c[one.name] for one in fields(ConceptRow)]
        asked = sa.select(concept_rows.c.actor, concept_rows.c.at, *columns)
        with self.db.read() as connection:
            rows = connection.execute(asked.order_by(concept_rows.c.seq)).all()
        return [AddedConcept(ConceptRow(*row), actor, at) for actor, at, *row in rows]

    def concepts_version(self) -> int:
        """Grows with every row added."""
        with self.db.read() as connection:
            newest = connection.execute(_NEWEST_ROW).scalar_one()
        return newest or 0

    def add_concepts(self, rows: Iterable[ConceptRow], actor: str) -> int:
        """Add rows; gives how many."""
        now = datetime.now(UTC)
        values = [{**asdict(row), "actor": actor, "at": now} for row in rows]
        if values:
            with self.db.write() as connection:
                connection.execute(sa.insert(concept_rows), values)
                told = (
                    acts.noted(
                        "code-added",
                        f"ConceptMap/{row['concept_map']}",
                        now,
                        concept_digest(row),
                        actor,
                    )
                    for row in values
                )
                audit_chain.tell(connection, told)
        return len(values)

    def rights_known(self, number: str, day: date) -> str | None:
        """The managing body remembered for an insured number on a day."""
        wanted = sa.select(rights.c.body).where(
            rights.c.number.in_(either(number)), rights.c.day == day.isoformat()
        )
        with self.db.read() as connection:
            return connection.execute(wanted).scalar_one_or_none()

    def remember_rights(self, number: str, day: date, body: str, at: datetime) -> None:
        """Keep what the scheme manager said about a day of care; what it says last counts."""
        same = sa.and_(rights.c.number.in_(either(number)), rights.c.day == day.isoformat())
        values = {"number": Secret(number), "day": day.isoformat(), "body": body, "at": at}
        try:
            with self.db.write() as connection:
                connection.execute(sa.delete(rights).where(same))
                connection.execute(sa.insert(rights), [values])
        except IntegrityError:  # another was told at the same moment
            with self.db.write() as connection:
                connection.execute(sa.update(rights).where(same).values(body=body, at=at))

    @looks_again
    def remember(self, client: str, key: str, request_hash: str) -> Remembered | None:
        """None: the key is new and now reserved. Otherwise what is known of it.

        A reservation that was neither answered nor forgotten for two minutes counts as new.
        Source: https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
        """
        now = datetime.now(UTC)
        fresh = {"request_hash": request_hash, "status": 0, "headers": {}, "at": now}
        fresh["body"] = Plain(b"", "", (client, key))
        with self.db.write() as connection:
            known = sa.select(idempotency).where(_same(client, key)).with_for_update()
            row = connection.execute(known).one_or_none()
            if row is None:
                connection.execute(
                    sa.insert(idempotency), [{"client": client, "key": key, **fresh}]
                )
                return None
            if row.status == 0 and row.at < now - ABANDONED:
                again = sa.update(idempotency).where(_same(client, key))
                connection.execute(again.values(**fresh))
                return None
        body = opened(idempotency.c.body, row._mapping)
        return Remembered(row.request_hash, row.status, row.headers, body)

    def answer(
        self, client: str, key: str, status: int, headers: Mapping[str, str], body: bytes
    ) -> None:
        """The response to give again for this key."""
        given = sa.update(idempotency).where(_same(client, key))
        with self.db.write() as connection:
            sealed = Plain(body, "", (client, key))
            connection.execute(given.values(status=status, headers=dict(headers), body=sealed))

    def forget(self, client: str, key: str) -> None:
        """The request failed before anything was stored: the key may be used again."""
        running = sa.delete(idempotency).where(_same(client, key), idempotency.c.status == 0)
        with self.db.write() as connection:
            connection.execute(running)


def _same(client: str, key: str) -> sa.ColumnElement[bool]:
    return sa.and_(idempotency.c.client == client, idempotency.c.key == key)
