"""When access is required: nobody without a token, and nobody sees what is not theirs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from api_access import ALL, bundle, entry, send_to
from api_sheets import SID, claim, organization, patient

from hub.access import tokens
from hub.access.matrix import matrix
from hub.api.offer import SERVED
from hub.fhir.validate import validate
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


def test_a_transaction_tells_nothing_of_a_sheet_that_somebody_else_sent(a, b) -> None:
    sent = a("POST", "/Claim", claim("F-1")).json()["id"]
    other = claim("F-1", created="2026-10-06")
    tried = [bundle("transaction", entry("POST", "Claim", one)) for one in (claim("F-1"), other)]
    unknown = bundle("transaction", entry("POST", "Claim", claim("F-2")))
    expected = seen(b("POST", "", unknown))
    assert expected[0] == 403
    for one in tried:
        answer = b("POST", "", one)
        assert seen(answer) == expected
        assert sent not in answer.text


def test_what_somebody_else_knows_is_not_sent_on(closed, a, b) -> None:
    """Else the hub would tell an institution about a person of whom b knows an id alone."""
    theirs, none = a("POST", "/Patient", patient()).json()["id"], "0" * 36
    named = {"provider": {"identifier": {"system": f"{SID}/convention", "value": "CNV-ML-00002"}}}
    for n, address in enumerate(
        ("Patient/{}", "https://hub.example/fhir/Patient/{}", "Patient/{}/_history/1")
    ):
        given = []
        for id in (theirs, none):
            person = {"reference": address.format(id)}
            sent = b("POST", "/Claim", claim(f"F-{n}-{id[:2]}", patient=person, **named))
            assert sent.status_code == 201, sent.text
            made = f"Claim/{sent.json()['id']}"
            exchange = next(e for e in closed.store.exchanges(resource=made) if e.parent is None)
            given.append(closed.trip.dossier(exchange).get("patient"))
        assert given == [None, None]
    own = a("POST", "/Claim", claim("F-9", patient={"reference": f"Patient/{theirs}"}))
    (mine, *_) = closed.store.exchanges(resource=f"Claim/{own.json()['id']}")
    assert closed.trip.dossier(mine)["patient"]["id"] == theirs


def test_a_number_somebody_else_wrote_down_changes_nothing(closed, a, b) -> None:
    """b invents a person with the number of a's patient: a's claim does not become theirs."""
    b("POST", "/Patient", patient(name=[{"family": "Imposteur"}]))
    made = f"Claim/{a('POST', '/Claim', claim()).json()['id']}"
    exchange = next(e for e in closed.store.exchanges(resource=made) if e.parent is None)
    assert "patient" not in closed.trip.dossier(exchange)


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


PAYMENT = {"x-purpose-of-use": "HPAYMT"}


def test_a_supervisor_sees_the_claims_of_their_institution_and_changes_none(closed, a, as_) -> None:
    made = a("POST", "/Claim", claim()).json()["id"]
    cmss, inps = (as_(body, ["supervisor"], body=body) for body in ("CMSS", "INPS"))
    send_to(closed, made, "cmss")
    assert cmss("GET", f"/Claim/{made}", **PAYMENT).status_code == 200
    assert inps("GET", f"/Claim/{made}", **PAYMENT).status_code == 404
    totals = [who("GET", "/Claim", **PAYMENT).json()["total"] for who in (cmss, inps)]
    assert totals == [1, 0]
    assert cmss("POST", "/Claim", claim("F-2"), **PAYMENT).status_code == 403


def test_a_supervisor_sees_the_person_and_covers_of_a_claim_and_of_no_other(
    closed, a, b, as_
) -> None:
    mine, other, theirs = (
        who("POST", "/Patient", patient(number)).json()["id"]
        for who, number in ((a, "100200300"), (a, "100200301"), (b, "100200302"))
    )
    covers = [
        a("POST", "/Coverage", coverage(f"Patient/{id}", number)).json()["id"]
        for id, number in ((mine, "1"), (mine, "2"))
    ]
    insurance = {"sequence": 1, "focal": True, "coverage": {"reference": f"Coverage/{covers[0]}"}}
    sheet = claim() | {"patient": {"reference": f"Patient/{mine}"}, "insurance": [insurance]}
    made = a("POST", "/Claim", sheet)
    assert made.status_code == 201, made.text
    stranger = claim("F-3") | {"patient": {"reference": f"Patient/{theirs}"}}
    foreign = a("POST", "/Claim", stranger)
    cmss, inps = (as_(body, ["supervisor"], body=body) for body in ("CMSS", "INPS"))
    paths = [f"/Patient/{mine}", f"/Coverage/{covers[0]}"]
    assert {cmss("GET", path, **PAYMENT).status_code for path in paths} == {404}
    send_to(closed, made.json()["id"], "cmss")
    assert {cmss("GET", path, **PAYMENT).status_code for path in paths} == {200}
    assert cmss("GET", paths[0]).status_code == 403  # no purpose stated
    assert {inps("GET", path, **PAYMENT).status_code for path in paths} == {404}
    hidden = [f"/Patient/{other}", f"/Coverage/{covers[1]}"]
    if foreign.status_code == 201:  # the name of another's person opens nothing
        send_to(closed, foreign.json()["id"], "cmss")
    hidden.append(f"/Patient/{theirs}")
    assert {cmss("GET", path, **PAYMENT).status_code for path in hidden} == {404}
    assert cmss("GET", "/Patient", **PAYMENT).json()["total"] == 1


def coverage(beneficiary: str, number: str) -> dict[str, Any]:
    return {
        "resourceType": "Coverage",
        "status": "active",
        "identifier": [{"system": f"{SID}/couverture", "value": f"COUV-{number}"}],
        "beneficiary": {"reference": beneficiary},
        "payor": [{"identifier": {"system": f"{SID}/organisme", "value": "CMSS"}}],
    }


def test_an_institution_says_what_it_looks_for(closed, a, as_) -> None:
    made = a("POST", "/Claim", claim()).json()["id"]
    send_to(closed, made, "cmss")
    for purpose in ({}, {"x-purpose-of-use": "CURIOSITY"}):
        refused = as_("s", ["supervisor"], body="CMSS")("GET", f"/Claim/{made}", **purpose)
        assert refused.status_code == 403
        assert "HPAYMT" in refused.text
    stated = as_("t", ["supervisor"], body="CMSS", purpose="HOPERAT")
    assert stated("GET", f"/Claim/{made}", **PAYMENT).status_code == 200
    [row] = closed.store.audit_search(object=f"Claim/{made}", actor="client|t")
    assert exact_json.loads(row.content.encode())["detail"]["purpose"] == "HOPERAT"  # the token's


def sick(number: str) -> dict[str, Any]:
    """A claim that tells its diagnosis in every place it can."""
    paludism = {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": "B50.9"}]}
    told = claim(number)
    finding = {
        "resourceType": "Condition",
        "id": "d",
        "code": paludism,
        "subject": {"display": "x"},
    }
    told["contained"] = [*told.get("contained", []), finding]
    told["text"] = {
        "status": "generated",
        "div": '<div xmlns="http://www.w3.org/1999/xhtml">paludisme B50.9</div>',
    }
    told["diagnosis"] = [
        {"sequence": 1, "diagnosisCodeableConcept": paludism},
        {"sequence": 2, "diagnosisReference": {"reference": "#d"}},
    ]
    info = {"category": {"coding": [{"code": "info"}]}, "code": paludism}
    told["supportingInfo"] = [{"sequence": 1, **info}]
    told["item"][0] |= {"diagnosisSequence": [1], "informationSequence": [1]}
    return told


def test_diagnoses_are_for_the_provider_and_for_medical_advisers(closed, a, as_) -> None:
    answer = a("POST", "/Claim", sick("F-9"))
    assert answer.status_code == 201, answer.text
    made = answer.json()["id"]
    send_to(closed, made, "cmss")
    supervisor, adviser = (as_(r, [r], body="CMSS") for r in ("supervisor", "medical-adviser"))
    paths = [f"/Claim/{made}", f"/Claim/{made}/_history/1", "/Claim"]
    for path in paths:
        assert "B50.9" in a("GET", path).text
        assert "B50.9" in adviser("GET", path, **PAYMENT).text
        shown = supervisor("GET", path, **PAYMENT)
        assert shown.status_code == 200
        assert "B50.9" not in shown.text
        assert "iagnosis" not in shown.text
    batched = bundle("batch", *(entry("GET", path[1:]) for path in paths))
    assert "B50.9" not in supervisor("POST", "", batched, **PAYMENT).text
    seen = exact_json.loads(supervisor("GET", paths[0], **PAYMENT).content)
    assert validate(seen, "Claim") == []
    assert seen["meta"]["security"][0]["code"] == "REDACTED"
    whole = exact_json.loads(a("GET", paths[0]).content)
    assert seen["total"] == whole["total"]
    assert [line["net"] for line in seen["item"]] == [line["net"] for line in whole["item"]]
    rows = closed.store.audit_search(object=f"Claim/{made}", actor="client|supervisor")
    assert all('"redacted":"diagnosis"' in row.content for row in rows)


@pytest.mark.parametrize("role", sorted(matrix().roles))
@pytest.mark.parametrize("type_name", sorted(set(SERVED) & set(matrix().groups)))
def test_every_role_gets_from_every_type_what_the_matrix_says(as_, role, type_name) -> None:
    call = as_("x", [role], body="CMSS" if role in ("supervisor", "partner") else "")
    for interaction, method, path in (
        ("read", "GET", f"/{type_name}/none"),
        ("search", "GET", f"/{type_name}"),
    ):
        granted = matrix().granted([role], matrix().operation(type_name, interaction))
        status = call(method, path, **PAYMENT).status_code
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
