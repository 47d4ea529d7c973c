"""Claim/$submit: https://hl7.org/fhir/R4/claim-operation-submit.html, async.html"""

import threading
import time
from dataclasses import replace

import pytest
from api_sheets import BASE, SID, claim, codes, organization, patient

from hub.fhir.validate import validate
from hub.formats import exact_json
from hub.model import NewResource, State
from hub.ports import Change

SUBMIT = "/fhir/Claim/$submit"


def collection(*resources, kind="collection"):
    entries = [
        {"fullUrl": f"urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c{n:03d}", "resource": resource}
        for n, resource in enumerate(resources)
    ]
    return {"resourceType": "Bundle", "type": kind, "entry": entries}


def decide(hub, seconds=0.0):
    """What a worker does when the institution has decided."""
    time.sleep(seconds)
    exchange = next(e for e in hub.store.exchanges() if e.parent is None)
    leased = hub.store.lease(exchange.id, 30)
    body = b'{"resourceType":"ClaimResponse","id":"decided","outcome":"complete"}'
    answered = replace(
        leased, state=State.ANSWERED, answer="ClaimResponse/decided", next_attempt=None
    )
    answer = NewResource("ClaimResponse", "decided", body)
    hub.store.save(Change(exchange=answered, resources=(answer,)))
    hub.notifier.tell(exchange.id)
    return body


def test_without_a_decision_in_time_the_answer_is_queued_and_says_so_in_french(post):
    answer = post(SUBMIT, claim(), accept_language="fr")
    assert answer.status_code == 200
    tree = exact_json.loads(answer.content)
    assert tree["resourceType"] == "ClaimResponse"
    assert tree["outcome"] == "queued"
    assert tree["disposition"]
    assert validate(tree, "ClaimResponse") == []
    english = exact_json.loads(post(SUBMIT, claim()).content)
    assert english["disposition"] != tree["disposition"]


def test_a_decision_in_time_is_the_answer(post, hub):
    hub.settings.wait = 10.0
    post(SUBMIT, claim(), prefer="respond-async")
    body = decide(hub)
    assert post(SUBMIT, claim()).content == body


def test_the_caller_is_woken_as_soon_as_it_is_decided(post, hub):
    hub.settings.wait = 20.0
    post(SUBMIT, claim(), prefer="respond-async")
    worker = threading.Thread(target=decide, args=(hub, 0.3))
    began = time.monotonic()
    worker.start()
    answer = post(SUBMIT, claim())
    worker.join()
    assert b'"id":"decided"' in answer.content
    assert time.monotonic() - began < 10


def test_a_client_may_wait_less_than_the_hub_would(post, hub):
    hub.settings.wait = 20.0
    began = time.monotonic()
    assert post(SUBMIT, claim(), prefer="wait=0").json()["outcome"] == "queued"
    assert time.monotonic() - began < 5


def test_respond_async_is_202_with_the_place_to_look(post, client, hub):
    answer = post(SUBMIT, claim(), prefer="respond-async")
    assert answer.status_code == 202
    assert answer.json()["outcome"] == "queued"
    place = answer.headers["content-location"]
    request = answer.json()["request"]["reference"]
    assert place == f"{BASE}/ClaimResponse?request={request}"
    assert client.get(place.removeprefix("https://hub.example")).json()["total"] == 0


def test_a_party_contained_in_the_claim_is_told_by_its_identifier_in_the_answer(post):
    inside = patient("888", id="p")
    answer = post(SUBMIT, claim(contained=[inside], patient={"reference": "#p"}))
    assert answer.status_code == 200, answer.text
    assert answer.json()["patient"]["identifier"]["value"] == "888"
    nameless = {"resourceType": "Patient", "id": "p"}
    sheet = claim("F-2", contained=[nameless], patient={"reference": "#p"})
    assert post(SUBMIT, sheet).json()["patient"] == {"type": "Patient", "display": "Patient"}


def test_extensions_of_the_claim_do_not_hinder_the_answer(post):
    marked = {"url": "https://x.example/e", "valueDecimal": 1}
    party = {"display": "AMO", "extension": [marked], "identifier": {"extension": [marked]}}
    assert post(SUBMIT, claim(patient=party)).json()["patient"] == {"display": "AMO"}
    assert post(SUBMIT, claim("F-2", patient={"extension": [marked]})).status_code == 200


def test_a_claim_in_parameters_is_unwrapped(post):
    wrapped = {
        "resourceType": "Parameters",
        "parameter": [{"name": "resource", "resource": claim()}],
    }
    assert post(SUBMIT, wrapped).json()["outcome"] == "queued"
    for wrong in ([], [{"name": "other"}], "x", [{"name": "resource", "resource": 5}], None):
        body = {"resourceType": "Parameters", "parameter": wrong}
        assert post(SUBMIT, body).status_code == 400, wrong


def test_a_bundle_brings_its_patient_and_organizations(post, client):
    person, clinic = patient("555"), organization("CNV-ML-00009", "convention")
    sent = collection(
        claim(
            patient={"reference": "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c001"},
            provider={"reference": "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c002"},
        ),
        person,
        clinic,
    )
    answer = post(SUBMIT, sent)
    assert answer.status_code == 200, answer.text
    stored = client.get("/fhir/Patient?identifier=555").json()["entry"][0]["resource"]
    kept = client.get("/fhir/Claim").json()["entry"][0]["resource"]
    assert kept["patient"]["reference"] == f"Patient/{stored['id']}"


def test_the_same_bundle_again_stores_nothing(post, client, hub):
    sent = collection(claim(), patient())
    assert post(SUBMIT, sent).status_code == 200
    before = len(hub.store.exchanges())
    assert post(SUBMIT, sent).status_code == 200
    assert len(hub.store.exchanges()) == before
    assert client.get("/fhir/Patient?_count=0").json()["total"] == 1


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (collection(claim(), claim("F-2")), 422),
        (collection(patient()), 422),
        (collection(claim(), kind="batch"), 422),
        (collection(claim(), kind="message"), 422),
        (collection(claim(), kind="searchset"), 400),
        (patient(), 400),
        (claim(status="draft"), 422),
        (claim(use="nothing"), 422),
        (claim(total={"value": 999, "currency": "XOF"}), 422),
        (
            claim(insurer={"identifier": {"system": f"{SID}/organisme", "value": "NOBODY"}}),
            422,
        ),
    ],
)
def test_what_cannot_be_submitted_is_refused_and_leaves_nothing(post, client, hub, body, status):
    answer = post(SUBMIT, body)
    assert answer.status_code == status, answer.text
    assert codes(answer)
    assert hub.store.exchanges() == []
    assert client.get("/fhir/Claim?_count=0").json()["total"] == 0


def test_other_content_under_the_same_identifier_is_409(post):
    post(SUBMIT, claim())
    assert post(SUBMIT, claim(created="2026-10-06")).status_code == 409


def test_get_is_not_offered_on_the_operation(client):
    assert client.get(SUBMIT).status_code in (404, 405)
