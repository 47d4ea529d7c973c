"""memberOf(), subsumes() and %terminologies by the ValueSets and CodeSystems beside the maps.

Source: https://hl7.org/fhir/R4/fhirpath.html#functions
"""

import pytest

from hub.errors import Invalid, Unmappable
from hub.mapping.expression import Expression

ACTS = "http://example.org/CodeSystem/acts"
SET = "http://example.org/ValueSet/"
CODE_SYSTEM = {
    "resourceType": "CodeSystem",
    "url": ACTS,
    "content": "complete",
    "concept": [
        {"code": "D", "display": "Dentaire", "concept": [{"code": "DC", "display": "Couronne"}]},
        {"code": "K", "property": [{"code": "gelé", "valueBoolean": True}]},
        {"code": "KC", "property": [{"code": "parent", "valueCode": "K"}]},
    ],
}


def value_set(name, *include, **more):
    compose = {"include": list(include), **more}
    return {"resourceType": "ValueSet", "url": SET + name, "compose": compose}


SETS = [
    value_set("all", {"system": ACTS}),
    value_set(
        "dental", {"system": ACTS, "filter": [{"property": "x", "op": "is-a", "value": "D"}]}
    ),
    value_set(
        "below",
        {"system": ACTS, "filter": [{"property": "x", "op": "descendent-of", "value": "K"}]},
    ),
    value_set(
        "frozen", {"system": ACTS, "filter": [{"property": "gelé", "op": "=", "value": "true"}]}
    ),
    value_set("listed", {"system": ACTS, "concept": [{"code": "K"}]}),
    value_set("both", {"valueSet": [SET + "all", SET + "listed"]}),
    value_set(
        "without",
        {"valueSet": [SET + "all"]},
        exclude=[{"system": ACTS, "concept": [{"code": "K"}]}],
    ),
    value_set("round", {"valueSet": [SET + "round"]}),
    value_set("far", {"system": "http://loinc.org"}),
    {
        "resourceType": "ValueSet",
        "url": SET + "given",
        "expansion": {
            "contains": [
                {"code": "A", "abstract": True, "contains": [{"code": "K", "system": ACTS}]}
            ]
        },
    },
]
CODES = ["D", "DC", "K", "KC"]


@pytest.fixture
def ask(library_of):
    """What an expression over %c, a Coding of the acts, gives inside a map."""

    def evaluate(expression, code="K"):
        text = (
            'map "http://x.org/m" = m\n'
            'uses "http://hl7.org/fhir/StructureDefinition/Coding" alias Coding as source\n'
            'uses "http://hl7.org/fhir/StructureDefinition/Patient" as target\n'
            "group g(source c : Coding, target t : Patient) {\n"
            f" c -> t.language = ({expression}); }}"
        )
        files = {f"{n}.json": each for n, each in enumerate([*SETS, CODE_SYSTEM])}
        made = library_of({"m.map": text, **files}).map(
            "http://x.org/m", {"system": ACTS, "code": code}
        )
        return made.get("language")

    return evaluate


@pytest.mark.parametrize(
    ("name", "members"),
    [
        ("all", "D DC K KC"),
        ("dental", "D DC"),
        ("below", "KC"),
        ("frozen", "K"),
        ("listed|1.0", "K"),
        ("both", "K"),
        ("without", "D DC KC"),
        ("given", "K"),
    ],
)
def test_a_coding_is_in_the_sets_that_hold_its_code(ask, name, members):
    found = [c for c in CODES if ask(f"c.memberOf('{SET}{name}').toString()", c) == "true"]
    assert found == members.split()


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        (f"c.code.memberOf('{SET}listed').toString()", "true"),
        ("c.subsumes(c).toString()", "true"),
        (f"%terminologies.subsumes('{ACTS}', 'D', 'DC')", "subsumes"),
        (f"%terminologies.subsumes('{ACTS}', 'KC', c)", "subsumed-by"),
        (f"%terminologies.subsumes('{ACTS}', 'K', 'K')", "equivalent"),
        (f"%terminologies.subsumes('{ACTS}', 'D', 'K')", "not-subsumed"),
        (
            f"%terminologies.validateVS('{SET}listed', c).parameter.where(name = 'result')"
            ".value.toString()",
            "true",
        ),
        (f"'{SET}listed'.resolve().compose.include.concept.code", "K"),
        ("c.extension.value.memberOf('urn:x').toString()", None),
        (
            "'male'.memberOf('http://hl7.org/fhir/ValueSet/administrative-gender').toString()",
            "true",
        ),
    ],
)
def test_functions_of_terminology(ask, expression, said):
    assert ask(expression) == said


def test_one_coding_of_a_concept_is_enough(library_of):
    concept = {"coding": [{"code": "x"}, {"system": ACTS, "code": "KC"}]}
    above = {"system": ACTS, "code": "K"}
    text = (
        'map "http://x.org/m" = m\n'
        'uses "http://hl7.org/fhir/StructureDefinition/Observation" alias O as source\n'
        "group g(source o : O, target t : O) {\n"
        f"  o.code as c where c.memberOf('{SET}below') and c.subsumedBy(%o.method.coding)"
        " -> t.code = c;\n}"
    )
    files = {f"{n}.json": each for n, each in enumerate([*SETS, CODE_SYSTEM])}
    source = {"resourceType": "Observation", "code": concept, "method": {"coding": [above]}}
    assert library_of({"m.map": text, **files}).map("http://x.org/m", source)["code"] == concept


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("c.memberOf('http://example.org/none')", "unknown ValueSet http://example.org/none"),
        (f"c.memberOf('{SET}far')", "whose codes are not here"),
        (f"c.memberOf('{SET}round')", "contains itself"),
        ("%terminologies.subsumes('urn:none', 'a', 'b')", "unknown CodeSystem urn:none"),
        (f"(1).memberOf('{SET}all')", "a code, a Coding or a CodeableConcept"),
    ],
)
def test_what_the_packs_do_not_hold_is_an_error(ask, expression, said):
    with pytest.raises(Unmappable, match=said) as raised:
        ask(f"{expression}.toString()")
    [issue] = raised.value.issues
    assert issue.fr != issue.en
    assert issue.path.endswith("m.map:5:2")


def test_without_a_library_only_sets_of_fhir_are_known():
    tree = {"resourceType": "Patient", "gender": "male"}
    url = "http://hl7.org/fhir/ValueSet/administrative-gender"
    assert Expression(f"gender.memberOf('{url}')").evaluate(tree) == [True]
    with pytest.raises(Invalid, match="unknown ValueSet"):
        Expression("gender.memberOf('http://example.org/x')").evaluate(tree)
