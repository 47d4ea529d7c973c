"""Trees that generated code fills in order need no finishing; what it gives is the same."""

import copy

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.errors import Unmappable
from hub.mapping.finish import Finisher
from hub.mapping.library import Library

URL = "http://example.org/StructureMap/settled"
HEAD = f"""/// url = '{URL}'
/// name = 'settled'
conceptmap "c" {{
  prefix s = "http://s"
  prefix t = "http://t"
  s:"a" == t:"A"
  s:"b" == t:"B"
}}
uses "http://hl7.org/fhir/StructureDefinition/Patient" alias Patient as source
uses "http://hl7.org/fhir/StructureDefinition/Patient" as target
"""
#: Rules, and whether they fill the target in the order of its definition.
RULES = {
    "src.active as a -> tgt.active = a; src.gender as g -> tgt.gender = g;": True,
    "src.gender as g -> tgt.gender = g; src.active as a -> tgt.active = a;": False,
    "src.name as n -> tgt.name as m then Name(n, m); src.gender as g -> tgt.gender = g;": True,
    "src.name as n -> tgt.name as m then Eman(n, m); src.gender as g -> tgt.gender = g;": False,
    "src.gender as g -> tgt.gender = g; src.name as n -> tgt.name as m then Name(n, m);": False,
    "src.name as n then { n.text as t -> tgt.language = t; n.family as f -> tgt.gender = f; };": (
        False
    ),
    "src.name first as n then { n.text as t -> tgt.language = t;"
    " n.family as f -> tgt.gender = f; };": True,
    "src then Head(src, tgt), Tail(src, tgt);": True,
    "src then Tail(src, tgt), Head(src, tgt);": False,
    "src then Head(src, tgt), Head(src, tgt);": True,
    "src.name as n -> tgt.maritalStatus as m then { n.text as t -> m.text = t; };": False,
    "src.maritalStatus as s -> tgt.maritalStatus as m then { s.text as t -> m.text = t; };": True,
    "src.maritalStatus as s -> tgt.maritalStatus as m then { s.id as t -> m.text = t; };"
    "src.maritalStatus as s -> tgt.maritalStatus as m then { s.text as t -> m.id = t; };": False,
    "src.deceased : boolean as d -> tgt.deceased = d;": True,
    "src.contact as c -> tgt.contact as d then { c.name as n -> d.name = n; };": True,
    "src.birthDate as b -> tgt.birthDate = b; src.name -> tgt.name as n, n.text = 'x';": False,
    "src.name as n -> tgt.name as m then Again(n, m);": False,
    "src.birthDate as b -> tgt.language = 'fr', tgt.active = true, tgt.birthDate = b;": True,
}
GROUPS = """
group Name(source n, target m) {
  n.text as t -> m.text = t; n.family as f -> m.family = f; n.given as g -> m.given = g;
}
group Eman(source n, target m) { n.given as g -> m.given = g; n.family as f -> m.family = f; }
group Again(source n, target m) { n.text as t -> m.text = t; n.period -> m then Again(n, m); }
group Head(source s, target t) { s.active as a -> t.active = a; }
group Tail(source s, target t) { s.gender as g -> t.gender = g; }
"""
TEXT = st.sampled_from(["", "x", "é"])
NAMES = st.fixed_dictionaries(
    {}, optional={"text": TEXT, "family": TEXT, "given": st.lists(TEXT), "id": TEXT}
)
SOURCES = st.fixed_dictionaries(
    {"resourceType": st.just("Patient")},
    optional={
        "active": st.booleans(),
        "gender": TEXT,
        "birthDate": TEXT,
        "name": st.lists(NAMES, max_size=3),
        "maritalStatus": NAMES,
        "deceasedBoolean": st.booleans(),
        "contact": st.lists(st.fixed_dictionaries({}, optional={"name": NAMES}), max_size=2),
    },
)


@pytest.fixture(scope="module", params=RULES)
def prepared(request, tmp_path_factory):
    """A library with the rules, and the same whose trees are always finished."""
    folder = tmp_path_factory.mktemp("settled")
    group = f"group main(source src : Patient, target tgt : Patient) {{\n{request.param}\n}}\n"
    (folder / "a.fml").write_text(HEAD + group + GROUPS, encoding="utf-8")
    return request.param, Library([folder])


def visible(tree):
    """The tree with the order of its keys."""
    if isinstance(tree, dict):
        return [(key, visible(value)) for key, value in tree.items()]
    return [visible(item) for item in tree] if isinstance(tree, list) else tree


@settings(
    deadline=None,
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(source=SOURCES)
def test_an_unfinished_tree_is_as_finishing_would_make_it(prepared, source):
    _, library = prepared
    compiled = library._ready(URL, lenient=False)
    made = library.map(URL, copy.deepcopy(source))
    finisher = Finisher(library._shelf.schema)
    made_again = finisher.finish(copy.deepcopy(made), compiled.inputs[1][1]) or {}
    assert visible(made_again) == visible(made)
    traced = library.trace(URL, copy.deepcopy(source)).tree  # always finished
    assert visible(traced) == visible(made)


def test_order_is_proven_where_it_is_kept_and_only_there(prepared):
    rules, library = prepared
    assert library._ready(URL, lenient=False).settled == RULES[rules]


CODED = """group main(source src : Patient, target tgt : Patient) {
  src.maritalStatus as m then { m.coding first as c -> tgt.gender = translate(c, '#c', 'code'); };
}
"""


@pytest.fixture
def coded(library_of):
    library = library_of({"a.fml": HEAD + CODED})
    return lambda coding: library.map(URL, {"maritalStatus": {"coding": [coding]}}).get("gender")


@pytest.mark.parametrize(
    ("coding", "code"),
    [
        ({"system": "http://s", "code": "a"}, "A"),
        ({"code": "b"}, "B"),
        ({"codeSystem": "http://s", "code": "b"}, "B"),
        ({"coding": [{"code": "a"}]}, "A"),
        ("b", "B"),
    ],
)
def test_a_code_is_translated_alike_the_first_time_and_later(coded, coding, code):
    assert [coded(coding) for _ in range(3)] == [code] * 3


def test_a_known_code_does_not_answer_for_that_of_another_system(coded):
    assert coded({"system": "http://s", "code": "a"}) == "A"
    with pytest.raises(Unmappable) as refused:
        coded({"system": "http://other", "code": "a"})
    assert refused.value.missing[0].system == "http://other"
    assert coded({"system": "http://s", "code": "a"}) == "A"


def test_a_choice_under_its_bare_name_or_in_a_list_is_read(transform):
    rule = "src.deceased : boolean as d -> tgt.active = d;"
    assert transform(rule, {"deceased": True})["active"] is True
    assert transform(rule, {"deceasedBoolean": [None, True]})["active"] is True
    with pytest.raises(Unmappable, match="one value expected"):
        transform(rule, {"deceasedBoolean": [False, True]})
