"""How long what is stored is kept: what is due is erased, some at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from hub.errors import Conflict, Issue
from hub.evidence.chain import Act
from hub.store import acts, audit_chain
from hub.store.audit_tables import audit
from hub.store.blind import either, number
from hub.store.columns import EPOCH
from hub.store.engine import Database
from hub.store.erasing import DONE, Eraser
from hub.store.keyring import Keyring
from hub.store.people import identity_digests
from hub.store.people_tables import identities, task_keys
from hub.store.sealing import keyring
from hub.store.tables import exchanges, idempotency, resource_index, resources, rights

_AT_ONCE = 50
#: Directories of institutions and providers are kept.
KEPT = ("Organization", "Practitioner", "PractitionerRole")
PEOPLE = ("Patient", "Coverage")
#: Search parameters that say whom something is about.
ABOUT = ("patient", "beneficiary")


@dataclass(frozen=True, slots=True)
class Limits:
    """What is older than these is due; None: nothing is."""

    payload: datetime | None  #: messages, files, sentences: by the last change of their exchange
    resources: datetime | None  #: FHIR resources: by their last version
    answers: datetime | None  #: answers kept under a key, rights remembered for a day


class Retention:
    """The part of the store that lets go."""

    db: Database

    def retention_due(self, limits: Limits) -> Counter[str]:
        """How much is due, without erasing anything. What another resource still needs is not
        counted: it goes after that one."""
        with self.db.read() as connection:
            found = Counter[str]()
            for name, wanted in (
                ("exchanges", _families(limits.payload)),
                ("resources", _resources(limits.resources)),
                ("idempotency", _older(idempotency, limits.answers)),
                ("rights", _older(rights, limits.answers)),
            ):
                counted = sa.select(sa.func.count()).select_from(wanted.subquery())
                found[name] = connection.execute(counted).scalar_one()
        return found

    def retain(self, limits: Limits, actor: str, why: str) -> Counter[str]:
        """Erase what is due, in transactions of some rows each; gives how many rows of each table.
        Killed, it is simply run again."""
        count = Counter[str]()
        self._each(_families(limits.payload), actor, why, count, lambda e, row: e.family(row[0]))
        if limits.payload is not None:
            with self.erasing(actor, why, count) as eraser:
                eraser.deposits()
                eraser.files(limits.payload)
        self._each(
            _resources(limits.resources),
            actor,
            why,
            count,
            lambda e, row: e.resource(row[0], row[1]),
        )
        if limits.answers is not None:
            with self.db.write() as connection:
                for table in (idempotency, rights):
                    gone = sa.delete(table).where(table.c.at < limits.answers)
                    count[table.name] += connection.execute(gone).rowcount
        return +count

    @contextmanager
    def erasing(self, actor: str, why: str, count: Counter[str]) -> Iterator[Eraser]:
        """One transaction that erases, and tells the audit at its end."""
        with self.db.write() as connection:
            eraser = Eraser(connection, actor, why)
            yield eraser
            count.update(eraser.finish())

    def _each(
        self,
        due: sa.Select[Any],
        actor: str,
        why: str,
        count: Counter[str],
        erase: Callable[[Eraser, Any], object],
    ) -> None:
        before: list[sa.Row[Any]] = []
        while True:
            with self.db.read() as connection:
                rows = list(connection.execute(due.limit(_AT_ONCE)).all())
            if not rows or rows == before:  # what is left could not be erased
                return
            with self.erasing(actor, why, count) as eraser:
                for row in rows:
                    erase(eraser, row)
            before = rows

    def erase_person(self, person: str, actor: str, why: str) -> Counter[str]:
        """All that is about a person, on order.

        Raises:
            Conflict: a claim of theirs is still being worked on. Nothing is erased.
        """
        count = Counter[str]()
        with self.erasing(actor, why, count) as eraser:
            connection = eraser.connection
            told = connection.execute(sa.select(identities).where(identities.c.person == person))
            known = told.all()
            names = connection.execute(_about(person, [number(row) for row in known])).all()
            for name in [f"{row.type}/{row.id}" for row in names]:
                if not eraser.family(name):
                    raise _open(name)
            for type, id in (*names, ("Patient", person)):
                eraser.resource(type, id)
            for row in known:
                values = {**row._mapping, "value": number(row)}
                for name in _told_as(connection, values, keyring(connection.dialect)):
                    gone = acts.now_is(
                        "identifier-erased", f"Patient/{person}", eraser.now, name, None, actor
                    )
                    audit_chain.tell(connection, [gone])
                same = task_keys.c.value.in_(either(values["value"]))
                connection.execute(
                    sa.delete(task_keys).where(same, task_keys.c.system == row.system)
                )
            connection.execute(sa.delete(identities).where(identities.c.person == person))
            count["identities"] += len(known)
            act = Act(actor, "person-erased", f"Patient/{person}", eraser.now, {"why": why})
            audit_chain.tell(connection, [act])
        return +count


def _told_as(connection: sa.Connection, values: Mapping[Any, Any], keys: Keyring) -> Iterator[str]:
    """The names by which the audit tells of a number: keyed, and plain where older rows do."""
    yield identity_digests(values, keys)[0]
    plain = identity_digests(values, None)[0]
    object = f"Patient/{values['person']}"
    wanted = sa.select(audit.c.seq).where(audit.c.object == object, audit.c.content.contains(plain))
    if connection.execute(wanted.limit(1)).first() is not None:
        yield plain


def _families(before: datetime | None) -> sa.Select[Any]:
    """Resources whose exchanges are all done, and the last of them changed before an instant."""
    working = sa.case((exchanges.c.state.in_(DONE), 0), else_=1)
    return (
        sa.select(exchanges.c.resource)
        .where(_since(before), exchanges.c.erased.is_(None))
        .group_by(exchanges.c.resource)
        .having(sa.func.max(working) == 0)
        .having(sa.func.max(exchanges.c.updated) < (before or EPOCH))
        .order_by(exchanges.c.resource)
    )


def _resources(before: datetime | None) -> sa.Select[Any]:
    """Resources not changed since, that no exchange and, of people, no other resource needs."""
    name = resources.c.type + "/" + resources.c.id
    needed = sa.exists().where(
        exchanges.c.erased.is_(None),
        sa.or_(exchanges.c.resource == name, exchanges.c.answer == name),
    )
    other = resource_index.c.resource != resources.c.seq
    named = sa.exists().where(resource_index.c.value == name, other)
    people = resources.c.type.in_(PEOPLE)
    return (
        sa.select(resources.c.type, resources.c.id)
        .where(_since(before), resources.c.erased.is_(None), resources.c.type.not_in(KEPT))
        .where(resources.c.updated < (before or EPOCH), ~needed, sa.or_(~people, ~named))
        .order_by(resources.c.seq)
    )


def _older(table: sa.Table, before: datetime | None) -> sa.Select[Any]:
    return sa.select(table.c.at).where(_since(before), table.c.at < (before or EPOCH))


def _since(before: datetime | None) -> sa.ColumnElement[bool]:
    return sa.literal(before is not None)


def _about(person: str, numbers: list[str]) -> sa.Select[Any]:
    entry = resource_index.c
    values = [value for one in numbers for value in either(one)]
    by_number = [f"{name}:identifier{mark}" for name in ABOUT for mark in ("#", "")]
    about = sa.or_(
        sa.and_(entry.param.in_(ABOUT), entry.value == f"Patient/{person}"),
        sa.and_(entry.param.in_(by_number), entry.value.in_(values)),
    )
    theirs = sa.select(entry.resource).where(about)
    return sa.select(resources.c.type, resources.c.id).where(resources.c.seq.in_(theirs))


def _open(name: str) -> Conflict:
    return Conflict(
        Issue(
            "conflict",
            f"{name} est encore en cours chez un organisme : rien n’a été effacé. Attendez qu’elle "
            "soit close, ou annulez-la, puis recommencez.",
            f"{name} is still being worked on: nothing was erased. Wait until it is closed, or "
            "cancel it, then try again.",
        )
    )
