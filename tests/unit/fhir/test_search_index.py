"""Index values of each searchable type."""

from __future__ import annotations

import pytest
from fhir_samples import CLAIM, EXAMPLES, PATIENT, changed

from hub.fhir.search_index import PARAMETERS, index, normalize
from hub.formats.definitions import definition
from hub.formats.exact_json import loads
from hub.model import IndexEntry


def entries(resource: dict[str, object], param: str, base: str = "") -> list[tuple[str, str]]:
    return [(e.system, e.value) for e in index(resource, base) if e.param == param]


def test_a_claim_is_found_by_its_elements() -> None:
    found = set(index(CLAIM))
    assert {
        IndexEntry("_id", "feuille-1"),
        IndexEntry("identifier", "F-1", "https://benkan.example/fhir/sid/feuille"),
        IndexEntry("patient", "Patient/awa"),
        IndexEntry("status", "active"),
        IndexEntry("use", "claim"),
        IndexEntry("created", "2026-11-20"),
        IndexEntry("insurer", "Organization/cnam"),
        IndexEntry("provider", "Organization/cscom"),
        IndexEntry("care-team", "Practitioner/p1"),
    } <= found


def test_a_coverage_is_found_by_its_people_and_number() -> None:
    coverage = {
        "resourceType": "Coverage",
        "id": "c1",
        "status": "active",
        "subscriberId": "AMO-123",
        "subscriber": {"reference": "Patient/papa"},
        "beneficiary": {"reference": "Patient/awa"},
        "payor": [
            {"reference": "https://hub.example/fhir/Organization/cmss/_history/2"},
            {"identifier": {"system": "urn:org", "value": "CMSS"}},
        ],
    }
    base = "https://hub.example/fhir"
    assert entries(coverage, "subscriber-id") == [("", "AMO-123")]
    assert entries(coverage, "patient") == entries(coverage, "beneficiary") == [("", "Patient/awa")]
    assert entries(coverage, "subscriber") == [("", "Patient/papa")]
    assert entries(coverage, "payor", base) == [("", "Organization/cmss")]
    assert entries(coverage, "payor", "https://other.example/fhir/") == [
        ("", "https://hub.example/fhir/Organization/cmss")
    ]
    assert entries(coverage, "payor:identifier") == [("urn:org", "CMSS")]


def test_tokens_carry_their_system_and_concepts_give_each_coding() -> None:
    claim = changed(
        CLAIM, "priority", {"coding": [{"system": "urn:a", "code": "stat"}, {"code": "normal"}]}
    )
    assert entries(claim, "priority") == [("urn:a", "stat"), ("", "normal")]
    assert entries(changed(PATIENT, "active", False), "active") == [("", "false")]


def test_names_are_compared_without_case_and_accents() -> None:
    assert ("", "traore") in entries(PATIENT, "name")
    assert ("", "fanta") in entries(PATIENT, "given")
    assert normalize("  N’Diaye-SOW  Élise ") == "n’diaye-sow elise"


def test_references_to_contained_resources_are_not_indexed() -> None:
    assert entries(changed(CLAIM, "patient.reference", "#p"), "patient") == []


def test_other_types_have_no_entries() -> None:
    assert index({"resourceType": "Basic", "id": "x"}) == ()


@pytest.mark.parametrize("name", sorted(PARAMETERS))
def test_every_official_example_is_indexed_by_its_id(name: str) -> None:
    for file in EXAMPLES.glob(f"{name}-*.json"):
        tree = loads(file.read_bytes())
        if tree["resourceType"] == name:
            found = index(tree)
            assert IndexEntry("_id", tree["id"]) in found
            assert all(e.param.removesuffix(":identifier") in PARAMETERS[name] for e in found)
            assert all(isinstance(e.value, str) for e in found)
            assert len(set(found)) == len(found)


def test_kinds_are_those_the_query_parser_knows() -> None:
    kinds = {kind for table in PARAMETERS.values() for kind in table.values()}
    assert kinds == {"token", "reference", "date", "string", "id"}


def test_the_parameters_of_the_first_release_are_there() -> None:
    assert PARAMETERS["Coverage"].keys() >= {"_id", "beneficiary", "subscriber-id", "payor"}
    assert PARAMETERS["ClaimResponse"].keys() >= {"request", "status", "use", "created"}
    assert all(definition(name) for name in PARAMETERS)
