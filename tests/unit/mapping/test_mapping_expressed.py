"""What people write beyond the grammar: expressions as sources, transforms in transforms, aliases.

Source: https://hl7.org/fhir/R5/mapping-language.html
"""

import pytest

from hub.errors import Unmappable
from hub.mapping import structure_map
from hub.mapping.parse import parse
from hub.mapping.write_text import write

PATIENT = {"resourceType": "Patient"}
NAMES = {"name": [{"family": "A", "use": "usual"}, {"family": "B", "use": "official"}]}


def stable(text):
    """Text → resource → text → resource, and through the form of R4."""
    resource = parse(text).resource
    assert parse(write(resource)).resource == resource
    older = structure_map.normal(structure_map.r4(resource))
    assert parse(write(older)).resource == older
    return resource


@pytest.mark.parametrize(
    ("source", "families"),
    [
        ("src.name.where(use = 'official')", ["B"]),
        ("src.name[0]", ["A"]),
        ("(src.name.last())", ["B"]),
        ("(src.name | src.contact.name)", ["A", "B"]),
        ("evaluate(src, name.where(use = 'usual'))", ["A"]),
        ("src.name.where(use.exists()) not_first", ["B"]),
        ("src.name.where(use = 'old')", []),
    ],
)
def test_a_source_may_be_an_expression(transform, source, families):
    rules = f'{source} as n -> tgt.contact as c then {{ n.family as f -> c.id = f; }} "r";'
    found = transform(rules, NAMES).get("contact", [])
    assert [contact["id"] for contact in found] == families
    stable('map "http://x.org/m" = m\ngroup g(source src, target tgt) {' + rules + "}")


def test_the_items_of_an_expression_keep_their_type(library_of):
    text = """map "http://x.org/m" = m
uses "http://hl7.org/fhir/StructureDefinition/Patient" alias Patient as source
group g(source src : Patient, target tgt : Patient) {
  src.name.where(use = 'official') -> tgt.name;
}
group n(source s : HumanName, target t : HumanName) <<type+>> { s.family -> t.text; }
"""
    found = library_of({"m.map": text}).map("http://x.org/m", {**PATIENT, **NAMES})
    assert found["name"] == [{"text": "B"}]
    stable(text)


def test_a_transform_may_be_given_to_a_transform(transform):
    rules = (
        "src.gender as g -> tgt.language = append('x-', truncate(g, 1), cast(1, 'string')),"
        " tgt.maritalStatus = cc('urn:s', append(g, '!')), tgt.id = append('a', uuid());"
    )
    assert transform(rules, {"gender": "male"}) == {
        **PATIENT,
        "id": "aid-1",
        "language": "x-m1",
        "maritalStatus": {"coding": [{"system": "urn:s", "code": "male!"}]},
    }
    stable('map "http://x.org/m" = m\ngroup g(source src, target tgt) {' + rules + "}")


def test_a_wrong_transform_inside_a_transform_is_told(transform):
    with pytest.raises(Unmappable, match="truncate takes 2 parameters, not 1"):
        transform("src.gender as g -> tgt.language = append('x', truncate(g));", {})


def test_a_choice_may_be_named_as_in_its_definition(transform):
    source = {"deceasedBoolean": False}
    for rule in (
        "src.deceased[x] -> tgt.deceased[x];",
        "src.deceased[x] as d -> tgt.deceased[x] = d;",
    ):
        assert transform(rule, source) == {**PATIENT, **source}
        stable('map "http://x.org/m" = m\ngroup g(source src, target tgt) {' + rule + "}")


def test_a_target_takes_no_index(transform):
    with pytest.raises(Unmappable, match="a target takes no index"):
        transform("src.name as n -> tgt.name[0] as m;", NAMES)


def test_a_condition_may_be_quoted_as_a_whole(transform):
    rule = "src.name as n where \"use = 'official'\" -> tgt.name = n;"
    assert transform(rule, NAMES)["name"] == NAMES["name"][1:]
    assert transform(rule.replace("use =", "use !="), NAMES)["name"] == NAMES["name"][:1]
    stable('map "http://x.org/m" = m\ngroup g(source src, target tgt) {' + rule + "}")


def test_an_alias_may_be_a_text(library_of):
    text = """map "http://x.org/m" = m
uses "http://hl7.org/fhir/StructureDefinition/Patient" alias 'Our Patient' as source
uses "http://hl7.org/fhir/StructureDefinition/Patient" alias 'Person' as target
group g(source src : 'Our Patient', target tgt : Person) { src.gender -> tgt.gender; }
"""
    assert library_of({"m.map": text}).map("http://x.org/m", {"gender": "male"}) == {
        **PATIENT,
        "gender": "male",
    }
    stable(text)


def test_one_alias_names_a_source_and_another_type_among_the_targets(library_of, tmp_path):
    text = """map "http://x.org/m" = m
uses "http://hl7.org/fhir/StructureDefinition/Patient" alias It as source
uses "http://hl7.org/fhir/StructureDefinition/Bundle" as target
uses "http://hl7.org/fhir/StructureDefinition/Observation" alias It as produced
group g(source src : It, target tgt : Bundle) {
  src -> tgt.type = 'batch', tgt.entry as e, e.resource = create('It') as o then h(src, o) "r";
}
group h(source src : It, target o : It) {
  src.gender as g -> o.status = g, o.code as c, c.text = 'x';
}
"""
    library = library_of({"m.map": text})
    assert library.map("http://x.org/m", {**PATIENT, "gender": "final"})["entry"] == [
        {"resource": {"resourceType": "Observation", "status": "final", "code": {"text": "x"}}}
    ]
    assert library.check(tmp_path / "m.map") == []


def test_single_is_called_collate_in_r4():
    text = 'map "http://x.org/m" = m\ngroup g(source s, target t) { s.a as a -> t.b as b single; }'
    resource = stable(text)
    assert resource == stable(text.replace("single", "collate"))
    [rule] = structure_map.r4(resource)["group"][0]["rule"]
    assert rule["target"][0]["listMode"] == ["collate"]
