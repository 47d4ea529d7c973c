"""Lists kept by people, files they look at first, and codes counted, on each back end."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from store_nouns import accepted, exchange

from hub.errors import Conflict, LeaseLost
from hub.ports import Amendment, Change, ReferenceRow, Upload
from hub.store import SqlStore

DAY = date(2026, 11, 1)
OLD = ReferenceRow("C", "Consultation", "2000", "XOF", "2022-01-02")
FIRST = Amendment("hub", "tarifs", DAY, "person|awa", "Arrêté fictif", (OLD,), file="a.xlsx")


def test_a_list_keeps_what_it_said_and_who_changed_it_when_and_why(store: SqlStore) -> None:
    first = store.amend(replace(FIRST, counts={"added": 1}))
    ended, new = replace(OLD, end="2026-12-31"), replace(OLD, value="2500", start="2027-01-01")
    change = replace(
        FIRST,
        day=date(2027, 1, 1),
        add=(ended, new),
        remove=(("C", "2022-01-02"),),
        after=first,
        counts={"changed": 1},
    )
    second = store.amend(change)
    assert [(one.row, one.amendment) for one in store.list_rows("hub", "tarifs")] == [
        (ended, second),
        (new, second),
    ]
    assert store.reference("tarifs", date(2026, 12, 31)) == [ended]
    assert store.reference("tarifs", date(2031, 1, 1)) == [new]
    told = [(one.seq, one.actor, one.reason, one.changed) for one in store.amendments("hub")]
    assert told == [(second, "person|awa", "Arrêté fictif", 1), (first, *told[1][1:])]
    assert list(store.audit_differences()) == []


def test_a_list_that_moved_since_the_preview_is_left_alone_and_the_other_is_named(
    store: SqlStore,
) -> None:
    with ThreadPoolExecutor(4) as threads:
        tries = [threads.submit(store.amend, replace(FIRST, actor=f"person|p{n}")) for n in "1234"]
        failed = [one.exception() for one in tries if one.exception() is not None]
    assert len(failed) == 3
    [kept] = store.amendments()
    winner = kept.actor.removeprefix("person|")
    for problem in failed:
        assert isinstance(problem, Conflict)
        assert winner in problem.text
    assert len(store.list_rows("hub", "tarifs")) == 1


def test_lists_told_by_an_institution_and_kept_here_stand_beside_each_other(
    store: SqlStore,
) -> None:
    store.amend(FIRST)
    store.keep_reference("a", "tarifs", DAY, [replace(OLD, value="1900")])
    assert sorted(row.value for row in store.reference("tarifs", DAY)) == ["1900", "2000"]
    assert [one.amendment for one in store.list_rows("a", "tarifs")] == [0]


def test_a_file_is_seen_by_who_brought_it_for_a_day(store: SqlStore) -> None:
    now = datetime.now(UTC)
    old = Upload("u1", "person|awa", now - timedelta(days=2), "a.csv", b"x", {"list": "tarifs"})
    store.keep_upload(old)
    assert store.upload("u1", "person|awa") == old
    assert store.upload("u1", "person|fanta") is None
    store.keep_upload(replace(old, id="u2", at=now))
    assert store.upload("u1", "person|awa") is None
    store.forget_upload("u2")
    assert store.upload("u2", "person|awa") is None


def test_nobody_fills_the_database_with_files_that_wait(store: SqlStore) -> None:
    now = datetime.now(UTC)
    for n in range(14):
        at = now + timedelta(seconds=n)
        store.keep_upload(Upload(f"n{n:02}", "person|awa", at, "a.csv", b"x", {}))
        store.keep_upload(Upload(f"o{n:02}", f"person|{n}", at, "a.csv", b"x", {}))
    kept = [n for n in range(14) if store.upload(f"n{n:02}", "person|awa") is not None]
    assert kept == list(range(4, 14))
    assert all(store.upload(f"o{n:02}", f"person|{n}") for n in range(14))


def test_codes_are_counted_with_the_step_that_saw_them_and_not_when_it_is_lost(
    store: SqlStore,
) -> None:
    seen = {("s", "K"): "Acte K", ("s", "x" * 300): "no code", ("t", ""): ""}
    for number in range(3):
        made = exchange()
        accepted(store, made)
        lost, leased = store.lease(made.id, -1), store.lease(made.id, 60)
        assert lost is not None
        assert leased is not None
        with pytest.raises(LeaseLost):
            store.save(Change(lost, seen=seen))
        store.save(Change(leased, seen=seen if number else {("s", "K"): ""}))
    [only] = store.codes_seen()
    assert (only.system, only.code, only.display, only.count) == ("s", "K", "Acte K", 3)
    assert store.codes_seen(since="9999-01") == []


def test_workers_that_count_the_same_codes_lose_none(store: SqlStore) -> None:
    made = [exchange() for _ in range(24)]
    for one in made:
        accepted(store, one)

    def step(number: int) -> None:
        leased = store.lease(made[number].id, 60)
        assert leased is not None
        order = [("s", "A"), ("s", "B"), ("t", "C")]
        store.save(Change(leased, seen=dict.fromkeys(order[:: 1 if number % 2 else -1], "")))

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(step, range(24)))
    assert {(one.code, one.count) for one in store.codes_seen()} == {
        ("A", 24),
        ("B", 24),
        ("C", 24),
    }
