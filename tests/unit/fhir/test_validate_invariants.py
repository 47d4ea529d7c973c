"""The invariants of the specification, one good and one bad instance each."""

from __future__ import annotations

from typing import Any

import pytest
from fhir_samples import CLAIM, PATIENT, changed, findings

from hub.fhir.datatype_rules import DATATYPE_RULES, NOT_APPLIED_DATATYPES
from hub.fhir.resource_rules import NOT_APPLIED, resource_rule
from hub.fhir.validate import validate
from hub.formats.definitions import definition, type_names

INSURANCE = (
    "Claim ClaimResponse Coverage CoverageEligibilityRequest CoverageEligibilityResponse Patient "
    "Organization Practitioner PractitionerRole Bundle Parameters OperationOutcome PaymentNotice "
    "PaymentReconciliation"
)
UCUM = "http://unitsofmeasure.org"


def invariants_in_scope() -> set[tuple[str, str]]:
    """(element, id) of every invariant of the insurance resources and of all datatypes."""
    tables = [definition(name) for name in type_names()]
    scope = [t for t in tables if t and (t["kind"] != "resource" or t["type"] in INSURANCE.split())]
    return {
        (path, key)
        for table in scope
        for path, row in table["elements"].items()
        for key in row.get("invariants", [])
    }


def test_every_invariant_is_applied_or_has_a_reason_not_to_be() -> None:
    excused = NOT_APPLIED.keys() | NOT_APPLIED_DATATYPES.keys()
    forgotten = {
        (path, key)
        for path, key in invariants_in_scope()
        if key not in DATATYPE_RULES and resource_rule(path, key) is None and key not in excused
    }
    assert forgotten == set()


def test_no_reason_is_given_for_what_does_not_exist() -> None:
    known = {key for _, key in invariants_in_scope()} | {"ele-1"}
    assert NOT_APPLIED.keys() | NOT_APPLIED_DATATYPES.keys() <= known
    assert DATATYPE_RULES.keys() <= known


def on_extension(kind: str, value: object) -> dict[str, Any]:
    return changed(PATIENT, "extension", [{"url": "https://a.example/x", f"value{kind}": value}])


def timing(**repeat: object) -> dict[str, object]:
    return {"repeat": repeat}


DATATYPES: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = [
    (
        "per-1",
        "Period",
        {"start": "2026-01", "end": "2026-01-15"},
        {"start": "2026-02", "end": "2026-01-31"},
    ),
    (
        "per-1",
        "Period",
        {"start": "2026-01-01T23:00:00-01:00", "end": "2026-01-02T00:00:00Z"},
        {"start": "2026-01-01T10:00:00Z", "end": "2026-01-01T10:59:59+01:00"},
    ),
    (
        "per-1",
        "Period",
        {"start": "2026-01-01T10:00:00.10Z", "end": "2026-01-01T10:00:00.1Z"},
        {"start": "2026-01-01T10:00:00.123456789Z", "end": "2026-01-01T10:00:00.123456788Z"},
    ),
    ("qty-3", "Quantity", {"system": UCUM, "code": "kg", "value": 1}, {"code": "kg", "value": 1}),
    ("att-1", "Attachment", {"contentType": "text/plain", "data": "QmVu"}, {"data": "QmVu"}),
    (
        "cpt-2",
        "ContactPoint",
        {"system": "phone", "value": "20 22 00 00"},
        {"value": "20 22 00 00"},
    ),
    (
        "rng-2",
        "Range",
        {"low": {"value": 1}, "high": {"value": 2}},
        {"low": {"value": 3}, "high": {"value": 2}},
    ),
    (
        "rat-1",
        "Ratio",
        {"numerator": {"value": 1}, "denominator": {"value": 2}},
        {"numerator": {"value": 1}},
    ),
    ("age-1", "Age", {"value": 3, "system": UCUM, "code": "a"}, {"value": 3}),
    (
        "cnt-3",
        "Count",
        {"value": 3, "system": UCUM, "code": "1"},
        {"value": 3, "system": UCUM, "code": "2"},
    ),
    ("dis-1", "Distance", {"value": 3, "system": UCUM, "code": "m"}, {"value": 3}),
    ("drt-1", "Duration", {"value": 3, "system": UCUM, "code": "h"}, {"system": UCUM, "code": "h"}),
    (
        "exp-1",
        "Expression",
        {"language": "text/fhirpath", "expression": "id"},
        {"language": "text/fhirpath"},
    ),
    (
        "drq-1",
        "DataRequirement",
        {"type": "Claim", "codeFilter": [{"path": "type"}]},
        {"type": "Claim", "codeFilter": [{"path": "type", "searchParam": "type"}]},
    ),
    (
        "drq-2",
        "DataRequirement",
        {"type": "Claim", "dateFilter": [{"path": "created"}]},
        {"type": "Claim", "dateFilter": [{"valueDateTime": "2026"}]},
    ),
    (
        "trd-1",
        "TriggerDefinition",
        {"type": "periodic", "timingDate": "2026"},
        {"type": "periodic", "timingDate": "2026", "data": [{"type": "Claim"}]},
    ),
    (
        "trd-2",
        "TriggerDefinition",
        {"type": "named-event", "name": "x"},
        {
            "type": "named-event",
            "name": "x",
            "condition": {"language": "text/fhirpath", "expression": "id"},
        },
    ),
    ("trd-3", "TriggerDefinition", {"type": "named-event", "name": "x"}, {"type": "data-added"}),
    ("tim-1", "Timing", timing(duration=1, durationUnit="d"), timing(duration=1)),
    ("tim-2", "Timing", timing(period=1, periodUnit="d"), timing(period=1)),
    (
        "tim-4",
        "Timing",
        timing(duration=0, durationUnit="d"),
        timing(duration=-1, durationUnit="d"),
    ),
    ("tim-5", "Timing", timing(period=0, periodUnit="d"), timing(period=-1, periodUnit="d")),
    (
        "tim-6",
        "Timing",
        timing(period=1, periodMax=2, periodUnit="d"),
        timing(periodMax=2),
    ),
    ("tim-7", "Timing", timing(duration=1, durationMax=2, durationUnit="d"), timing(durationMax=2)),
    ("tim-8", "Timing", timing(count=1, countMax=2), timing(countMax=2)),
    ("tim-9", "Timing", timing(offset=5, when=["MORN"]), timing(offset=5, when=["CM"])),
    ("tim-10", "Timing", timing(when=["MORN"]), timing(when=["MORN"], timeOfDay=["09:00:00"])),
]


@pytest.mark.parametrize(("key", "kind", "good", "bad"), DATATYPES)
def test_datatype_invariants(
    key: str, kind: str, good: dict[str, object], bad: dict[str, object]
) -> None:
    assert validate(on_extension(kind, good)) == []
    broken = validate(on_extension(kind, bad))
    assert [issue.code for issue in broken] == ["invariant"]
    assert f"({key})" in broken[0].fr


def test_every_datatype_invariant_has_an_instance_above() -> None:
    assert DATATYPE_RULES.keys() - {"ext-1"} == {key for key, *_ in DATATYPES}


@pytest.mark.parametrize(
    "extension",
    [
        {"url": "https://a.example/x"},
        {
            "url": "https://a.example/x",
            "valueCode": "a",
            "extension": [{"url": "y", "valueCode": "b"}],
        },
    ],
)
def test_an_extension_has_a_value_or_extensions(extension: dict[str, object]) -> None:
    assert findings(changed(PATIENT, "extension", [extension])) == [
        ("Patient.extension[0]", "invariant")
    ]


def test_an_extension_value_given_only_by_its_underscore_name_is_a_value() -> None:
    reason = {
        "url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason",
        "valueCode": "unknown",
    }
    extension = {"url": "https://a.example/x", "_valueString": {"extension": [reason]}}
    assert validate(changed(PATIENT, "extension", [extension])) == []


def contained(**more: object) -> dict[str, Any]:
    inner = {"resourceType": "Organization", "id": "o1", "name": "CSCom de Banconi", **more}
    claim = changed(CLAIM, "contained", [inner])
    return changed(claim, "provider.reference", "#o1")


@pytest.mark.parametrize(
    ("resource", "path", "key"),
    [
        (
            changed(contained(), "provider.reference", "Organization/1"),
            "Claim.contained[0]",
            "dom-3",
        ),
        (contained(meta={"versionId": "1"}), "Claim.contained[0].meta", "dom-4"),
        (
            contained(meta={"lastUpdated": "2026-01-01T00:00:00Z"}),
            "Claim.contained[0].meta",
            "dom-4",
        ),
        (
            contained(meta={"security": [{"code": "R"}]}),
            "Claim.contained[0].meta.security",
            "dom-5",
        ),
        (changed(PATIENT, "contact", [{"gender": "male"}]), "Patient.contact[0]", "pat-1"),
        ({"resourceType": "Organization", "active": True}, "Organization", "org-1"),
        (
            {
                "resourceType": "Organization",
                "name": "a",
                "address": [{"use": "home", "city": "Kati"}],
            },
            "Organization.address[0].use",
            "org-2",
        ),
        (
            {"resourceType": "Organization", "name": "a", "telecom": [{"use": "home"}]},
            "Organization.telecom[0].use",
            "org-3",
        ),
        (
            {"resourceType": "Parameters", "parameter": [{"name": "a"}]},
            "Parameters.parameter[0]",
            "inv-1",
        ),
        (
            {
                "resourceType": "Parameters",
                "parameter": [{"name": "a", "valueString": "x", "resource": PATIENT}],
            },
            "Parameters.parameter[0]",
            "inv-1",
        ),
    ],
)
def test_resource_invariants(resource: dict[str, Any], path: str, key: str) -> None:
    found = validate(resource)
    assert [(issue.path, issue.code) for issue in found] == [(path, "invariant")]
    assert f"({key})" in found[0].fr
    assert f"({key})" in found[0].en


def test_a_contained_resource_contains_no_other() -> None:
    found = validate(contained(contained=[PATIENT]))
    assert ("Claim.contained[0].contained", "invariant") in [(i.path, i.code) for i in found]
    assert any("(dom-2)" in issue.fr for issue in found)


def test_partial_dates_are_compared_as_far_as_both_go() -> None:
    assert validate(on_extension("Period", {"start": "2026-02", "end": "2026"})) == []
    assert (
        validate(on_extension("Period", {"start": "2026-02-10T23:00:00Z", "end": "2026-02-10"}))
        == []
    )


def test_good_contained_resources_are_accepted() -> None:
    assert validate(contained()) == []
    back = changed(contained(), "provider.reference", "Organization/1")
    back["contained"][0]["partOf"] = {"reference": "#"}
    assert validate(back) == []


def test_a_benefit_is_named_by_category_or_by_service() -> None:
    response = {
        "resourceType": "CoverageEligibilityResponse",
        "status": "active",
        "purpose": ["benefits"],
        "patient": {"reference": "Patient/awa"},
        "created": "2026-11-21",
        "request": {"reference": "CoverageEligibilityRequest/1"},
        "outcome": "complete",
        "insurer": {"reference": "Organization/cnam"},
        "insurance": [
            {"coverage": {"reference": "Coverage/1"}, "item": [{"category": {"text": "PHA"}}]}
        ],
    }
    assert validate(response) == []
    assert findings(changed(response, "insurance.0.item.0", {"excluded": True})) == [
        ("CoverageEligibilityResponse.insurance[0].item[0]", "invariant")
    ]


def bundle(kind: str, *entries: dict[str, Any], **more: object) -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": kind, "entry": list(entries), **more}


HELD = {"resource": PATIENT}
ASKED = {"resource": PATIENT, "request": {"method": "POST", "url": "Patient"}}
ANSWERED = {"response": {"status": "201"}}
COMPOSED = {"identifier": {"system": "urn:x", "value": "1"}, "timestamp": "2026-01-01T00:00:00Z"}


@pytest.mark.parametrize(
    ("resource", "key"),
    [
        (bundle("collection", HELD, total=1), "bdl-1"),
        (bundle("collection", {**HELD, "search": {"mode": "match"}}), "bdl-2"),
        (bundle("transaction", HELD), "bdl-3"),
        (bundle("collection", ASKED), "bdl-3"),
        (bundle("batch-response", HELD), "bdl-4"),
        (bundle("collection", ANSWERED), "bdl-4"),
        (bundle("collection", {"fullUrl": "urn:oid:1.2"}), "bdl-5"),
        (
            bundle(
                "collection", {**HELD, "fullUrl": "urn:oid:1.2"}, {**HELD, "fullUrl": "urn:oid:1.2"}
            ),
            "bdl-7",
        ),
        (
            bundle("collection", {**HELD, "fullUrl": "https://a.example/Patient/1/_history/1"}),
            "bdl-8",
        ),
        (bundle("document", HELD), "bdl-9"),
        (bundle("document", HELD), "bdl-10"),
        (bundle("document", HELD, **COMPOSED), "bdl-11"),
        (bundle("message", HELD), "bdl-12"),
    ],
)
def test_bundle_invariants(resource: dict[str, Any], key: str) -> None:
    found = validate(resource)
    assert any(f"({key})" in issue.en and f"({key})" in issue.fr for issue in found)
    assert {issue.code for issue in found} == {"invariant"}


@pytest.mark.parametrize(
    "resource",
    [
        bundle("collection", HELD),
        bundle("transaction", ASKED, ASKED),
        bundle("batch-response", ANSWERED),
        bundle("searchset", {**HELD, "search": {"mode": "match"}}, total=1),
    ],
)
def test_good_bundles_are_accepted(resource: dict[str, Any]) -> None:
    assert validate(resource) == []
