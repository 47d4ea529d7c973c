"""One request, one person: the patient is whom the cover covers."""

import pytest
from api_sheets import SID, claim, organization, patient

SUBMIT = "/fhir/Claim/$submit"
HERS = "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c001"
COVER = "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c002"


def cover(beneficiary):
    return {
        "resourceType": "Coverage",
        "status": "active",
        "beneficiary": beneficiary,
        "payor": [{"identifier": {"system": f"{SID}/organisme", "value": "CMSS"}}],
    }


def sheet(beneficiary):
    told = claim(
        patient={"reference": HERS},
        insurance=[{"sequence": 1, "focal": True, "coverage": {"reference": COVER}}],
    )
    parties = [("urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c003", told)]
    parties += [(HERS, patient()), (COVER, cover(beneficiary))]
    entries = [{"fullUrl": url, "resource": resource} for url, resource in parties]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


def logical(value, system="numero-amo"):
    return {"type": "Patient", "identifier": {"system": f"{SID}/{system}", "value": value}}


def test_a_claim_with_another_persons_cover_is_refused_and_nothing_is_stored(post, hub):
    answer = post(SUBMIT, sheet(logical("900800700")), accept_language="fr")
    assert answer.status_code == 422
    issue = answer.json()["issue"][0]
    assert issue["expression"] == ["Claim.patient"]
    assert "Coverage.beneficiary" in issue["details"]["text"]
    assert "900800700" not in answer.text  # an error carries nobody's number
    assert hub.store.exchanges() == []


@pytest.mark.parametrize(
    "beneficiary",
    [{"reference": HERS}, logical("100200300"), logical("0001", "matricule"), {"display": "?"}],
)
def test_the_same_person_however_named_or_one_that_cannot_be_compared_is_taken(
    post, hub, beneficiary
):
    assert post(SUBMIT, sheet(beneficiary)).status_code == 200
    assert len(hub.store.exchanges()) >= 1


def test_rights_are_not_asked_for_one_person_under_anothers_cover(post, hub):
    question = {
        "resourceType": "CoverageEligibilityRequest",
        "status": "active",
        "purpose": ["validation"],
        "contained": [
            patient(id="p"),
            organization("CANAM", id="o"),
            cover(logical("900800700")) | {"id": "c"},
        ],
        "patient": {"reference": "#p"},
        "created": "2026-10-05",
        "insurer": {"reference": "#o"},
        "insurance": [{"coverage": {"reference": "#c"}}],
    }
    answer = post("/fhir/CoverageEligibilityRequest/$submit", question)
    assert answer.status_code == 422
    assert answer.json()["issue"][0]["expression"] == ["CoverageEligibilityRequest.patient"]
