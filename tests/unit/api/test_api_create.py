"""create: https://hl7.org/fhir/R4/http.html#create, #ccreate, #ops"""

import asyncio
import re

import httpx
from api_sheets import BASE, FHIR, SID, claim, codes, organization, patient

from hub.app import create_app
from hub.formats import exact_json


def test_a_created_patient_has_a_versioned_address_and_is_served_back(post, client):
    answer = post("/fhir/Patient", patient())
    assert answer.status_code == 201
    assert answer.headers["content-type"] == "application/fhir+json; charset=utf-8"
    assert re.fullmatch(rf"{BASE}/Patient/[\w.-]+/_history/1", answer.headers["location"])
    assert answer.headers["etag"] == 'W/"1"'
    assert answer.headers["last-modified"].endswith("GMT")
    again = client.get(answer.headers["location"].removeprefix("https://hub.example"))
    assert again.content == answer.content


def test_an_id_the_client_chose_is_replaced_by_the_hubs(post):
    answer = post("/fhir/Patient", patient(id="mine"))
    assert answer.json()["id"] != "mine"
    assert answer.json()["id"] in answer.headers["location"]


def test_amounts_come_back_with_every_digit(post):
    body = patient(
        extension=[
            {"url": "https://x.example/sum", "valueMoney": {"value": 0, "currency": "EUR"}},
        ]
    )
    answer = post("/fhir/Patient", exact_json.dumps(body).replace(b'"value":0', b'"value":12.50'))
    assert answer.status_code == 201
    assert b'"value":12.50' in answer.content


def test_return_minimal_has_no_body_and_return_operationoutcome_has_one(post):
    minimal = post("/fhir/Patient", patient(), prefer="return=minimal")
    assert (minimal.status_code, minimal.content) == (201, b"")
    assert "location" in minimal.headers
    told = post("/fhir/Patient", patient("2"), prefer="return=OperationOutcome")
    assert told.status_code == 201
    assert codes(told) == ["informational"]


def test_if_none_exist_finds_the_first_one(post):
    first = post("/fhir/Patient", patient())
    condition = f"identifier={SID}/numero-amo|100200300"
    second = post("/fhir/Patient", patient(), if_none_exist=condition)
    assert second.status_code == 200
    assert second.headers["location"] == first.headers["location"]


def test_if_none_exist_that_finds_several_is_412(post):
    post("/fhir/Patient", patient())
    post("/fhir/Patient", patient())
    condition = f"identifier={SID}/numero-amo|100200300"
    third = post("/fhir/Patient", patient(), if_none_exist=condition)
    assert third.status_code == 412
    assert codes(third) == ["multiple-matches"]


def test_an_empty_condition_is_refused(post):
    assert post("/fhir/Patient", patient(), if_none_exist="").status_code == 400


def test_a_claim_starts_its_exchange_and_rings(post, hub):
    answer = post("/fhir/Claim", claim())
    assert answer.status_code == 201, answer.text
    known = hub.store.exchanges(resource=f"Claim/{answer.json()['id']}")
    assert {exchange.id for exchange in known} == set(hub.rung)
    assert known


def test_the_same_claim_again_is_the_first_one(post, hub):
    first = post("/fhir/Claim", claim())
    count = len(hub.store.exchanges())
    second = post("/fhir/Claim", claim())
    assert second.status_code == 200
    assert second.headers["location"] == first.headers["location"]
    assert len(hub.store.exchanges()) == count


def test_the_same_claim_from_many_at_once_is_one_exchange(hub):
    body, base = exact_json.dumps(claim()), "http://test"

    async def all_at_once():
        transport = httpx.ASGITransport(create_app(hub))
        async with httpx.AsyncClient(transport=transport, base_url=base) as client:
            sent = [client.post("/fhir/Claim", content=body, headers=FHIR) for _ in range(12)]
            return await asyncio.gather(*sent)

    answers = asyncio.run(all_at_once())
    assert sorted(answer.status_code for answer in answers) == [200] * 11 + [201]
    assert len({answer.headers["location"] for answer in answers}) == 1
    assert len([e for e in hub.store.exchanges() if e.parent is None]) == 1


def test_other_content_under_the_same_identifier_is_a_conflict_that_says_what_differs(post):
    post("/fhir/Claim", claim())
    other = post("/fhir/Claim", claim(created="2026-10-06"))
    assert other.status_code == 409
    assert "Claim.created" in other.text


def test_an_answer_to_a_claim_the_hub_carries_is_refused(post):
    sent = post("/fhir/Claim", claim()).json()
    answer = {
        "resourceType": "ClaimResponse",
        "status": "active",
        "type": sent["type"],
        "use": "claim",
        "patient": sent["patient"],
        "created": "2026-10-07",
        "insurer": sent["insurer"],
        "request": {"reference": f"Claim/{sent['id']}"},
        "outcome": "complete",
    }
    refused = post("/fhir/ClaimResponse", answer)
    assert refused.status_code == 422
    elsewhere = post("/fhir/ClaimResponse", answer | {"request": {"reference": "Claim/other"}})
    assert elsewhere.status_code == 201


def test_an_unknown_insurer_is_422_and_nothing_is_stored(post, client):
    unknown = {"identifier": {"system": f"{SID}/organisme", "value": "NOBODY"}}
    refused = post("/fhir/Claim", claim(insurer=unknown))
    assert refused.status_code == 422
    assert client.get("/fhir/Claim?_count=0").json()["total"] == 0


def test_every_error_of_a_resource_is_told_at_once(post):
    wrong = patient(gender="unknown-code", birthDate="1986-13-45")
    refused = post("/fhir/Patient", wrong)
    assert refused.status_code == 422
    places = {e for issue in refused.json()["issue"] for e in issue.get("expression", [])}
    assert {"Patient.gender", "Patient.birthDate"} <= places


def test_a_body_of_another_type_than_the_address_is_400(post):
    refused = post("/fhir/Patient", organization("CMSS"))
    assert refused.status_code == 400
    assert "Organization" in refused.text


def test_what_the_hub_makes_itself_cannot_be_created(post):
    refused = post("/fhir/PaymentReconciliation", {"resourceType": "PaymentReconciliation"})
    assert refused.status_code == 405
    assert post("/fhir/Nothing", {"resourceType": "Nothing"}).status_code == 404


def test_only_json_in_utf8_comes_in(client, post):
    for kind in ("application/fhir+xml", "text/plain", "application/json; charset=latin-1", ""):
        refused = client.post("/fhir/Patient", content=b"{}", headers={"content-type": kind})
        assert refused.status_code == 415, kind
        assert codes(refused) == ["not-supported"]
    for kind in ("application/json", "text/json", "application/fhir+json; charset=UTF-8"):
        assert post("/fhir/Patient", patient(), content_type=kind).status_code == 201, kind
    assert post("/fhir/Patient", patient(), content_encoding="gzip").status_code == 415


def test_a_body_over_the_limit_is_413_announced_or_not(client):
    large = b" " * 200_001

    async def in_parts():
        yield large[:100_000]
        yield large[100_000:]

    announced = client.post("/fhir/Patient", content=large, headers=FHIR)
    chunked = client.post("/fhir/Patient", content=in_parts(), headers=FHIR)
    assert (announced.status_code, chunked.status_code) == (413, 413)
    assert codes(chunked) == ["too-long"]
