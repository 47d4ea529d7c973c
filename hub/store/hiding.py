"""Digests in place of what stood open in the search index and in the numbers of people.

Only for databases from before values were digested: part of the first rotation of the hub's key.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from hub.model import IndexEntry
from hub.store.blind import PREFIX, Known, Secret, digest, entries, hidden
from hub.store.engine import Database
from hub.store.people_tables import identities, task_keys
from hub.store.sealing import keyring, lay
from hub.store.tables import resource_index, rights

_AT_ONCE = 200


def hide(db: Database) -> int:
    """Replace open values by digests, some at a time; gives how many. May be begun again."""
    return sum((_index(db), _numbers(db, identities), _numbers(db, task_keys), _rights(db)))


def _index(db: Database) -> int:
    with db.read() as connection:
        pairs = sa.select(resource_index.c.type, resource_index.c.param).distinct()
        open_ones = [tuple(row) for row in connection.execute(pairs) if hidden(*row)]
    return sum(_parameter(db, type, param) for type, param in open_ones)


def _parameter(db: Database, type: str, param: str) -> int:
    columns = resource_index.c
    mine = sa.and_(columns.type == type, columns.param == param)
    some = sa.select(columns.resource).where(mine).distinct().limit(_AT_ONCE)
    done = 0
    while True:
        with db.write() as connection:
            resources = list(connection.execute(some).scalars())
            if not resources:
                return done
            these = sa.and_(mine, columns.resource.in_(resources))
            rows = connection.execute(sa.select(resource_index).where(these)).all()
            connection.execute(sa.delete(resource_index).where(these))
            connection.execute(sa.insert(resource_index), [new for r in rows for new in _new(r)])
            done += len(rows)


def _new(row: sa.Row[Any]) -> list[dict[str, Any]]:
    said = IndexEntry(row.param, str(row.value), row.system)
    return [
        {**row._mapping, "param": e.param, "value": e.value, "low": None, "high": None}
        for e in entries(row.type, said)
    ]


def _numbers(db: Database, table: sa.Table) -> int:
    with db.read() as connection:
        rows = connection.execute(sa.select(table).where(table.c.sealed.is_(None))).all()
    done = 0
    for start in range(0, len(rows), _AT_ONCE):
        with db.write() as connection:
            for row in rows[start : start + _AT_ONCE]:
                done += _number(connection, table, row)
    return done


def _number(connection: sa.Connection, table: sa.Table, row: sa.Row[Any]) -> int:
    plain = str(row.value)
    if plain.startswith(PREFIX):
        return 0
    keys = [key == row._mapping[key.name] for key in table.primary_key.columns]
    unchanged = (*keys, table.c.sealed.is_(None))
    digested = Known(digest(keyring(connection.dialect), plain))
    others = ("system", "person") if table is identities else ("system", "closed")
    same = [table.c[name] == row._mapping[name] for name in others]
    there = sa.select(table.c.system).where(table.c.value == digested, *same)
    if connection.execute(there).first() is not None:
        return connection.execute(sa.delete(table).where(*unchanged)).rowcount
    laid = lay(table, {**row._mapping, "sealed": plain.encode()}, "")
    values = {"value": Secret(plain), "sealed": laid["sealed"]}
    return connection.execute(sa.update(table).where(*unchanged).values(**values)).rowcount


def _rights(db: Database) -> int:
    """What was remembered for a day is asked for again."""
    number = sa.type_coerce(rights.c.number, sa.Text)
    with db.write() as connection:
        gone = sa.delete(rights).where(sa.not_(number.startswith(PREFIX, autoescape=True)))
        return connection.execute(gone).rowcount
