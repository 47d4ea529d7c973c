"""The store as one caller may see it: the query is narrowed, never its result."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import sqlalchemy as sa

from hub.access.clients import PUBLIC
from hub.model import Exchange, IndexEntry, StoredResource
from hub.ports import Acceptance, Accepted, Criterion, Page
from hub.store import nearest
from hub.store.budget import Budget
from hub.store.engine import Database
from hub.store.resources import resource_of
from hub.store.scopes import PARTNER, TENANT, is_of
from hub.store.store import SqlStore
from hub.store.tables import exchanges, resource_index, resources


class ScopedStore(SqlStore):
    """A store that has, for this caller, only what is theirs.

    What is somebody else's is as if it did not exist: the same answers, from the same queries.
    """

    def __init__(self, db: Database, tenant: str = "", partner: str = "") -> None:
        super().__init__(db)
        self._mine = Criterion(
            PARTNER if partner else TENANT, (("eq", "", partner or tenant),), "token"
        )
        self._budget = Budget()  # a store like this one serves one request

    def accept(self, batch: Sequence[Acceptance]) -> list[Accepted]:
        """As SqlStore.accept; what a tenant has stored is the tenant's."""
        if self._mine.param != TENANT:
            return super().accept(batch)
        mark = IndexEntry(TENANT, self._mine.values[0][2])
        return super().accept([_marked(one, mark) for one in batch])

    def read(self, type: str, id: str, version: int | None = None) -> StoredResource | None:
        """As SqlStore.read, of what is the caller's.

        Whose it is comes first: what is another's must take no longer than what is not there.
        """
        return super().read(type, id, version) if self._has(type, id) else None

    def received(self, type: str, id: str) -> bytes | None:
        """As SqlStore.received, of what is the caller's."""
        return super().received(type, id) if self._has(type, id) else None

    def search(
        self, type: str, criteria: Sequence[Criterion], count: int, after: int | None
    ) -> Page:
        """As SqlStore.search, among what is the caller's."""
        own = () if type in PUBLIC else (self._mine,)
        with self._budget.spend(len(criteria) + 1):
            return super().search(type, (*criteria, *own), count, after)

    def find(self, type: str, param: str, system: str, value: str) -> StoredResource | None:
        """As SqlStore.find, among what is the caller's; the newest of it."""
        asked = Criterion(param, (("eq", system, value),))
        page = self.search(type, (asked,), 1000, None)
        while page.after is not None:
            page = self.search(type, (asked,), 1000, page.after)
        return page.resources[-1] if page.resources else None

    def member(self, id: str) -> StoredResource | None:
        """As SqlStore.member: a tenant's own people and those whom no tenant stored (the
        institutions told of them), never another tenant's. Others: what they may read.

        Who asks has the number, the birth date and the name; nothing else of it is shown.
        """
        if self._mine.param != TENANT:
            return self.read("Patient", id)
        asked = nearest.not_others(nearest.patient_of(id), self._mine.values[0][2])
        with self._budget.spend(), self.db.read() as connection:
            row = connection.execute(asked).first()
        return None if row is None else resource_of(row)

    def reachable(self, owner: str, type: str, id: str) -> StoredResource | None:
        """As `read`: what is the caller's."""
        return self.read(type, id)

    def nearest(self, owner: str, type: str, system: str, value: str) -> StoredResource | None:
        """As `find`: among what is the caller's."""
        return self.find(type, "identifier", system, value)

    def _narrowed(self) -> Sequence[sa.ColumnElement[bool]]:
        """Exchanges about what is the caller's."""
        mark = self._mine
        own = is_of(exchanges.c.resource, mark.param, mark.values[0][2], self.db.is_sqlite)
        return (own,)

    def business_key(self, provider: str, identifier: str, operation: str) -> Exchange | None:
        """As SqlStore.business_key, of what is the caller's."""
        found = super().business_key(provider, identifier, operation)
        mine = found is not None and self._has(*found.resource.partition("/")[::2])
        return found if mine else None

    def _has(self, type: str, id: str) -> bool:
        mark = self._mine
        asked = (
            sa.select(resources.c.seq)
            .join(resource_index, resource_index.c.resource == resources.c.seq)
            .where(resources.c.type == type, resources.c.id == id)
            .where(resource_index.c.param == mark.param)
            .where(resource_index.c.value == mark.values[0][2])
        )
        with self._budget.spend(), self.db.read() as connection:
            found = connection.execute(asked).first() is not None
        return found or type in PUBLIC


def _marked(acceptance: Acceptance, mark: IndexEntry) -> Acceptance:
    mine = [
        one if mark in one.index else replace(one, index=(*one.index, mark))
        for one in acceptance.resources
    ]
    return replace(acceptance, resources=mine)
