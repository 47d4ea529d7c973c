"""The token endpoint: a signed assertion, once, gives a short token; nothing else does."""

from __future__ import annotations

import time
import uuid
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import ECKey

from hub.access import tokens
from hub.access.clients import Client
from hub.api.token import ASSERTION_TYPE

KEY = ECKey.generate_key("P-384", {"kid": "k1"})
AUDIENCE = "https://hub.example/auth/token"
CLIENT = Client(
    "csref",
    "CSRéf fictif",
    ("provider",),
    "csref",
    ("s|v",),
    "system/Claim.crs system/Patient.rs",
    jwks={"keys": [KEY.as_dict(private=False)]},
)


@pytest.fixture
def registered(hub):
    hub.store.put_client(CLIENT, "person|awa", "client-added")
    return hub


def assertion(**changes: Any) -> str:
    claims = {"iss": "csref", "sub": "csref", "aud": AUDIENCE, "exp": int(time.time()) + 240}
    claims |= {"jti": uuid.uuid4().hex} | changes
    return jwt.encode({"alg": "ES384", "kid": "k1"}, claims, KEY, algorithms=["ES384"])


def form(**changes: str) -> dict[str, str]:
    said = {
        "grant_type": "client_credentials",
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": assertion(),
        "scope": "system/*.crs",
    }
    return {name: value for name, value in (said | changes).items() if value != "-"}


def test_a_good_assertion_gives_a_token_of_five_minutes_with_what_is_registered(registered, client):
    answer = client.post("/auth/token", data=form())
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    said = answer.json()
    assert said["scope"] == "system/Claim.crs system/Patient.rs"
    assert (said["token_type"], said["expires_in"]) == ("bearer", 300)
    found = registered.store.token(tokens.digest(said["access_token"]))
    assert found is not None
    assert found[1].id == "csref"


def test_an_assertion_is_used_once(registered, client):
    same = form()
    assert client.post("/auth/token", data=same).status_code == 200
    again = client.post("/auth/token", data=same)
    assert (again.status_code, again.json()["error"]) == (401, "invalid_client")


def test_a_disabled_client_gets_nothing(registered, client):
    gone = replace(CLIENT, disabled=datetime.now(UTC))
    registered.store.put_client(gone, "person|awa", "client-disabled")
    assert client.post("/auth/token", data=form()).status_code == 401


WRONG = {
    "no grant type": ({"grant_type": "-"}, 400, "invalid_request"),
    "another grant": ({"grant_type": "password"}, 400, "unsupported_grant_type"),
    "no assertion": ({"client_assertion": "-"}, 400, "invalid_request"),
    "another kind of assertion": ({"client_assertion_type": "x"}, 400, "invalid_request"),
    "a scope of people": ({"scope": "user/Claim.rs"}, 400, "invalid_scope"),
    "a scope nobody granted": ({"scope": "system/AuditEvent.rs"}, 400, "invalid_scope"),
    "an assertion of nobody": ({"client_assertion": "a.b.c"}, 401, "invalid_client"),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_said_in_oauths_words_and_in_french(registered, client, what):
    changes, status, error = WRONG[what]
    answer = client.post("/auth/token", data=form(**changes))
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert answer.json()["error_description"]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"grant_type=client_credentials&grant_type=x", "application/x-www-form-urlencoded"),
        (b"{}", "application/json"),
        (b"\xff=\xfe", "application/x-www-form-urlencoded"),
        (b"x=" + b"a" * 20_000, "application/x-www-form-urlencoded"),
        (b"", "application/x-www-form-urlencoded"),
        (b"&".join(b"a%d=1" % n for n in range(50)), "application/x-www-form-urlencoded"),
    ],
)
def test_a_body_that_is_no_form_is_refused(registered, client, body, kind):
    answer = client.post("/auth/token", content=body, headers={"content-type": kind})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(st.dictionaries(st.text(max_size=20), st.text(max_size=60), max_size=6))
def test_any_form_is_answered_and_never_with_a_token(registered, client, said):
    answer = client.post("/auth/token", data=said)
    assert answer.status_code in (400, 401)


def test_the_endpoint_is_found_where_smart_says(client):
    said = client.get("/fhir/.well-known/smart-configuration").json()
    assert said["token_endpoint"] == AUDIENCE
    assert said["token_endpoint_auth_methods_supported"] == ["private_key_jwt"]


@pytest.mark.parametrize(
    ("claims", "parameter", "kept"),
    [
        ({"extensions": {"hl7-b2b": {"purpose_of_use": ["HPAYMT", "TREAT"]}}}, "", "HPAYMT"),
        (
            {"extensions": {"hl7-b2b": {"purpose_of_use": "urn:oid:2.16.840.1.113883.5.8#TREAT"}}},
            "HPAYMT",
            "TREAT",
        ),
        ({}, "HOPERAT", "HOPERAT"),
        ({"extensions": {"hl7-b2b": [1]}}, "anything else", ""),
        ({"extensions": "TREAT"}, "treat", ""),
    ],
)
def test_the_purpose_that_was_stated_stays_with_the_token(
    registered, client, claims, parameter, kept
) -> None:
    said = form(client_assertion=assertion(**claims))
    said |= {"purpose_of_use": parameter} if parameter else {}
    given = client.post("/auth/token", data=said).json()
    found = registered.store.token(tokens.digest(given["access_token"]))
    assert found is not None
    assert found[0].purpose == kept
    [row] = registered.store.audit_search(object="Client/csref", action="token-given")
    assert ('"purpose"' in row.content) is bool(kept)
