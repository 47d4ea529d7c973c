"""Seals what is stored again, under the keys that are active now.

A pass goes through all rows that hold something sealed, some at a time, and writes a row only when
it still is as it was read: it may be killed and begun again at any time, and two may run at once.
What was stored before payloads were sealed is sealed on the way.
"""

from __future__ import annotations

import hmac
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from hub.errors import KeyMissing, Tampered
from hub.evidence.chain import Act
from hub.store import audit_chain
from hub.store.engine import Database
from hub.store.hiding import hide
from hub.store.keyring import EXPORT, INDEX, LOOK_AGAIN, Keyring
from hub.store.sealed_text import (
    UNREADABLE,
    SealedBytes,
    SealedJson,
    SealedText,
    key_of,
    raw_text,
)
from hub.store.sealing import Payload, Sealed, keyring, lay
from hub.store.tables import deposits, exchanges, messages, metadata

_AT_ONCE = 200
_RAW = "__raw"
SEALED = (Payload, SealedBytes, SealedText, SealedJson)
_TEXT = "__text"

Progress = Callable[[str, int, int], None]  #: table, rows looked at, rows sealed again


@dataclass(frozen=True, slots=True)
class Rotated:
    """What a rotation did."""

    key: str  #: the id of the key that seals now
    retired: tuple[str, ...]  #: keys that seal nothing any more
    values: int  #: how many stored values were sealed again


class Rotation:
    """The part of the store that seals again."""

    db: Database

    def sealed_by(self) -> Counter[tuple[str, str]]:
        """How many values of each table are sealed by each key ("": by none)."""
        found: Counter[tuple[str, str]] = Counter()
        for table in sealed_tables():
            for page in self._pages(table):
                found.update((table.name, key) for row in page for key in _keys(table, row))
        return found

    @property
    def keys(self) -> Keyring:
        """The keys of this store."""
        return keyring(self.db.engine.dialect)

    def pseudonyms(self, key: str) -> Callable[[str, str], str]:
        """(kind, what) → a pseudonym, the same for the same export key.

        Raises:
            KeyMissing: there is no such key, and none is made here.
        """
        id = self.keys.active(f"{EXPORT}{key}")
        secret = self.keys.secret(id)

        def pseudonym(kind: str, what: str) -> str:
            said = f"{kind}\n{what}".encode()
            return hmac.digest(secret, said, "sha256").hex()[:24]

        return pseudonym

    def first_keys(self, *, make: bool = False) -> None:
        """Make the hub's first keys, unless the rows that are there need others. `make`: also in a
        folder where only commands make keys.

        Raises:
            KeyMissing: something was sealed by keys that are not here.
        """
        if self.keys.entries() or not (make or self.keys.makes):
            return
        there = [key for name in ("resources", "messages") for key in self._newest(name)]
        for key in there:
            if key:
                self.keys.owner(key)
        self.keys.make(INDEX, only_missing=True, plain=bool(there))
        self.keys.make("", only_missing=True)

    def opens(self) -> bool:
        """Are these the keys with which the newest rows were sealed?"""
        for name in ("resources", "messages"):
            table = metadata.tables[name]
            newest = sa.select(table).order_by(table.c.seq.desc()).limit(1)
            with self.db.read() as connection:
                row = connection.execute(newest).one_or_none()
            try:
                if row is not None and not row.body.erased:
                    row.body.of(row._mapping)
            except (KeyMissing, Tampered):
                return False
        return True

    def _newest(self, name: str) -> list[str]:
        """By which key the newest row of a table is sealed."""
        table = metadata.tables[name]
        newest = sa.select(_raw(table.c.body)).order_by(table.c.seq.desc()).limit(1)
        with self.db.read() as connection:
            return [key_of(raw) or "" for raw in connection.execute(newest).scalars()]

    def rotate(self, owner: str, actor: str, told: Progress, reference: str = "") -> Rotated:
        """A new key for an owner, under which all that is theirs is sealed again; a rotation that
        was broken off, or that another process has begun, is gone on with.

        Raises:
            KeyMissing: a key is not there. What was sealed again by then stays so.
        """
        fresh = self.keys.make(owner, reference=reference, unless_pending=True)
        with self.db.read() as connection:
            made = audit_chain.has(connection, "key-made", f"Key/{fresh.id}")
        if not made:  # nor by a rotation that was killed
            self.tell_key("key-made", fresh.id, actor, {"owner": owner})
        stale = [
            entry.id
            for entry in self.keys.entries()
            if entry.owner == owner and entry.retired is None and entry.id != fresh.id
        ]
        time.sleep(LOOK_AGAIN * 1.5)  # by then every running process seals with the new key
        written = hide(self.db) if owner == "" and self.keys.reads_plain else 0
        while more := self.reseal([owner], told):
            written += more
        self.keys.retire(stale)
        self.tell_key("key-rotated", fresh.id, actor, {"retired": stale, "values": written})
        return Rotated(fresh.id, tuple(stale), written)

    def refuse_plain(self) -> bool:
        """When nothing lies open any more: let nothing open be read from now on."""
        if self.keys.reads_plain and not any(key == "" for _, key in self.sealed_by()):
            self.keys.refuse_plain()
        return not self.keys.reads_plain

    def reseal(self, owners: Collection[str], told: Progress) -> int:
        """One pass: what other keys of these owners sealed, or nothing sealed yet, their active
        keys seal. Gives how many values were written.

        A value that does not open is left as it is (`benkan audit verify` names its row).

        Raises:
            KeyMissing: a key is not there.
        """
        return sum(self._reseal(table, owners, told) for table in sealed_tables())

    def tell_key(self, action: str, key: str, actor: str, detail: Mapping[str, Any]) -> None:
        """An audit row about a key."""
        act = Act(actor, action, f"Key/{key}", datetime.now(UTC), detail)
        with self.db.write() as connection:
            audit_chain.tell(connection, [act])

    def _reseal(self, table: sa.Table, owners: Collection[str], told: Progress) -> int:
        seen = written = 0
        for page in self._pages(table):
            seen += len(page)
            partners = self._partners(table, page)
            fresh = [
                (row, values)
                for row in page
                if (values := self._fresh(table, row, owners, partners))
            ]
            if fresh:
                with self.db.write() as connection:
                    for row, values in fresh:
                        done = connection.execute(_as_it_was(table, row, values).values(**values))
                        written += len(values) if done.rowcount else 0
            told(table.name, seen, written)
        return written

    def _fresh(
        self,
        table: sa.Table,
        row: sa.Row[Any],
        owners: Collection[str],
        partners: Mapping[str, str],
    ) -> dict[str, Any]:
        """The values of a row that are to be sealed again."""
        keys, fresh = keyring(self.db.engine.dialect), {}
        for column in _sealed(table):
            raw = row._mapping[f"{column.name}{_RAW}"]
            key = key_of(raw)
            owner = keys.owner(key) if key else _owner(row, partners)
            if key is None or (owner not in owners) or key == keys.active(owner):
                continue
            value = _again(table, column, row, owner)
            if value is not None:
                fresh[column.name] = value
        return fresh

    def _partners(self, table: sa.Table, page: Sequence[sa.Row[Any]]) -> Mapping[str, str]:
        """Whose the messages of a page are, for those that nothing sealed yet."""
        if table is not messages:
            return {}
        found: dict[str, str] = {}
        with self.db.read() as connection:
            for owners, name in ((exchanges, "exchange"), (deposits, "deposit")):
                ids = {row._mapping[name] for row in page} - {None}
                wanted = sa.select(owners.c.id, owners.c.partner).where(owners.c.id.in_(ids))
                found |= {row.id: row.partner or "" for row in connection.execute(wanted)}
        return found

    def _pages(self, table: sa.Table) -> Iterator[Sequence[sa.Row[Any]]]:
        keys = list(table.primary_key.columns)
        raws = (_raw(column).label(f"{column.name}{_RAW}") for column in _sealed(table))
        texts = (
            raw_text(column).label(f"{column.name}{_TEXT}")
            for column in _sealed(table)
            if isinstance(column.type, SealedText | SealedJson)
        )
        page = sa.select(table, *raws, *texts).order_by(*keys).limit(_AT_ONCE)
        after: tuple[Any, ...] = ()
        while True:
            wanted = page
            if after:
                wanted = page.where(sa.tuple_(*keys) > sa.tuple_(*map(sa.literal, after)))
            with self.db.read() as connection:
                rows = connection.execute(wanted).all()
            if not rows:
                return
            yield rows
            after = tuple(rows[-1]._mapping[key.name] for key in keys)


def sealed_tables() -> list[sa.Table]:
    """The tables that hold something sealed."""
    return [table for table in metadata.sorted_tables if _sealed(table)]


def _sealed(table: sa.Table) -> list[sa.Column[Any]]:
    return [c for c in table.c if isinstance(c.type, SEALED)]


def _raw(column: sa.Column[Any]) -> sa.ColumnElement[Any]:
    if isinstance(column.type, Payload | SealedBytes):
        return sa.cast(sa.type_coerce(column, sa.LargeBinary), sa.LargeBinary)
    return sa.type_coerce(column, sa.Text)


def _keys(table: sa.Table, row: sa.Row[Any]) -> Iterator[str]:
    for column in _sealed(table):
        key = key_of(row._mapping[f"{column.name}{_RAW}"])
        if key is not None:
            yield key


def _again(table: sa.Table, column: sa.Column[Any], row: sa.Row[Any], owner: str) -> Any:
    """What to store once more; None when it does not open."""
    value = row._mapping[column.name]
    if isinstance(value, Sealed):
        try:
            plain = {**row._mapping, column.name: value.of(row._mapping)}
        except Tampered:
            return None
        return lay(table, plain, owner)[column.name]
    if isinstance(value, bytes):
        return value
    text = row._mapping[f"{column.name}{_TEXT}"]
    kind = SealedText(getattr(column.type, "realm", ""))
    return None if text == UNREADABLE else sa.literal(text, kind)


def _as_it_was(table: sa.Table, row: sa.Row[Any], values: Mapping[str, Any]) -> sa.Update:
    same = [key == row._mapping[key.name] for key in table.primary_key.columns]
    same += [
        _raw(table.c[name]) == sa.literal(raw, sa.Text if isinstance(raw, str) else sa.LargeBinary)
        for name in values
        if (raw := row._mapping[f"{name}{_RAW}"]) is not None
    ]
    return sa.update(table).where(*same)


def _owner(row: sa.Row[Any], partners: Mapping[str, str]) -> str:
    told = row._mapping
    if partners:
        return partners.get(told["exchange"] or told["deposit"], "")
    return str(told.get("partner") or "") if "body" in told else ""
