"""The next version of a resource, with the step that makes it; on each back end."""

from __future__ import annotations

from dataclasses import replace

import pytest
from store_nouns import accepted, exchange, resource

from hub.errors import Conflict
from hub.model import IndexEntry, NewResource, Reply, ReplyKind
from hub.ports import Acceptance, Change
from hub.store import SqlStore


def revision(follows: int | None, status: str = "cancelled") -> NewResource:
    return replace(
        resource("Task", "t", IndexEntry("status", status), status=status), follows=follows
    )


def test_a_step_writes_the_next_version_with_its_change(store: SqlStore) -> None:
    one = exchange()
    accepted(store, one)
    store.accept([Acceptance([revision(None, "requested")])])
    taken = store.lease(one.id, 30)
    assert taken is not None
    store.save(Change(taken, resources=(revision(1),)))
    kept = store.read("Task", "t")
    assert kept is not None
    assert kept.version == 2
    assert store.find("Task", "status", "", "requested") is None
    assert store.find("Task", "status", "", "cancelled") == kept


def test_a_version_somebody_else_made_meanwhile_undoes_the_whole_step(store: SqlStore) -> None:
    """https://hl7.org/fhir/R4/http.html#concurrency"""
    one = exchange()
    accepted(store, one)
    store.accept([Acceptance([revision(None, "requested")])])
    store.accept([Acceptance([revision(1, "in-progress")])])
    taken = store.lease(one.id, 30)
    assert taken is not None
    with pytest.raises(Conflict):
        store.save(Change(replace(taken, reason="x"), resources=(revision(1),)))
    kept, still = store.read("Task", "t"), store.exchange(one.id)
    assert kept is not None
    assert still is not None
    assert (kept.version, still.reason) == (2, "")


def test_a_resource_that_is_only_made_once_stays_as_it_was_first(store: SqlStore) -> None:
    store.accept([Acceptance([revision(0, "first")])])
    store.accept([Acceptance([revision(0, "second")])])
    kept = store.read("Task", "t")
    assert kept is not None
    assert kept.version == 1
    assert b"first" in kept.body


def test_news_is_remembered_with_what_it_brought(store: SqlStore) -> None:
    reply = Reply(ReplyKind.NEWS, "registration", None, b"{}", "x", partner_reference="N-1")
    store.accept([Acceptance([revision(None)], replies=[("p", reply)])])
    assert store.reply_known("p", reply)
    assert not store.reply_known("q", reply)
