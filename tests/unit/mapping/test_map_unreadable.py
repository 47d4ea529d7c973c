"""Files that are no map: said in both languages, with what to do."""

import os

import pytest

from hub.errors import Unmappable
from hub.mapping.library import Library


def _found(file):
    [found] = Library([]).check(file)
    return found


def test_a_file_that_does_not_exist_is_said_in_both_languages(tmp_path):
    found = _found(tmp_path / "a.map")
    assert found.message == "no such file: check its name and folder"
    assert found.fr == "Ce fichier n’existe pas : vérifiez son nom et son dossier"


def test_a_folder_is_no_map(tmp_path):
    assert "C’est un dossier" in _found(tmp_path).fr


@pytest.mark.parametrize(
    ("body", "place", "message", "fr"),
    [
        (b"\xff\xfe\x00\xd8x", (1, 1), "UTF-16", "UTF-16"),
        (b'{"resourceType":\n "StructureMap"', (2, 16), "malformed JSON", "JSON mal formé"),
        (b'{"resourceType": "Patient"}', (1, 1), "a Patient, not", "de type Patient"),
        (b"<Patient xmlns='http://hl7.org/fhir'/>", (1, 1), "not a StructureMap", "n’est pas"),
    ],
)
def test_a_resource_that_is_no_map_says_what_it_is(tmp_path, body, place, message, fr):
    file = tmp_path / "a.json"
    file.write_bytes(body)
    found = _found(file)
    assert (found.line, found.column) == place
    assert message in found.message
    assert fr in found.fr


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_one_may_not_read_is_said(tmp_path):
    file = tmp_path / "a.map"
    file.write_text("x", encoding="utf-8")
    file.chmod(0)
    assert "no right to read" in _found(file).message


def test_what_rows_depend_on_must_have_a_text_for_a_name(transform):
    table = {
        "resourceType": "ConceptMap",
        "url": "http://example.org/ConceptMap/c",
        "status": "draft",
        "group": [{"element": [{"code": "A", "target": [{"code": "B", "equivalence": "equal"}]}]}],
    }
    rules = (
        "src.id as i, src.name as n -> tgt.id = "
        "translate(i, 'http://example.org/ConceptMap/c', 'code', n, i);"
    )
    source = {"id": "A", "name": [{"family": "F"}]}
    with pytest.raises(Unmappable, match="must be a text"):
        transform(rules, source, **{"c.json": table})


def test_a_value_with_elements_does_not_become_a_primitive(transform):
    for rule, said in {
        "src.name as n -> tgt.active = n;": "takes boolean, not HumanName",
        "src -> tgt.active = (src.children().where(family.exists()));": "a boolean is wanted",
    }.items():
        with pytest.raises(Unmappable, match=said):
            transform(rule, {"name": [{"family": "F"}]})


def test_a_group_has_one_of_two_type_modes(tmp_path):
    file = tmp_path / "a.map"
    group = "group g(source a : Patient, target b : Patient) <<{}>> {{ a.id -> b.id; }}\n"
    file.write_text('map "http://x.example/m" = "m"\n' + group.format("foo"), encoding="utf-8")
    found = _found(file)
    assert "expected types or type+, found foo" in found.message
    assert (found.line, found.column) == (2, 51)


@pytest.mark.parametrize(
    "text",
    [
        "group a\n  input s as source\n  r : for s.a } : for s.b make t.c\nendgroup\n",
        "group a(source s, target t) { s.id endgroup t.id; }\n",
        "group a\n  input s as sour\n  r : for s.b make t.c\nendgroup\n",
        "group a(source s, target t) { s.id then { endgroup } s.a -> t.a; }\n",
    ],
)
def test_a_closing_word_of_the_other_form_ends_no_reading(tmp_path, text):
    file = tmp_path / "a.map"
    file.write_text('map "http://x.example/m" = "m"\n' + text, encoding="utf-8")
    assert Library([]).check(file, syntax_only=True)
