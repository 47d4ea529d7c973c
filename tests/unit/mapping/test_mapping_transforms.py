"""The transforms: https://hl7.org/fhir/R5/mapping-language.html#transforms."""

from decimal import Decimal

import pytest

from hub.errors import Unmappable

QUANTITY = {"value": Decimal("5.50"), "comparator": ">=", "unit": "mg"}
COMPONENT = "src.gender as g -> tgt.component as c, c.value = "


@pytest.mark.parametrize(
    ("transform_text", "key", "expected"),
    [
        ("append('a', g, 'z')", "valueString", "amalez"),
        ("truncate(g, 2)", "valueString", "ma"),
        ("cc('text')", "valueCodeableConcept", {"text": "text"}),
        ("cc('s', g)", "valueCodeableConcept", {"coding": [{"system": "s", "code": "male"}]}),
        ("qty('>= 5.50 mg')", "valueQuantity", QUANTITY),
        ("cast('12', 'integer')", "valueInteger", 12),
        ("cast('true', 'boolean')", "valueBoolean", True),
        ("('x' & 1)", "valueString", "x1"),
        ("(2 + 3)", "valueInteger", 5),
        ("(today())", "valueDateTime", "2026-11-21"),
        ("(now())", "valueDateTime", "2026-11-21T22:05:00.000Z"),
    ],
)
def test_a_transform_gives_a_typed_value(transform, transform_text, key, expected):
    result = transform(COMPONENT + transform_text + ";", {"gender": "male"}, "Observation")
    assert result["component"] == [{key: expected}]


NOT_THAT = ["'notanumber', 'integer'", "'1.5', 'integer'", "'-1', 'positiveInt'"]
NOT_THAT += ["'x', 'boolean'", "'2020-13x', 'date'"]


@pytest.mark.parametrize("text", NOT_THAT)
def test_a_cast_of_another_form_fails(transform, text):
    with pytest.raises(Unmappable, match="is not a"):
        transform(f"{COMPONENT}cast({text});", {"gender": "male"}, "Observation")


def test_identifiers_contacts_references_and_uuids(transform):
    rules = """src.id as i -> tgt.identifier = id('urn:s', i, 'MR'), tgt.telecom = cp('a@b.ml'),
      tgt.telecom = cp('+223 20 00 00 00'), tgt.id = uuid(),
      tgt.link as l, l.other as o, o.reference = reference(src);"""
    result = transform(rules, {"id": "7"})
    assert result["id"] == "id-1"
    assert result["identifier"][0]["value"] == "7"
    assert [t["system"] for t in result["telecom"]] == ["email", "phone"]
    assert result["link"] == [{"other": {"reference": "Patient/7"}}]


def test_resources_of_a_bundle_keep_their_type(transform):
    rules = """src.gender as g -> tgt.entry as e, e.resource = create('Patient') as p, p.gender = g;
    src -> tgt.entry as e, e.resource = src;"""
    result = transform(rules, {"gender": "male"}, "Bundle")
    patient = {"resourceType": "Patient", "gender": "male"}
    assert result["entry"] == [{"resource": patient}, {"resource": patient}]


def test_evaluate_fills_a_list_with_every_result_and_refuses_several_for_one(transform):
    source = {"name": [{"given": ["Awa", "Fanta"]}]}
    assert transform("src -> tgt.name as n, n.given = (src.name.given);", source)["name"] == [
        {"given": ["Awa", "Fanta"]}
    ]
    with pytest.raises(Unmappable, match="one value expected"):
        transform("src -> tgt.name as n, n.family = (src.name.given);", source)


def test_numbers_and_texts_are_converted_to_the_type_of_the_target(transform):
    rules = """src.multipleBirth : integer as n -> tgt.gender = n;
    src.id as i -> tgt.multipleBirth = cast(i, 'integer');"""
    result = transform(rules, {"multipleBirthInteger": 3, "id": "12"})
    assert (result["gender"], result["multipleBirthInteger"]) == ("3", 12)


def test_a_primitive_target_can_be_given_to_a_group(transform):
    groups = """src.gender as g -> tgt.gender as t then Code(g, t);
    src.id as i -> tgt.name as n, n.given as t then Code(i, t);
    }
    group Code(source s, target t : code) { s -> t = (%s.upper());"""
    result = transform(groups, {"gender": "male", "id": "x"})
    assert (result["gender"], result["name"]) == ("MALE", [{"given": ["X"]}])


def test_a_value_that_no_form_of_a_choice_takes_is_refused(transform):
    with pytest.raises(Unmappable, match="takes this value"):
        transform("src.id as i -> tgt.deceased = (1.5);", {"id": "1"})
