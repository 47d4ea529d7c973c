"""Connections: how SQLite and PostgreSQL are opened, and what a transaction is on each.

SQLite: https://www.sqlite.org/wal.html, https://www.sqlite.org/lang_transaction.html;
PostgreSQL: https://www.postgresql.org/docs/15/runtime-config-client.html
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError, OperationalError, StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from hub.errors import Busy, Issue, Problem
from hub.store import audit_chain
from hub.store.columns import Instant

Given = ParamSpec("Given")
Made = TypeVar("Made")

STATEMENT_SECONDS = 30
LOCK_SECONDS = 10
POOL_SECONDS = 10

_SQLITE_PASSING = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
}

#: The hub's SQL moves no float and no local time; UTC keeps what people see in psql honest.
_POSTGRESQL = {
    "application_name": "benkan",
    "connect_timeout": 10,
    "tcp_user_timeout": 30_000,
    "options": (
        f"-c statement_timeout={STATEMENT_SECONDS}s -c lock_timeout={LOCK_SECONDS}s"
        " -c idle_in_transaction_session_timeout=60s -c timezone=UTC"
    ),
}


def connect(url: str) -> sa.Engine:
    """An engine for `sqlite:///file` or `postgresql://…` (psycopg 3).

    Raises:
        ValueError: another database, or an SQLite database in memory, which threads cannot share.
    """
    address = sa.make_url(url)
    backend = address.get_backend_name()
    if backend == "postgresql":
        return sa.create_engine(
            address.set(drivername="postgresql+psycopg"),
            connect_args=_POSTGRESQL,
            hide_parameters=True,
            pool_pre_ping=True,
            pool_size=10,
            max_overflow=10,
            pool_timeout=POOL_SECONDS,
        )
    if backend != "sqlite" or address.database in (None, "", ":memory:"):
        raise ValueError(f"not sqlite:///file nor postgresql://…: {address!r}")
    engine = sa.create_engine(
        address,
        connect_args={"timeout": LOCK_SECONDS, "isolation_level": None},
        hide_parameters=True,
        pool_size=10,
        max_overflow=40,
        pool_timeout=POOL_SECONDS,
    )
    sa.event.listen(engine, "connect", _prepare_sqlite)
    sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    _switch_to_wal(cursor)
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute(f"PRAGMA busy_timeout={LOCK_SECONDS * 1000}")
    cursor.close()


def _switch_to_wal(cursor: Any) -> None:
    # On a new file SQLite refuses this at once while another connection does the same, whatever
    # busy_timeout says; afterwards the file stays in that mode and this is only a question.
    end = time.monotonic() + LOCK_SECONDS
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > end:
                raise
            time.sleep(0.01)
        else:
            return


def _begin_sqlite(connection: sa.Connection) -> None:
    # A transaction that reads and then writes fails at once when another wrote in between,
    # whatever busy_timeout says; one that begins as a writer waits its turn.
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


class Database:
    """One database: transactions to read and to write, and its clock."""

    def __init__(self, url: str) -> None:
        self.engine = connect(url)
        self.is_sqlite = self.engine.dialect.name == "sqlite"
        # SQLite lets waiting writers sleep and poll; a lock wakes the next one at once.
        self._writer = threading.Lock() if self.is_sqlite else nullcontext()

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """A transaction that only reads.

        Raises:
            Busy: the database cannot be reached or does not answer in time.
        """
        with _busy(), self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """A transaction that writes; commits at the end, rolls back on an exception.

        Raises:
            Busy: the database cannot be reached, is locked, or its answer to COMMIT was lost.
        """
        with _busy(), self._writer, self.engine.connect() as plain:
            connection = plain.execution_options(writes=True)
            with connection.begin():
                audit_chain.begin(connection)
                yield connection
                audit_chain.finish(connection)

    def now(self, plus: float = 0.0) -> sa.ColumnElement[datetime]:
        """Database time, plus so many seconds. SQLite lives in this process: its clock is ours."""
        if self.is_sqlite:
            return sa.literal(datetime.now(UTC) + timedelta(seconds=plus), Instant)
        clock = sa.literal_column(
            "CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT)", sa.BigInteger
        )
        return sa.type_coerce(clock + round(plus * 1_000_000), Instant)

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()


def looks_again(write: Callable[Given, Made]) -> Callable[Given, Made]:
    """Decorator: a whole transaction that is tried once more when another made the same row first.

    PostgreSQL lets two transactions find a row missing, and one of them make it; the other, begun
    anew, finds it there. https://www.postgresql.org/docs/15/transaction-iso.html#XACT-READ-COMMITTED
    """

    @wraps(write)
    def tried(*args: Given.args, **kwargs: Given.kwargs) -> Made:
        try:
            return write(*args, **kwargs)
        except IntegrityError:
            return write(*args, **kwargs)

    return tried


@contextmanager
def _busy() -> Iterator[None]:
    try:
        yield
    except StatementError as error:
        cause = error.orig
        if isinstance(cause, Problem):  # why a value cannot be stored or read
            raise cause from None
        if not (isinstance(error, OperationalError) and _passes(error)):
            raise
        raise _late() from error
    except PoolTimeout as error:
        raise _late() from error


def _late() -> Busy:
    return Busy(
        Issue(
            "timeout",
            "La base de données ne répond pas. Réessayez dans un instant : "
            "une demande déjà enregistrée ne le sera pas deux fois.",
            "The database does not answer. Try again in a moment: "
            "a request that is already stored will not be stored twice.",
        )
    )


def _passes(error: Exception) -> bool:
    # SQLite also calls a mistake in the SQL "operational"; the extended code is in the high bits.
    code = getattr(getattr(error, "orig", None), "sqlite_errorcode", None)
    return code is None or code & 0xFF in _SQLITE_PASSING
