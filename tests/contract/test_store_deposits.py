"""Deposits on each back end: closed whole or not at all, delivered under a lease."""

from __future__ import annotations

from dataclasses import replace

import pytest
from store_nouns import accepted, bundle, deposit, event, exchange, later

from hub.errors import LeaseLost
from hub.model import Exchange, State
from hub.ports import Change
from hub.store import SqlStore


def ready(store: SqlStore, *changes: dict[str, object]) -> list[Exchange]:
    made = [exchange(state=State.READY, next_attempt=None, **one) for one in changes or ({}, {})]
    accepted(store, *made)
    return made


def states(store: SqlStore, members: list[Exchange]) -> list[State]:
    return [kept.state for one in members if (kept := store.exchange(one.id))]


def test_candidates_are_ready_free_and_wait_for_a_deposit(store: SqlStore) -> None:
    first, _, _, leased, last = ready(store, {}, {"held": True}, {"partner": "other"}, {}, {})
    accepted(store, exchange(next_attempt=None), exchange(state=State.READY))
    assert store.lease(leased.id, 60, due=False) is not None
    assert store.deposit_candidates("loopback", "claim", 10) == [first.id, last.id]
    assert store.deposit_candidates("loopback", "claim", 1) == [first.id]
    assert store.deposit_candidates("loopback", "eligibility", 10) == []


def test_closing_a_deposit_moves_its_members_and_keeps_its_bytes(store: SqlStore) -> None:
    members, closed = ready(store), deposit()
    assert store.close_deposit(closed, [one.id for one in members], bundle())
    assert states(store, members) == [State.SENT, State.SENT]
    assert store.deposits() == [closed]
    kept = store.exchange(members[0].id)
    assert kept is not None
    assert kept.deposit == "d1"
    assert [e.what for e in store.events(kept.id)] == ["accepted", "sent"]
    assert [(m.kind, m.body) for m in store.messages(kept.id)][-1] == ("deposit", b"<lot/>")
    assert store.deposit_candidates("loopback", "claim", 10) == []


def test_a_member_that_is_not_ready_any_more_stops_the_whole_deposit(store: SqlStore) -> None:
    members = ready(store, {}, {"held": True})
    assert not store.close_deposit(deposit(), [one.id for one in members], bundle())
    assert states(store, members) == [State.READY, State.READY]
    assert store.deposits() == []
    assert len(store.messages(members[0].id)) == 1


def test_a_worker_that_held_a_member_before_cannot_write_over_its_deposit(store: SqlStore) -> None:
    [member] = ready(store, {})
    seen = store.exchange(member.id)
    assert seen is not None
    assert store.close_deposit(deposit(), [member.id], bundle())
    with pytest.raises(LeaseLost):
        store.save(Change(replace(seen, held=True)))


def test_a_deposit_is_leased_once_with_its_bytes(store: SqlStore) -> None:
    members = ready(store)
    store.close_deposit(deposit(), [one.id for one in members], bundle())
    assert store.deposits_due() == ["d1"]
    leased = store.lease_deposit("d1", 60)
    assert leased is not None
    assert leased[1] == bundle()
    assert leased[0].fence == 1
    assert store.lease_deposit("d1", 60) is None
    assert store.deposits_due() == []
    assert store.lease_deposit("nothing", 60) is None


def test_delivery_moves_the_members_that_were_sent_and_tells_them(store: SqlStore) -> None:
    members = ready(store)
    store.close_deposit(deposit(), [one.id for one in members], bundle())
    leased = store.lease_deposit("d1", 60)
    assert leased is not None
    tried = replace(leased[0], attempts=1, next_attempt=later())
    store.save_deposit(tried, None, [event("tried")])
    store.save_deposit(replace(tried, state=State.PENDING), State.PENDING, [event("delivered")])
    assert states(store, members) == [State.PENDING, State.PENDING]
    story = [e.what for e in store.events(members[1].id)]
    assert story == ["accepted", "sent", "tried", "delivered"]
    assert store.deposits("loopback")[0].state is State.PENDING
    assert store.deposits("other") == []


def test_members_sent_back_leave_the_deposit_and_wait_for_another(store: SqlStore) -> None:
    members = ready(store)
    store.close_deposit(deposit(), [one.id for one in members], bundle())
    leased = store.lease_deposit("d1", 60)
    assert leased is not None
    store.save_deposit(replace(leased[0], next_attempt=None), State.READY)
    waiting = [one.id for one in members]
    assert store.deposit_candidates("loopback", "claim", 10) == waiting
    assert store.close_deposit(deposit("d2"), waiting, bundle("d2"))
    assert [one.id for one in store.deposits()] == ["d2", "d1"]


def test_a_deposit_whose_lease_was_lost_writes_nothing(store: SqlStore) -> None:
    members = ready(store)
    store.close_deposit(deposit(), [one.id for one in members], bundle())
    first, second = store.lease_deposit("d1", 0.0), store.lease_deposit("d1", 60)
    assert first is not None
    assert second is not None
    with pytest.raises(LeaseLost):
        store.save_deposit(replace(first[0], state=State.CLOSED), State.PENDING, [event()])
    assert states(store, members) == [State.SENT, State.SENT]
    assert store.deposits()[0].state is State.SENT


def test_recovery_makes_a_deposit_due_whose_fate_is_unknown(store: SqlStore) -> None:
    members = ready(store)
    store.close_deposit(deposit(), [one.id for one in members], bundle())
    leased = store.lease_deposit("d1", 3600)
    assert leased is not None
    store.save_deposit(replace(leased[0], attempts=1, next_attempt=later()), None)
    assert store.deposits_due() == []
    assert store.recover() == 1
    assert store.deposits_due() == ["d1"]
