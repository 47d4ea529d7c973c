"""Choice elements through a map: https://hl7.org/fhir/R4/formats.html#choice."""

import pytest

HEAD = """/// url = 'http://example.org/m'
uses "http://hl7.org/fhir/StructureDefinition/Observation" alias Observation as source
uses "http://hl7.org/fhir/StructureDefinition/Observation" as target
group main(source src : Observation, target tgt : Observation) {{ {0} }}
"""
VALUES = [
    {"valueQuantity": {"value": 5, "unit": "mg"}},
    {"valueString": "x"},
    {"valueDateTime": "2020-01-02"},
    {"valueBoolean": False},
    {"valueCodeableConcept": {"text": "y"}},
    {"valuePeriod": {"start": "2020"}},
]


@pytest.mark.parametrize("value", VALUES, ids=lambda v: next(iter(v)))
@pytest.mark.parametrize("rule", ["src.value -> tgt.value;", "src.value as v -> tgt.value = v;"])
def test_a_choice_keeps_its_type_when_it_is_copied(library_of, rule, value):
    library = library_of({"m.fml": HEAD.format(rule)})
    result = library.map("http://example.org/m", {"resourceType": "Observation", **value})
    assert result == {"resourceType": "Observation", **value}


@pytest.mark.parametrize("value", VALUES, ids=lambda v: next(iter(v)))
def test_a_type_filter_lets_only_its_type_through(library_of, value):
    rule = "src.value : Quantity as v -> tgt.status = (%v.unit);"
    result = library_of({"m.fml": HEAD.format(rule)}).map("http://example.org/m", value)
    assert result.get("status") == ("mg" if "valueQuantity" in value else None)


def test_the_concrete_name_of_a_choice_may_be_written_and_read(library_of):
    rule = "src.valueString as v -> tgt.valueDateTime = v;"
    library = library_of({"m.fml": HEAD.format(rule)})
    assert library.map("http://example.org/m", {"valueString": "2020"})["valueDateTime"] == "2020"


@pytest.mark.parametrize("value", ["(src.maritalStatus.coding)", "c"])
def test_a_coding_fits_where_only_concepts_may_stand(transform, value):
    coding = {"system": "urn:s", "code": "M", "display": "m"}
    rules = f"m.coding as c -> tgt.code = {value}, tgt.value = {value};"
    rules = f"src.maritalStatus as m then {{ {rules} }};"
    found = transform(rules, {"maritalStatus": {"coding": [coding]}}, "Observation")
    assert found["code"] == found["valueCodeableConcept"] == {"coding": [coding]}
