"""A sandbox's append-only book: what the institution really registered, once each."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Context, Decimal
from pathlib import Path
from typing import Any

#: wide enough that no sum of amounts is ever rounded
_EXACT = Context(prec=100)
_SCHEMA = """
CREATE TABLE IF NOT EXISTS entry (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, submission TEXT NOT NULL UNIQUE, kind TEXT NOT NULL,
  number TEXT NOT NULL, currency TEXT NOT NULL, amount TEXT NOT NULL, body BLOB NOT NULL,
  at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS event (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, what TEXT NOT NULL, reference TEXT NOT NULL,
  text TEXT NOT NULL, body BLOB NOT NULL, at TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS event_reference ON event (reference);
"""
_APPEND_ONLY = """
CREATE TRIGGER IF NOT EXISTS {table}_no_{verb} BEFORE {verb} ON {table}
BEGIN SELECT RAISE(ABORT, 'le registre est en ajout seul'); END;
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """One registered submission."""

    seq: int
    submission: str
    kind: str
    number: str  #: the number the institution gave
    currency: str  #: ISO 4217, empty when the message carries no amount
    amount: str  #: exact text, empty when the message carries no amount
    body: bytes
    at: str  #: instant of registration, ISO 8601 UTC


@dataclass(frozen=True, slots=True)
class LedgerEvent:
    """Something else the sandbox must remember: a nonce, a file returned, a second copy."""

    seq: int
    what: str
    reference: str
    text: str
    body: bytes
    at: str


class Ledger:
    """SQLite with synchronous=FULL: what `book` answered survives kill -9."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.executescript(_SCHEMA)
        for table in ("entry", "event"):
            for verb in ("UPDATE", "DELETE"):
                self._db.executescript(_APPEND_ONLY.format(table=table, verb=verb))

    def book(
        self,
        submission: str,
        kind: str,
        number: str,
        currency: str,
        amount: str,
        body: bytes,
        at: datetime | None = None,
    ) -> bool:
        """Register once. False, and nothing written, when this submission is booked already."""
        instant = (at or datetime.now(UTC)).isoformat()
        with self._lock:
            done = self._db.execute(
                "INSERT INTO entry (submission, kind, number, currency, amount, body, at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (submission) DO NOTHING",
                (submission, kind, number, currency, amount, body, instant),
            )
            return done.rowcount == 1

    def record(
        self,
        what: str,
        reference: str = "",
        text: str = "",
        body: bytes = b"",
        at: datetime | None = None,
    ) -> int:
        """Append an event; gives its number."""
        instant = (at or datetime.now(UTC)).isoformat()
        with self._lock:
            done = self._db.execute(
                "INSERT INTO event (what, reference, text, body, at) VALUES (?, ?, ?, ?, ?)",
                (what, reference, text, body, instant),
            )
            return int(done.lastrowid or 0)

    def find(self, submission: str) -> Entry | None:
        """The entry of this submission."""
        found = self._rows(
            "SELECT seq, submission, kind, number, currency, amount, body, at FROM entry"
            " WHERE submission = ?",
            submission,
        )
        return Entry(*found[0]) if found else None

    def entries(self) -> list[Entry]:
        """Everything registered, in order."""
        rows = self._rows(
            "SELECT seq, submission, kind, number, currency, amount, body, at FROM entry"
            " ORDER BY seq"
        )
        return [Entry(*row) for row in rows]

    def events(self, what: str, reference: str | None = None) -> list[LedgerEvent]:
        """Events of one sort, in order; of one reference when given."""
        columns = "SELECT seq, what, reference, text, body, at FROM event WHERE what = ?"
        if reference is None:
            rows = self._rows(f"{columns} ORDER BY seq", what)
        else:
            rows = self._rows(f"{columns} AND reference = ? ORDER BY seq", what, reference)
        return [LedgerEvent(*row) for row in rows]

    def totals(self) -> Mapping[str, Mapping[str, str | int]]:
        """Currency → number of entries and exact sum as text."""
        counts: dict[str, int] = {}
        sums: dict[str, Decimal] = {}
        for currency, amount in self._rows(
            "SELECT currency, amount FROM entry WHERE currency <> '' ORDER BY seq"
        ):
            counts[currency] = counts.get(currency, 0) + 1
            sums[currency] = _EXACT.add(sums.get(currency, Decimal(0)), Decimal(amount or "0"))
        return {c: {"count": counts[c], "sum": f"{sums[c]:f}"} for c in sorted(counts)}

    def count(self) -> int:
        """How many submissions are registered."""
        return int(self._rows("SELECT count(*) FROM entry")[0][0])

    def close(self) -> None:
        """Give the file back."""
        with self._lock:
            self._db.close()

    def _rows(self, sql: str, *values: str) -> list[Any]:
        with self._lock:
            return self._db.execute(sql, values).fetchall()
