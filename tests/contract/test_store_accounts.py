"""Accounts and sessions, on each back end."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hub.access.accounts import FAILURES, IDLE, LIFE, LOCKED, Account, Session
from hub.store import SqlStore

NOW = datetime.now(UTC)
AWA = Account("awa", "Awa Exemple", ("operator",), "hash", "secret")


def opened(store: SqlStore, digest: str = "d1", at: datetime = NOW) -> None:
    store.open_session(Session(digest, "awa", at, at), "person|awa")


def test_an_account_is_found_as_it_was_made(store: SqlStore) -> None:
    store.put_account(AWA, "account|root", "account-added")
    found = store.account("awa")
    assert found is not None
    assert replace(found, created=None) == AWA
    assert store.accounts() == [found]
    assert store.account("other") is None


def test_a_session_lasts_until_it_is_idle_or_old_or_closed(store: SqlStore) -> None:
    store.put_account(AWA, "account|root", "account-added")
    opened(store)
    assert store.session("d1", NOW) is not None
    assert store.session("d2", NOW) is None
    assert store.session("d1", NOW + IDLE) is None
    for minutes in range(20, 600, 20):
        assert store.session("d1", NOW + timedelta(minutes=minutes)) is not None
    assert store.session("d1", NOW + LIFE) is None
    store.close_session("d1", "person|awa", "awa")
    assert store.session("d1", NOW) is None


def test_what_changes_an_account_ends_its_sessions(store: SqlStore) -> None:
    store.put_account(AWA, "account|root", "account-added")
    opened(store)
    store.put_account(replace(AWA, roles=("auditor",)), "account|root", "account-changed")
    assert store.session("d1", NOW) is None


def test_a_disabled_account_has_no_session(store: SqlStore) -> None:
    store.put_account(AWA, "account|root", "account-added")
    store.put_account(replace(AWA, disabled=NOW), "account|root", "account-disabled")
    opened(store)
    assert store.session("d1", NOW) is None


def test_failures_in_a_row_lock_an_account(store: SqlStore) -> None:
    store.put_account(AWA, "account|root", "account-added")
    for _ in range(FAILURES - 1):
        store.attempt_failed("awa", "person|awa")
    opened(store)
    found = store.account("awa")
    assert found is not None
    assert (found.failures, found.locked) == (0, None)
    began = datetime.now(UTC)
    for _ in range(FAILURES):
        store.attempt_failed("awa", "person|awa")
    found = store.account("awa")
    assert found is not None
    assert found.locked is not None
    assert began < found.locked < began + timedelta(seconds=2 * LOCKED)


def test_every_sign_in_and_refusal_is_in_the_audit_chain(store: SqlStore) -> None:
    store.put_account(AWA, "account|root", "account-added")
    store.attempt_failed("awa", "console")
    opened(store)
    store.close_session("d1", "person|awa", "awa")
    said = [e.content for e in store.audit_entries(object="Account/awa")]
    wanted = ("account-added", "sign-in-refused", "signed-in", "signed-out")
    assert [action for text in said for action in wanted if action in text] == list(wanted)
