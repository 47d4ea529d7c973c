"""Exchanges on each back end: taking work in, leasing it, saving under a fencing number."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from servers.keys import KEYS
from store_nouns import acceptance, accepted, claim, event, exchange, later, now, outgoing

from hub.errors import LeaseLost
from hub.model import Operation, Reply, ReplyKind, State
from hub.ports import Acceptance, Change
from hub.store import SqlStore, open_store


def test_an_accepted_exchange_is_read_back_as_it_was(store: SqlStore) -> None:
    one = exchange(detail={"missing": ["é"]}, amount="12.50")
    accepted(store, one)
    assert store.exchange(one.id) == one
    assert store.exchange("nobody") is None


def test_what_an_acceptance_carries_is_stored_with_it(store: SqlStore) -> None:
    one = exchange()
    [result] = store.accept([acceptance(one)])
    kept = store.read("Claim", one.resource.partition("/")[2])
    assert [kept] == list(result.resources)
    assert [e.what for e in store.events(one.id)] == ["accepted"]
    assert store.events(one.id)[0].detail == {"n": 1}
    [message] = store.messages(one.id)
    assert (message.direction, message.kind) == ("in", "claim")
    assert len(message.sha256) == 64


def test_the_same_business_key_stores_nothing_and_gives_the_first_exchange(
    store: SqlStore,
) -> None:
    first = exchange()
    accepted(store, first)
    again = exchange(identifier=first.identifier)
    [result] = store.accept([acceptance(again)])
    assert result.duplicate == first
    assert store.exchange(again.id) is None
    assert store.read("Claim", again.resource.partition("/")[2]) is None


def test_the_same_business_key_twice_in_one_batch_is_stored_once(store: SqlStore) -> None:
    first = exchange()
    again = exchange(identifier=first.identifier)
    results = store.accept([acceptance(first), acceptance(again)])
    assert [r.duplicate for r in results] == [None, first]
    assert store.exchange(again.id) is None


def test_another_operation_or_provider_is_another_key(store: SqlStore) -> None:
    first = exchange()
    other = exchange(identifier=first.identifier, operation=Operation.PREAUTHORIZATION)
    third = exchange(identifier=first.identifier, provider="Organization/2")
    accepted(store, first, other, third)
    assert store.business_key(first.provider, first.identifier, "preauthorization") == other
    assert store.business_key("Organization/2", first.identifier, "claim") == third


def test_claims_without_identifier_are_not_each_others_duplicates(store: SqlStore) -> None:
    accepted(store, exchange(identifier=""), exchange(identifier=""))
    assert len(store.exchanges()) == 2


def test_a_control_copy_keeps_the_key_of_its_parent(store: SqlStore) -> None:
    first = exchange()
    copy = exchange(identifier=first.identifier, parent=first.id)
    store.accept([replace(acceptance(first), exchanges=[first, copy])])
    assert store.exchange(copy.id) == copy
    assert store.business_key(first.provider, first.identifier, "claim") == first


def test_a_bad_row_fails_alone(store: SqlStore) -> None:
    good, same, last = exchange(), exchange(), exchange()
    bad = replace(same, id=good.id)  # an id that exists, under another key
    results = store.accept([acceptance(one) for one in (good, bad, last)])
    naive = exchange(created=now().replace(tzinfo=None))
    results += store.accept([acceptance(naive), acceptance(exchange(id="after"))])
    assert [bool(r.error) for r in results] == [False, False, False, True, False]
    assert store.exchange(good.id) == good
    assert store.exchange(last.id) == last
    assert store.exchange(naive.id) is None
    assert store.exchange("after") is not None
    assert store.read("Claim", naive.resource.partition("/")[2]) is None


def test_an_acceptance_whose_commit_was_not_confirmed_is_found_again(store: SqlStore) -> None:
    one = acceptance(exchange())
    [first] = store.accept([one])
    [second] = store.accept([one])
    assert second.duplicate is None
    assert second.resources == first.resources
    assert len(store.exchanges()) == 1


def test_exchanges_are_listed_newest_first_and_by_what_is_asked(store: SqlStore) -> None:
    one, two = exchange(), exchange(partner="other", held=True, state=State.READY)
    accepted(store, one, two)
    assert store.exchanges() == [two, one]
    assert store.exchanges(limit=1) == [two]
    assert store.exchanges(state=State.ACCEPTED) == [one]
    assert store.exchanges(held=True) == [two]
    assert store.exchanges(held=False) == [one]
    assert store.exchanges(partner="other") == [two]
    assert store.exchanges(resource=one.resource) == [one]
    assert store.exchanges(identifier=two.identifier) == [two]
    assert store.by_submission("other", two.submission) == two
    assert store.by_submission("loopback", two.submission) is None


def test_only_work_that_is_due_free_and_not_held_is_due(store: SqlStore) -> None:
    ready, early = exchange(), exchange(next_attempt=later())
    held, waits = exchange(held=True), exchange(next_attempt=None)
    accepted(store, ready, early, held, waits)
    assert store.due() == [ready.id]
    assert [store.lease(x.id, 60) for x in (early, held, waits)] == [None, None, None]
    assert store.lease(ready.id, 60) is not None
    assert store.due() == []


def test_due_work_comes_oldest_first_and_not_more_than_asked(store: SqlStore) -> None:
    second = exchange(next_attempt=later(-10))
    first = exchange(next_attempt=later(-20))
    accepted(store, second, first)
    assert store.due() == [first.id, second.id]
    assert store.due(limit=1) == [first.id]


def test_work_that_is_due_at_this_very_instant_can_be_leased(store: SqlStore) -> None:
    one = exchange(next_attempt=now())
    accepted(store, one)
    assert store.lease(one.id, 60) is not None


def test_news_can_be_leased_before_it_is_due_but_not_from_another(store: SqlStore) -> None:
    one = exchange(next_attempt=None, held=True)
    accepted(store, one)
    taken = store.lease(one.id, 60, due=False)
    assert taken is not None
    assert taken.fence == 1
    assert store.lease(one.id, 60, due=False) is None


def test_of_many_threads_one_gets_the_lease(store: SqlStore) -> None:
    one = exchange()
    accepted(store, one)
    start = threading.Barrier(8)

    def take(_: int) -> bool:
        start.wait()
        return store.lease(one.id, 60) is not None

    with ThreadPoolExecutor(8) as threads:
        assert sorted(threads.map(take, range(8))) == [False] * 7 + [True]


def test_a_step_is_saved_whole_and_ends_the_lease(store: SqlStore) -> None:
    one = exchange()
    accepted(store, one)
    leased = store.lease(one.id, 60)
    assert leased is not None
    after = replace(leased, state=State.READY, next_attempt=now(), detail={"a": "b"})
    copy = exchange(parent=one.id)
    spawned = Acceptance(exchanges=[copy], events={copy.id: [event("spawned")]})
    answer = claim("answer")
    store.save(Change(after, [event("translated")], [outgoing()], [answer], [spawned]))
    assert store.exchange(one.id) == replace(after, fence=-leased.fence)
    assert [e.what for e in store.events(one.id)] == ["accepted", "translated"]
    assert store.messages(one.id)[-1].total == outgoing().total
    assert store.read("Claim", "answer") is not None
    assert store.exchange(copy.id) == copy
    assert set(store.due()) == {one.id, copy.id}


def test_a_lost_lease_writes_nothing(store: SqlStore) -> None:
    one = exchange()
    accepted(store, one)
    first = store.lease(one.id, 0.0)
    second = store.lease(one.id, 60)
    assert first is not None
    assert second is not None
    late = Change(replace(first, state=State.READY), [event("late")], [outgoing()], [claim("x")])
    with pytest.raises(LeaseLost):
        store.save(late)
    assert store.exchange(one.id) == replace(one, fence=-2)
    assert [e.what for e in store.events(one.id)] == ["accepted"]
    assert len(store.messages(one.id)) == 1
    assert store.read("Claim", "x") is None
    store.save(Change(replace(second, state=State.READY)))


def test_a_lease_that_ran_out_and_that_nobody_took_still_saves(store: SqlStore) -> None:
    one = exchange()
    accepted(store, one)
    leased = store.lease(one.id, 0.0)
    assert leased is not None
    store.save(Change(replace(leased, state=State.READY)))
    assert store.exchanges(state=State.READY) != []


def test_an_operator_does_not_write_over_a_worker_nor_over_what_he_did_not_see(
    store: SqlStore,
) -> None:
    one = exchange()
    accepted(store, one)
    seen = store.exchange(one.id)
    leased = store.lease(one.id, 60)
    during = store.exchange(one.id)
    assert seen is not None
    assert during is not None
    assert leased is not None
    for stale in (seen, during):
        with pytest.raises(LeaseLost):
            store.save(Change(replace(stale, held=True)))
    store.save(Change(replace(leased, state=State.READY)))
    with pytest.raises(LeaseLost):
        store.save(Change(replace(seen, held=True)))
    fresh = store.exchange(one.id)
    assert fresh is not None
    store.save(Change(replace(fresh, held=True, reason="Pièce manquante.")))
    with pytest.raises(LeaseLost):
        store.save(Change(replace(fresh, held=False)))
    assert [x.id for x in store.exchanges(held=True)] == [one.id]


def test_while_the_bytes_leave_nobody_else_takes_the_exchange(store: SqlStore) -> None:
    one = exchange(state=State.READY)
    accepted(store, one)
    leased = store.lease(one.id, 60)
    assert leased is not None
    sent = replace(leased, state=State.SENT)
    store.save(Change(sent))
    assert store.lease(one.id, 60) is None
    assert store.lease(one.id, 60, due=False) is None
    store.save(Change(replace(sent, state=State.PENDING)))
    assert store.lease(one.id, 60) is not None


def test_recovery_frees_leases_and_makes_what_was_sent_due(store: SqlStore) -> None:
    sent = exchange(state=State.SENT, next_attempt=later())
    member = exchange(state=State.SENT, next_attempt=None, deposit="d1")
    held = exchange(state=State.SENT, next_attempt=None, held=True)
    leased = exchange()
    accepted(store, sent, member, held, leased)
    dead = store.lease(leased.id, 3600)
    assert dead is not None
    assert store.recover() == 1
    assert set(store.due()) == {sent.id, leased.id}
    with pytest.raises(LeaseLost):
        store.save(Change(dead))


def test_a_reply_is_remembered_with_the_change_that_applies_it(store: SqlStore) -> None:
    one = exchange()
    accepted(store, one)
    leased = store.lease(one.id, 60)
    assert leased is not None
    reply = Reply(ReplyKind.ANSWER, "claim", "s1", b"<oui/>", "application/xml")
    assert not store.reply_known("loopback", reply)
    with pytest.raises(LeaseLost):
        store.save(Change(replace(leased, fence=9), reply=reply))
    assert not store.reply_known("loopback", reply)
    store.save(Change(leased, reply=reply))
    store.save(Change(leased, reply=reply))
    assert store.reply_known("loopback", reply)
    assert not store.reply_known("other", reply)
    assert not store.reply_known("loopback", replace(reply, reference="s2"))


def test_the_newest_message_for_the_partner_goes_out(store: SqlStore) -> None:
    one = exchange()
    accepted(store, one)
    assert store.outgoing(one.id) is None
    leased = store.lease(one.id, 60)
    assert leased is not None
    store.save(Change(leased, (), [outgoing(b"<un/>"), outgoing(b"<deux/>", "12.50")]))
    made = store.outgoing(one.id)
    assert made is not None
    assert (made.body, made.name, made.key) == (b"<deux/>", "feuille.xml", "s1")
    assert made.total is not None
    assert str(made.total.amount) == "12.50"


def test_a_message_that_does_not_say_its_key_has_that_of_the_exchange(store: SqlStore) -> None:
    one = exchange(amount="7.10", currency="GHS")
    accepted(store, one)
    leased = store.lease(one.id, 60)
    assert leased is not None
    store.save(Change(leased, (), [replace(outgoing(), operation="", key="", total=None)]))
    made = store.outgoing(one.id)
    assert made is not None
    assert (made.operation, made.key) == ("claim", one.submission)
    assert made.total is not None
    assert (str(made.total.amount), made.total.currency) == ("7.10", "GHS")


def test_a_partners_words_with_forbidden_characters_are_kept(store: SqlStore) -> None:
    one = exchange(reason="nul \x00 et moitié \ud800", detail={"text": "\x00"})
    [result] = store.accept([Acceptance(exchanges=[one], events={one.id: [event(text="\x00")]})])
    assert result.error == ""
    kept = store.exchange(one.id)
    assert kept is not None
    assert kept.reason == "nul \N{REPLACEMENT CHARACTER} et moitié ?"
    assert kept.detail == {"text": "\x00"}


def test_two_hubs_on_one_database_store_a_key_once(store_url: str) -> None:
    stores = [open_store(store_url, KEYS) for _ in range(4)]
    first = exchange()
    start = threading.Barrier(len(stores))

    def offer(one: SqlStore) -> bool:
        mine = exchange(identifier=first.identifier)
        start.wait()
        [result] = one.accept([acceptance(mine)])
        assert result.error == ""
        return result.duplicate is None

    with ThreadPoolExecutor(len(stores)) as threads:
        assert sorted(threads.map(offer, stores)) == [False, False, False, True]
    assert len(stores[0].exchanges()) == 1
    for one in stores:
        one.close()
