"""What came from partners, on each back end: kept once, never silently dropped."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from hub.model import Inbound
from hub.store import SqlStore


def test_a_file_is_kept_until_it_was_applied(store: SqlStore) -> None:
    second = Inbound("b.xml", b"<b>\x00\xff</b>")
    one = store.inbox_put("p", Inbound("a.xml", b"<a/>"))
    two = store.inbox_put("p", second)
    assert [id for id, _, _ in store.inbox_waiting()] == [one, two]
    assert store.inbox_waiting(limit=1) == [(one, "p", Inbound("a.xml", b"<a/>"))]
    store.inbox_done(one)
    assert store.inbox_waiting() == [(two, "p", second)]
    assert store.quarantined() == []


def test_the_same_name_or_content_again_is_the_first_file(store: SqlStore) -> None:
    one = store.inbox_put("p", Inbound("a.xml", b"<a/>"))
    assert store.inbox_put("p", Inbound("a.xml", b"<a/>")) == one
    assert store.inbox_put("p", Inbound("copy.xml", b"<a/>")) == one
    assert store.inbox_put("other", Inbound("a.xml", b"<a/>")) != one
    assert len(store.inbox_waiting()) == 2
    assert store.quarantined() == []


def test_other_content_under_a_known_name_goes_to_quarantine(store: SqlStore) -> None:
    one = store.inbox_put("p", Inbound("a.xml", b"<a/>"))
    assert store.inbox_put("p", Inbound("a.xml", b"<other/>")) == one
    assert store.inbox_put("p", Inbound("a.xml", b"<other/>")) == one
    [aside] = store.quarantined()
    assert (aside["partner"], aside["body"], aside["reference"]) == ("p", b"<other/>", "a.xml")


def test_a_file_that_arrives_in_many_threads_is_kept_once(store: SqlStore) -> None:
    start = threading.Barrier(6)

    def arrive(_: int) -> str:
        start.wait()
        return store.inbox_put("p", Inbound("a.xml", b"<a/>"))

    with ThreadPoolExecutor(6) as threads:
        assert len(set(threads.map(arrive, range(6)))) == 1
    assert len(store.inbox_waiting()) == 1


def test_a_file_that_cannot_be_read_waits_for_a_person(store: SqlStore) -> None:
    one = store.inbox_put("p", Inbound("a.xml", b"<a"))
    store.inbox_done(one, "Illisible.")
    assert store.inbox_waiting() == []
    [aside] = store.quarantined()
    assert (aside["body"], aside["reason"], aside["reference"]) == (b"<a", "Illisible.", "a.xml")


def test_quarantine_keeps_the_same_thing_once(store: SqlStore) -> None:
    for reference in ("s1", "s1", "s2"):
        store.quarantine("p", b"?", "Référence inconnue.", reference)
    assert [aside["reference"] for aside in store.quarantined()] == ["s1", "s2"]


def test_a_file_put_off_waits_with_its_reason_and_is_shown_until_it_is_applied(
    store: SqlStore,
) -> None:
    one = store.inbox_put("p", Inbound("a.xml", b"<a/>"))
    later = datetime.now(UTC) + timedelta(hours=1)
    store.inbox_later(one, "Avis bloqué : F-1.", later)
    assert store.inbox_waiting() == []
    [shown] = store.quarantined()
    assert (shown["reason"], shown["reference"]) == ("Avis bloqué : F-1.", "a.xml")
    store.inbox_wake("other")
    assert store.inbox_waiting() == []
    store.inbox_wake("p")
    [(id, _, found)] = store.inbox_waiting()
    assert (id, found.attempts, found.reason) == (one, 1, "Avis bloqué : F-1.")
    store.inbox_done(one)
    assert store.quarantined() == []


def test_what_was_never_tried_comes_before_what_waits_for_something(store: SqlStore) -> None:
    first = store.inbox_put("p", Inbound("a.xml", b"<a/>"))
    store.inbox_later(first, "", datetime.now(UTC) - timedelta(hours=1))
    second = store.inbox_put("p", Inbound("b.xml", b"<b/>"))
    assert [id for id, _, _ in store.inbox_waiting()] == [second, first]
