"""What the store does when the database fails under it (reliability: D02, D03, D11)."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from servers import processes
from servers.keys import KEYS
from servers.postgres import Postgres
from store_nouns import acceptance, accepted, exchange

from hub.errors import Busy, Issue
from hub.store import SqlStore, migrate, open_store


def test_a_claim_whose_commit_was_done_but_not_confirmed_is_stored_once(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = store.db.write
    lost = iter([True])

    @contextmanager
    def answer_lost() -> Iterator[sa.Connection]:
        with write() as connection:
            yield connection
        if next(lost, False):
            raise Busy(Issue("timeout", "Réponse perdue.", "Answer lost."))

    monkeypatch.setattr(store.db, "write", answer_lost)
    one = exchange()
    [result] = store.accept([acceptance(one)])
    assert (result.error, result.duplicate) == ("", None)
    assert [kept.version for kept in result.resources] == [1]
    assert store.exchanges() == [one]
    assert len(store.events(one.id)) == 1


def test_a_batch_whose_commit_was_not_confirmed_is_stored_once(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = store.db.write
    lost = iter([True])

    @contextmanager
    def answer_lost() -> Iterator[sa.Connection]:
        with write() as connection:
            yield connection
        if next(lost, False):
            raise Busy(Issue("timeout", "Réponse perdue.", "Answer lost."))

    monkeypatch.setattr(store.db, "write", answer_lost)
    sent = [exchange() for _ in range(5)]
    results = store.accept([acceptance(one) for one in sent])
    assert [(r.error, r.duplicate) for r in results] == [("", None)] * 5
    assert len(store.exchanges()) == 5
    assert [len(store.events(one.id)) for one in sent] == [1] * 5


def test_a_broken_connection_is_replaced(postgres: Postgres, postgres_url: str) -> None:
    migrate.upgrade(postgres_url)
    store = open_store(postgres_url, KEYS)
    accepted(store, exchange())
    postgres.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'benkan'"
    )
    accepted(store, exchange())
    assert len(store.exchanges()) == 2
    store.close()


def test_kill_9_of_postgresql_loses_nothing_that_was_answered() -> None:
    with processes.folder("postgres") as home:
        server = Postgres(home / "data", durable=True)
        try:
            server.start()
            url = server.url(server.database())
            migrate.upgrade(url)
            store = open_store(url, KEYS)
            answered = _accept_until_failure(store, server)
            server.start()
            kept = {one.id for one in store.exchanges(limit=100_000)}
            assert answered
            assert answered <= kept
            accepted(store, exchange())
            store.close()
        finally:
            server.stop()


def _accept_until_failure(store: SqlStore, server: Postgres) -> set[str]:
    death = threading.Timer(0.5, server.kill)
    death.start()
    answered: set[str] = set()
    while True:
        one = exchange()
        [result] = store.accept([acceptance(one)])
        if result.error:
            death.join()
            return answered
        answered.add(one.id)


def test_a_database_that_cannot_be_reached_is_busy_and_not_a_bug(tmp_path: Path) -> None:
    port = processes.free_port()
    for url in (f"postgresql://benkan@127.0.0.1:{port}/none", f"sqlite:///{tmp_path}/no/file"):
        with pytest.raises(Busy, match="Try again"):
            open_store(url)


def test_another_process_that_writes_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "hub.sqlite"
    store = open_store(f"sqlite:///{path}")
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    threading.Timer(0.5, other.execute, ["COMMIT"]).start()
    begun = time.monotonic()
    accepted(store, exchange())
    assert time.monotonic() - begun > 0.3
    other.close()
    store.close()


def test_readers_do_not_wait_for_a_writer(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'hub.sqlite'}")
    one = exchange()
    accepted(store, one)
    with store.db.write() as connection:
        connection.execute(sa.text("DELETE FROM events"))
        assert store.exchange(one.id) == one
        assert len(store.events(one.id)) == 1
    assert store.events(one.id) == []
    store.close()


def test_sqlite_keeps_what_was_committed_through_a_power_cut(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'hub.sqlite'}")
    with store.db.read() as connection:
        settings = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    store.close()
    assert settings == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "busy_timeout": 10_000,
    }


def test_postgresql_bounds_statements_and_locks(postgres_url: str) -> None:
    migrate.upgrade(postgres_url)
    store = open_store(postgres_url, KEYS)
    with store.db.read() as connection:
        settings = [
            connection.exec_driver_sql(f"SHOW {name}").scalar_one()
            for name in ("statement_timeout", "lock_timeout", "TimeZone", "application_name")
        ]
    store.close()
    assert settings == ["30s", "10s", "UTC", "benkan"]
