"""References are followed inside a Bundle, and rewritten by the types of the elements."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from fhir_samples import CLAIM, PATIENT, changed

from hub.fhir.references import entries, resolve, rewrite

UUID = "urn:uuid:c757873d-ec9a-4326-a141-556f43239520"
BASE = "https://a.example/fhir/"
ORGANIZATION = {"resourceType": "Organization", "id": "cscom", "name": "CSCom"}
BUNDLE: dict[str, Any] = {
    "resourceType": "Bundle",
    "type": "transaction",
    "entry": [
        {"fullUrl": UUID, "resource": PATIENT, "request": {"method": "POST", "url": "Patient"}},
        {"fullUrl": BASE + "Organization/cscom", "resource": ORGANIZATION},
        {"fullUrl": BASE + "Claim/feuille-1", "resource": CLAIM},
        {"request": {"method": "DELETE", "url": "Claim/2"}},
    ],
}


def test_entries_tell_what_each_entry_holds_and_asks() -> None:
    first, *_, last = entries(BUNDLE)
    assert (first.full_url, first.resource, first.method, first.url) == (
        UUID,
        PATIENT,
        "POST",
        "Patient",
    )
    assert (last.position, last.resource, last.method, last.full_url) == (3, None, "DELETE", "")


@pytest.mark.parametrize(
    ("reference", "full_url", "found"),
    [
        (UUID, "", PATIENT),
        (BASE + "Organization/cscom", "", ORGANIZATION),
        (BASE + "Organization/cscom/_history/4", "", ORGANIZATION),
        ("Organization/cscom", BASE + "Claim/feuille-1", ORGANIZATION),
        ("Organization/cscom", "urn:uuid:00000000-0000-4000-8000-000000000000", ORGANIZATION),
        ("Organization/cscom", "", ORGANIZATION),
        ("Patient/awa", "", PATIENT),
        ("Patient/other", "", None),
        ("https://b.example/Patient/awa", "", None),
        ("urn:oid:1.2", "", None),
        ("#nobody", "", None),
        ("#", "", CLAIM),
    ],
)
def test_a_reference_is_resolved_in_its_bundle(
    reference: str, full_url: str, found: dict[str, Any] | None
) -> None:
    assert resolve(reference, CLAIM, BUNDLE, full_url) == found


def test_an_ambiguous_type_and_id_is_not_guessed() -> None:
    twice = {**BUNDLE, "entry": [{"resource": PATIENT}, {"resource": PATIENT}]}
    assert resolve("Patient/awa", CLAIM, twice) is None


def test_a_contained_resource_is_found_by_its_id() -> None:
    claim = changed(CLAIM, "contained", [ORGANIZATION])
    assert resolve("#cscom", claim) == ORGANIZATION
    assert resolve("Organization/cscom", claim) is None


def test_references_and_addresses_are_rewritten_and_nothing_else() -> None:
    claim = changed(CLAIM, "patient.reference", UUID)
    claim["identifier"] = [{"system": UUID, "value": UUID}]
    claim["text"] = {
        "status": "generated",
        "div": f"<div xmlns=\"http://www.w3.org/1999/xhtml\">{UUID} <a href='{UUID}'>x</a></div>",
    }
    claim["extension"] = [
        {"url": "https://a.example/x", "valueUrl": UUID},
        {"url": "https://a.example/x", "valueString": UUID},
        {"url": "https://a.example/x", "valueReference": {"reference": UUID, "display": UUID}},
        {"url": "https://a.example/x", "valueAttachment": {"url": UUID, "title": UUID}},
    ]
    claim["_created"] = {"extension": [{"url": "https://a.example/x", "valueUri": UUID}]}
    before = copy.deepcopy(claim)
    new = rewrite(claim, {UUID: "Patient/9"})
    assert claim == before
    assert new["patient"]["reference"] == "Patient/9"
    assert new["identifier"] == [{"system": "Patient/9", "value": UUID}]
    assert f'{UUID} <a href="Patient/9">' in new["text"]["div"]
    assert new["extension"][0]["valueUrl"] == "Patient/9"
    assert new["extension"][1]["valueString"] == UUID
    assert new["extension"][2]["valueReference"] == {"reference": "Patient/9", "display": UUID}
    assert new["extension"][3]["valueAttachment"] == {"url": "Patient/9", "title": UUID}
    assert new["_created"]["extension"][0]["valueUri"] == "Patient/9"
    assert new["total"] == claim["total"]


def test_a_bundle_is_rewritten_inside_its_resources_but_keeps_full_urls() -> None:
    bundle = copy.deepcopy(BUNDLE)
    bundle["entry"][2]["resource"]["patient"]["reference"] = UUID
    new = rewrite(bundle, {UUID: "Patient/9"})
    assert new["entry"][0]["fullUrl"] == UUID
    assert new["entry"][2]["resource"]["patient"]["reference"] == "Patient/9"


def test_an_empty_mapping_changes_nothing() -> None:
    assert rewrite(BUNDLE, {}) == BUNDLE
