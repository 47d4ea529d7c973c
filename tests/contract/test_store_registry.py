"""Code rows, remembered rights and idempotency keys, on each back end."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from hub.ports import ConceptRow, Remembered
from hub.store import SqlStore
from hub.store.registry import ABANDONED
from hub.store.tables import idempotency


def row(target: str, source: str = "consult-gen") -> ConceptRow:
    return ConceptRow("urn:map", "urn:acte", source, "urn:partner", target)


def test_rows_are_kept_in_order_and_the_version_grows(store: SqlStore) -> None:
    assert (store.concept_rows(), store.concepts_version()) == ([], 0)
    assert store.add_concepts([row("C1"), row("C2")], "awa") == 2
    before = store.concepts_version()
    assert store.add_concepts([row("C3")], "awa") == 1
    assert store.add_concepts([], "awa") == 0
    assert store.concept_rows() == [row("C1"), row("C2"), row("C3")]
    assert store.concepts_version() > before > 0


def test_rights_are_remembered_by_day_and_what_was_said_last_counts(store: SqlStore) -> None:
    day, now = date(2026, 10, 31), datetime.now(UTC)
    assert store.rights_known("AMO-1", day) is None
    store.remember_rights("AMO-1", day, "A", now)
    store.remember_rights("AMO-1", day, "B", now)
    assert store.rights_known("AMO-1", day) == "B"
    assert store.rights_known("AMO-1", day + timedelta(days=1)) is None


def test_a_key_is_reserved_then_answered(store: SqlStore) -> None:
    assert store.remember("c", "k", "hash") is None
    assert store.remember("c", "k", "other") == Remembered("hash")
    store.answer("c", "k", 201, {"ETag": 'W/"1"'}, b"{}\x00")
    assert store.remember("c", "k", "hash") == Remembered("hash", 201, {"ETag": 'W/"1"'}, b"{}\x00")
    assert store.remember("d", "k", "hash") is None


def test_a_key_whose_request_failed_may_be_used_again(store: SqlStore) -> None:
    assert store.remember("c", "k", "hash") is None
    store.forget("c", "k")
    assert store.remember("c", "k", "other") is None
    store.answer("c", "k", 200, {}, b"")
    store.forget("c", "k")
    assert store.remember("c", "k", "other") == Remembered("other", 200, {}, b"")


def test_of_many_requests_with_one_key_one_runs(store: SqlStore) -> None:
    start = threading.Barrier(6)

    def ask(_: int) -> bool:
        start.wait()
        return store.remember("c", "k", "hash") is None

    with ThreadPoolExecutor(6) as threads:
        assert sorted(threads.map(ask, range(6))) == [False] * 5 + [True]


@pytest.mark.parametrize(("age", "free"), [(ABANDONED * 2, True), (ABANDONED / 2, False)])
def test_a_key_whose_process_died_becomes_free(store: SqlStore, age: timedelta, free: bool) -> None:
    assert store.remember("c", "k", "hash") is None
    with store.db.write() as connection:
        connection.execute(sa.update(idempotency).values(at=datetime.now(UTC) - age))
    assert (store.remember("c", "k", "other") is None) is free
