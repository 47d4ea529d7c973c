"""Clients, tokens and what may be used once, on each back end."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hub.access import tokens
from hub.access.clients import Client
from hub.store import SqlStore


def now() -> datetime:
    return datetime.now(UTC)


def client(**changes: object) -> Client:
    made = Client("csref", "CSRéf fictif", ("provider",), "csref", ("s|v",), "system/*.rs")
    return replace(made, jwks={"keys": [{"kid": "1"}]}, **changes)


def given(store: SqlStore, at: datetime | None = None) -> str:
    text, token = tokens.new("csref", "system/Claim.rs", at or now())
    store.keep_token(token)
    return tokens.digest(text)


def test_a_registered_client_is_found_as_it_was_registered(store: SqlStore) -> None:
    store.put_client(client(), "person|awa", "client-added")
    found = store.client("csref")
    assert found is not None
    assert replace(found, created=None) == client()
    assert found.created is not None
    assert store.client("other") is None
    assert store.clients() == [found]


def test_what_happens_to_a_client_is_in_the_audit_chain(store: SqlStore) -> None:
    store.put_client(client(), "person|awa", "client-added")
    store.put_client(client(disabled=now()), "person|awa", "client-disabled")
    found = store.audit_search(object="Client/csref")
    assert [e.content.count("person|awa") for e in found] == [1, 1]


def test_a_token_leads_to_its_client_until_it_expires(store: SqlStore) -> None:
    store.put_client(client(), "hub", "client-added")
    found = store.token(given(store))
    assert found is not None
    assert (found[0].scopes, found[1].id) == ("system/Claim.rs", "csref")
    assert store.token(given(store, now() - tokens.LIFE)) is None
    assert store.token("unknown") is None


def test_a_disabled_client_loses_its_tokens_at_once(store: SqlStore) -> None:
    store.put_client(client(), "hub", "client-added")
    digest = given(store)
    store.put_client(client(disabled=now()), "hub", "client-disabled")
    assert store.token(digest) is None
    store.put_client(client(), "hub", "client-enabled")
    assert store.token(digest) is None


def test_what_may_be_used_once_is_used_once_by_whoever_is_first(store: SqlStore) -> None:
    until = now() + timedelta(minutes=5)
    with ThreadPoolExecutor(8) as threads:
        used = list(threads.map(lambda _: store.use_once("jti", "csref one", until), range(8)))
    assert sorted(used) == [False] * 7 + [True]
    assert store.use_once("jti", "csref two", until)


def test_what_was_used_long_ago_is_forgotten(store: SqlStore) -> None:
    assert store.use_once("jti", "one", now() - timedelta(seconds=1))
    assert store.use_once("jti", "one", now() + timedelta(minutes=5))
