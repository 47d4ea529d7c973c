"""batch and transaction: https://hl7.org/fhir/R4/http.html#transaction"""

import pytest
from api_sheets import SID, claim, codes, organization, patient

from hub.fhir.validate import validate
from hub.formats import exact_json

PERSON = "urn:uuid:11111111-1111-4111-8111-111111111111"


def bundle(kind, *entries):
    return {"resourceType": "Bundle", "type": kind, "entry": list(entries)}


def creation(resource, url=None, **request):
    named = {"fullUrl": url} if url else {}
    wanted = {"method": "POST", "url": resource["resourceType"], **request}
    return {**named, "resource": resource, "request": wanted}


def reading(url, **request):
    return {"request": {"method": "GET", "url": url, **request}}


def statuses(answer):
    assert answer.status_code == 200, answer.text
    tree = exact_json.loads(answer.content)
    assert validate(tree, "Bundle") == [], validate(tree, "Bundle")
    return [entry["response"]["status"].split()[0] for entry in tree.get("entry", [])]


def test_a_transaction_stores_all_and_turns_references_to_where_things_are(post, client):
    sent = bundle(
        "transaction",
        creation(claim(patient={"reference": PERSON})),
        creation(patient(), PERSON),
    )
    answer = post("/fhir", sent)
    assert statuses(answer) == ["201", "201"]
    assert answer.json()["type"] == "transaction-response"
    places = [entry["response"]["location"] for entry in answer.json()["entry"]]
    kept = client.get(f"/fhir/{places[0]}").json()
    assert places[1] == f"{kept['patient']['reference']}/_history/1"


def test_a_transaction_rings_for_its_claims(post, hub):
    post("/fhir", bundle("transaction", creation(claim()), creation(claim("F-2"))))
    assert set(hub.rung) == {exchange.id for exchange in hub.store.exchanges()}
    assert {e.identifier.rpartition("|")[2] for e in hub.store.exchanges()} == {"F-0001", "F-2"}


def test_one_entry_that_fails_undoes_the_whole_transaction(post, client):
    for wrong in (patient(gender="x"), organization("CMSS") | {"active": "yes"}):
        answer = post("/fhir", bundle("transaction", creation(patient()), creation(wrong)))
        assert answer.status_code == 422
        assert "Bundle.entry[1].resource" in answer.text
    assert client.get("/fhir/Patient?_count=0").json()["total"] == 0


@pytest.mark.parametrize(
    "entry",
    [
        {"resource": patient(), "request": {"method": "PUT", "url": "Patient/1"}},
        {"resource": patient(), "request": {"method": "POST", "url": "Organization"}},
        {"request": {"method": "DELETE", "url": "Patient/1"}},
        reading("Patient/1"),
    ],
)
def test_a_transaction_takes_only_creations(post, client, entry):
    answer = post("/fhir", bundle("transaction", creation(patient()), entry))
    assert 400 <= answer.status_code < 500
    assert "Bundle.entry[1]" in answer.text
    assert client.get("/fhir/Patient?_count=0").json()["total"] == 0


def test_if_none_exist_in_a_transaction_leads_to_the_one_that_is_there(post, client):
    known = post("/fhir/Patient", patient()).json()["id"]
    condition = f"identifier={SID}/numero-amo|100200300"
    sent = bundle(
        "transaction",
        creation(patient(), PERSON, ifNoneExist=condition),
        creation(claim(patient={"reference": PERSON})),
    )
    answer = post("/fhir", sent)
    assert statuses(answer) == ["200", "201"]
    place = answer.json()["entry"][1]["response"]["location"]
    assert client.get(f"/fhir/{place}").json()["patient"]["reference"] == f"Patient/{known}"
    assert client.get("/fhir/Patient?_count=0").json()["total"] == 1


def test_a_conditional_reference_must_lead_to_exactly_one(post, client):
    known = post("/fhir/Patient", patient()).json()["id"]
    sheet = claim(patient={"reference": "Patient?identifier=100200300"})
    answer = post("/fhir", bundle("transaction", creation(sheet)))
    assert statuses(answer) == ["201"]
    place = answer.json()["entry"][0]["response"]["location"]
    assert client.get(f"/fhir/{place}").json()["patient"]["reference"] == f"Patient/{known}"
    post("/fhir/Patient", patient())
    for number in ("100200300", "404"):
        sheet = claim("F-2", patient={"reference": f"Patient?identifier={number}"})
        assert post("/fhir", bundle("transaction", creation(sheet))).status_code == 412


def test_nobody_can_slip_an_answer_in_beside_a_claim(post, client):
    sheet, place = claim(), "urn:uuid:22222222-2222-4222-8222-222222222222"
    forged = {
        "resourceType": "ClaimResponse",
        "status": "active",
        "type": sheet["type"],
        "use": "claim",
        "patient": sheet["patient"],
        "created": "2026-10-07",
        "insurer": sheet["insurer"],
        "outcome": "complete",
    }
    beside = bundle(
        "transaction",
        creation(sheet, place),
        creation(forged | {"request": {"reference": place}}),
    )
    assert post("/fhir", beside).status_code == 422
    assert client.get("/fhir/Claim?_count=0").json()["total"] == 0
    id = post("/fhir/Claim", sheet).json()["id"]
    for request in (
        {"reference": f"Claim/{id}"},
        {"reference": f"Claim/{id}/_history/1"},
        {"identifier": sheet["identifier"][0]},
    ):
        later = bundle("transaction", creation(forged | {"request": request}))
        assert post("/fhir", later).status_code == 422, request


def test_a_transaction_sent_again_is_answered_with_what_the_first_one_stored(post, client, hub):
    sent = bundle(
        "transaction",
        creation(claim(patient={"reference": PERSON})),
        creation(patient(), PERSON),
    )
    first, second = post("/fhir", sent), post("/fhir", sent)
    assert statuses(second) == ["200", "200"]
    where = [[e["response"]["location"] for e in a.json()["entry"]] for a in (first, second)]
    assert where[0] == where[1]
    assert client.get("/fhir/Patient?_count=0").json()["total"] == 1


def test_a_transaction_with_a_known_claim_and_something_new_is_a_conflict(post, client):
    post("/fhir/Claim", claim())
    answer = post("/fhir", bundle("transaction", creation(claim()), creation(patient("77"))))
    assert answer.status_code == 409
    assert client.get("/fhir/Patient?_count=0").json()["total"] == 0
    changed = claim(created="2026-10-06")
    other = post("/fhir", bundle("transaction", creation(patient("77")), creation(changed)))
    assert other.status_code == 409
    assert "Claim.created" in other.text


def test_in_a_batch_every_entry_stands_alone(post, client):
    id = post("/fhir/Patient", patient()).json()["id"]
    sent = bundle(
        "batch",
        creation(patient("2")),
        creation(patient(gender="x")),
        reading(f"Patient/{id}"),
        reading("Patient?identifier=2"),
        reading(f"Patient/{id}/_history/1"),
        reading("Patient/absent"),
        reading(f"Patient/{id}", ifNoneMatch='W/"1"'),
        {"request": {"method": "DELETE", "url": f"Patient/{id}"}},
        {"resource": patient()},
    )
    answer = post("/fhir", sent)
    assert statuses(answer) == ["201", "422", "200", "200", "200", "404", "304", "405", "400"]
    entries = answer.json()["entry"]
    assert entries[2]["resource"]["id"] == id
    assert entries[3]["resource"]["total"] == 1
    assert entries[1]["response"]["outcome"]["resourceType"] == "OperationOutcome"
    assert "lastModified" in entries[0]["response"]


def test_a_batch_creates_conditionally(post, client):
    post("/fhir/Patient", patient())
    found = creation(patient(), ifNoneExist="identifier=100200300")
    assert statuses(post("/fhir", bundle("batch", found))) == ["200"]
    assert client.get("/fhir/Patient?_count=0").json()["total"] == 1


def test_an_empty_bundle_is_answered_by_an_empty_one(post):
    for kind in ("batch", "transaction"):
        answer = post("/fhir/", {"resourceType": "Bundle", "type": kind})
        assert statuses(answer) == []


@pytest.mark.parametrize("entries", ["x", 5, {"a": 1}, [None] * 1001])
def test_entries_that_are_no_list_are_400(post, entries):
    body = {"resourceType": "Bundle", "type": "batch", "entry": entries}
    assert post("/fhir", body).status_code == 400


def test_entries_that_are_no_objects_fail_alone(post):
    answer = post("/fhir", bundle("batch", None, 5, [], {"request": {"method": 1, "url": {}}}))
    assert statuses(answer) == ["400"] * 4


@pytest.mark.parametrize("kind", ["collection", "document", "message", None, 7])
def test_other_bundles_are_400_and_say_where_to_go(post, kind):
    answer = post("/fhir", {"resourceType": "Bundle", "type": kind})
    assert answer.status_code == 400
    assert codes(answer) == ["invalid"]
    assert "$submit" in answer.text


def test_a_lone_resource_at_the_base_is_400(post):
    assert post("/fhir", patient()).status_code == 400
