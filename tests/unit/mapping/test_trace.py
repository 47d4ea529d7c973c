"""A traced run tells where every target value came from and what became of every source value."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import mappings
from hub.errors import Unmappable
from hub.formats import exact_json
from hub.mapping.library import Library
from hub.mapping.trace import Use
from hub.ports import ConceptRow

ROOT = Path(mappings.__file__).parent
OFFICIAL = Path(__file__).parents[2] / "data" / "fml"
CASES = json.loads((OFFICIAL / "manifest.json").read_text(encoding="utf-8"))["cases"]
MAPS = "https://benkan.example/fhir/StructureMap/"
EXAMPLES = sorted(ROOT.glob("*/examples/*/*.in.json"))
URL = "http://example.org/StructureMap/test"
TRACING = re.compile(r"R\.(bound|begin|end|read|receive|passing|given|met)\(")
SEX = {
    "resourceType": "ConceptMap",
    "url": "http://example.org/ConceptMap/sex",
    "group": [{"element": [{"code": "female", "target": [{"code": "F"}]}]}],
}


@pytest.fixture(scope="module")
def shipped():
    return Library([ROOT])


@pytest.fixture
def traced(transform, library_of):
    """Runs rules as `transform` does, then traces the same map; gives path → step."""

    def run(rules, source, target="Patient", more="", rows=(), **files):
        tree = transform(rules, source, target, more, rows, **files)
        story = library_of({}, rows).trace(URL, {"resourceType": "Patient", **source})
        assert story.tree == tree
        return {step.path: step for step in story.steps}, story

    return run


def paths(step):
    return [path for path, _ in step.sources]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda p: "/".join(p.parts[-4:]))
def test_every_value_of_a_shipped_example_has_its_rule(example, shipped):
    source = exact_json.loads(example.read_bytes())
    canonical = f"{MAPS}{example.parts[-4]}-{example.parent.name}"
    told = shipped.trace(canonical, source, lenient=True)
    assert exact_json.dumps(told.tree) == exact_json.dumps(shipped.run(canonical, source).tree)
    made = {step.path for step in told.steps if step.rule is None}
    assert all(path.endswith(".resourceType") for path in made)
    assert all(step.rule.line > 0 for step in told.steps if step.rule)
    assert told.complete


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_tracing_changes_no_official_transformation(case):
    library = Library(
        [OFFICIAL / name for name in (case["map"], *case["models"])], identifiers=lambda: "id-1"
    )
    source = library.read((OFFICIAL / case["input"]).read_bytes())
    canonical = library.maps()[0]
    told = library.trace(canonical, source, lenient=True)
    assert told.tree == library.run(canonical, source).tree
    leaves = [step.path for step in told.steps]
    assert len(leaves) == len(set(leaves)) == count(told.tree)
    assert all(step.rule or step.path.endswith(".resourceType") for step in told.steps)


def count(tree):
    """Values of a tree."""
    if isinstance(tree, dict):
        return sum(count(value) for value in tree.values())
    return sum(count(item) for item in tree) if isinstance(tree, list) else 1


def test_many_equal_values_are_told_one_by_one(traced):
    given = ["Awa"] * 5000
    steps, story = traced(
        'src.name as n -> tgt.name as t then { n.given as g -> t.given = (%g + \'\') "g"; } "n";',
        {"name": [{"given": given}]},
    )
    last = "Patient.name[0].given[4999]"
    assert paths(steps[last]) == [last]
    assert {s.use for s in story.sources if "given" in s.path} == {Use.CARRIED}


def test_the_untraced_python_stays_as_it_is_and_names_nothing_of_tracing(shipped):
    canonical = MAPS + "cmss-claim"
    before = Library([ROOT]).python(canonical)
    example = exact_json.loads((ROOT / "cmss/examples/claim/pharmacie.in.json").read_bytes())
    shipped.trace(canonical, example, lenient=True)
    plain = [line for line in shipped.python(canonical).splitlines() if "lambda: let_" not in line]
    assert plain == [line for line in before.splitlines() if "lambda: let_" not in line]
    assert not TRACING.search("\n".join(plain))
    assert TRACING.search(shipped.python(canonical, traced=True))


def test_a_copied_value_names_its_rule_and_the_source_with_its_index(traced):
    steps, _ = traced(
        'src.name as n -> tgt.name as t then {\n n.given as g -> t.given = g "given";\n};',
        {"name": [{"given": ["Awa"]}, {"given": ["Fanta", "Fanta"]}]},
    )
    step = steps["Patient.name[1].given[1]"]
    assert step.sources == (("Patient.name[1].given[1]", "Fanta"),)
    assert (step.rule.called, step.rule.line, step.transform) == ("main/given", 9, "copy")
    assert paths(steps["Patient.name[1].given[0]"]) == ["Patient.name[1].given[0]"]


def test_a_copied_tree_is_told_leaf_by_leaf(traced):
    name = {"use": "official", "given": ["Awa", "Mariam"]}
    steps, _ = traced('src.name as n -> tgt.name = n "n";', {"name": [name]})
    assert paths(steps["Patient.name[0].given[1]"]) == ["Patient.name[0].given[1]"]
    assert paths(steps["Patient.name[0].use"]) == ["Patient.name[0].use"]


def test_an_index_counts_only_the_items_that_are_kept(traced):
    steps, _ = traced(
        'src.name as n -> tgt.name as t then { n.family as f -> t.family = f "f"; } "n";',
        {"name": [{"text": "x"}, {"family": "Traoré"}]},
    )
    assert paths(steps["Patient.name[0].family"]) == ["Patient.name[1].family"]


def test_an_expression_names_what_it_looked_at(traced):
    rule = "src -> tgt.gender = (iif(%src.active, %src.name.where(use = 'official').family, '')) "
    source = {"active": True, "name": [{"use": "official", "family": "Koné"}]}
    steps, story = traced(rule + '"g";', source)
    step = steps["Patient.gender"]
    assert step.transform == "evaluate"
    assert step.expression.startswith("iif(")
    looked = ["Patient.active", "Patient.name[0].use", "Patient.name[0].family"]
    assert paths(step) == looked
    assert {s.path: s.use for s in story.sources}["Patient.name[0].use"] is Use.CARRIED


def test_a_constant_has_no_source_and_names_why_its_rule_ran(traced):
    steps, _ = traced("src.birthDate -> tgt.gender = 'female' \"g\";", {"birthDate": "1980-01-01"})
    assert steps["Patient.gender"].sources == ()
    assert steps["Patient.gender"].because == "Patient.birthDate"


def test_a_value_read_back_from_the_target_keeps_its_origin(traced):
    steps, _ = traced(
        'src.birthDate as b -> tgt.birthDate = b "b";\n'
        'tgt.birthDate as d -> tgt.gender = d "again";',
        {"birthDate": "1980-01-01"},
    )
    assert paths(steps["Patient.gender"]) == ["Patient.birthDate"]


def test_a_primitive_given_to_a_group_that_calls_itself_keeps_its_own_origin(traced):
    steps, _ = traced(
        "src.contact as c -> tgt.contact as t then { c -> t then Deep(c, t, c) ; };\n}\n"
        "group Deep(source c, target t, source from) {\n"
        "  c.name as n then { n.family as f then Put(f, t); } ;\n"
        "}\n"
        "group Put(source f, target t) {\n  f -> t.name as x, x.text = f ;",
        {"contact": [{"name": {"family": "A"}}, {"name": {"family": "B"}}]},
    )
    assert paths(steps["Patient.contact[1].name.text"]) == ["Patient.contact[1].name.family"]


def test_a_translation_names_the_row_and_who_added_it(traced):
    url = SEX["url"]
    rule = f"src.gender as g -> tgt.language = translate(g, '{url}', 'code') \"sex\";"
    steps, _ = traced(rule, {"gender": "female"}, **{"sex.json": SEX})
    step = steps["Patient.language"]
    (row,) = step.rows
    assert (row.concept_map, row.source_code, row.target_code) == (url, "female", "F")
    assert (row.by_hand, row.unmapped) == (False, False)
    assert paths(step) == ["Patient.gender"]
    added = [ConceptRow(url, "", "male", "", "M")]
    steps, _ = traced(rule, {"gender": "male"}, rows=added, **{"sex.json": SEX})
    assert steps["Patient.language"].rows[0].by_hand


def test_a_translated_concept_names_the_coding_that_had_a_row(traced):
    rule = f"src.maritalStatus as m -> tgt.language = translate(m, '{SEX['url']}', 'code') \"m\";"
    concept = {"coding": [{"system": "urn:x", "code": "other"}, {"code": "female"}]}
    steps, _ = traced(rule, {"maritalStatus": concept}, **{"sex.json": SEX})
    assert paths(steps["Patient.language"]) == ["Patient.maritalStatus.coding[1].code"]


def test_source_elements_are_carried_read_or_unused(traced):
    _, story = traced(
        "src.name as n where (use = 'official') -> tgt.name as t then "
        '{ n.family as f -> t.family = f "f"; } "n";',
        {"name": [{"use": "official", "family": "Koné", "text": "Koné"}], "active": True},
    )
    use = {s.path: (s.use, s.targets) for s in story.sources}
    assert use["Patient.name[0].family"] == (Use.CARRIED, ("Patient.name[0].family",))
    assert use["Patient.name[0].use"] == (Use.READ, ())
    assert use["Patient.name[0].text"] == (Use.UNUSED, ())
    assert use["Patient.active"] == (Use.UNUSED, ())


def test_missing_codes_stop_a_trace_as_they_stop_a_run(transform, library_of):
    rule = f"src.gender as g -> tgt.language = translate(g, '{SEX['url']}', 'code') \"sex\";"
    transform(rule, {"gender": "female"}, **{"sex.json": SEX})
    library, source = library_of({}), {"resourceType": "Patient", "gender": "male"}
    with pytest.raises(Unmappable) as caught:
        library.trace(URL, source)
    assert [m.code for m in caught.value.missing] == ["male"]
    told = library.trace(URL, source, lenient=True)
    assert [w.path for w in told.warnings] == ["Patient.gender"]


def test_the_caller_s_source_is_left_as_it_was(traced):
    source = {"resourceType": "Patient", "name": [{"family": "Koné"}]}
    traced('src.name as n -> tgt.name = n "n";', source)
    assert source == {"resourceType": "Patient", "name": [{"family": "Koné"}]}


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("(src.name.family) as f", ["name[0].family"]),
        ("(src.name.family) as f where (f = 'B')", ["name[1].family"]),
        ("(src.name.given) as f last", ["name[1].given[1]"]),
        ("src.name.where(family = 'B').family as f", ["name[1].family"]),
        ("evaluate(src, name.given.first()) as f", ["name[0].given[0]"]),
        ("(src.name[1].family & '!') as f", ["name[1].family"]),
        ("('a' & 'b') as f", []),
    ],
)
def test_a_source_that_is_an_expression_tells_where_its_items_came_from(traced, source, found):
    people = {"name": [{"family": "A", "given": ["x"]}, {"family": "B", "given": ["y", "z"]}]}
    steps, _ = traced(f"{source} -> tgt.name as m, m.id = f;", people)
    step = steps["Patient.name[0].id"]
    assert paths(step) == [f"Patient.{path}" for path in found]
    assert step.because.startswith("Patient.name") == bool(found)
