"""What the audit chain watches: which rows of which tables, and the digest each must have."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from hub.store import acts
from hub.store.rows import sha256
from hub.store.tables import events, messages, resource_history, resources


@dataclass(frozen=True, slots=True)
class Kept:
    """What a row says, as its audit row must have said it."""

    object: str  #: Exchange/<id>, Claim/<id>…
    digest: str
    name: str = ""  #: of something that changes: its newest audit row counts


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
    digest = acts.story_digest(row.what, row.text, row.state, row.detail)
    return Kept(f"Exchange/{row.exchange}", digest)


def _message(row: sa.Row[Any]) -> Kept:
    owner = f"Exchange/{row.exchange}" if row.exchange else f"Deposit/{row.deposit}"
    return Kept(owner, acts.crossed(row.direction, row.kind, sha256(raw(row.body))))


def _version(row: sa.Row[Any]) -> Kept:
    received = None if row.received is None else raw(row.received)
    return Kept(f"{row.type}/{row.id}", acts.version_digest(raw(row.body), received))


def raw(value: bytes | str) -> bytes:
    """SQLite gives back as text what somebody wrote as text."""
    return value.encode() if isinstance(value, str) else bytes(value)


def _resources(table: sa.Table) -> Callable[[Sequence[str]], sa.ColumnElement[bool]]:
    def about(objects: Sequence[str]) -> sa.ColumnElement[bool]:
        named = [object.partition("/") for object in objects]
        same = (sa.and_(table.c.type == type, table.c.id == id) for type, _, id in named)
        return sa.or_(sa.false(), *same)

    return about


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
    Watch(resources, _version, _resources(resources)),
    Watch(resource_history, _version, _resources(resource_history)),
)
