"""Whose a resource is: marks in the search index that no client can write or see.

`_tenant`: the organisation whose data it is. `_partner`: the institution that manages it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from hub.formats import exact_json
from hub.model import NewResource
from hub.store.sealing import opened
from hub.store.tables import resource_index, resources

TENANT = "_tenant"
PARTNER = "_partner"
_PEOPLE = ("Patient", "Coverage")


def inherit(
    connection: sa.Connection, carried: str, made: Sequence[NewResource], partner: str | None
) -> None:
    """What was made for a resource belongs to whoever it belongs to, and to its institution."""
    mine = _marks(connection, *carried.partition("/")[::2])
    if mine is None:
        return
    seq, marks = mine
    wanted = marks | ({(PARTNER, partner)} if partner else set())
    _mark(connection, seq, carried.partition("/")[0], wanted - marks)
    if partner and wanted - marks:
        _concerned(connection, seq, marks, partner)
    for new in made:
        found = _marks(connection, new.type, new.id)
        if found is not None:
            _mark(connection, found[0], new.type, wanted - found[1])


def _concerned(
    connection: sa.Connection, seq: int, marks: set[tuple[str, str]], partner: str
) -> None:
    """The person and covers a sheet names are among what its institution sees, with the sheet.

    Only those of the same tenant: a sheet that names another's shows nobody to anybody.
    """
    row = connection.execute(sa.select(resources).where(resources.c.seq == seq)).one()
    if row.body.erased:
        return
    sheet = exact_json.loads(opened(resources.c.body, row._mapping))
    tenants = {mark for mark in marks if mark[0] == TENANT}
    for type, id in _named(sheet):
        found = _marks(connection, type, id)
        if found is not None and tenants & found[1]:
            _mark(connection, found[0], type, {(PARTNER, partner)} - found[1])


def _named(sheet: Mapping[str, Any]) -> set[tuple[str, str]]:
    """(type, id) of the resources here that a sheet names as its person and covers."""
    insurance = [one for one in sheet.get("insurance", []) if isinstance(one, dict)]
    named = [sheet.get("patient"), *(one.get("coverage") for one in insurance)]
    texts = [str(one.get("reference", "")) for one in named if isinstance(one, dict)]
    parts = [tuple(text.split("/")) for text in texts]
    return {(p[0], p[1]) for p in parts if len(p) == 2 and p[0] in _PEOPLE}


def told(connection: sa.Connection, made: Sequence[NewResource], partner: str) -> None:
    """What an institution told about people is among what that institution sees."""
    for new in made:
        found = _marks(connection, new.type, new.id)
        if found is not None:
            _mark(connection, found[0], new.type, {(PARTNER, partner)} - found[1])


def is_of(
    name: sa.ColumnElement[str], param: str, value: str, lite: bool
) -> sa.ColumnElement[bool]:
    """Is the resource of this name (a column with Type/id) marked so? For SQLite when `lite`."""
    if lite:
        slash = sa.func.instr(name, "/")
        parts = sa.func.substr(name, 1, slash - 1), sa.func.substr(name, slash + 1)
    else:
        parts = sa.func.split_part(name, "/", 1), sa.func.split_part(name, "/", 2)
    return sa.exists().where(
        resources.c.type == parts[0],
        resources.c.id == parts[1],
        resource_index.c.resource == resources.c.seq,
        resource_index.c.param == param,
        resource_index.c.value == value,
    )


def _marks(
    connection: sa.Connection, type: str, id: str
) -> tuple[int, set[tuple[str, str]]] | None:
    entry = sa.and_(
        resource_index.c.resource == resources.c.seq,
        resource_index.c.param.in_((TENANT, PARTNER)),
    )
    asked = (
        sa.select(resources.c.seq, resource_index.c.param, resource_index.c.value)
        .select_from(resources.outerjoin(resource_index, entry))
        .where(resources.c.type == type, resources.c.id == id)
    )
    rows = connection.execute(asked).all()
    if not rows:
        return None
    return rows[0].seq, {(row.param, row.value) for row in rows if row.param}


def _mark(connection: sa.Connection, seq: int, type: str, marks: set[tuple[str, str]]) -> None:
    rows = [
        {"resource": seq, "type": type, "param": param, "system": "", "value": value}
        for param, value in sorted(marks)
    ]
    if rows:
        connection.execute(sa.insert(resource_index), rows)
