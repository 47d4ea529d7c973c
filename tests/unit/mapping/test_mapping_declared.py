"""What check says of declarations: names with two meanings, imports that lead nowhere.

Source: https://build.fhir.org/ig/HL7/mapping-language-ig/fml.html
"""

import pytest

PATIENT = "http://hl7.org/fhir/StructureDefinition/Patient"
HEAD = f"""map "http://x.org/m" = m
uses "{PATIENT}" alias Patient as source
uses "{PATIENT}" as target
"""
GROUP = "group g(source src : Patient, target tgt : Patient) { src.gender -> tgt.gender; }\n"
TABLE = 'conceptmap "t" { prefix s = "urn:s" s:a == s:b }\n'


@pytest.fixture
def found(library_of, tmp_path):
    """The errors of a text, as line:column, English and French."""

    def check(text):
        errors = library_of({"m.map": text}).check(tmp_path / "m.map")
        assert all(e.spec.startswith("https://") for e in errors)
        return [(f"{e.line}:{e.column}", e.message, e.fr) for e in errors]

    return check


@pytest.mark.parametrize(
    ("text", "place", "en", "fr"),
    [
        (f"{HEAD}let a = 1;\nlet a = 2;\n{GROUP}", "5:5", "let a is written twice", "deux fois"),
        (
            f'{HEAD}uses "{PATIENT}s" alias Patient as queried\n{GROUP}',
            "4:6",
            "alias Patient already means",
            "désigne déjà",
        ),
        (HEAD + TABLE + TABLE + GROUP, "5:1", "two conceptmaps are called t", "renommez-en une"),
        (
            f"{HEAD}group g(source a : Patient, source a : Patient, target t : Patient)"
            " { a.gender -> t.gender; }",
            "4:1",
            "takes two sources called a",
            "reçoit deux fois a",
        ),
        (f'{HEAD}imports "http://x.org/none"\n{GROUP}', "4:9", "no map here matches", "--import"),
        (GROUP.replace(" : Patient", ""), "1:1", "the map has no url", "n’a pas d’url"),
        (
            HEAD + 'group g(target t : Patient) { t -> t.active = true "x"; }',
            "4:1",
            "takes no source",
            "aucune source",
        ),
    ],
)
def test_check_refuses_a_declaration(found, text, place, en, fr):
    [(where, english, french)] = found(text)
    assert (where, en in english, fr in french) == (place, True, True)


def test_one_name_for_a_source_and_a_target_is_no_mistake(found):
    text = HEAD + "group g(source it : Patient, target it : Patient) { it.gender -> it.gender; }\n"
    assert found(text) == []


def test_the_same_model_may_be_named_twice(found):
    assert found(f'{HEAD}uses "{PATIENT}" alias Patient as queried\n{GROUP}') == []
