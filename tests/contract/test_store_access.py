"""Clients, tokens and what may be used once, on each back end."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import store_nouns as nouns

from hub.access import tokens
from hub.access.clients import Client
from hub.evidence.chain import Act
from hub.formats import exact_json
from hub.model import IndexEntry
from hub.ports import Acceptance
from hub.store import ScopedStore, SqlStore
from hub.store.audit_sight import AuditSight, Wanted


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


def owned(store: SqlStore, tenant: str) -> str:
    """An accepted claim of a tenant; gives its name."""
    one = nouns.exchange()
    mark = IndexEntry("_tenant", tenant)
    carried = nouns.claim(one.resource.partition("/")[2], index=(mark,))
    store.accept([Acceptance(resources=[carried], exchanges=[one], events={one.id: []})])
    return one.resource


def test_others_exchanges_do_not_fill_the_list(store: SqlStore) -> None:
    """The limit counts what is theirs, not what is there."""
    first = owned(store, "a")
    for _ in range(3):
        owned(store, "b")
    seen = ScopedStore(store.db, "a").exchanges(limit=1)
    assert [one.resource for one in seen] == [first]
    assert ScopedStore(store.db, "c").exchanges() == []


def test_the_audit_of_a_tenant_is_about_its_data_and_its_clients(store: SqlStore) -> None:
    mine, theirs = owned(store, "a"), owned(store, "b")
    store.put_client(client(tenant="a"), "person|awa", "client-added")
    store.record([Act("client|csref", "read", theirs, now()), Act("x", "looked", "Hub/1", now())])
    [exchange] = store.exchanges(resource=mine)
    seen = AuditSight(store.db, tenant="a").find(Wanted(), 100)
    about = {exact_json.loads(entry.content.encode())["object"] for entry in seen}
    assert {mine, "Client/csref", theirs} == about - {f"Exchange/{exchange.id}"}
    assert [e.seq for e in seen] == sorted((e.seq for e in seen), reverse=True)
    assert AuditSight(store.db, tenant="a").find(Wanted(objects=["Hub/1"]), 10) == []
    assert AuditSight(store.db).find(Wanted(), 10) == []
    [newest] = AuditSight(store.db, all=True).find(Wanted(actions=["looked"]), 10)
    assert AuditSight(store.db, all=True).find(Wanted(rows=[newest.seq], crude=["E"]), 10)


def test_what_a_tenant_stores_is_the_tenants(store: SqlStore) -> None:
    """Answers that the hub makes while a provider waits, for example."""
    ScopedStore(store.db, "a").accept([Acceptance(resources=[nouns.resource("Task", "t1")])])
    assert ScopedStore(store.db, "a").read("Task", "t1") is not None
    assert ScopedStore(store.db, "b").read("Task", "t1") is None
