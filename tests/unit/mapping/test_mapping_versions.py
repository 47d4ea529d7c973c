"""Maps between versions of FHIR: each side has the elements and types of its own version."""

from __future__ import annotations

from typing import Any

import pytest

from hub.mapping.library import Library
from hub.mapping.schema import Schema

USES = """
uses "http://hl7.org/fhir/3.0/StructureDefinition/Claim" alias ClaimR3 as source
uses "http://hl7.org/fhir/4.0/StructureDefinition/Claim" alias Claim as target
uses "http://hl7.org/fhir/3.0/Period" alias PeriodR3 as source
uses "http://hl7.org/fhir/4.0/Period" alias Period as target
"""


def _run(tmp_path: Any, text: str, source: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    (tmp_path / "m.map").write_text(f'map "http://x.example/m" = "m"\n{text}', encoding="utf-8")
    library = Library([tmp_path])
    found = library.check(tmp_path / "m.map")
    assert [e.message for e in found] == []
    made = library.run("http://x.example/m", source)
    return made.tree, [w.en for w in made.warnings]


@pytest.mark.parametrize(
    ("canonical", "element", "many", "types"),
    [
        ("http://hl7.org/fhir/3.0/StructureDefinition/Claim", "organization", False, ["Reference"]),
        ("http://hl7.org/fhir/3.0/Claim", "information", True, ["Claim.information"]),
        (
            "http://hl7.org/fhir/3.0.2/StructureDefinition/Patient",
            "animal",
            False,
            ["Patient.animal"],
        ),
        (
            "http://hl7.org/fhir/4.3/StructureDefinition/Citation",
            "summary",
            True,
            ["Citation.summary"],
        ),
        ("http://hl7.org/fhir/4.3/Ingredient", "allergenicIndicator", False, ["boolean"]),
        ("http://hl7.org/fhir/5.0/StructureDefinition/Encounter", "subjectStatus", False, None),
        ("http://hl7.org/fhir/1.0/AuditEvent", "participant", True, ["AuditEvent.participant"]),
        ("http://hl7.org/fhir/1.0/StructureDefinition/Extension", "value", False, None),
    ],
)
def test_a_versioned_canonical_names_the_type_of_that_version(
    canonical: str, element: str, many: bool, types: list[str] | None
) -> None:
    made = Schema().type(canonical)
    assert made is not None
    found = made.elements[element]
    assert found.many is many
    if types is not None:
        assert [key.partition("/")[2] for key in found.types] == types


def test_an_element_of_another_version_is_unknown_there() -> None:
    stu3 = Schema().type("http://hl7.org/fhir/3.0/StructureDefinition/Claim")
    r4 = Schema().type("http://hl7.org/fhir/StructureDefinition/Claim")
    assert stu3 is not None
    assert r4 is not None
    assert stu3.find("supportingInfo") is None
    assert r4.find("information") is None


def test_a_declared_alias_wins_over_the_name_of_another_structure(tmp_path: Any) -> None:
    text = USES + (
        "group Claim(source src : ClaimR3, target tgt : Claim) {\n"
        "  src.information as i -> tgt.supportingInfo as t then {\n"
        "    i.sequence -> t.sequence;\n"
        "  } 'info';\n"
        "}\n"
    )
    tree, _ = _run(tmp_path, text, {"resourceType": "Claim", "information": [{"sequence": 3}]})
    assert tree == {"resourceType": "Claim", "supportingInfo": [{"sequence": 3}]}


def test_default_groups_serve_types_of_another_version(tmp_path: Any) -> None:
    text = USES + (
        "group Claim(source src : ClaimR3, target tgt : Claim) {\n"
        "  src.organization where src.provider.exists().not() -> tgt.provider;\n"
        "}\n"
        "group Reference(source src : Reference, target tgt : Reference) <<types>> {\n"
        "  src.reference as r -> tgt.reference = append('old/', r) 'r';\n"
        "}\n"
    )
    source = {"resourceType": "Claim", "organization": {"reference": "Organization/1"}}
    tree, _ = _run(tmp_path, text, source)
    assert tree["provider"] == {"reference": "old/Organization/1"}


def test_a_choice_takes_the_type_of_the_group_that_fills_it(tmp_path: Any) -> None:
    text = USES + (
        "group Claim(source src : ClaimR3, target tgt : Claim) {\n"
        "  src.item as vs -> tgt.item as vt then {\n"
        "    vs.serviced as s -> vt.serviced as t then Period(s, t) 'p';\n"
        "  } 'i';\n"
        "}\n"
        "group Period(source src : PeriodR3, target tgt : Period) <<type+>> {\n"
        "  src.end -> tgt.end;\n"
        "}\n"
    )
    source = {"resourceType": "Claim", "item": [{"servicedPeriod": {"end": "2020"}}]}
    tree, _ = _run(tmp_path, text, source)
    assert tree["item"] == [{"servicedPeriod": {"end": "2020"}}]


def test_of_several_groups_for_an_open_target_the_one_of_the_same_type_is_taken(
    tmp_path: Any,
) -> None:
    text = (
        'uses "http://hl7.org/fhir/3.0/uri" alias uriR3 as source\n'
        'uses "http://hl7.org/fhir/StructureDefinition/uri" alias uri as target\n'
        'uses "http://hl7.org/fhir/StructureDefinition/canonical" alias canonical as target\n'
        'uses "http://hl7.org/fhir/3.0/Extension" alias ExtensionR3 as source\n'
        'uses "http://hl7.org/fhir/StructureDefinition/Extension" alias Extension as target\n'
        "group E(source src : ExtensionR3, target tgt : Extension) {\n"
        "  src.value : uri -> tgt.value;\n"
        "}\n"
        "group canonical(source src : uriR3, target tgt : canonical) <<type+>> {\n"
        "  src.value as v -> tgt.value = v;\n"
        "}\n"
        "group uri(source src : uriR3, target tgt : uri) <<type+>> {\n"
        "  src.value as v -> tgt.value = append('u:', v);\n"
        "}\n"
    )
    tree, _ = _run(tmp_path, text, {"url": "x", "valueUri": "http://a"})
    assert tree == {"valueUri": "u:http://a"}


def test_of_groups_that_may_be_in_a_missing_map_only_the_import_is_told(tmp_path: Any) -> None:
    file = tmp_path / "m.map"
    file.write_text(
        'map "http://x.example/m" = "m"\nimports "http://y.example/*3to4"\n'
        "group A(source src, target tgt) extends Base {\n"
        "  src.a as a -> tgt.b as b then Far(a, b) 'x';\n"
        "  src.c as a -> tgt.d as b then Further(a, b) 'y';\n}\n",
        encoding="utf-8",
    )
    [found] = Library([]).check(file)
    assert (found.line, found.column) == (2, 9)
    assert "no map here matches imports http://y.example/*3to4" in found.message
    assert "Aucune carte ne répond à imports" in found.fr
    assert Library([]).check(file, syntax_only=True) == []
