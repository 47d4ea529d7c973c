"""Sources, targets and nesting: https://hl7.org/fhir/R5/mapping-language.html#rules."""

from decimal import Decimal

import pytest

from hub.errors import Unmappable

NAMES = {"name": [{"family": "Traoré", "given": ["Awa", "Fanta"]}, {"family": "Keïta"}]}


def test_a_rule_runs_once_for_each_item(transform):
    result = transform(
        "src.name as n -> tgt.name as t then { n.family as f -> t.family = f; };", NAMES
    )
    assert result["name"] == [{"family": "Traoré"}, {"family": "Keïta"}]


def test_a_missing_element_creates_nothing(transform):
    assert transform("src.name as n -> tgt.contact as c;", {}) == {"resourceType": "Patient"}


def test_first_means_first_after_where(transform):
    rule = "src.name first as n where (family = 'Keïta') -> tgt.name as t, t.text = (n.family);"
    assert transform(rule, NAMES)["name"] == [{"text": "Keïta"}]


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("first", ["Traoré"]),
        ("last", ["Keïta"]),
        ("not_first", ["Keïta"]),
        ("not_last", ["Traoré"]),
    ],
)
def test_list_modes_choose_among_the_items(transform, mode, expected):
    rule = f"src.name {mode} as n -> tgt.name as t, t.text = (n.family);"
    assert [name["text"] for name in transform(rule, NAMES)["name"]] == expected


def test_only_one_refuses_a_second_item_and_names_the_rule(transform):
    with pytest.raises(Unmappable) as caught:
        transform('src.name only_one as n -> tgt.name as t "lonely";', NAMES)
    issue = caught.value.issues[0]
    assert "only_one" in issue.en
    assert "main/lonely" in issue.en
    assert issue.path.endswith("test.fml:8:1")


def test_a_failed_check_stops_the_map(transform):
    with pytest.raises(Unmappable, match="check failed"):
        transform("src.name as n check (given.exists()) -> tgt.name as t;", NAMES)


def test_a_default_is_used_only_when_there_is_nothing(transform):
    rule = "src.gender default ('unknown') as g -> tgt.gender = g;"
    assert transform(rule, {})["gender"] == "unknown"
    assert transform(rule, {"gender": "female"})["gender"] == "female"


def test_several_sources_make_every_combination(transform):
    rule = "src.name as n, n.given as g -> tgt.name as t, t.text = (n.family & ' ' & g);"
    assert [n["text"] for n in transform(rule, NAMES)["name"]] == ["Traoré Awa", "Traoré Fanta"]


def test_a_single_complex_element_is_merged_and_not_replaced(transform):
    rules = """src.gender as g -> tgt.maritalStatus as m, m.text = g;
    src.birthDate as d -> tgt.maritalStatus as m, m.id = d;"""
    result = transform(rules, {"gender": "male", "birthDate": "1990"})
    assert result["maritalStatus"] == {"id": "1990", "text": "male"}


def test_share_gives_the_same_instance_within_one_run_of_the_group(transform):
    rules = """src.gender as g -> tgt.name as n share one, n.text = g;
    src.birthDate as d -> tgt.name as n share one, n.family = d;"""
    result = transform(rules, {"gender": "male", "birthDate": "1990"})
    assert result["name"] == [{"text": "male", "family": "1990"}]


def test_a_choice_is_read_by_its_bare_name_and_filtered_by_type(transform):
    rule = "src.deceased : dateTime as d -> tgt.birthDate = (%d.toString().substring(0, 10));"
    assert (
        transform(rule, {"deceasedDateTime": "2020-02-03T10:00:00Z"})["birthDate"] == "2020-02-03"
    )
    assert "birthDate" not in transform(rule, {"deceasedBoolean": True})


def test_a_choice_takes_the_name_of_the_type_of_its_value(transform):
    rule = """src.gender as g -> tgt.value = g;
    src.name as n -> tgt.component as c, c.value = create('Quantity') as q, q.value = 12.50;
    src.active as a -> tgt.component as c, c.value = a;"""
    result = transform(rule, {**NAMES, "gender": "male", "active": True}, "Observation")
    assert result["valueString"] == "male"
    assert result["component"][0] == {"valueQuantity": {"value": Decimal("12.50")}}
    assert result["component"][2] == {"valueBoolean": True}


def test_elements_come_out_in_the_order_of_the_definition(transform):
    rules = "src.gender as g -> tgt.birthDate = '1990', tgt.gender = g, tgt.active = true;"
    assert list(transform(rules, {"gender": "male"})) == [
        "resourceType",
        "active",
        "gender",
        "birthDate",
    ]


def test_identity_rules_copy_deeply(transform):
    source = {"resourceType": "Patient", **NAMES, "active": True}
    result = transform("src.name -> tgt.name;\nsrc -> tgt : active, gender;", source)
    assert (result["name"], result["active"]) == (NAMES["name"], True)
    result["name"][0]["given"].append("Other")
    assert NAMES["name"][0]["given"] == ["Awa", "Fanta"]


def test_a_types_group_serves_identity_rules(transform):
    more = """group Name(source s : HumanName, target t : HumanName) <<types>> {
      s.family as f -> t.text = f;
    }\n"""
    groups = "src.name -> tgt.name;\n}\n" + more.rstrip()[:-1]
    assert transform(groups, NAMES)["name"] == [{"text": "Traoré"}, {"text": "Keïta"}]


def test_groups_are_called_with_parameters_and_extended(transform):
    groups = """src.name as n -> tgt.name as t then Derived(n, t);
    }
    group Base(source n : HumanName, target t : HumanName) { n.family as f -> t.family = f; }
    group Derived(source n : HumanName, target t : HumanName) extends Base {
      n.given as g -> t.given = g;"""
    assert transform(groups, NAMES) == {"resourceType": "Patient", **NAMES}


def test_rules_may_nest_deeper_than_python_allows_blocks(transform):
    rule = "src.name as n0 -> tgt.name as t then {" + "".join(
        f"n{i} as n{i + 1} then {{ n{i + 1} where (family.exists()) then {{" for i in range(12)
    )
    rule += "n12.family as f -> t.family = f;" + "};};" * 12 + "};"
    assert [n["family"] for n in transform(rule, NAMES)["name"]] == ["Traoré", "Keïta"]


def test_a_group_that_calls_itself_without_end_is_stopped(transform):
    groups = """src -> tgt then Again(src, tgt);
    }
    group Again(source s : Patient, target t : Patient) { s -> t then Again(s, t);"""
    with pytest.raises(Unmappable, match="deep"):
        transform(groups, {})


def test_constants_are_visible_everywhere(transform):
    rule = "src.gender as g -> tgt.gender = (label & g);"
    assert transform(rule, {"gender": "x"}, more="let label = 'a' & 'b';\n")["gender"] == "abx"


TYPE_PLUS = """src.contact -> tgt.entry;
    src.contained -> tgt.entry;
    }
    group Entry(source s : Patient.contact, target t : Bundle.entry) <<types>> {
      s.name as n then { n.family as f -> t.fullUrl = f; };
    }
    group Any(source s : Resource, target t : Bundle.entry) <<types>> {
      s -> t.resource = s;"""


def test_default_groups_serve_backbones_and_open_types(transform):
    inner = {"resourceType": "Basic", "id": "b"}
    source = {"contact": [{"name": {"family": "K"}}], "contained": [inner]}
    result = transform(TYPE_PLUS, source, "Bundle")
    assert result["entry"] == [{"fullUrl": "K"}, {"resource": inner}]


def test_a_type_plus_group_chooses_the_type_of_an_open_target(transform):
    groups = """src.maritalStatus -> tgt.value;
    }
    group Text(source s : CodeableConcept, target t : Quantity) <<type+>> {
      s.text as x -> t.unit = x;"""
    result = transform(groups, {"maritalStatus": {"text": "u"}}, "Observation")
    assert result["valueQuantity"] == {"unit": "u"}


def test_two_default_groups_for_the_same_types_are_refused(transform):
    group = (
        "group {0}(source s : HumanName, target t : HumanName) <<types>> {{ s.family -> t.family; "
    )
    rules = "src.name -> tgt.name; }\n" + group.format("A") + "}\n" + group.format("B")
    with pytest.raises(Unmappable, match="several default groups fit: A, B"):
        transform(rules, NAMES)
