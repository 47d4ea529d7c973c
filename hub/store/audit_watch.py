"""What the audit chain watches: which rows of which tables, and the digest each must have."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from hub.evidence.dossier_parts import GONE
from hub.store import acts
from hub.store.billing import DOUBLE_TELLS
from hub.store.blind import number
from hub.store.inbox import INBOX_DONE, INBOX_TELLS, QUARANTINE_TELLS
from hub.store.people import REGISTRATION_TELLS, identity_digests
from hub.store.people_tables import double_billings, identities, person_tasks, registrations
from hub.store.person_tasks import TASK_TELLS
from hub.store.registry import concept_digest
from hub.store.release_tables import release_entries, release_versions
from hub.store.releases import ENTRY_TELLS, VERSION_TELLS
from hub.store.resources import bytes_of
from hub.store.rows import DEPOSIT_TELLS, EXCHANGE_STAYS, sha256
from hub.store.sealing import Sealed, opened
from hub.store.tables import (
    concept_rows,
    deposits,
    events,
    exchanges,
    inbox,
    messages,
    quarantine,
    resource_history,
    resources,
)


@dataclass(frozen=True, slots=True)
class Kept:
    """What a row says, as its audit row must have said it."""

    object: str  #: Exchange/<id>, Claim/<id>…
    digest: str
    name: str = ""  #: of something that changes: its newest audit row counts
    erased: bool = False  #: what it was is told; an audit row must say that it was erased
    was: tuple[str, str] = ("", "")  #: name and digest by which older audit rows tell of it


@dataclass(frozen=True, slots=True)
class Watch:
    """Rows of a table that were written together with an audit row."""

    table: sa.Table
    kept: Callable[[sa.Row[Any]], Kept]
    about: Callable[[Sequence[str]], sa.ColumnElement[bool]]  #: the rows of these objects
    only: sa.ColumnElement[bool] | None = None  #: None: all rows


def ids(objects: Sequence[str], type: str) -> list[str]:
    """The ids among objects of one type."""
    return [id for kind, _, id in (o.partition("/") for o in objects) if kind == type]


def _story(row: sa.Row[Any]) -> Kept:
    if row.text.startswith(GONE):
        return Kept(f"Exchange/{row.exchange}", row.text.removeprefix(GONE), erased=True)
    digest = acts.story_digest(row.what, row.text, row.state, row.detail)
    return Kept(f"Exchange/{row.exchange}", digest)


def _message(row: sa.Row[Any]) -> Kept:
    owner = f"Exchange/{row.exchange}" if row.exchange else f"Deposit/{row.deposit}"
    if row.body.erased:
        return Kept(owner, row.body.erased, erased=True)
    body = opened(messages.c.body, row._mapping)
    return Kept(owner, acts.crossed(row.direction, row.kind, sha256(body)))


def _version(row: sa.Row[Any]) -> Kept:
    if row.body.erased:
        return Kept(f"{row.type}/{row.id}", row.body.erased, erased=True)
    return Kept(f"{row.type}/{row.id}", acts.version_digest(*bytes_of(row)))


def _resources(table: sa.Table) -> Callable[[Sequence[str]], sa.ColumnElement[bool]]:
    def about(objects: Sequence[str]) -> sa.ColumnElement[bool]:
        named = [object.partition("/") for object in objects]
        same = (sa.and_(table.c.type == type, table.c.id == id) for type, _, id in named)
        return sa.or_(sa.false(), *same)

    return about


def _all(*names: str) -> Callable[[sa.Row[Any]], str]:
    def digest(row: sa.Row[Any]) -> str:
        return acts.row_digest({n: _open(row, n) for n in names}, names)

    return digest


def _open(row: sa.Row[Any], name: str) -> Any:
    value = row._mapping[name]
    return value.of(row._mapping) if isinstance(value, Sealed) else value


def _none(_: Sequence[str]) -> sa.ColumnElement[bool]:
    return sa.false()


def _is(
    table: sa.Table, object: Callable[[Any], str], names: Sequence[str], name: str = ""
) -> Watch:
    """Rows whose columns the audit tells; no object of a claim is about them."""
    digest = _all(*names)

    def kept(row: sa.Row[Any]) -> Kept:
        body = row._mapping.get("body") if "body" in names else None
        if isinstance(body, Sealed) and body.erased:
            return Kept(object(row), body.erased, name, erased=True)
        return Kept(object(row), digest(row), name)

    return Watch(table, kept, _none)


def _identity(row: sa.Row[Any]) -> Kept:
    values = {**row._mapping, "value": number(row)}
    keys = row.sealed.keys if row.sealed is not None else None
    name, told = identity_digests(values, keys)
    return Kept(f"Patient/{row.person}", told, name, was=identity_digests(values, None))


WATCHED: tuple[Watch, ...] = (
    Watch(events, _story, lambda objects: events.c.exchange.in_(ids(objects, "Exchange"))),
    Watch(
        messages,
        _message,
        lambda objects: sa.or_(
            messages.c.exchange.in_(ids(objects, "Exchange")),
            messages.c.deposit.in_(ids(objects, "Deposit")),
        ),
    ),
    Watch(
        exchanges,
        lambda row: Kept(f"Exchange/{row.id}", _all(*EXCHANGE_STAYS)(row)),
        lambda objects: exchanges.c.id.in_(ids(objects, "Exchange")),
    ),
    Watch(
        exchanges,
        lambda row: Kept(f"Exchange/{row.id}", row.state, "state"),
        lambda objects: exchanges.c.id.in_(ids(objects, "Exchange")),
    ),
    Watch(
        deposits,
        lambda row: Kept(f"Deposit/{row.id}", _all(*DEPOSIT_TELLS)(row), "deposit"),
        lambda objects: deposits.c.id.in_(ids(objects, "Deposit")),
    ),
    Watch(
        double_billings,
        lambda row: Kept(f"Exchange/{row.exchange}", _all(*DOUBLE_TELLS)(row)),
        lambda objects: double_billings.c.exchange.in_(ids(objects, "Exchange")),
    ),
    Watch(
        concept_rows,
        lambda row: Kept(f"ConceptMap/{row.concept_map}", concept_digest(row._mapping)),
        _none,
    ),
    _is(release_versions, lambda row: f"{row.kind}/{row.url}", VERSION_TELLS),
    _is(release_entries, lambda row: f"{row.kind}/{row.url}", ENTRY_TELLS),
    _is(inbox, lambda row: f"Inbox/{row.seq}", INBOX_TELLS),
    replace(
        _is(inbox, lambda row: f"Inbox/{row.seq}", INBOX_DONE, "done"),
        only=inbox.c.done.is_not(None),
    ),
    _is(quarantine, lambda row: f"Partner/{row.partner}", QUARANTINE_TELLS),
    _is(registrations, lambda row: f"Partner/{row.partner}", REGISTRATION_TELLS),
    _is(person_tasks, lambda row: f"PersonTask/{row.id}", TASK_TELLS, "task"),
    Watch(identities, _identity, lambda objects: identities.c.person.in_(ids(objects, "Patient"))),
    Watch(resources, _version, _resources(resources)),
    Watch(resource_history, _version, _resources(resource_history)),
)
