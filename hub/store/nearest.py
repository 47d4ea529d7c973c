"""Whom an identifier names, for what a tenant has stored: its own before what nobody owns."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from hub.access.clients import PUBLIC
from hub.model import StoredResource
from hub.ports import Criterion
from hub.store.criteria import condition
from hub.store.engine import Database
from hub.store.resources import resource_of
from hub.store.scopes import TENANT
from hub.store.tables import resource_index, resources


class Nearest:
    """The part of the store that follows an identifier from somebody's resource."""

    db: Database

    def member(self, id: str) -> StoredResource | None:
        """The Patient that a question about a member may find: anybody's, for the hub itself.

        Args:
            id: of the Patient.
        """
        with self.db.read() as connection:
            row = connection.execute(patient_of(id)).first()
        return None if row is None else resource_of(row)

    def reachable(self, owner: str, type: str, id: str) -> StoredResource | None:
        """The resource that a reference in somebody's resource leads to, unless another owns it.

        Args:
            owner: Type/id of the resource that has the reference.
            type: the type that is named.
            id: the id that is named.
        """
        wanted = sa.select(resources).where(resources.c.type == type, resources.c.id == id)
        if type not in PUBLIC:
            wanted = wanted.where(~_ranks(owner)[1])
        with self.db.read() as connection:
            row = connection.execute(wanted).first()
        return None if row is None else resource_of(row)

    def nearest(self, owner: str, type: str, system: str, value: str) -> StoredResource | None:
        """The resource that an identifier names in a resource of somebody's.

        What the same tenant stored comes first, then what no tenant owns (what the institutions
        told, or was loaded), each newest first. What another tenant stored about people and covers
        is never taken: who can write a number must not change what others' claims say. Another's
        Organization or Practitioner is the last choice.

        Args:
            owner: Type/id of the resource that has the reference.
            type: the type that is named.
            system: of the identifier.
            value: of the identifier.
        """
        mine, theirs = _ranks(owner)
        rank = sa.case((mine, 0), (theirs, 2), else_=1)
        named = condition(type, Criterion("identifier", (("eq", system, value),)))
        wanted = sa.select(resources).where(resources.c.type == type, named)
        if type not in PUBLIC:
            wanted = wanted.where(~theirs)
        with self.db.read() as connection:
            row = connection.execute(wanted.order_by(rank, resources.c.seq.desc()).limit(1)).first()
        return None if row is None else resource_of(row)


def patient_of(id: str) -> sa.Select[Any]:
    """The row of a Patient, whoever's it is."""
    return sa.select(resources).where(resources.c.type == "Patient", resources.c.id == id)


def not_others(query: sa.Select[Any], tenant: str) -> sa.Select[Any]:
    """A query of `resources`, narrowed to what is a tenant's and to what no tenant owns."""
    marks, own = resource_index.alias("marks"), resource_index.alias("own")
    marked = sa.exists().where(marks.c.resource == resources.c.seq, marks.c.param == TENANT)
    mine = sa.exists().where(
        own.c.resource == resources.c.seq, own.c.param == TENANT, own.c.value == tenant
    )
    return query.where(mine | ~marked)


def _ranks(owner: str) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    """(is it of the owner's own tenant, is it another's), of a row of `resources`."""
    marks, own = resource_index.alias("marks"), resource_index.alias("own")
    holder = resources.alias("holder")
    owner_type, _, owner_id = owner.partition("/")
    tenants = (
        sa.select(own.c.value)
        .join(holder, holder.c.seq == own.c.resource)
        .where(holder.c.type == owner_type, holder.c.id == owner_id, own.c.param == TENANT)
    )
    marked = (marks.c.resource == resources.c.seq) & (marks.c.param == TENANT)
    mine = sa.exists().where(marked, marks.c.value.in_(tenants))
    theirs = sa.exists().where(marked) & ~mine
    return mine, theirs
