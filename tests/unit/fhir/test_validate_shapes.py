"""Shape: resource types, elements, cardinality, choices, JSON types, primitive extensions."""

from __future__ import annotations

import subprocess
import sys

import pytest
from fhir_samples import CLAIM, PATIENT, changed, findings

from hub.fhir.validate import validate

ABSENT = {
    "url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason",
    "valueCode": "unknown",
}


def test_good_resources_have_no_issue() -> None:
    assert validate(CLAIM) == []
    assert validate(CLAIM, "Claim") == []
    assert validate(PATIENT) == []


@pytest.mark.parametrize(
    ("path", "value", "found"),
    [
        ("statut", "active", ("Claim.statut", "structure")),
        ("item.1.nett", {}, ("Claim.item[1].nett", "structure")),
        ("insurance", [], ("Claim.insurance", "structure")),
        ("item", [], ("Claim.item", "structure")),
        ("item", {"sequence": 1}, ("Claim.item", "structure")),
        ("type", [], ("Claim.type", "structure")),
        ("item.0.net", {}, ("Claim.item[0].net", "invariant")),
        ("item.0.net", {"id": "x"}, ("Claim.item[0].net", "invariant")),
        ("item.0.net", None, ("Claim.item[0].net", "structure")),
        ("careTeam.0", None, ("Claim.careTeam[0]", "structure")),
        ("item.0.sequence", "1", ("Claim.item[0].sequence", "structure")),
        ("item.0.sequence", True, ("Claim.item[0].sequence", "structure")),
        ("insurance.0.focal", "true", ("Claim.insurance[0].focal", "structure")),
        ("item.0.factor", "0.65", ("Claim.item[0].factor", "structure")),
        ("item.0.factor", 0.65, ("Claim.item[0].factor", "structure")),
        ("created", 2026, ("Claim.created", "structure")),
        ("implicitRules", "https://a.example", ("Claim.implicitRules", "not-supported")),
        ("fhir_comments", ["x"], ("Claim.fhir_comments", "structure")),
        (
            "item.0.servicedPeriod",
            {"start": "2026-11-19"},
            ("Claim.item[0].serviced", "structure"),
        ),
        ("item.0.servicedString", "x", ("Claim.item[0].servicedString", "structure")),
        (
            "modifierExtension",
            [{"url": "https://a.example/x", "valueBoolean": True}],
            ("Claim.modifierExtension[0]", "extension"),
        ),
        ("id", "x" * 65, ("Claim.id", "value")),
    ],
)
def test_one_fault_is_found_at_its_place(path: str, value: object, found: tuple[str, str]) -> None:
    assert findings(changed(CLAIM, path, value))[0] == found


@pytest.mark.parametrize(
    ("path", "missing"),
    [
        ("status", "Claim.status"),
        ("created", "Claim.created"),
        ("insurance", "Claim.insurance"),
        ("item.1.sequence", "Claim.item[1].sequence"),
        ("diagnosis.0.diagnosisCodeableConcept", "Claim.diagnosis[0].diagnosis"),
    ],
)
def test_a_missing_required_element_is_named(path: str, missing: str) -> None:
    assert findings(changed(CLAIM, path)) == [(missing, "required")]


def test_all_faults_are_reported_at_once() -> None:
    claim = changed(CLAIM, "status", "bogus")
    claim = changed(claim, "item.0.net.currency", "XXQ")
    claim = changed(claim, "total.value", 13000)
    claim = changed(claim, "item.1.net.value", 2600)
    claim["foo"] = 1
    assert {path for path, _ in findings(claim)} == {
        "Claim.status",
        "Claim.item[0].net.currency",
        "Claim.item[1].net",
        "Claim.foo",
    }


@pytest.mark.parametrize("resource", [None, [], "Claim", 3, {}, {"resourceType": 3}])
def test_what_is_no_resource_is_said_so(resource: object) -> None:
    assert len(validate(resource)) == 1


def test_an_unknown_type_is_refused_everywhere() -> None:
    foo = {"resourceType": "Foo", "id": "x"}
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": foo}]}
    parameters = {"resourceType": "Parameters", "parameter": [{"name": "r", "resource": foo}]}
    assert findings(foo) == [("Foo", "structure")]
    assert ("Claim.contained[0]", "structure") in findings(changed(CLAIM, "contained", [foo]))
    assert findings(bundle) == [("Bundle.entry[0].resource", "structure")]
    assert findings(parameters) == [("Parameters.parameter[0].resource", "structure")]
    assert findings(changed(CLAIM, "contained", [{"id": "x"}]))[0][1] == "required"


def test_another_type_than_expected_is_refused() -> None:
    assert [i.code for i in validate(PATIENT, "Claim")] == ["value"]


@pytest.mark.parametrize("abstract", ["Resource", "DomainResource", "Period", "../Claim", ""])
def test_only_concrete_resources_are_resources(abstract: str) -> None:
    assert findings({"resourceType": abstract, "id": "x"})[0][1] == "structure"


def test_paths_inside_a_bundle_are_whole() -> None:
    broken = changed(CLAIM, "item.1.net.currency", "XXQ")
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": broken}]}
    assert findings(bundle)[0][0] == "Bundle.entry[0].resource.item[1].net.currency"


def test_a_primitive_may_be_replaced_by_an_extension() -> None:
    claim = changed(CLAIM, "created")
    claim["_created"] = {"extension": [ABSENT]}
    assert validate(claim) == []


@pytest.mark.parametrize(
    ("key", "value"), [("_created", {}), ("_created", []), ("_created", {"x": 1}), ("_total", {})]
)
def test_a_wrong_primitive_extension_is_refused(key: str, value: object) -> None:
    assert len(findings(changed(CLAIM, key, value))) == 1


def test_a_primitive_may_carry_only_an_id_beside_its_value() -> None:
    assert validate(changed(CLAIM, "_created", {"id": "a1"})) == []
    assert validate(changed(PATIENT, "name.0._given", [{"id": "a1"}, None])) == []
    assert findings(changed(PATIENT, "_deceasedBoolean", {"id": "a1"})) == [
        ("Patient.deceasedBoolean", "invariant")
    ]


def test_arrays_of_primitives_and_their_extensions_are_paired() -> None:
    good = changed(PATIENT, "name.0._given", [None, {"extension": [ABSENT]}])
    filled = changed(good, "name.0.given", ["Awa", None])
    alone = changed(good, "name.0.given")
    alone["name"][0]["_given"] = [{"extension": [ABSENT]}]
    assert validate(good) == []
    assert validate(filled) == []
    assert validate(alone) == []


@pytest.mark.parametrize(
    ("given", "more"),
    [
        (["Awa", None], None),
        (["Awa", None], [None, None]),
        (["Awa"], [None, {"extension": [ABSENT]}]),
        (["Awa"], []),
        ("Awa", [None]),
        (["Awa"], {"extension": [ABSENT]}),
        (["Awa", 3], [{"extension": [ABSENT]}, None]),
    ],
)
def test_badly_paired_arrays_are_refused(given: object, more: object) -> None:
    patient = changed(PATIENT, "name.0.given", given)
    if more is not None:
        patient["name"][0]["_given"] = more
    assert findings(patient)
    assert all(path.startswith("Patient.name[0].given") for path, _ in findings(patient))


@pytest.mark.parametrize("key", ["valueCodeableReference", "valueRatioRange", "valueInteger64"])
def test_extension_types_of_later_versions_are_refused(key: str) -> None:
    extension = {"url": "https://a.example/x", key: {"low": 1}}
    assert (f"Patient.extension[0].{key}", "structure") in findings(
        changed(PATIENT, "extension", [extension])
    )


@pytest.mark.parametrize("key", ["valueMeta", "valueMoney", "valueReference"])
def test_extension_types_of_r4_are_accepted(key: str) -> None:
    value = {
        "valueMeta": {"profile": ["https://a.example"]},
        "valueMoney": {"value": 5, "currency": "GNF"},
        "valueReference": {"reference": "Patient/1"},
    }[key]
    assert (
        validate(changed(PATIENT, "extension", [{"url": "https://a.example/x", key: value}])) == []
    )


def test_every_issue_speaks_both_languages_and_says_what_to_do() -> None:
    for issue in validate({"resourceType": "Claim", "item": [{}], "x": 1}):
        assert issue.fr.rstrip(".") != issue.en.rstrip(".")
        assert issue.fr.endswith(".")
        assert issue.en.endswith(".")


FIRST_REQUESTS = """
import sys, threading
sys.setswitchinterval(1e-6)
from hub.fhir.validate import validate
patient = {"resourceType": "Patient", "name": [{"family": "Keïta", "given": ["Ba"]}],
           "contact": [{"name": {"text": "x"}, "period": {"start": "2026"}}],
           "managingOrganization": {"identifier": {"system": "urn:x", "value": "1"}}}
start, found = threading.Barrier(8), []
def first():
    start.wait()
    found.extend(validate(patient))
threads = [threading.Thread(target=first) for _ in range(8)]
[t.start() for t in threads]
[t.join() for t in threads]
sys.exit(len(found))
"""


def test_the_first_requests_may_come_together() -> None:
    assert subprocess.run([sys.executable, "-c", FIRST_REQUESTS], check=False).returncode == 0
