"""Default groups of choices, types of other versions, and rules with mistakes.

Source: https://build.fhir.org/ig/HL7/mapping-language-ig/
"""

from decimal import Decimal

import pytest

from hub.errors import Unmappable

NAMES = {"name": [{"family": "A"}, {"family": "B"}]}
PATIENT = {"resourceType": "Patient"}
HEAD = """map "http://example.org/StructureMap/main" = main
uses "http://hl7.org/fhir/StructureDefinition/Patient" alias Patient as source
uses "http://hl7.org/fhir/StructureDefinition/Observation" alias Observation as target
"""


@pytest.fixture
def run(library_of):
    """Runs a whole text leniently, as `benkan map run` does."""

    def once(text, source, **files):
        library = library_of({"main.map": HEAD + text, **files})
        return library.run("http://example.org/StructureMap/main", source)

    return once


def same(rules, of="Patient"):
    return f"group main(source src : {of}, target tgt : {of}) {{\n{rules}\n}}\n"


def test_default_groups_serve_each_type_of_a_choice(run):
    text = same("src.value -> tgt.value;", "Observation") + (
        "group q(source s : Quantity, target t : Quantity) <<type+>> { s.value -> t.value; }\n"
        "group c(source s : CodeableConcept, target t : CodeableConcept) <<type+>>"
        " { s.text -> t.text; }\n"
    )
    observation = {"resourceType": "Observation"}
    quantity = {**observation, "valueQuantity": {"value": Decimal(5), "unit": "g"}}
    assert run(text, quantity).tree == {**observation, "valueQuantity": {"value": 5}}
    concept = {**observation, "valueCodeableConcept": {"text": "a", "coding": [{"code": "b"}]}}
    assert run(text, concept).tree == {**observation, "valueCodeableConcept": {"text": "a"}}
    plain = {**observation, "valueString": "a"}
    assert run(text, plain).tree == plain


def test_r5_types_are_known_beside_those_of_r4(run):
    uses = (
        'uses "http://hl7.org/fhir/4.0/StructureDefinition/Encounter" alias E4 as source\n'
        'uses "http://hl7.org/fhir/5.0/StructureDefinition/Encounter" alias E5 as target\n'
    )
    rules = "s.class as c -> t.class as k, k.coding = c; s.period -> t.actualPeriod;"
    source = {"resourceType": "Encounter", "class": {"code": "AMB"}, "period": {"start": "2020"}}
    outcome = run(uses + f"group main(source s : E4, target t : E5) {{ {rules} }}", source)
    assert outcome.tree == {
        "resourceType": "Encounter",
        "class": [{"coding": [{"code": "AMB"}]}],
        "actualPeriod": {"start": "2020"},
    }
    assert not outcome.warnings


def test_what_nothing_defines_is_mapped_with_a_warning_and_refused_by_check(
    run, library_of, tmp_path
):
    text = (
        'uses "http://example.org/StructureDefinition/Own" alias Own as target\n'
        "group main(source src : Patient, target tgt : Own) {\n"
        "  src.nickname as n -> tgt.alias = n;\n"
        "  src.name as n -> tgt.part as p then { n.family as f -> p.label = f; };\n}\n"
    )
    outcome = run(text, {**PATIENT, "nickname": "x", **NAMES})
    assert outcome.tree == {"alias": "x", "part": [{"label": "A"}, {"label": "B"}]}
    assert any("unknown type Own" in warning.en for warning in outcome.warnings)
    found = library_of({}).check(tmp_path / "main.map")
    assert [e.message.split(";")[0] for e in found] == [
        "unknown type Own",
        "Patient has no element nickname",
    ]


def test_a_rule_with_a_mistake_fails_only_when_it_is_reached(run):
    text = same("src.telecom as x then nowhere(x, tgt);\nsrc.gender -> tgt.gender;")
    assert run(text, {**PATIENT, "gender": "male"}).tree == {**PATIENT, "gender": "male"}
    with pytest.raises(Unmappable, match="unknown group nowhere"):
        run(text, {**PATIENT, "telecom": [{"value": "1"}]})


def test_a_condition_on_a_primitive_may_name_the_elements_beside_it(transform):
    rules = "src.gender as g where active = true -> tgt.gender = g;"
    assert transform(rules, {"active": True, "gender": "male"}) == {**PATIENT, "gender": "male"}
    assert transform(rules, {"active": False, "gender": "male"}) == PATIENT


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("src.name 3..1 as n -> tgt.name = n;", "3..1 lets nothing pass"),
        ("src.gender as g -> tgt.gender = translate(g, '#no', 'code');", "unknown ConceptMap #no"),
    ],
)
def test_check_refuses_what_no_input_can_satisfy(library_of, tmp_path, rule, said):
    library = library_of({"main.map": HEAD + same(rule)})
    [found] = [f for f in library.findings(tmp_path / "main.map") if f.severity == "error"]
    assert said in found.message
    assert (found.line, bool(found.fr), found.rule[:5]) == (5, True, "main/")


def test_a_group_without_rules_gives_an_empty_target(run, library_of, tmp_path):
    text = same("") + "group Any() {}\ngroup last(source a : Patient, target b : Patient) {}\n"
    assert run(text, PATIENT).tree == PATIENT
    assert library_of({}).check(tmp_path / "main.map") == []
