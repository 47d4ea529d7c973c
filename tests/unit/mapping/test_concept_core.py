"""Code systems named by OID, and the ConceptMaps of FHIR itself.

Source: https://hl7.org/fhir/R4/terminologies-systems.html
"""

import pytest

from hub.mapping.concept_core import core_tables

OID = "http://hl7.org/fhir/ConceptMap/special-oid2uri"
NAMING = {
    "resourceType": "NamingSystem",
    "name": "Actes",
    "uniqueId": [
        {"type": "oid", "value": "1.2.3.4"},
        {"type": "uri", "value": "http://example.org/actes"},
    ],
}
CODES = {
    "resourceType": "CodeSystem",
    "url": "http://example.org/codes",
    "content": "complete",
    "identifier": [{"system": "urn:ietf:rfc:3986", "value": "urn:oid:1.2.3.5"}],
}


@pytest.mark.parametrize(
    ("oid", "uri"),
    [
        ("2.16.840.1.113883.6.96", "http://snomed.info/sct"),
        ("urn:oid:2.16.840.1.113883.6.1", "http://loinc.org"),
        ("1.2.3.4", "http://example.org/actes"),
        ("1.2.3.5", "http://example.org/codes"),
        ("9.9", "urn:oid:9.9"),
    ],
)
def test_an_oid_becomes_the_uri_of_its_code_system(transform, oid, uri):
    rule = f"src.language as l -> tgt.id = translate(l, '{OID}', 'uri');"
    files = {"naming.json": NAMING, "codes.json": CODES}
    assert transform(rule, {"language": oid}, **files)["id"] == uri


def test_without_an_oid_nothing_is_set(transform):
    rule = f"src.name as n -> tgt.id = translate(n, '{OID}', 'uri');"
    assert transform(rule, {"name": [{"family": "A"}]}) == {"resourceType": "Patient"}


def test_the_tables_of_fhir_are_known_and_given_ones_win(transform, library_of):
    url = "http://hl7.org/fhir/ConceptMap/cm-administrative-gender-v3"
    rule = f"src.gender as g -> tgt.language = translate(g, '{url}', 'code');"
    assert transform(rule, {"gender": "female"})["language"] == "F"
    own = {
        "resourceType": "ConceptMap",
        "url": url,
        "group": [{"element": [{"code": "female", "target": [{"code": "W"}]}]}],
    }
    assert transform(rule, {"gender": "female"}, **{"own.json": own})["language"] == "W"
    assert len(core_tables()) == 12


@pytest.mark.parametrize(
    ("rule", "made"),
    [
        ("src.birthDate as b -> tgt.effective = b;", {"effectiveDateTime": "2000-01-02"}),
        ('src -> tgt.value = @2020-01-01 "x";', {"valueDateTime": "2020-01-01"}),
        ("src.gender as g -> tgt.value = g;", {"valueString": "male"}),
    ],
)
def test_a_choice_without_the_type_takes_the_nearest(transform, rule, made):
    found = transform(rule, {"birthDate": "2000-01-02", "gender": "male"}, "Observation")
    assert found == {"resourceType": "Observation", **made}
