"""Is what is stored still what the audit chain says was stored?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from hub.errors import Invalid
from hub.evidence.verify import Finding
from hub.formats import exact_json
from hub.model import Tree
from hub.store import acts
from hub.store.audit_tables import audit
from hub.store.engine import Database
from hub.store.rows import sha256
from hub.store.tables import events, messages, resource_history, resources

_AT_ONCE = 500
#: (object, digest of what was stored) → numbers of the audit rows that say so
Said = dict[tuple[str, str], list[int]]


class AuditCheck:
    """The part of the store that compares its tables with the audit chain."""

    db: Database

    def audit_differences(self) -> Iterator[Finding]:
        """Rows that were changed, removed or added behind the chain's back.

        Stories, bytes that crossed the border and versions of resources are compared with the
        digests in the chain; the chain's own columns with its contents.
        """
        said: Said = {}
        yield from self._columns(said)
        for table, sort in ((events, "story"), (messages, "message")):
            yield from self._compare(table, sort, said)
        for table in (resources, resource_history):
            yield from self._compare(table, "resource", said)
        for (object, _), numbers in sorted(said.items(), key=lambda item: item[1]):
            for number in numbers:
                yield _gone(object, number)

    def _columns(self, said: Said) -> Iterator[Finding]:
        for row in self._rows(audit, audit.c.seq):
            content = _content(row)
            written = {"actor": row.actor, "action": row.action, "object": row.object}
            written["at"] = row.at.isoformat()
            if {name: content.get(name) for name in written} != written:
                yield Finding(
                    "stored",
                    f"audit {row.seq}",
                    f"Les colonnes de la ligne d'audit {row.seq} ne disent pas ce que dit son "
                    "contenu.",
                    f"The columns of audit row {row.seq} do not say what its content says.",
                )
            digest = (content.get("detail") or {}).get("sha256")
            if digest:
                said.setdefault((content["object"], digest), []).append(row.seq)

    def _compare(self, table: sa.Table, sort: str, said: Said) -> Iterator[Finding]:
        keys = list(table.primary_key.columns)
        for row in self._rows(table, *keys):
            object, digest = _named(sort, row)
            numbers = said.get((object, digest))
            if numbers:
                numbers.pop(0)
                if not numbers:
                    del said[object, digest]
                continue
            where = ", ".join(f"{key.name} {row._mapping[key.name]}" for key in keys)
            yield Finding(
                "stored",
                f"{table.name} {where}",
                f"{object} : la ligne {where} de {table.name} n'est pas celle qui a été écrite.",
                f"{object}: row {where} of {table.name} is not the one that was written.",
            )

    def _rows(self, table: sa.Table, *keys: sa.Column[Any]) -> Iterator[sa.Row[Any]]:
        """All rows, some at a time, so that nobody waits for a long transaction."""
        columns = [_raw(column) for column in table.c]
        after: tuple[Any, ...] = ()
        while True:
            page = sa.select(*columns).order_by(*keys).limit(_AT_ONCE)
            if after:
                page = page.where(sa.tuple_(*keys) > sa.tuple_(*map(sa.literal, after)))
            with self.db.read() as connection:
                rows = connection.execute(page).all()
            yield from rows
            if len(rows) < _AT_ONCE:
                return
            after = tuple(rows[-1]._mapping[key.name] for key in keys)


def _raw(column: sa.Column[Any]) -> sa.ColumnElement[Any]:
    # The text itself: reading it as JSON and writing it again need not give the same.
    if column.table is events and column.name == "detail":
        return sa.type_coerce(column, sa.Text).label(column.name)
    return column


def _named(sort: str, row: sa.Row[Any]) -> tuple[str, str]:
    """Which object a row is about, and the digest of what it says."""
    if sort == "story":
        digest = acts.story_digest(row.what, row.text, row.state, row.detail)
        return f"Exchange/{row.exchange}", digest
    if sort == "message":
        owner = f"Exchange/{row.exchange}" if row.exchange else f"Deposit/{row.deposit}"
        return owner, sha256(_bytes(row.body))
    received = None if row.received is None else _bytes(row.received)
    return f"{row.type}/{row.id}", acts.version_digest(_bytes(row.body), received)


def _content(row: sa.Row[Any]) -> Tree:
    try:
        content = exact_json.loads(row.content.encode())
    except Invalid:
        content = {}
    return content if isinstance(content, dict) else {}


def _bytes(value: bytes | str) -> bytes:
    """SQLite gives back as text what somebody wrote as text."""
    return value.encode() if isinstance(value, str) else bytes(value)


def _gone(object: str, number: int) -> Finding:
    return Finding(
        "stored",
        f"audit {number}",
        f"{object} : ce que la ligne d'audit {number} dit avoir été conservé a été changé ou "
        "supprimé.",
        f"{object}: what audit row {number} says was kept has been changed or removed.",
    )
