"""Formats of primitive types and required bindings."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from fhir_samples import CLAIM, PATIENT, changed, findings

VALUES: dict[str, tuple[list[Any], list[Any]]] = {
    "Date": (
        ["2026", "2026-11", "2026-02-28", "2024-02-29"],
        [
            "2026-02-30",
            "2026-02-29",
            "2026-13",
            "0000",
            "26-01-01",
            "2026-1-1",
            "2026-11-21T10:00:00Z",
        ],
    ),
    "DateTime": (
        ["2026", "2026-11-21", "2026-11-21T10:00:00Z", "2026-11-21T10:00:60.123456789+14:00"],
        [
            "2026-11-21T10:00:00",
            "2026-11-21T10:00Z",
            "2026-11-21T24:00:00Z",
            "2026-04-31T10:00:00Z",
        ],
    ),
    "Instant": (["2026-11-21T10:00:00.5-01:00"], ["2026-11-21", "2026-11-21T10:00:00", 1700000000]),
    "Time": (["09:30:00"], ["09:30", "24:00:00", "9:30:00"]),
    "Decimal": ([1, Decimal("12.50"), Decimal("-1E+2")], ["1", True, None, 1.5]),
    "Integer": ([0, -5, 2**31 - 1], [2**31, "1", Decimal("1.0"), True]),
    "UnsignedInt": ([0], [-1]),
    "PositiveInt": ([1], [0, -1]),
    "Boolean": ([True, False], ["true", 1, 0]),
    "String": (["Aïssata N’Diaye", "12\u00a0500 F CFA", " a ", "a\nb"], ["", "   ", "a\x00", 5]),
    "Markdown": (["*a*"], [""]),
    "Code": (["a b", "é"], ["", " a", "a ", "a  b", "a\tb"]),
    "Uri": (["urn:oid:1.2", "abc", "https://é.example"], ["", "hello world", "a\n"]),
    "Url": (["https://a.example"], ["a b"]),
    "Canonical": (["https://a.example|1"], ["a b"]),
    "Oid": (["urn:oid:2.16.840"], ["2.16.840", "urn:oid:3.1", "urn:oid:1.01"]),
    "Uuid": (
        ["urn:uuid:c757873d-ec9a-4326-a141-556f43239520"],
        ["c757873d-ec9a-4326-a141-556f43239520", "urn:uuid:C757873D-EC9A-4326-A141-556F43239520"],
    ),
    "Id": (["a-1.B", "x" * 64], ["", "x" * 65, "a_b", "é", "a b"]),
    "Base64Binary": (["QmVua2Fu", "Qm Vu\na2Fu"], ["QmVua2F", "Qm=Va2Fu", "é", ""]),
}
GOOD = [(kind, value) for kind, (good, _) in VALUES.items() for value in good]
BAD = [(kind, value) for kind, (_, bad) in VALUES.items() for value in bad]


def with_extension(kind: str, value: object) -> dict[str, Any]:
    return changed(PATIENT, "extension", [{"url": "https://a.example/x", f"value{kind}": value}])


@pytest.mark.parametrize(("kind", "value"), GOOD)
def test_a_good_value_is_accepted(kind: str, value: object) -> None:
    assert findings(with_extension(kind, value)) == []


@pytest.mark.parametrize(("kind", "value"), BAD)
def test_a_bad_value_is_refused_at_its_place(kind: str, value: object) -> None:
    paths = [path for path, _ in findings(with_extension(kind, value))]
    assert paths == [f"Patient.extension[0].value{kind}"]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("status", "bogus"),
        ("use", "Claim"),
        ("total.currency", "XXQ"),
        ("total.currency", "xof"),
        ("total.currency", "HRK"),
    ],
)
def test_a_code_outside_its_required_value_set_is_refused(path: str, value: str) -> None:
    assert (f"Claim.{path}", "code-invalid") in findings(changed(CLAIM, path, value))


def test_bindings_of_concepts_look_at_system_and_code() -> None:
    def allergy(system: str, code: str) -> dict[str, Any]:
        return {
            "resourceType": "AllergyIntolerance",
            "patient": {"reference": "Patient/awa"},
            "clinicalStatus": {"coding": [{"system": system, "code": code}]},
        }

    system = "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical"
    assert findings(allergy(system, "active")) == []
    for wrong in (allergy(system, "bogus"), allergy("https://a.example", "active")):
        assert findings(wrong) == [("AllergyIntolerance.clinicalStatus", "code-invalid")]


@pytest.mark.parametrize("system", ["hello world", "CIM10", "/CodeSystem/x", ""])
def test_a_coding_system_is_an_absolute_uri(system: str) -> None:
    claim = changed(CLAIM, "priority.coding.0.system", system)
    assert findings(claim) == [("Claim.priority.coding[0].system", "value")]


def test_a_content_type_is_checked() -> None:
    photo = {"contentType": "image/png", "data": "QmVua2Fu"}
    assert findings(changed(PATIENT, "photo", [photo])) == []
    photo["contentType"] = "picture"
    assert findings(changed(PATIENT, "photo", [photo])) == [
        ("Patient.photo[0].contentType", "code-invalid")
    ]
