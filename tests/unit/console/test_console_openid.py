"""Signing in at an OpenID provider: a real one, which can be made to lie."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from console_browser import Person
from joserfc.jwk import ECKey
from pydantic import SecretStr
from servers.openid import CLIENT, SECRET, OpenId

from hub.app import create_app


@pytest.fixture
def provider(hub) -> Iterator[OpenId]:
    with OpenId() as running:
        told = {"oidc_issuer": running.url, "oidc_client": CLIENT, "oidc_secret": SecretStr(SECRET)}
        told |= {"oidc_roles": ["exploitants=operator", "chefs=supervisor", "robots=provider"]}
        hub.settings = hub.settings.model_copy(update=told)
        running.person["roles"] = ["exploitants", "inconnus"]
        yield running


@pytest.fixture
def person(hub, provider) -> Person:
    return Person(create_app(hub))


def signed_in(person: Person, provider: OpenId, next: str = "") -> httpx.Response:
    """The whole way: our page, the provider's, and back."""
    there = person.get(f"/openid?next={next}")
    assert there.status_code == 303, there.text
    back = provider.sign_in(there.headers["location"])
    return person.get(back.partition("/console")[2])


def test_the_form_offers_it_only_where_there_is_one(hub, nobody, provider) -> None:
    assert "/console/openid?next=" in nobody.get("/sign-in?next=/audit").text
    hub.settings = hub.settings.model_copy(update={"oidc_issuer": ""})
    assert "/console/openid" not in nobody.get("/sign-in").text
    assert nobody.get("/openid").status_code == 404


def test_a_person_of_the_provider_gets_in_with_the_roles_it_says(hub, person, provider) -> None:
    page = signed_in(person, provider, "/partners")
    assert page.status_code == 200
    assert re.search(r'http-equiv="refresh" content="0;url=/console/partners"', page.text)
    assert person.get("/partners").status_code == 200
    assert person.get("/audit").status_code == 403
    [account] = [one for one in hub.store.accounts() if one.id.startswith("openid-")]
    assert (account.name, account.roles) == ("Awa Exemple", ("operator",))
    assert hub.store.audit_search(actor=f"person|{account.id}", action="signed-in")
    provider.person |= {"roles": ["chefs"], "organization": "CMSS"}
    signed_in(person, provider)
    account = hub.store.account(account.id)
    assert (account.roles, account.body) == (("supervisor",), "CMSS")
    assert person.get("/partners").status_code == 403


def test_its_account_opens_nothing_with_a_password(hub, person, provider) -> None:
    signed_in(person, provider)
    [account] = [one for one in hub.store.accounts() if one.id.startswith("openid-")]
    for password in ("", "x" * 12):
        fields = {"account": account.id, "password": password, "code": "000000"}
        assert Person(create_app(hub)).send("/sign-in", **fields).status_code == 401


@pytest.mark.parametrize("roles", [[], ["inconnus"], ["robots"], "exploitant", {"a": 1}, None])
def test_without_a_role_of_ours_nobody_gets_in(hub, person, provider, roles) -> None:
    provider.person["roles"] = roles
    assert signed_in(person, provider).status_code == 403
    assert person.get("/exchanges").status_code == 303


def test_who_was_disabled_here_stays_out(hub, person, provider) -> None:
    signed_in(person, provider)
    [account] = [one for one in hub.store.accounts() if one.id.startswith("openid-")]
    gone = replace(account, disabled=datetime.now(UTC))
    hub.store.put_account(gone, "test", "account-disabled")
    assert signed_in(person, provider).status_code == 403


LIES: list[dict[str, Any]] = [
    {"iss": "https://autre.example"},
    {"aud": "another"},
    {"aud": [CLIENT, "another"]},
    {"nonce": "another"},
    {"exp": 1_700_000_000},
    {"exp": None},
    {"iat": 9_700_000_000},
    {"sub": ""},
    {"sub": 7},
]


@pytest.mark.parametrize("lie", LIES, ids=str)
def test_a_token_that_is_not_for_this_sign_in_is_not_believed(person, provider, lie) -> None:
    provider.lies = lie
    refused = signed_in(person, provider)
    assert refused.status_code == 403
    assert person.get("/exchanges").status_code == 303


def test_a_key_the_provider_does_not_show_is_not_believed(person, provider) -> None:
    provider.signing = ECKey.generate_key("P-256", {"kid": "k1"})
    assert signed_in(person, provider).status_code == 403


def test_a_new_key_of_the_provider_is_looked_for_at_once(person, provider) -> None:
    assert signed_in(person, provider).status_code == 200
    provider.rotate()
    assert signed_in(person, provider).status_code == 200


def test_a_provider_that_is_somebody_else_or_says_too_much_is_not_asked(person, provider) -> None:
    provider.claimed_issuer = "https://autre.example"
    assert person.get("/openid").status_code == 403
    provider.claimed_issuer, provider.padding = "", 70_000
    assert person.get("/openid").status_code == 403


def test_only_the_browser_that_began_can_come_back_and_only_once(hub, person, provider) -> None:
    there = person.get("/openid").headers["location"]
    back = provider.sign_in(there).partition("/console")[2]
    assert Person(create_app(hub)).get(back).status_code == 403
    assert person.get(back).status_code == 200
    assert person.get(back).status_code == 403


def test_it_leads_to_no_other_site(person, provider) -> None:
    assert 'url=/console/"' in signed_in(person, provider, "//autre.example").text
