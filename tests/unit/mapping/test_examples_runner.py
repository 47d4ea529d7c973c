"""`benkan map test`: examples beside maps, forwards and backwards, with a readable difference."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

import mappings
from hub.mapping.differences import Kind, differences
from hub.mapping.tools import MapTools

ROOT = Path(mappings.__file__).parent
COPY = """/// url = 'http://example.org/StructureMap/{name}'
/// name = '{name}'
uses "http://hl7.org/fhir/StructureDefinition/Patient" alias Patient as source
uses "http://hl7.org/fhir/StructureDefinition/Patient" as target
group g(source src : Patient, target tgt : Patient) {{ {rules} }}
"""
FORTH = "src.birthDate as b -> tgt.birthDate = b 'b'; src.gender as g -> tgt.language = g 'g';"
BACK = "src.birthDate as b -> tgt.birthDate = b 'b'; src.language as g -> tgt.gender = g 'g';"


@pytest.fixture
def pack(tmp_path):
    """A folder with one map and examples written by the test; gives their verdicts."""

    def make(examples, **maps):
        for name, rules in (maps or {"forth": FORTH}).items():
            file = name.replace("_", "-")
            text = COPY.format(name=file, rules=rules.replace("'", '"'))
            (tmp_path / f"{file}.fml").write_text(text, encoding="utf-8")
        folder = tmp_path / "examples" / "forth"
        folder.mkdir(parents=True)
        for name, content in examples.items():
            text = content if isinstance(content, str) else json.dumps(content)
            (folder / name).write_text(text, encoding="utf-8")
        return list(MapTools([tmp_path], tmp_path).test(tmp_path))

    return make


def person(**members):
    return {"resourceType": "Patient", **members}


def test_every_shipped_example_passes():
    done = list(MapTools([ROOT], ROOT).test(ROOT))
    assert len(done) >= 20
    assert [v.example.name for v in done if not v.passed] == []


def test_a_difference_names_the_path_and_both_values(pack):
    (verdict,) = pack(
        {
            "a.in.json": person(birthDate="1980-01-01", gender="male"),
            "a.out.json": person(birthDate="1980-01-02", language="male", active=True),
        }
    )
    assert not verdict.passed
    assert [(d.path, d.kind, d.first, d.second) for d in verdict.differences] == [
        ("birthDate", Kind.CHANGED, "1980-01-02", "1980-01-01"),
        ("active", Kind.MISSING, True, None),
    ]


def test_an_inverse_map_carries_the_output_back(pack):
    examples = {
        "a.in.json": person(birthDate="1980-01-01", gender="male", active=True),
        "a.out.json": person(birthDate="1980-01-01", language="male"),
    }
    there, back = pack(examples, forth=FORTH, forth_inverse=BACK)
    assert there.passed
    assert back.backwards
    assert [(d.path, d.kind) for d in back.differences] == [("active", Kind.MISSING)]


def test_an_xml_example_is_compared_as_xml(pack):
    namespace = "xmlns='http://hl7.org/fhir'"
    source = f"<Patient {namespace}><gender value='male'/></Patient>"
    right = f"<Patient {namespace}><language value='male'/></Patient>"
    wrong = f"<Patient {namespace}><language value='female'/></Patient>"
    files = {"a.in.xml": source, "a.out.xml": right, "b.in.xml": source, "b.out.xml": wrong}
    first, second = pack(files)
    assert first.passed
    assert [d.path for d in second.differences] == ["language"]


def test_what_is_missing_beside_an_example_is_said(pack):
    done = pack({"a.in.json": person(), "b.in.json": "[", "b.out.json": person()})
    assert done[0].issues[0].code == "not-found"
    assert "a.out.json" in done[0].issues[0].fr
    assert done[1].issues


def test_a_missing_code_fails_an_example_until_its_row_is_added(pack):
    url = "http://example.org/ConceptMap/sex"
    rule = f"src.gender as g -> tgt.language = translate(g, '{url}', 'code') 'g';"
    row = {"concept_map": url, "source_system": "", "source_code": "male"}
    row |= {"target_system": "", "target_code": "M"}
    expected = person(language="M")
    done = pack(
        {
            "a.in.json": person(gender="male"),
            "a.out.json": expected,
            "a.rows.json": [row],
            "b.in.json": person(gender="male"),
            "b.out.json": expected,
        },
        forth=rule,
    )
    assert [v.passed for v in done] == [True, False]


def test_an_item_put_into_a_list_is_one_difference():
    first = {"line": [{"n": 1}, {"n": 2}, {"n": 3}]}
    second = {"line": [{"n": 1}, {"n": 9}, {"n": 2}, {"n": 3}]}
    (found,) = differences(first, second)
    assert (found.path, found.kind, found.second) == ("line[1]", Kind.ADDED, {"n": 9})


def test_digits_count_and_the_order_of_members_does_not():
    assert not list(differences({"a": 1, "b": Decimal("1")}, {"b": 1, "a": Decimal("1")}))
    assert [d.path for d in differences({"a": Decimal("12.50")}, {"a": Decimal("12.5")})] == ["a"]
    assert [d.path for d in differences({"a": 1}, {"a": True})] == ["a"]


@pytest.fixture
def versions(tmp_path):
    """Two versions of a map and a folder of inputs; gives their comparison."""

    def make(first, second, sources):
        files = []
        for name, rules in (("a", first), ("b", second)):
            file = tmp_path / name / "map.fml"
            file.parent.mkdir()
            file.write_text(COPY.format(name="same", rules=rules.replace("'", '"')), "utf-8")
            files.append(file)
        folder = tmp_path / "sources"
        folder.mkdir()
        for number, source in enumerate(sources):
            (folder / f"{number}.json").write_text(json.dumps(source), encoding="utf-8")
        return MapTools([], tmp_path).compare(*files, folder)

    return make


def test_two_versions_are_compared_by_target_path_with_counts(versions):
    given = "src.name as n -> tgt.name as t then { n.given as g -> t.given = g 'g'; } 'n';"
    text = "src.name as n -> tgt.name as t then { n.given as g -> t.given = (%g + '!') 'g'; } 'n';"
    sources = [
        person(name=[{"given": ["Awa", "Fanta"]}, {"given": ["Oumou"]}]),
        person(name=[{"given": ["Mariam"]}]),
        person(gender="male"),
    ]
    found = versions(given, text, sources)
    assert (found.sources, found.alike) == (3, 1)
    (group,) = found.groups
    assert (group.path, group.kind, group.count, group.inputs) == ("name.given", "changed", 4, 2)
    example = group.example
    assert (example.path, example.first, example.second) == ("name[0].given[0]", "Awa", "Awa!")


def test_a_new_refusal_is_one_difference(versions):
    rule = "src.birthDate as b -> tgt.birthDate = b 'b';"
    checked = "src.birthDate as b check $this < @2000-01-01 -> tgt.birthDate = b 'b';"
    found = versions(rule, checked, [person(birthDate="2010-01-01"), person(birthDate="1980")])
    assert found.alike == 1
    (group,) = found.groups
    assert group.example.first is None
    assert "check" in group.example.second.lower() or "contrôle" in group.example.second.lower()
