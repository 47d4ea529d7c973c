"""FHIR resources: the bytes to serve, every version of them, and the values to find them by."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from hub.errors import Conflict, Issue
from hub.model import IndexEntry, NewResource, StoredResource
from hub.ports import Criterion, Page
from hub.store import acts, audit_chain, pages
from hub.store.blind import entries
from hub.store.criteria import condition
from hub.store.dates import interval
from hub.store.engine import Database
from hub.store.sealing import lay, opened
from hub.store.tables import resource_history, resource_index, resources

_KEYS_PER_QUERY = 200

#: Built once: making this statement anew costs as much as running it, and every step reads.
_CURRENT = sa.select(resources).where(
    resources.c.type == sa.bindparam("wanted_type"), resources.c.id == sa.bindparam("wanted_id")
)


@dataclass(frozen=True, slots=True)
class _Dated:
    """A NewResource whose time is known."""

    type: str
    id: str
    body: bytes
    index: Sequence[IndexEntry]
    received: bytes | None
    updated: datetime
    follows: int | None


class Resources:
    """The part of the store that keeps resources."""

    db: Database

    def read(self, type: str, id: str, version: int | None = None) -> StoredResource | None:
        """The current version, or the one asked for."""
        with self.db.read() as connection:
            row = connection.execute(_CURRENT, {"wanted_type": type, "wanted_id": id}).one_or_none()
            if row is None or version in (None, row.version):
                return None if row is None else resource_of(row)
            old = sa.select(resource_history).where(
                resource_history.c.type == type,
                resource_history.c.id == id,
                resource_history.c.version == version,
            )
            row = connection.execute(old).one_or_none()
            return None if row is None else resource_of(row)

    def received(self, type: str, id: str) -> bytes | None:
        """The bytes as they came from outside, for the newest version that has them."""
        with self.db.read() as connection:
            return received_bytes(connection, type, id)

    def search(
        self, type: str, criteria: Sequence[Criterion], count: int, after: int | None
    ) -> Page:
        """In the order in which resources were first stored; `after` is the last page's end.

        A page ends after `count` resources, or earlier when they are large (hub/store/pages.py).

        Raises:
            ValueError: a date that is none, or an unknown prefix or kind.
        """
        there = (resources.c.type == type, resources.c.erased.is_(None))
        found = sa.and_(*there, *(condition(type, c) for c in criteria))
        page = sa.select(resources).where(found).order_by(resources.c.seq).limit(count + 1)
        if after is not None:
            page = page.where(resources.c.seq > after)
        with self.db.read() as connection:
            total = connection.execute(
                sa.select(sa.func.count()).select_from(resources).where(found)
            ).scalar_one()
            with connection.execute(page, execution_options=pages.BY_AND_BY) as rows:
                shown, last = pages.filled(map(resource_of, rows), count)
        return Page(shown, total, last)

    def find(self, type: str, param: str, system: str, value: str) -> StoredResource | None:
        """The newest resource of this type with this index value, or None."""
        criterion = Criterion(param, (("eq", system, value),))
        newest = (
            sa.select(resources)
            .where(resources.c.type == type, condition(type, criterion))
            .order_by(resources.c.seq.desc())
            .limit(1)
        )
        with self.db.read() as connection:
            row = connection.execute(newest).one_or_none()
            return None if row is None else resource_of(row)


def received_bytes(connection: sa.Connection, type: str, id: str) -> bytes | None:
    """The bytes as they came from outside, for the newest version that has them."""
    versions = sa.union_all(
        *(
            sa.select(table.c.version, table.c.received).where(
                table.c.type == type, table.c.id == id, table.c.received.is_not(None)
            )
            for table in (resources, resource_history)
        )
    ).subquery()
    newest = sa.select(versions).order_by(versions.c.version.desc()).limit(1)
    row = connection.execute(newest).one_or_none()
    return None if row is None else row.received.open(type, id, row.version)


def bytes_of(row: sa.Row[Any]) -> tuple[bytes, bytes | None]:
    """The bytes that are served, and those that came from outside, of a row of a version."""
    values = row._mapping
    received = None if row.received is None else opened(resources.c.received, values)
    return opened(resources.c.body, values), received


def named(keys: Iterable[tuple[str, str]]) -> sa.ColumnElement[bool]:
    """The resources of these types and ids."""
    # One IN a type: for (type, id) IN (…) SQLite reads the whole table when the list is long.
    ids: dict[str, set[str]] = {}
    for type, id in keys:
        ids.setdefault(type, set()).add(id)
    wanted = (
        sa.and_(resources.c.type == type, resources.c.id.in_(sorted(some)))
        for type, some in ids.items()
    )
    return sa.or_(sa.false(), *wanted)


def put(connection: sa.Connection, new: Sequence[NewResource]) -> list[StoredResource]:
    """Store each as a new resource or as the next version; identical bytes change nothing.

    Raises:
        Conflict: one `follows` another version than the one that is there.
    """
    stored: list[StoredResource] = []
    for group in _without_repeats(_dated(new)):
        known = _current(connection, group)
        added = [one for one in group if (one.type, one.id) not in known]
        sequences = _insert(connection, added)
        for one in group:
            row = known.get((one.type, one.id))
            _check_version(row, one)
            if row is None:
                seq = sequences[one.type, one.id]
                _tell(connection, one, 1)
                stored.append(StoredResource(one.type, one.id, 1, one.body, one.updated, seq))
            elif one.follows == 0 or _is_same(row, one):
                stored.append(resource_of(row))
            else:
                stored.append(_replace(connection, row, one))
    return stored


def _tell(connection: sa.Connection, one: _Dated, version: int) -> None:
    act = acts.stored(one.type, one.id, version, one.body, one.received, one.updated)
    audit_chain.tell(connection, [act])


def current(connection: sa.Connection, wanted: Sequence[NewResource]) -> list[StoredResource]:
    """What is stored now under the types and ids of these resources."""
    return [resource_of(row) for row in _current(connection, wanted).values()]


def _dated(new: Sequence[NewResource]) -> list[_Dated]:
    now = datetime.now(UTC)
    return [
        _Dated(
            *(one.type, one.id, one.body, one.index, one.received, one.updated or now, one.follows)
        )
        for one in new
    ]


def _check_version(row: sa.Row[Any] | None, new: _Dated) -> None:
    if new.follows and (row is None or row.version != new.follows) and not _repeats(row, new):
        name, found = f"{new.type}/{new.id}", row.version if row else 0
        raise Conflict(
            Issue(
                "conflict",
                f"{name} a changé entre-temps (version {found} au lieu de {new.follows}) : rien "
                "n’a été écrit. Relisez la ressource, puis recommencez.",
                f"{name} has changed meanwhile (version {found} instead of {new.follows}): "
                "nothing was written. Read the resource again, then repeat.",
            )
        )


def _repeats(row: sa.Row[Any] | None, new: _Dated) -> bool:
    return row is not None and _is_same(row, new)


def _is_same(row: sa.Row[Any], new: _Dated) -> bool:
    # The body differs at least by its meta.lastUpdated; what came from outside need not.
    body, received = bytes_of(row)
    if new.received is not None and received is not None:
        return received == new.received
    return body == new.body


def _without_repeats(new: Sequence[_Dated]) -> Iterable[list[_Dated]]:
    group: dict[tuple[str, str], _Dated] = {}
    for one in new:
        if (one.type, one.id) in group or len(group) == _KEYS_PER_QUERY:
            yield list(group.values())
            group = {}
        group[one.type, one.id] = one
    if group:
        yield list(group.values())


def _current(
    connection: sa.Connection, group: Sequence[NewResource] | Sequence[_Dated]
) -> dict[tuple[str, str], sa.Row[Any]]:
    known = sa.select(resources).where(named((one.type, one.id) for one in group))
    return {(row.type, row.id): row for row in connection.execute(known.with_for_update())}


def _insert(connection: sa.Connection, added: Sequence[_Dated]) -> dict[tuple[str, str], int]:
    if not added:
        return {}
    rows = [
        lay(
            resources,
            {
                "type": one.type,
                "id": one.id,
                "version": 1,
                "body": one.body,
                "received": one.received,
                "updated": one.updated,
            },
            "",
        )
        for one in added
    ]
    made = sa.insert(resources).returning(resources.c.type, resources.c.id, resources.c.seq)
    sequences = {(row.type, row.id): row.seq for row in connection.execute(made, rows)}
    _index(connection, [(sequences[one.type, one.id], one) for one in added])
    return sequences


def _replace(connection: sa.Connection, row: sa.Row[Any], new: _Dated) -> StoredResource:
    old = {c.name: getattr(row, c.name) for c in resource_history.c}
    connection.execute(sa.insert(resource_history), [old])
    values = {
        "type": new.type,
        "id": new.id,
        "version": row.version + 1,
        "body": new.body,
        "received": new.received,
        "updated": new.updated,
    }
    written = sa.update(resources).where(resources.c.seq == row.seq)
    connection.execute(written.values(lay(resources, values, "")))
    said = sa.delete(resource_index).where(resource_index.c.resource == row.seq)
    connection.execute(said.where(sa.not_(resource_index.c.param.startswith("_", autoescape=True))))
    _index(connection, [(row.seq, new)])
    _tell(connection, new, row.version + 1)
    return StoredResource(new.type, new.id, row.version + 1, new.body, new.updated, row.seq)


def _index(connection: sa.Connection, stored: Sequence[tuple[int, _Dated]]) -> None:
    rows = []
    for seq, one in stored:
        for entry in (e for said in one.index for e in entries(one.type, said)):
            bounds = interval(entry.value) if not entry.system else None
            low, high = bounds or (None, None)
            rows.append(
                {
                    "resource": seq,
                    "type": one.type,
                    "param": entry.param,
                    "system": entry.system,
                    "value": entry.value,
                    "low": low,
                    "high": high,
                }
            )
    if rows:
        connection.execute(sa.insert(resource_index), rows)


def resource_of(row: sa.Row[Any]) -> StoredResource:
    """The resource of a row of `resources` or `resource_history`."""
    seq = row._mapping.get("seq", 0)
    body = opened(resources.c.body, row._mapping)
    return StoredResource(row.type, row.id, row.version, body, row.updated, seq)
