"""Every FHIR operation × every role × every state of a token: what the matrix says, no more.

Also what a stranger may learn: « not yours » and « not there » are one answer.
"""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from api_access import ALL, MINE, bundle, entry, send_to
from api_client import Client
from api_sheets import FHIR, SID, claim, organization, patient
from joserfc import jwt
from joserfc.jwk import ECKey

from hub import wiring
from hub.access import tokens
from hub.access.accounts import Account, Session
from hub.access.clients import Client as System
from hub.access.matrix import PURPOSEFUL, matrix
from hub.api.token import ASSERTION_TYPE
from hub.app import create_app
from hub.formats import exact_json
from hub.settings import Settings

ROLES = sorted(matrix().roles)
#: How many pairs of ids are compared; `make pairs` compares 1,000.
PAIRS = int(os.environ.get("BENKAN_TEST_PAIRS", "60"))
RESPONSE = "ClaimResponse"


def rights_question() -> dict[str, Any]:
    return {
        "resourceType": "CoverageEligibilityRequest",
        "status": "active",
        "purpose": ["validation"],
        "patient": {"identifier": {"system": f"{SID}/numero-amo", "value": "100200300"}},
        "created": "2026-10-05",
        "insurer": {"identifier": {"system": f"{SID}/organisme", "value": "NOBODY"}},
    }


def order() -> dict[str, Any]:
    return {"resourceType": "Task", "status": "requested", "intent": "order"}


def member() -> dict[str, Any]:
    return {"resourceType": "Parameters", "parameter": []}


#: (operation of the matrix, method, address, body). Bodies pass the door; some are then refused.
CELLS: list[tuple[str, str, str, Any]] = [
    ("sheet.create", "POST", "/Claim", claim),
    ("sheet.create", "POST", "/Claim/$submit", claim),
    ("sheet.create", "POST", "", lambda: bundle("transaction", entry("POST", "Claim", claim()))),
    ("sheet.read", "GET", "/Claim/none", None),
    ("sheet.read", "GET", "/Claim/none/_history/1", None),
    ("sheet.search", "GET", "/Claim", None),
    ("sheet.search", "GET", "/Claim?identifier=F-1", None),
    ("sheet.cancel", "POST", "/Task", order),
    ("sheet.read", "GET", "/Task/none", None),
    ("sheet.search", "GET", "/Task", None),
    ("answer.read", "GET", f"/{RESPONSE}/none", None),
    ("answer.search", "GET", f"/{RESPONSE}", None),
    ("answer.search", "GET", "/PaymentReconciliation", None),
    ("answer.search", "GET", "/PaymentNotice", None),
    ("person.create", "POST", "/Patient", patient),
    ("person.read", "GET", "/Patient/none", None),
    ("person.search", "GET", "/Patient", None),
    ("person.search", "GET", "/Coverage", None),
    ("person.match", "POST", "/Patient/$member-match", member),
    ("directory.create", "POST", "/Organization", lambda: organization("X", "convention")),
    ("directory.read", "GET", "/Organization/none", None),
    ("directory.search", "GET", "/Organization", None),
    ("rights.ask", "POST", "/CoverageEligibilityRequest/$submit", rights_question),
    ("audit.read", "GET", "/AuditEvent/audit-1", None),
    ("audit.search", "GET", "/AuditEvent", None),
]


@pytest.mark.parametrize("role", ROLES)
def test_each_operation_answers_the_roles_of_the_matrix_only(as_, role) -> None:
    body = "CMSS" if role in ("supervisor", "medical-adviser", "partner") else ""
    call = as_("a", [role], body=body, purpose="HPAYMT", organizations=[MINE])
    for operation, method, path, made in CELLS:
        answer = call(method, path, made() if made else None)
        granted = matrix().granted([role], operation)
        assert answer.status_code < 500, (operation, path)
        assert (answer.status_code == 403) is (granted is None), (operation, path, answer.text)


@pytest.mark.parametrize("role", ROLES)
def test_an_entry_of_a_batch_has_the_rights_of_its_own_address(as_, role) -> None:
    body = "CMSS" if role in ("supervisor", "medical-adviser", "partner") else ""
    call = as_("a", [role], body=body, purpose="HPAYMT", organizations=[MINE])
    cells = [(operation, path) for operation, method, path, _ in CELLS if method == "GET"]
    asked = bundle("batch", *(entry("GET", path.removeprefix("/")) for _, path in cells))
    answer = call("POST", "", asked)
    assert answer.status_code == 200, answer.text
    for (operation, path), told in zip(cells, answer.json()["entry"], strict=True):
        granted = matrix().granted([role], operation)
        status = told["response"]["status"][:3]
        assert (status == "403") is (granted is None), (operation, path, told)


def _expired(store: Any) -> str:
    past = datetime.now(UTC) - tokens.LIFE - timedelta(seconds=1)
    text, token = tokens.new("a", ALL, past)
    store.keep_token(token)
    return text


def _disabled(store: Any) -> str:
    text, token = tokens.new("gone", ALL, datetime.now(UTC))
    store.keep_token(token)
    return text


def _session(store: Any) -> str:
    """What lets somebody into the console opens no FHIR door."""
    now = datetime.now(UTC)
    store.put_account(Account("awa", "Awa", ("provider",), "", ""), "test", "account-added")
    store.open_session(Session(tokens.digest("a-session-of-the-console"), "awa", now, now), "awa")
    return "a-session-of-the-console"


def _bound(store: Any) -> str:
    """Good, but only on a connection with its client's TLS certificate."""
    text, token = tokens.new("a", ALL, datetime.now(UTC), "x" * 43)
    store.keep_token(token)
    return text


STATES: dict[str, Callable[[Any], str]] = {
    "none": lambda store: "",
    "expired": _expired,
    "of another hub": lambda store: tokens.new("a", ALL, datetime.now(UTC))[0],
    "of a client that is not there any more": _disabled,
    "of a person's session": _session,
    "bound to a certificate that is not shown": _bound,
}


@pytest.mark.parametrize("state", STATES)
def test_without_a_token_that_holds_no_operation_answers(closed, door, a, state) -> None:
    text = STATES[state](closed.store)
    headers = {**FHIR, **({"authorization": f"Bearer {text}"} if text else {})}
    before = len(closed.store.exchanges(limit=50))
    for operation, method, path, made in CELLS:
        content = exact_json.dumps(made()) if made else None
        answer = door.request(method, f"/fhir{path}", content=content, headers=headers)
        assert answer.status_code == 401, (operation, path)
    assert len(closed.store.exchanges(limit=50)) == before


KEY = ECKey.generate_key("P-384", {"kid": "k1"})
OURS, OTHERS = (f"https://{name}.example/auth/token" for name in ("hub", "other"))


def assertion(audience: str) -> str:
    claims = {"iss": "a", "sub": "a", "aud": audience, "jti": uuid.uuid4().hex}
    claims |= {"exp": int(datetime.now(UTC).timestamp()) + 240}
    return jwt.encode({"alg": "ES384", "kid": "k1"}, claims, KEY, algorithms=["ES384"])


def asked(door: Client, audience: str) -> httpx.Response:
    """A token asked for with an assertion that the client's own key signed."""
    form = {"grant_type": "client_credentials", "client_assertion_type": ASSERTION_TYPE}
    form |= {"scope": ALL}
    return door.post("/auth/token", data=form | {"client_assertion": assertion(audience)})


def test_what_was_signed_or_given_for_another_audience_opens_nothing_here(
    closed, door, tmp_path, migrated_file
) -> None:
    """Same client, same key, same moment: only the audience is another hub's."""
    shutil.copy(migrated_file, tmp_path / "other.sqlite")
    there = {"data": tmp_path, "url": "https://other.example", "access": "required"}
    settings = Settings(database_url=f"sqlite:///{tmp_path}/other.sqlite", **there)
    other = wiring.build(settings, adapters={})
    keys = {"keys": [KEY.as_dict(private=False)]}
    for hub in (closed, other):
        system = System("a", "a", ("provider",), "tenant-a", (MINE,), ALL, jwks=keys)
        hub.store.put_client(system, "test", "client-added")
    elsewhere = Client(create_app(other))
    given = asked(elsewhere, OTHERS).json()["access_token"]
    assert [asked(door, audience).status_code for audience in (OURS, OTHERS)] == [200, 401]
    assert asked(elsewhere, OURS).status_code == 401
    good = asked(door, OURS).json()["access_token"]
    for operation, method, path, made in CELLS:
        content = exact_json.dumps(made()) if made else None
        for text, opens in ((good, True), (given, False), (assertion(OURS), False)):
            headers = {**FHIR, "authorization": f"Bearer {text}"}
            answer = door.request(method, f"/fhir{path}", content=content, headers=headers)
            assert (answer.status_code != 401) is opens, (operation, path, text[:8])
    other.close()


def test_looking_at_an_institutions_data_takes_a_purpose(as_) -> None:
    for role in ROLES:
        call = as_("p", [role], body="CMSS", organizations=[])
        for operation, method, path, _made in CELLS:
            if method == "GET" and matrix().granted([role], operation) in PURPOSEFUL:
                assert call(method, path).status_code == 403, (role, path)
                stated = call(method, path, **{"x-purpose-of-use": "HPAYMT"})
                assert stated.status_code != 403, (role, path)


def told(answer: httpx.Response, *names: str) -> tuple[int, dict[str, str], str]:
    """Everything by which a client can tell two answers apart; `names`: what it asked for."""
    text = answer.text
    for name in names:
        text = text.replace(name, "ID")
    return answer.status_code, {k: v for k, v in answer.headers.items() if k != "date"}, text


def test_not_yours_and_not_there_are_one_answer_in_every_pair(closed, a, b, as_) -> None:
    """Reads, versions, searches, batches, conditions and references; other tenants and bodies."""
    inps = as_("inps", ["supervisor"], body="INPS", purpose="HPAYMT", organizations=[])
    made = [a("POST", "/Claim", claim(f"F-{n}")).json()["id"] for n in range(4)]
    made += [a("POST", "/Patient", patient(f"1{n:08d}")).json()["id"] for n in range(4)]
    for id in made[:2]:
        send_to(closed, id, "cmss")
    ways = [
        lambda call, kind, id: call("GET", f"/{kind}/{id}"),
        lambda call, kind, id: call("GET", f"/{kind}/{id}/_history/1"),
        lambda call, kind, id: call("GET", f"/{kind}?_id={id}"),
        lambda call, kind, id: call("POST", "", bundle("batch", entry("GET", f"{kind}/{id}"))),
        lambda call, kind, id: call("GET", f"/AuditEvent?entity={kind}/{id}"),
        lambda call, kind, id: call(
            "POST", "/Task", order() | {"focus": {"reference": f"{kind}/{id}"}}
        ),
    ]
    compared = 0
    while compared < PAIRS:
        mine = made[compared % len(made)]
        kind = "Claim" if compared % len(made) < 4 else "Patient"
        none = mine[:-4] + f"{compared % 65536:04x}"
        way = ways[compared // len(made) % len(ways)]
        for stranger in (b, inps):
            theirs, nothing = way(stranger, kind, mine), way(stranger, kind, none)
            assert told(theirs, mine) == told(nothing, none), (compared, kind)
        compared += 1
