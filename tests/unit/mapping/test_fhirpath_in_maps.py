"""Expressions inside maps: types of variables are known, doubtful names are told."""

import pytest

URL = "http://example.org/StructureMap/test"
HEAD = f"""/// url = '{URL}'
/// name = 'test'
uses "http://hl7.org/fhir/StructureDefinition/Patient" alias Patient as source
uses "http://hl7.org/fhir/StructureDefinition/Patient" as target
"""


def checked(library_of, tmp_path, rule):
    text = f"{HEAD}group main(source src : Patient, target tgt : Patient) {{\n{rule}\n}}\n"
    library = library_of({"test.fml": text})
    return library.findings(tmp_path / "test.fml")


@pytest.mark.parametrize(
    ("rule", "name"),
    [
        ("src.name as n where (usse = 'official') -> tgt.active = true;", "usse"),
        ("src -> tgt.language = (src.name.familly.first());", "familly"),
    ],
)
def test_a_name_the_type_does_not_have_is_told(library_of, tmp_path, rule, name):
    findings = checked(library_of, tmp_path, rule)
    assert [f.severity for f in findings] == ["warning"]
    assert f"no element {name}" in findings[0].message
    assert f"pas d’élément {name}" in findings[0].fr
    assert findings[0].line == 6


@pytest.mark.parametrize(
    "rule",
    [
        "src.name as n where (use = 'official') -> tgt.active = true;",
        "src -> tgt.active = (src.deceasedBoolean);",
        "src -> tgt.language = (src.resourceType);",
        "src -> tgt.language = (src.extension.value.first().toString());",
    ],
)
def test_names_a_type_has_in_any_spelling_are_not_doubted(library_of, tmp_path, rule):
    assert checked(library_of, tmp_path, rule) == []


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ("src.name.where(use = 'official').family", "Diop"),
        ("src.name.given.first()", "Awa"),
        ("src.name.where(use = 'usual').given", "Ba"),
        ("src.deceased.ofType(boolean).toString()", "false"),
        ("src.birthDate + 1 month", "1987-05"),
        ("src.contact.name.family", None),
    ],
)
def test_typed_paths_give_what_the_tree_holds(transform, expression, result):
    source = {
        "name": [
            {"use": "official", "family": "Diop", "given": ["Awa", "Ndeye"]},
            {"use": "usual", "given": "Ba"},
        ],
        "deceasedBoolean": False,
        "birthDate": "1987-04",
    }
    made = transform(f"src -> tgt.language = ({expression});", source)
    assert made.get("language") == result
