"""The crosswalk of identifiers, and notices of bodies applied to people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from hub.errors import Conflict
from hub.ports import Identity, Piece, Registration
from hub.store import acts, audit_chain, scopes
from hub.store.blind import Secret, either, number
from hub.store.blind import digest as keyed
from hub.store.engine import Database, looks_again
from hub.store.inbox import remember_reply
from hub.store.keyring import Keyring
from hub.store.people_tables import guesses, identities, registrations
from hub.store.resources import put
from hub.store.sealing import keyring, lay

#: Any number, the same in every hub: notices about people are applied one after the other.
_ONE_AT_A_TIME = 7_236_526_002
_PERSON = ("system", "value", "person", "use", "start", "end", "source", "first_seen", "last_seen")

#: What the audit tells of an identifier of a person, and of a notice that was applied.
IDENTITY_KEY = ("system", "value", "person")
IDENTITY_TELLS = (*IDENTITY_KEY, "use", "start", "end", "source")
REGISTRATION_TELLS = ("partner", "notice", "resource", "person", "outcome", "as_of", "at")

Key = tuple[str, str]


class People:
    """The part of the store that knows who has which number."""

    db: Database

    def identities(self, keys: Sequence[Key]) -> list[Identity]:
        """All rows with these identifiers, whoever they belong to, oldest first."""
        if not keys:
            return []
        with self.db.read() as connection:
            return _rows(connection, _named(keys))

    def identity_systems(self) -> list[str]:
        """Every system in which somebody has a number."""
        with self.db.read() as connection:
            found = connection.execute(sa.select(identities.c.system).distinct())
            return sorted(found.scalars())

    def identities_of(self, person: str) -> list[Identity]:
        """All identifiers of a person, oldest first."""
        with self.db.read() as connection:
            return _rows(connection, identities.c.person == person)

    @looks_again
    def note_identities(self, rows: Sequence[Identity]) -> None:
        """Add rows; the same (system, value, person) again updates use, period and last_seen."""
        if rows:
            with self.db.write() as connection:
                note(connection, rows)

    def register(self, registration: Registration) -> bool:
        """Apply one notice; False, and nothing written, when what it was worked out from changed.

        A notice that was applied before changes nothing and gives True.
        """
        try:
            return self._register(registration)
        except Conflict:
            return False

    @looks_again
    def _register(self, registration: Registration) -> bool:
        with self.db.write() as connection:
            if not self.db.is_sqlite:
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_ONE_AT_A_TIME)))
            if _notice_known(connection, registration.partner, registration.notice):
                return True
            if _moved(connection, registration):
                return False
            note(connection, registration.identities)
            now = datetime.now(UTC)
            told = [
                {
                    "partner": registration.partner,
                    "notice": registration.notice,
                    "resource": piece.resource,
                    "person": piece.person,
                    "as_of": piece.as_of,
                    "outcome": piece.outcome,
                    "at": now,
                }
                for piece in registration.pieces
            ]
            if told:
                connection.execute(sa.insert(registrations), told)
                digests = [acts.row_digest(row, REGISTRATION_TELLS) for row in told]
                act = acts.noted("registered", f"Partner/{registration.partner}", now, digests)
                audit_chain.tell(connection, [act])
            remember_reply(connection, registration.partner, registration.reply)
            put(connection, registration.resources)
            scopes.told(connection, registration.resources, registration.partner)
        return True

    def notice_known(self, partner: str, notice: str) -> bool:
        """Was a notice of this number applied?"""
        with self.db.read() as connection:
            return _notice_known(connection, partner, notice)

    def pieces(self, person: str) -> list[tuple[str, str, Piece]]:
        """(partner, notice, piece) of a person, in order of application."""
        wanted = sa.select(registrations).where(registrations.c.person == person)
        with self.db.read() as connection:
            rows = connection.execute(wanted.order_by(registrations.c.seq)).all()
        return [
            (row.partner, row.notice, Piece(row.resource, row.person, row.as_of, row.outcome))
            for row in rows
        ]

    def guessed(self, client: str, seconds: float) -> int:
        """How many questions without a match this client asked in the last seconds."""
        since = datetime.now(UTC) - timedelta(seconds=seconds)
        wanted = sa.select(sa.func.count()).where(guesses.c.client == client, guesses.c.at > since)
        with self.db.read() as connection:
            return int(connection.execute(wanted).scalar_one())

    def guess(self, client: str) -> int:
        """Count a question, for as long as it has no match; those of yesterday are forgotten."""
        now = datetime.now(UTC)
        with self.db.write() as connection:
            connection.execute(sa.delete(guesses).where(guesses.c.at < now - timedelta(days=1)))
            made = sa.insert(guesses).values(client=client, at=now).returning(guesses.c.seq)
            return int(connection.execute(made).scalar_one())

    def unguess(self, guess: int) -> None:
        """Forget this question: it had a match, or was not answered."""
        with self.db.write() as connection:
            connection.execute(sa.delete(guesses).where(guesses.c.seq == guess))


def note(connection: sa.Connection, rows: Iterable[Identity]) -> None:
    """Add identifiers of people, or see them again."""
    now = datetime.now(UTC)
    for row in rows:
        same = sa.and_(
            identities.c.system == row.system,
            identities.c.value.in_(either(row.value)),
            identities.c.person == row.person,
        )
        told = {"use": row.use, "start": row.start, "end": row.end, "last_seen": now}
        before = connection.execute(sa.select(identities).where(same)).one_or_none()
        if before is None:
            key = {"system": row.system, "value": row.value, "person": row.person}
            values = {**key, **told, "source": row.source, "first_seen": now}
            laid = lay(identities, {**values, "sealed": row.value.encode()}, "")
            connection.execute(sa.insert(identities), [laid | {"value": Secret(row.value)}])
        else:
            values = {**before._mapping, "value": row.value, **told}
            connection.execute(sa.update(identities).where(same).values(**told))
        keys = keyring(connection.dialect)
        name, digest = identity_digests(values, keys)
        was = None if before is None else {**before._mapping, "value": row.value}
        if was is None or digest != identity_digests(was, keys)[1]:
            act = acts.now_is("identified", f"Patient/{row.person}", now, name, digest)
            audit_chain.tell(connection, [act])


def identity_digests(values: Mapping[Any, Any], keys: Keyring | None) -> tuple[str, str]:
    """What the audit calls a number of a person, and what it tells of it.

    Args:
        values: columns of the row, with the number as `value`.
        keys: numbers are few enough to be guessed from a plain digest: theirs is keyed. None: as
            they were told before that.
    """
    if keys is not None:
        values = {**values, "value": keyed(keys, str(values["value"]))}
    return acts.row_digest(values, IDENTITY_KEY), acts.row_digest(values, IDENTITY_TELLS)


def _named(keys: Sequence[Key]) -> sa.ColumnElement[bool]:
    return sa.or_(
        *(
            sa.and_(identities.c.value.in_(either(value)), identities.c.system == system)
            for system, value in keys
        )
    )


def _rows(connection: sa.Connection, wanted: sa.ColumnElement[bool]) -> list[Identity]:
    found = connection.execute(sa.select(identities).where(wanted).order_by(identities.c.seq))
    told = [{**row._mapping, "value": number(row)} for row in found]
    return [Identity(*(row[name] for name in _PERSON)) for row in told]


def _notice_known(connection: sa.Connection, partner: str, notice: str) -> bool:
    wanted = sa.select(registrations.c.seq).where(
        registrations.c.partner == partner, registrations.c.notice == notice
    )
    return bool(notice) and connection.execute(wanted.limit(1)).first() is not None


def _moved(connection: sa.Connection, registration: Registration) -> bool:
    keys = sorted({(row.system, row.value) for row in registration.identities})
    if keys:
        now = {(r.system, r.value, r.person) for r in _rows(connection, _named(keys))}
        if now != registration.persons:
            return True
    return False
