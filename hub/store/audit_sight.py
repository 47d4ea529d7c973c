"""The rows of the audit that one caller may see: the query is narrowed, never its result."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from hub.evidence.chain import Entry
from hub.fhir.audit_event import MADE
from hub.store.access_tables import clients
from hub.store.audit_chain import entry_of
from hub.store.audit_tables import audit
from hub.store.dates import compare, interval
from hub.store.engine import Database
from hub.store.scopes import PARTNER, TENANT, is_of
from hub.store.tables import exchanges

_EXCHANGE = "Exchange/"
_FIRST = '%,"version":1}%'  #: in the canonical JSON of a row about a stored version


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked of the audit; all must hold, and of each list one."""

    rows: Sequence[int] = ()  #: their numbers
    objects: Sequence[str] = ()
    actors: Sequence[str] = ()
    actions: Sequence[str] = ()  #: our own words
    crude: Sequence[
        str
    ] = ()  #: C R U D E: https://hl7.org/fhir/R4/valueset-audit-event-action.html
    dates: Sequence[tuple[str, str]] = ()  #: (prefix, FHIR date): all of them


@dataclass(frozen=True, slots=True)
class AuditSight:
    """What is about a tenant's data or done by its clients; about what an institution manages; all.

    With neither `tenant` nor `partner` and not `all`, nothing.
    """

    db: Database
    all: bool = False
    tenant: str = ""
    partner: str = ""

    def find(self, wanted: Wanted, count: int, before: int | None = None) -> list[Entry]:
        """At most so many rows, newest first; `before`: only those with smaller numbers.

        Raises:
            ValueError: a date that is none, or an unknown prefix.
        """
        lists = {
            audit.c.seq: wanted.rows,
            audit.c.object: wanted.objects,
            audit.c.actor: wanted.actors,
            audit.c.action: wanted.actions,
        }
        conditions: list[sa.ColumnElement[bool]] = [
            column.in_(values) for column, values in lists.items() if values
        ]
        if wanted.crude:
            conditions.append(sa.or_(*(_crude(letter) for letter in wanted.crude)))
        conditions += [_at(prefix, date) for prefix, date in wanted.dates]
        if before is not None:
            conditions.append(audit.c.seq < before)
        if not self.all:
            conditions.append(self._mine())
        newest = sa.select(audit).where(*conditions).order_by(audit.c.seq.desc()).limit(count)
        with self.db.read() as connection:
            return [entry_of(row) for row in connection.execute(newest)]

    def _mine(self) -> sa.ColumnElement[bool]:
        if not (self.tenant or self.partner):
            return sa.false()
        param, value = (PARTNER, self.partner) if self.partner else (TENANT, self.tenant)
        lite = self.db.is_sqlite
        carried = sa.exists().where(
            exchanges.c.id == sa.func.substr(audit.c.object, len(_EXCHANGE) + 1),
            is_of(exchanges.c.resource, param, value, lite),
        )
        about = sa.or_(
            is_of(audit.c.object, param, value, lite),
            sa.and_(audit.c.object.startswith(_EXCHANGE), carried),
        )
        if self.partner:
            return about
        same = sa.select(clients.c.id).where(clients.c.tenant == self.tenant)
        own = sa.exists().where(
            clients.c.tenant == self.tenant,
            sa.or_(
                audit.c.actor == sa.literal("client|").concat(clients.c.id),
                audit.c.object == sa.literal("Client/").concat(clients.c.id),
            ),
        )
        return sa.or_(about, own, audit.c.actor.in_(same))


def _at(prefix: str, date: str) -> sa.ColumnElement[bool]:
    bounds = interval(date)
    if bounds is None:
        raise ValueError(date)
    at = sa.type_coerce(audit.c.at, sa.BigInteger)
    return compare(prefix, bounds, at, at + 1)


def _crude(letter: str) -> sa.ColumnElement[bool]:
    """As hub.fhir.audit_event tells it."""
    action = audit.c.action
    first = sa.and_(action == "stored", audit.c.content.like(_FIRST))
    again = sa.and_(action == "stored", audit.c.content.not_like(_FIRST))
    read = action.startswith("read")
    made = sa.or_(
        first,
        sa.and_(sa.not_(read), sa.or_(action.in_(MADE), action.like("%-added"))),
        sa.and_(sa.not_(read), action.like("%-kept")),
    )
    known = {"C": made, "U": again, "R": read}
    known["E"] = sa.not_(sa.or_(*known.values()))
    return known.get(letter, sa.false())
