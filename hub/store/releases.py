"""Published versions, from when they hold, and drafts: each change with its audit row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from hub.evidence.chain import Act
from hub.ports.releases import Draft, Entry, Version
from hub.store import acts, audit_chain
from hub.store.engine import Database
from hub.store.release_tables import release_drafts, release_entries, release_versions
from hub.store.tables import concept_rows

#: What the audit tells of a published version, and of an entry.
VERSION_TELLS = tuple(one.name for one in fields(Version))
ENTRY_TELLS = tuple(one.name for one in fields(Entry) if one.name != "seq")

_NEWEST = sa.select(
    sa.select(sa.func.max(concept_rows.c.seq)).scalar_subquery(),
    sa.select(sa.func.max(release_entries.c.seq)).scalar_subquery(),
)


class Releases:
    """The part of the store that keeps what maps and tables were, are and will be."""

    db: Database

    def maps_version(self) -> tuple[int, int]:
        """Two numbers: one grows with every row added to a table, one with every entry."""
        with self.db.read() as connection:
            rows, entries = connection.execute(_NEWEST).one()
        return rows or 0, entries or 0

    def release_entries(self, url: str | None = None) -> list[Entry]:
        """In the order in which they were decided; of one artefact, or all."""
        asked = sa.select(release_entries).order_by(release_entries.c.seq)
        if url is not None:
            asked = asked.where(release_entries.c.url == url)
        with self.db.read() as connection:
            return [Entry(**row._mapping) for row in connection.execute(asked)]

    def release_keys(self) -> list[tuple[str, str]]:
        """(url, version) of everything that was ever published here."""
        asked = sa.select(release_versions.c.url, release_versions.c.version)
        with self.db.read() as connection:
            return [(row.url, row.version) for row in connection.execute(asked)]

    def release_version(self, url: str, version: str) -> Version | None:
        """One published version."""
        found = [one for one in self.release_versions(url) if one.version == version]
        return found[0] if found else None

    def release_versions(self, url: str) -> list[Version]:
        """The published versions of an artefact, oldest first."""
        asked = sa.select(release_versions).where(release_versions.c.url == url)
        with self.db.read() as connection:
            rows = connection.execute(asked.order_by(release_versions.c.at)).all()
        return [_read(Version, row) for row in rows]

    def drafts(self) -> list[Draft]:
        """All drafts, by url."""
        with self.db.read() as connection:
            rows = connection.execute(sa.select(release_drafts).order_by(release_drafts.c.url))
            return [_read(Draft, row) for row in rows]

    def draft(self, url: str) -> Draft | None:
        """The draft of an artefact."""
        asked = sa.select(release_drafts).where(release_drafts.c.url == url)
        with self.db.read() as connection:
            row = connection.execute(asked).one_or_none()
        return None if row is None else _read(Draft, row)

    def add_draft(self, draft: Draft, act: Act) -> bool:
        """Begin a draft; False when there is one already."""
        try:
            with self.db.write() as connection:
                connection.execute(sa.insert(release_drafts), [_values(draft)])
                audit_chain.tell(connection, [act])
        except IntegrityError:
            return False
        return True

    def change_draft(self, draft: Draft, seen: Draft, act: Act) -> bool:
        """Write a draft over the one that was seen; False when it is another by now."""
        changed = sa.update(release_drafts).where(*_is(seen)).values(**_values(draft))
        return self._if_there(changed, act)

    def drop_draft(self, seen: Draft, act: Act) -> bool:
        """Throw a draft away; False when it is another by now."""
        return self._if_there(sa.delete(release_drafts).where(*_is(seen)), act)

    def publish(
        self, entry: Entry, version: Version | None, draft: Draft | None, detail: Mapping[str, Any]
    ) -> bool:
        """Let an entry hold from now on, in one transaction with the version it is about.

        Args:
            entry: what holds, from when.
            version: its text, when that is not stored yet.
            draft: the draft it was made of, which ends; as it was seen.
            detail: what the audit tells beside digests.

        Gives False, and writes nothing, when the draft is another by now or the version is there.
        """
        told = [acts.row_digest(_row(entry), ENTRY_TELLS)]
        try:
            with self.db.write() as connection:
                if draft is not None:
                    ended = connection.execute(sa.delete(release_drafts).where(*_is(draft)))
                    if ended.rowcount != 1:
                        return False
                if version is not None:
                    connection.execute(sa.insert(release_versions), [_values(version)])
                    told.append(acts.row_digest(_row(version), VERSION_TELLS))
                connection.execute(sa.insert(release_entries), [_row(entry)])
                about = {"sha256": told, "version": entry.version, "hash": entry.hash}
                about |= {"by": entry.by, "start": entry.start, "reason": entry.reason, **detail}
                object = f"{entry.kind}/{entry.url}"
                act = Act(entry.actor, f"map-{entry.action}", object, entry.at, about)
                audit_chain.tell(connection, [act])
        except IntegrityError:
            return False
        return True

    def _if_there(self, statement: sa.Update | sa.Delete, act: Act) -> bool:
        with self.db.write() as connection:
            if connection.execute(statement).rowcount != 1:
                return False
            audit_chain.tell(connection, [act])
        return True


def _is(seen: Draft) -> tuple[sa.ColumnElement[bool], ...]:
    columns = release_drafts.c
    return (
        columns.url == seen.url,
        columns.hash == seen.hash,
        columns.state == seen.state,
        columns.edited == seen.edited,
    )


def _row(noun: Entry | Version) -> dict[str, Any]:
    """The columns of an entry without its number, which the database gives."""
    return {name: value for name, value in _values(noun).items() if name != "seq"}


def _values(noun: Any) -> dict[str, Any]:
    told = {one.name: getattr(noun, one.name) for one in fields(noun)}
    return {**told, "authors": {"all": list(told["authors"])}} if "authors" in told else told


def _read(kind: Any, row: sa.Row[Any]) -> Any:
    return kind(**{**row._mapping, "authors": tuple(row.authors["all"])})
