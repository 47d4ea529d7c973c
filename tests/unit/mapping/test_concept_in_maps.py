"""Letter and coefficient through a map, both ways (docs/concept-maps.md)."""

from __future__ import annotations

from pathlib import Path

import pytest

import mappings
from hub.errors import Unmappable

CONCEPTS = Path(mappings.__file__).parent / "cmss" / "concepts"
BASE = "https://benkan.example/fhir"
COEFFICIENT = f"{BASE}/concept-property/coefficient"
TABLES = {
    f"{name}.json": (CONCEPTS / f"{name}.json").read_text(encoding="utf-8")
    for name in ("cmss-acte", "cmss-acte-inverse")
}
THERE = f"""src.language as l, src.multipleBirth as c -> tgt.maritalStatus =
  translate(l, '{BASE}/ConceptMap/cmss-acte-inverse', 'CodeableConcept', '{COEFFICIENT}', c) "a";"""
BACK = f"""src.language as l -> tgt.language =
  translate(l, '{BASE}/ConceptMap/cmss-acte', 'product:{COEFFICIENT}') "a";"""


@pytest.mark.parametrize(("coefficient", "act"), [(20, "img-echo-obs"), (150, "img-scanner")])
def test_one_letter_becomes_two_acts_and_the_coefficient_comes_back(transform, coefficient, act):
    source = {"language": "Z", "multipleBirthInteger": coefficient}
    there = transform(THERE, source, **TABLES)
    (coding,) = there["maritalStatus"]["coding"]
    assert (coding["system"], coding["code"]) == (f"{BASE}/CodeSystem/acte", act)
    assert transform(BACK, {"language": act}, **TABLES)["language"] == str(coefficient)


def test_a_coefficient_without_a_row_is_named_with_its_letter(transform):
    with pytest.raises(Unmappable) as caught:
        transform(THERE, {"language": "Z", "multipleBirthInteger": 33}, **TABLES)
    (missing,) = caught.value.missing
    assert (missing.code, missing.display) == ("Z", f"{COEFFICIENT} = 33")


def test_a_map_that_gives_no_coefficient_is_told_so(transform):
    rule = (
        f"src.language as l -> tgt.language = translate(l, '{BASE}/ConceptMap/cmss-acte-inverse');"
    )
    with pytest.raises(Unmappable, match="depend on"):
        transform(rule, {"language": "Z"}, **TABLES)


def test_pairs_come_whole(library_of):
    rule = f"src.language as l -> tgt.language = translate(l, 'urn:m', 'code', '{COEFFICIENT}');"
    text = f"""/// url = 'urn:map'
/// name = 'm'
uses "http://hl7.org/fhir/StructureDefinition/Patient" alias Patient as source
uses "http://hl7.org/fhir/StructureDefinition/Patient" as target
group main(source src : Patient, target tgt : Patient) {{ {rule} }}
"""
    with pytest.raises(Unmappable, match="translate"):
        library_of({"m.fml": text}).map("urn:map", {"resourceType": "Patient", "language": "Z"})


def test_a_code_whose_rows_depend_on_something_is_not_said_to_lack_one(library_of, tmp_path):
    row = {
        "code": "female",
        "target": [{"code": "F", "dependsOn": [{"property": COEFFICIENT, "value": "20"}]}],
    }
    table = {"resourceType": "ConceptMap", "url": "urn:m", "group": [{"element": [row]}]}
    rule = f"src.gender as g -> tgt.language = translate(g, 'urn:m', 'code', '{COEFFICIENT}', 20);"
    text = f"""/// url = 'urn:map'
/// name = 'm'
uses "http://hl7.org/fhir/StructureDefinition/Patient" alias Patient as source
uses "http://hl7.org/fhir/StructureDefinition/Patient" as target
group main(source src : Patient, target tgt : Patient) {{ {rule} }}
"""
    library = library_of({"m.fml": text, "m.json": table})
    found = [f.message for f in library.findings(tmp_path / "m.fml") if "no row" in f.message]
    assert found
    assert "has no row for male, other, unknown of" in found[0]
