"""When access is required: nobody without a token, and nobody sees what is not theirs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx
import pytest
from api_access import ALL, bundle, entry, send_to
from api_sheets import claim, organization, patient

from hub.access import tokens
from hub.access.matrix import matrix
from hub.api.offer import SERVED
from hub.formats import exact_json

ADDRESSES = [
    ("GET", "/Claim"),
    ("GET", "/Claim/x"),
    ("GET", "/Claim/x/_history/1"),
    ("POST", "/Claim/_search"),
    ("POST", "/Claim"),
    ("POST", "/Claim/$submit"),
    ("POST", "/CoverageEligibilityRequest/$submit"),
    ("POST", "/Patient/$member-match"),
    ("POST", "/Task"),
    ("POST", ""),
    ("GET", "/nothing/at/all"),
]


@pytest.mark.parametrize(("method", "path"), ADDRESSES)
@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "Bearer",
        "Bearer x",
        "Basic YTph",
        f"Bearer bk_{'A' * 43}",
        f"bearer bk_{'A' * 43} bk_x",
    ],
)
def test_without_a_token_of_ours_every_address_is_401(door, method, path, authorization) -> None:
    headers = {"authorization": authorization} if authorization else {}
    answer = door.request(method, f"/fhir{path}", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.json()["issue"][0]["code"] == "login"


def test_what_is_needed_to_get_a_token_needs_none(door) -> None:
    assert door.get("/fhir/metadata").status_code == 200
    assert door.get("/fhir/.well-known/smart-configuration").status_code == 200


def test_an_expired_token_is_no_token(closed, door, a) -> None:
    text, token = tokens.new("a", ALL, datetime.now(UTC) - tokens.LIFE - timedelta(seconds=1))
    closed.store.keep_token(token)
    answer = door.get("/fhir/Claim", headers={"authorization": f"Bearer {text}"})
    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]


def seen(answer: httpx.Response, *names: str) -> tuple[int, dict[str, str], str]:
    """What a client can tell two answers apart by; `names` are the ids that were asked for."""
    text = answer.text
    for name in names:
        text = text.replace(name, "ID")
    return answer.status_code, {k: v for k, v in answer.headers.items() if k != "date"}, text


def test_somebody_elses_is_as_if_it_were_not_there(a, b) -> None:
    mine = a("POST", "/Claim", claim()).json()["id"]
    none = "0" * len(mine)
    for path in ("/Claim/{}", "/Claim/{}/_history/1"):
        assert a("GET", path.format(mine)).status_code == 200
        assert seen(b("GET", path.format(mine)), mine) == seen(b("GET", path.format(none)), none)
    found = a("GET", "/Claim").json()
    assert (found["total"], b("GET", "/Claim").json()["total"]) == (1, 0)
    for query in ("_id={}", "identifier=F-0001", "patient:identifier=100200300", "created=ge2000"):
        asked = f"/Claim?{query.format(mine)}"
        assert (a("GET", asked).json()["total"], b("GET", asked).json()["total"]) == (1, 0), query


def test_what_a_batch_reads_is_narrowed_too(a, b) -> None:
    mine = a("POST", "/Patient", patient()).json()["id"]
    asked = bundle("batch", entry("GET", f"Patient/{mine}"), entry("GET", "Patient?gender=female"))
    for who, statuses, total in ((a, ["200", "200"], 1), (b, ["404", "200"], 0)):
        given = who("POST", "", asked).json()["entry"]
        assert [e["response"]["status"][:3] for e in given] == statuses
        assert given[1]["resource"]["total"] == total


def test_a_condition_does_not_find_what_is_somebody_elses(a, b) -> None:
    first = a("POST", "/Patient", patient()).json()["id"]
    condition = {"if-none-exist": "identifier=100200300"}
    again = b("POST", "/Patient", patient(), **condition)
    assert again.status_code == 201
    assert again.json()["id"] != first
    assert a("POST", "/Patient", patient(), **condition).json()["id"] == first


def test_nobody_sends_in_the_name_of_another_provider(a, b) -> None:
    for path, body in (
        ("/Claim", claim()),
        ("/Claim/$submit", claim()),
        ("", bundle("transaction", entry("POST", "Claim", claim()))),
    ):
        refused = b("POST", path, body)
        assert (refused.status_code, refused.json()["issue"][0]["code"]) == (403, "forbidden")
    assert a("GET", "/Claim").json()["total"] == 0


def test_a_tokens_scopes_bound_what_it_may(as_) -> None:
    reader = as_("a", ["provider"], scope="system/Claim.rs")
    assert reader("GET", "/Claim").status_code == 200
    for method, path, tree in (
        ("POST", "/Claim", claim()),
        ("POST", "/Claim/$submit", claim()),
        ("GET", "/Patient", None),
        ("POST", "", bundle("transaction", entry("POST", "Claim", claim()))),
    ):
        assert reader(method, path, tree).status_code == 403, path


def test_a_supervisor_sees_the_claims_of_their_institution_and_changes_none(closed, a, as_) -> None:
    made = a("POST", "/Claim", claim()).json()["id"]
    cmss, inps = (as_(body, ["supervisor"], body=body) for body in ("CMSS", "INPS"))
    send_to(closed, made, "cmss")
    assert cmss("GET", f"/Claim/{made}").status_code == 200
    assert inps("GET", f"/Claim/{made}").status_code == 404
    assert (cmss("GET", "/Claim").json()["total"], inps("GET", "/Claim").json()["total"]) == (1, 0)
    assert cmss("POST", "/Claim", claim("F-2")).status_code == 403


@pytest.mark.parametrize("role", sorted(matrix().roles))
@pytest.mark.parametrize("type_name", sorted(set(SERVED) & set(matrix().groups)))
def test_every_role_gets_from_every_type_what_the_matrix_says(as_, role, type_name) -> None:
    call = as_("x", [role], body="CMSS" if role in ("supervisor", "partner") else "")
    for interaction, method, path in (
        ("read", "GET", f"/{type_name}/none"),
        ("search", "GET", f"/{type_name}"),
    ):
        granted = matrix().granted([role], matrix().operation(type_name, interaction))
        status = call(method, path).status_code
        assert (status == 403) is (granted is None), (interaction, status)


def test_every_type_that_is_served_is_in_the_matrix() -> None:
    assert set(SERVED) - set(matrix().groups) == set()


def test_what_was_seen_is_in_the_audit_before_it_is_answered(closed, a) -> None:
    made = a("POST", "/Claim", claim()).json()["id"]
    a("GET", f"/Claim/{made}", **{"x-purpose-of-use": "HPAYMT"})
    a("GET", "/Claim")
    found = closed.store.audit_search(object=f"Claim/{made}", actor="client|a")
    said = [exact_json.loads(e.content.encode()) for e in found]
    assert [s["action"] for s in said] == ["found", "read"]
    assert said[1]["detail"] == {"purpose": "HPAYMT", "version": 1}


def test_institutions_and_providers_may_be_looked_up_by_all(a, b) -> None:
    made = a("POST", "/Organization", organization("CNV-ML-00001", "convention")).json()["id"]
    assert b("GET", f"/Organization/{made}").status_code == 200
