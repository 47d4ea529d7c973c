"""Accounts, clients and settings: one person takes away at once, two persons give."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from console_browser import Person
from console_world import HASH
from joserfc.jwk import ECKey

from hub.access import passwords
from hub.access.accounts import Account
from hub.access.clients import Client
from hub.app import create_app
from hub.watching import clients, settings

REASON = "Nouvelle collègue"
KEYS = json.dumps(
    {"keys": [ECKey.generate_key("P-384", {"kid": "k1", "alg": "ES384"}).as_dict(private=False)]}
)


@pytest.fixture
def second(hub):
    """Another security administrator, signed in."""
    account = Account("b-security", "Fanta", ("security",), HASH, passwords.new_secret())
    hub.store.put_account(account, "test", "account-added")
    person = Person(create_app(hub))
    assert person.sign_in("b-security", account.totp).status_code == 303
    return person


def decide(person: Person, decision: str, page: str):
    seq = re.search(r"/console/proposals/(\d+)", person.get(page).text)
    assert seq
    return person.send(f"/proposals/{seq[1]}", page=page, decision=decision)


def test_an_account_is_asked_for_by_one_and_made_by_another(hub, signed_in, second) -> None:
    person = signed_in("security")
    asked = {"id": "mariam", "name": "Mariam", "role-operator": "on", "reason": REASON}
    done = person.send("/people/add", page="/people", **asked)
    assert done.headers["location"] == "/console/people?done=proposed"
    assert hub.store.account("mariam") is None
    assert decide(person, "accept", "/people").status_code == 403
    told = decide(second, "accept", "/people")
    password = re.search(r"Mot de passe</dt><dd class=\"code\">([^<]+)", told.text)[1]
    account = hub.store.account("mariam")
    assert account.roles == ("operator",)
    assert passwords.is_right(account.password, password)
    assert password not in second.get("/people/mariam").text
    rows = [r.content for r in hub.store.audit_search(object="Account/mariam", limit=20)]
    assert any("proposal-accepted" in row for row in rows)
    assert not any(password in row for row in rows)


def test_nobody_manages_the_own_account(hub, signed_in, second) -> None:
    person = signed_in("security")
    own = person.send("/people/a-security/change", page="/people", act="disable")
    assert own.status_code == 403
    asked = {"act": "roles", "role-operator": "on", "reason": REASON}
    own = person.send("/people/a-security/change", page="/people", **asked)
    assert own.status_code == 403
    second.send("/people/a-security/change", page="/people", **asked)
    assert decide(person, "accept", "/people").status_code == 403
    assert hub.store.account("a-security").roles == ("security",)


def test_disabling_is_done_at_once_and_ends_the_sessions(hub, signed_in) -> None:
    victim, person = signed_in("operator"), signed_in("security")
    assert victim.get("/exchanges").status_code == 200
    person.send("/people/a-operator/change", page="/people/a-operator", act="disable")
    assert victim.get("/exchanges").status_code == 303
    assert "désactivé" in person.get("/people/a-operator").text
    locked = replace(hub.store.account("a-auditor"), locked=datetime(2099, 1, 1, tzinfo=UTC))
    assert locked.locked


def test_what_cannot_be_is_not_proposed(hub, signed_in) -> None:
    person = signed_in("security")
    wrong = [
        {"id": "X", "role-operator": "on", "reason": REASON},
        {"id": "good", "reason": REASON},
        {"id": "good", "role-supervisor": "on", "reason": REASON},
        {"id": "good", "role-operator": "on", "reason": ""},
        {"id": "good", "role-provider": "on", "reason": REASON},
    ]
    for fields in wrong:
        assert person.send("/people/add", page="/people", **fields).status_code == 422, fields
    taken = {"id": "a-auditor", "role-operator": "on", "reason": REASON}
    assert person.send("/people/add", page="/people", **taken).status_code == 409
    assert hub.store.proposals() == []


def test_a_client_is_registered_by_two_and_revoked_by_one(hub, signed_in, second) -> None:
    person = signed_in("security")
    fields = {"id": "pharma-1", "role": "provider", "organizations": "s|1", "reason": REASON}
    fields |= {"jwks": KEYS}
    person.send("/clients/add", page="/clients", **fields)
    assert hub.store.client("pharma-1") is None
    decide(second, "accept", "/clients")
    client = hub.store.client("pharma-1")
    assert (client.roles, client.organizations) == (("provider",), ("s|1",))
    page = person.get("/clients/pharma-1").text
    assert "k1" in page
    assert "jamais" in page
    gone = person.send("/clients/pharma-1/change", page="/clients/pharma-1", act="revoke")
    assert gone.headers["location"].endswith("done=revoke")
    assert hub.store.client("pharma-1").disabled
    back = {"act": "enable", "reason": "Clé retrouvée"}
    person.send("/clients/pharma-1/change", page="/clients/pharma-1", **back)
    assert hub.store.client("pharma-1").disabled
    decide(second, "refuse", "/clients")
    assert hub.store.client("pharma-1").disabled


def test_a_private_key_is_never_taken(hub, signed_in) -> None:
    key = ECKey.generate_key("P-384", {"kid": "k1", "alg": "ES384"}).as_dict(private=True)
    fields = {"id": "pharma-1", "role": "provider", "reason": REASON}
    person = signed_in("security")
    for jwks in (json.dumps({"keys": [key]}), "{", "[]", ""):
        answer = person.send("/clients/add", page="/clients", **fields, jwks=jwks)
        assert answer.status_code == 422, jwks
    assert hub.store.proposals() == []
    assert clients.SCOPES


def test_clients_tell_when_they_were_given_a_token(hub, signed_in) -> None:
    hub.store.put_client(Client("c1", "C", ("provider",), "c1", (), "system/*.crs"), "t", "added")
    from hub.evidence.chain import Act

    hub.store.record([Act("c1", "token-given", "Client/c1", datetime(2026, 11, 20, tzinfo=UTC))])
    assert "20/11/2026" in signed_in("security").get("/clients").text


def test_the_matrix_can_be_read_by_everybody_who_signs_in(signed_in) -> None:
    page = signed_in("mapping-editor").get("/rights").text
    assert "Superviseur" in page
    assert "refusé" in page


def test_a_setting_needs_two_persons_and_a_secret_is_a_reference(
    hub, signed_in, second, monkeypatch
) -> None:
    monkeypatch.setenv("BENKAN_CMSS_HOSTKEY", "ssh-ed25519 AAAA")
    person = signed_in("security")
    page = "/partners/cmss/settings"
    ask = {"page": page, "reason": "Changement de serveur"}
    wrong = person.send(f"{page}/propose", setting="port", value="abc", **ask)
    assert wrong.status_code >= 400
    told = person.send(f"{page}/propose", setting="password", value="sesame", **ask)
    assert told.status_code == 422
    assert person.send(f"{page}/propose", setting="none", value="1", **ask).status_code == 404
    person.send(f"{page}/propose", setting="host", value="10.0.0.9", **ask)
    assert settings.accepted(hub, "cmss") == {}
    before = hub.adapters["cmss"]
    decide(second, "accept", page)
    assert settings.accepted(hub, "cmss") == {"host": "10.0.0.9"}
    assert hub.adapters["cmss"] is not before
    assert "10.0.0.9" in second.get(page).text
    assert signed_in("operator").get(page).status_code == 403
