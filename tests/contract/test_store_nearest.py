"""An identifier in a claim leads to its own tenant's people, never to those of another."""

from __future__ import annotations

import pytest

from hub.formats import exact_json
from hub.model import IndexEntry, NewResource
from hub.ports import Acceptance
from hub.store import SqlStore

NUMBER = IndexEntry("identifier", "100200300", "urn:numero")


def put(store: SqlStore, type: str, id: str, tenant: str = "") -> None:
    body = exact_json.dumps({"resourceType": type, "id": id})
    marks = (IndexEntry("_tenant", tenant),) if tenant else ()
    store.accept([Acceptance((NewResource(type, id, body, index=(NUMBER, *marks)),))])


def named(store: SqlStore, owner: str, type: str = "Patient") -> str:
    found = store.nearest(owner, type, NUMBER.system, NUMBER.value)
    return found.id if found else ""


@pytest.fixture
def claims(store: SqlStore) -> SqlStore:
    put(store, "Claim", "a", "tenant-a")
    put(store, "Claim", "b", "tenant-b")
    put(store, "Claim", "nobodys")
    return store


def test_what_another_tenant_stored_about_a_person_is_never_taken(claims: SqlStore) -> None:
    put(claims, "Patient", "theirs", "tenant-b")
    assert named(claims, "Claim/a") == ""
    assert named(claims, "Claim/nobodys") == ""
    assert named(claims, "Claim/b") == "theirs"


def test_ones_own_comes_before_what_nobody_owns_even_when_that_is_newer(claims: SqlStore) -> None:
    put(claims, "Patient", "mine", "tenant-a")
    put(claims, "Patient", "told")
    put(claims, "Patient", "theirs", "tenant-b")
    assert named(claims, "Claim/a") == "mine"
    assert named(claims, "Claim/nobodys") == "told"
    put(claims, "Patient", "mine-too", "tenant-a")
    assert named(claims, "Claim/a") == "mine-too"


def test_anothers_organisation_is_the_last_choice(claims: SqlStore) -> None:
    put(claims, "Organization", "theirs", "tenant-b")
    assert named(claims, "Claim/a", "Organization") == "theirs"
    put(claims, "Organization", "known")
    put(claims, "Organization", "theirs-again", "tenant-b")
    assert named(claims, "Claim/a", "Organization") == "known"
