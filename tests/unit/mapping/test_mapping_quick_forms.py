"""What generated code writes as plain Python behaves as the general form, on odd data too."""

import pytest

from hub.errors import Unmappable

TAIL = "src.managingOrganization as r -> tgt.gender = ({}r.reference.split('/').last());"


@pytest.mark.parametrize("reference", ["Organization/2", "a/b/c", "nothing", "", "x/", None])
def test_a_reference_tail_is_what_the_general_expression_gives(transform, reference):
    source = {"resourceType": "Patient", "managingOrganization": {"display": "d"}}
    if reference is not None:
        source["managingOrganization"]["reference"] = reference
    general = TAIL.format("%").replace("split('/')", "select($this).split('/')")
    assert transform(TAIL.format("%"), source) == transform(general, source)


def test_a_reference_tail_of_a_text_given_as_a_list_is_found_all_the_same(transform):
    source = {"managingOrganization": {"reference": ["Organization/2"]}}
    assert transform(TAIL.format("%"), source)["gender"] == "2"


@pytest.mark.parametrize("names", [[], [{"family": "A"}], [{"family": "A"}, {"family": "B"}]])
def test_first_takes_the_first_of_any_number(transform, names):
    result = transform(
        "src.name first as n then { n.family as v -> tgt.gender = v; };", {"name": names}
    )
    assert result.get("gender") == (names[0]["family"] if names else None)


def test_first_passes_over_nothing_and_accepts_a_single_tree(transform):
    rule = "src.name first as n then { n.family as v -> tgt.gender = v; };"
    assert transform(rule, {"name": [None, {"family": "B"}]})["gender"] == "B"
    assert transform(rule, {"name": {"family": "A"}})["gender"] == "A"


def test_a_failure_names_the_rule_that_failed_after_others_have_run(transform):
    rules = """
    src.name as n then { n.given as g -> tgt.gender = g "given"; } "name";
    src.birthDate as b -> tgt.multipleBirth = cast(b, 'integer') "birth";
    src.active as a -> tgt.active = a "last";
    """
    with pytest.raises(Unmappable) as failed:
        transform(rules, {"name": [{"given": ["x"]}], "birthDate": "soon", "active": True})
    assert "main/birth]" in failed.value.issues[0].en
