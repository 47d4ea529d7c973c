"""Is what is stored still what the audit chain says was stored?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from hub.errors import Invalid, Tampered
from hub.evidence.verify import Finding
from hub.formats import exact_json
from hub.model import Tree
from hub.store import acts
from hub.store.audit_books import kept_books
from hub.store.audit_tables import audit
from hub.store.audit_watch import WATCHED, Kept, Watch
from hub.store.columns import Json
from hub.store.engine import Database
from hub.store.sealed_text import SealedJson, raw_text

_AT_ONCE = 500


@dataclass
class Said:
    """What the chain says is stored: digests with the numbers of the rows that say so."""

    kept: dict[tuple[str, str], list[int]] = field(default_factory=dict)  #: (object, digest)
    now: dict[tuple[str, str], tuple[str, int]] = field(default_factory=dict)  #: (object, name)
    erased: set[tuple[str, str]] = field(default_factory=set)  #: (object, digest)

    def hear(self, number: int, object: str, detail: Tree) -> None:
        """Note what one audit row says."""
        for digest in acts.digests(detail):
            self.kept.setdefault((object, digest), []).append(number)
        self.erased.update((object, str(digest)) for digest in detail.get("erased") or ())
        for name, digest in (detail.get("now") or {}).items():
            self.now[object, name] = (digest, number)
        if object.startswith("Exchange/") and detail.get("state"):
            self.now[object, "state"] = (detail["state"], number)

    def fits(self, kept: Kept) -> bool:
        """Strike out what is there; False when the chain says nothing of the kind."""
        if kept.erased and (kept.object, kept.digest) not in self.erased:
            return False
        if kept.name:
            before = self.now.pop((kept.object, kept.was[0]), ("", 0))[0]
            said = self.now.pop((kept.object, kept.name), ("", 0))[0]
            return said == kept.digest if said else bool(before) and before == kept.was[1]
        numbers = self.kept.get((kept.object, kept.digest))
        if not numbers:
            return False
        numbers.pop(0)
        if not numbers:
            del self.kept[kept.object, kept.digest]
        return True

    def left(self) -> list[tuple[str, int]]:
        """(object, audit row) of what was said and is not there."""
        gone = [(object, n) for (object, _), numbers in self.kept.items() for n in numbers]
        gone += [(object, n) for (object, _), (digest, n) in self.now.items() if digest]
        return sorted(gone, key=lambda one: one[1])


class AuditCheck:
    """The part of the store that compares its tables with the audit chain."""

    db: Database

    def audit_differences(self, objects: Sequence[str] | None = None) -> Iterator[Finding]:
        """Rows that were changed, removed or added behind the chain's back.

        What is watched is compared with the digests in the chain; the chain's own columns with
        its contents. With `objects` ("Exchange/…", "Claim/…") only what is about them.
        """
        said = Said()
        yield from self._columns(said, objects)
        for watch in WATCHED:
            yield from self._compare(watch, said, objects)
        if objects is None:
            yield from self._books(said)
        for object, number in said.left():
            yield _gone(object, number)

    def _columns(self, said: Said, objects: Sequence[str] | None) -> Iterator[Finding]:
        about = None if objects is None else audit.c.object.in_(objects)
        for row in self._rows(audit, about):
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
            said.hear(row.seq, str(content.get("object")), content.get("detail") or {})

    def _compare(
        self, watch: Watch, said: Said, objects: Sequence[str] | None
    ) -> Iterator[Finding]:
        table = watch.table
        keys = list(table.primary_key.columns)
        wanted = [watch.only] if watch.only is not None else []
        if objects is not None:
            wanted.append(watch.about(objects))
        for row in self._rows(table, *wanted):
            try:
                kept = watch.kept(row)
            except Tampered:  # its payload is not this row's
                kept = Kept(table.name, "")
            if kept.digest and said.fits(kept):
                continue
            where = ", ".join(f"{key.name} {row._mapping[key.name]}" for key in keys)
            yield Finding(
                "stored",
                f"{table.name} {where}",
                f"{kept.object} : la ligne {where} de {table.name} n'est pas celle qui a été "
                "écrite.",
                f"{kept.object}: row {where} of {table.name} is not the one that was written.",
            )

    def _books(self, said: Said) -> Iterator[Finding]:
        """Statements and lists, each told as a whole."""
        for kept in kept_books(self.db):
            if not said.fits(kept):
                yield Finding(
                    "stored",
                    f"{kept.object} {kept.name}".strip(),
                    f"{kept.object} {kept.name} : ce qui est conservé n'est pas ce qui a été reçu.",
                    f"{kept.object} {kept.name}: what is kept is not what was received.",
                )

    def _rows(
        self, table: sa.Table, *wanted: sa.ColumnElement[bool] | None
    ) -> Iterator[sa.Row[Any]]:
        """All rows, some at a time, so that nobody waits for a long transaction."""
        keys = list(table.primary_key.columns)
        asked = (
            sa.select(*raw_columns(table)).where(*_there(wanted)).order_by(*keys).limit(_AT_ONCE)
        )
        after: tuple[Any, ...] = ()
        while True:
            page = asked
            if after:
                page = page.where(sa.tuple_(*keys) > sa.tuple_(*map(sa.literal, after)))
            with self.db.read() as connection:
                rows = connection.execute(page).all()
            yield from rows
            if len(rows) < _AT_ONCE:
                return
            after = tuple(rows[-1]._mapping[key.name] for key in keys)


def raw_columns(table: sa.Table) -> list[sa.ColumnElement[Any]]:
    """The columns of a table as the digests in the chain were made of them."""
    return [_raw(column) for column in table.c]


def _there(wanted: Iterable[sa.ColumnElement[bool] | None]) -> list[sa.ColumnElement[bool]]:
    return [one for one in wanted if one is not None]


def _raw(column: sa.Column[Any]) -> sa.ColumnElement[Any]:
    # The text itself: reading it as JSON and writing it again need not give the same.
    if isinstance(column.type, Json):
        return sa.type_coerce(column, sa.Text).label(column.name)
    return raw_text(column).label(column.name) if isinstance(column.type, SealedJson) else column


def _content(row: sa.Row[Any]) -> Tree:
    try:
        content = exact_json.loads(row.content.encode())
    except Invalid:
        content = {}
    return content if isinstance(content, dict) else {}


def _gone(object: str, number: int) -> Finding:
    return Finding(
        "stored",
        f"audit {number}",
        f"{object} : ce que la ligne d'audit {number} dit avoir été conservé a été changé ou "
        "supprimé.",
        f"{object}: what audit row {number} says was kept has been changed or removed.",
    )
