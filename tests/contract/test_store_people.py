"""Who has which number, tasks about people, acts billed: on each back end."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from store_nouns import accepted, event, exchange, resource

from hub.errors import DoubleBilled
from hub.model import Exchange, Reply, ReplyKind, State
from hub.ports import Bill, Change, Double, Doubt, Identity, Piece, Registration
from hub.store import SqlStore

KEY = ("urn:amo", "A-1")
NOW = datetime(2026, 10, 5, tzinfo=UTC)
NEWS = Reply(ReplyKind.NEWS, "registration", None, b"{}", "application/json", "N-1")


def identity(person: str = "p1", value: str = "A-1", **more: str) -> Identity:
    return Identity("urn:amo", value, person, source="test", **more)


def registration(**changes: object) -> Registration:
    made = Registration(
        partner="loopback",
        notice="N-1",
        reply=NEWS,
        resources=[resource("Patient", "p1")],
        identities=[identity()],
        pieces=[Piece("Patient/p1", "p1", NOW, "created")],
    )
    return replace(made, **changes)


def test_an_identifier_is_kept_once_a_person_and_seen_again(store: SqlStore) -> None:
    store.note_identities([identity()])
    [first] = store.identities([KEY])
    store.note_identities([identity(use="old", end="2026-08-01"), identity("p2")])
    mine, theirs = store.identities([KEY])
    assert (mine.person, mine.use, mine.end, theirs.person) == ("p1", "old", "2026-08-01", "p2")
    assert mine.first_seen == first.first_seen
    assert mine.last_seen is not None
    assert mine.last_seen >= first.last_seen
    assert store.identities([]) == []
    assert [row.value for row in store.identities_of("p1")] == ["A-1"]
    assert store.identity_systems() == ["urn:amo"]


def test_a_notice_is_applied_whole_and_once(store: SqlStore) -> None:
    assert store.register(registration())
    assert store.register(registration(resources=[resource("Patient", "p9")]))
    assert store.read("Patient", "p9") is None
    assert store.notice_known("loopback", "N-1")
    assert not store.notice_known("other", "N-1")
    assert store.reply_known("loopback", NEWS)
    [(partner, notice, piece)] = store.pieces("p1")
    assert (partner, notice, piece.as_of) == ("loopback", "N-1", NOW)


def test_a_notice_worked_out_from_what_has_changed_writes_nothing(store: SqlStore) -> None:
    store.note_identities([identity("p2")])
    assert not store.register(registration())
    stale = replace(resource("Patient", "p1"), follows=3)
    seen = frozenset({("urn:amo", "A-1", "p2")})
    assert not store.register(registration(resources=[stale], persons=seen))
    assert [row.person for row in store.identities([KEY])] == ["p2"]
    assert not store.notice_known("loopback", "N-1")


def test_of_two_notices_that_make_one_person_at_once_one_must_look_again(store: SqlStore) -> None:
    start = threading.Barrier(4)

    def tell(number: int) -> bool:
        start.wait()
        return store.register(
            registration(
                notice=f"N-{number}",
                reply=replace(NEWS, partner_reference=f"N-{number}"),
                resources=[resource("Patient", f"p{number}")],
                identities=[identity(f"p{number}")],
            )
        )

    with ThreadPoolExecutor(4) as threads:
        assert sorted(threads.map(tell, range(4))) == [False, False, False, True]
    assert len(store.identities([KEY])) == 1


def test_doubts_that_share_a_number_make_one_task(store: SqlStore) -> None:
    start = threading.Barrier(6)

    def doubt(number: int) -> str:
        keys = [KEY, ("urn:nina", f"N{number}")]
        start.wait()
        return store.open_task(Doubt("unknown", keys, "R01", exchange=f"e{number}"), f"t{number}")

    with ThreadPoolExecutor(6) as threads:
        assert len(set(threads.map(doubt, range(6)))) == 1
    [task] = store.tasks(open=True)
    assert sorted(task.exchanges) == [f"e{n}" for n in range(6)]
    assert len(task.keys) == 7
    store.open_task(Doubt("unknown", [KEY], "R01", exchange="e0"), "again")
    assert len(store.tasks()[0].exchanges) == 6


def test_a_resolved_task_lets_a_new_one_open_and_remembers_its_news(store: SqlStore) -> None:
    store.open_task(Doubt("ambiguous", [KEY], "…", partner="loopback", news=NEWS), "t1")
    assert store.decided_news() == []
    assert store.resolve_task("t1", "p1", "awa", [identity()])
    assert not store.resolve_task("t1", "p2", "awa", [])
    assert store.decided([KEY]) == "p1"
    assert store.decided([KEY, ("urn:nina", "N")]) == ""
    [(number, partner, reply)] = store.decided_news()
    assert (partner, reply) == ("loopback", NEWS)
    store.news_applied(number)
    assert store.decided_news() == []
    assert store.open_task(Doubt("unknown", [KEY], "R01", exchange="e1"), "t2") == "t2"
    assert [t.id for t in store.tasks()] == ["t2", "t1"]
    assert [t.id for t in store.tasks(open=False)] == ["t1"]


def test_a_task_is_shown_until_it_is_up_to_date(store: SqlStore) -> None:
    store.open_task(Doubt("unknown", [KEY], "R01", exchange="e1"), "t1")
    assert store.tasks_to_show() == ["t1"]
    store.show_task("t1", resource("Task", "t1"), 1)
    assert store.tasks_to_show() == []
    store.open_task(Doubt("unknown", [KEY], "R01", exchange="e2"), "t9")
    assert store.tasks_to_show() == ["t1"]
    store.show_task("t1", resource("Task", "t1", status="old"), 1)
    assert store.tasks_to_show() == ["t1"]


def leased(store: SqlStore, **changes: object) -> Exchange:
    one = exchange(**changes)
    accepted(store, one)
    taken = store.lease(one.id, 30)
    assert taken is not None
    return taken


def test_an_act_billed_to_another_body_stops_the_whole_change(store: SqlStore) -> None:
    first, later = leased(store), leased(store, partner="other")
    store.save(Change(replace(first, state=State.READY), bill=Bill(["act1", "act2"])))
    change = Change(replace(later, state=State.READY), [event("translated")], bill=Bill(["act2"]))
    with pytest.raises(DoubleBilled) as doubled:
        store.save(change)
    assert doubled.value.others == (first.id,)
    kept = store.exchange(later.id)
    assert kept is not None
    assert kept.state is State.ACCEPTED
    told = {first.id: [event("double-billing")]}
    pair = Double(later.id, first.id, NOW, "flag")
    known = Bill(["act2"], frozenset({first.id}))
    store.save(replace(change, bill=known, told=told, doubles=[pair, pair]))
    assert store.events(first.id)[-1].what == "double-billing"
    [(listed, a, b)] = store.doubles()
    assert (listed, a.id, b.id) == (pair, later.id, first.id)


def test_an_act_of_a_withdrawn_claim_may_be_billed_by_another(store: SqlStore) -> None:
    first, later = leased(store), leased(store, partner="other")
    store.save(Change(replace(first, state=State.CANCELLED), bill=Bill(["act1"])))
    store.save(Change(replace(later, state=State.READY), bill=Bill(["act1"])))
    third = leased(store)
    with pytest.raises(DoubleBilled) as doubled:
        store.save(Change(replace(third, state=State.READY), bill=Bill(["act1"])))
    assert doubled.value.others == (later.id,)


def test_guesses_are_counted_by_client_and_time(store: SqlStore) -> None:
    for client in ("a", "a", "b"):
        store.guess(client)
    assert (store.guessed("a", 60), store.guessed("b", 60), store.guessed("c", 60)) == (2, 1, 0)
    assert store.guessed("a", -1) == 0
