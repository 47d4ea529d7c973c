"""A primitive given to a group keeps what stands beside its value: its id and extensions.

Source: https://hl7.org/fhir/R4/json.html#primitive
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hub.mapping.library import Library

FHIR = "http://hl7.org/fhir"
NAMES = ("Patient", "HumanName", "Element", "string", "date", "boolean")
USES = "".join(
    f'uses "{FHIR}/4.0/StructureDefinition/{name}" alias {name}R4 as source\n'
    f'uses "{FHIR}/5.0/StructureDefinition/{name}" alias {name}R5 as target\n'
    for name in NAMES
)
PRIMITIVES = "".join(
    f"group {name}(source src : {name}R4, target tgt : {name}R5) extends Element <<type+>> {{\n"
    "  src.value as v -> tgt.value = v 'v';\n"
    "}\n"
    for name in ("string", "date", "boolean")
)
GROUPS = (
    "group HumanName(source src : HumanNameR4, target tgt : HumanNameR5)"
    " extends Element <<type+>> {\n"
    "  src.family -> tgt.family;\n  src.given -> tgt.given;\n}\n"
    "group Element(source src : ElementR4, target tgt : ElementR5) <<type+>> {\n"
    "  src.id -> tgt.id;\n  src.extension as e -> tgt.extension = e 'e';\n}\n" + PRIMITIVES
)
EXTENSION = {"url": "http://x.example/masked", "valueCode": "asked"}
SOURCE: dict[str, Any] = {
    "resourceType": "Patient",
    "_active": {"id": "a"},
    "name": [
        {
            "family": "Diarra",
            "_family": {"id": "f"},
            "given": ["Awa", None, "Fanta"],
            "_given": [None, {"extension": [EXTENSION]}, {"id": "g"}],
        }
    ],
    "birthDate": "1990-01-02",
    "_birthDate": {"id": "b", "extension": [EXTENSION]},
    "deceasedBoolean": False,
    "_deceasedBoolean": {"id": "d"},
}


def _run(tmp_path: Path, rules: str, source: dict[str, Any], more: str = "") -> dict[str, Any]:
    head = f'map "http://x.example/m" = "m"\n{USES}'
    text = f"{head}group main(source src : PatientR4, target tgt : PatientR5) {{\n{rules}\n}}\n"
    (tmp_path / "m.fml").write_text(text + more, encoding="utf-8")
    library = Library([tmp_path])
    plain = library.run("http://x.example/m", source).tree
    assert library.trace("http://x.example/m", source).tree == plain
    return dict(plain)


IDENTITIES = "src.active -> tgt.active; src.name -> tgt.name; src.birthDate -> tgt.birthDate;"


def test_default_groups_of_primitives_carry_ids_and_extensions(tmp_path: Path) -> None:
    rules = IDENTITIES + "src.deceased -> tgt.deceased;"
    assert _run(tmp_path, rules, SOURCE, GROUPS) == SOURCE


def test_a_choice_narrowed_to_a_primitive_keeps_them_too(tmp_path: Path) -> None:
    made = _run(tmp_path, "src.deceased : boolean -> tgt.deceased 'd';", SOURCE, GROUPS)
    assert made == {k: v for k, v in SOURCE.items() if k.endswith(("Type", "deceasedBoolean"))} | {
        "deceasedBoolean": False,
        "_deceasedBoolean": {"id": "d"},
    }


def test_a_choice_copied_without_groups_keeps_them_without_a_value(tmp_path: Path) -> None:
    source = {"resourceType": "Patient", "_deceasedDateTime": {"extension": [EXTENSION]}}
    assert _run(tmp_path, "src.deceased -> tgt.deceased;", source) == source


def test_a_group_called_by_name_sees_the_extensions_of_its_parameter(tmp_path: Path) -> None:
    rules = "src.birthDate as b then { b as c -> tgt.birthDate as d then inner(c, d) 'i'; } 'b';"
    inner = (
        "group inner(source s, target t) {"
        " s.value as v -> t.value = v 'v'; s then deep(s, t) 'd'; }\n"
        "group deep(source s, target t) { s.extension -> t.extension; s.id -> t.id; }\n"
    )
    made = _run(tmp_path, rules, SOURCE, inner)
    assert made == {k: SOURCE[k] for k in ("resourceType", "birthDate", "_birthDate")}


def test_a_group_that_looks_at_nothing_beside_gets_the_value_alone(tmp_path: Path) -> None:
    source = {"resourceType": "Patient", "_birthDate": {"id": "b"}}
    rules = "src.birthDate as b -> tgt.birthDate as d then inner(b, d) 'b';"
    inner = "group inner(source s, target t) { s.value as v -> t.value = v, t.id = 'made' 'v'; }\n"
    assert _run(tmp_path, rules, source, inner) == {"resourceType": "Patient"}
    made = _run(tmp_path, rules, {**source, "birthDate": "1990"}, inner)
    assert made["_birthDate"] == {"id": "made"}


def test_a_copy_beside_other_targets_and_conditions_keeps_them(tmp_path: Path) -> None:
    rules = (
        "src.birthDate as b where length() > 3 -> tgt.gender = 'male', tgt.birthDate = b 'b';"
        "src.name as n -> tgt.name as m then { n.family as f then { f -> m.text = f 't'; } 'f'; };"
    )
    made = _run(tmp_path, rules, SOURCE)
    assert made["_birthDate"] == SOURCE["_birthDate"]
    assert made["name"] == [{"text": "Diarra", "_text": {"id": "f"}}]


def test_they_come_out_as_children_and_attributes_in_xml(tmp_path: Path) -> None:
    head = f'map "http://x.example/m" = "m"\n{USES}'
    text = f"{head}group main(source src : PatientR4, target tgt : PatientR5) {{{IDENTITIES}}}\n"
    (tmp_path / "m.fml").write_text(text + GROUPS, encoding="utf-8")
    library = Library([tmp_path])
    xml = (
        '<Patient xmlns="http://hl7.org/fhir"><name><given value="Awa"/>'
        '<given><extension url="http://x.example/masked"><valueCode value="asked"/></extension>'
        '</given></name><birthDate id="b" value="1990-01-02"/></Patient>'
    )
    source = library.read(xml.encode())
    made = library.run("http://x.example/m", source).tree
    assert made["name"] == [{"given": ["Awa", None], "_given": [None, {"extension": [EXTENSION]}]}]
    assert json.loads(json.dumps(made["_birthDate"])) == {"id": "b"}


ADD = "{0}.extension as e, e.url = 'urn:x', e.value = 'y'"


@pytest.mark.parametrize(
    ("rules", "made"),
    [
        ("src.gender as g -> tgt.gender = g as t, " + ADD + ";", {"gender": "male"}),
        (
            "src.gender as g -> tgt.gender = 'male' as t then { g -> " + ADD + "; };",
            {"gender": "male"},
        ),
        (
            "src.gender as g -> tgt.deceased = cast('true', 'boolean') as t, " + ADD + ";",
            {"deceasedBoolean": True},
        ),
        (
            "src.gender as g -> tgt.id = append(g, '!') as t, " + ADD + ", tgt.language = t;",
            {"id": "male!", "language": "male!"},
        ),
        (
            "src.gender as g -> tgt.gender = (g) as t, " + ADD + ", tgt.id = (t & %t);",
            {"gender": "male", "id": "malemale"},
        ),
        ("src.birthDate as g -> tgt.birthDate = g as t, " + ADD + ";", {}),
    ],
)
def test_an_extension_may_be_added_to_a_value_that_was_set(transform, rules, made):
    added = {"extension": [{"url": "urn:x", "valueString": "y"}]}
    found = transform(
        rules.format("t") if "then" not in rules else rules.replace("{0}", "t"), {"gender": "male"}
    )
    beside = {"_" + next(iter(made)): added} if made else {}
    assert found == {"resourceType": "Patient", **made, **beside}


def test_each_value_of_a_list_takes_its_own_extension(transform):
    rules = (
        "src.name as n -> tgt.name as m then { n.given as g -> m.given = (g & '.') as t"
        " then { g where (g != 'b') -> t.extension as e, e.url = g \"x\"; }; };"
    )
    found = transform(rules, {"name": [{"given": ["a", "b", "c"]}]})["name"]
    extensions = [{"extension": [{"url": "a"}]}, None, {"extension": [{"url": "c"}]}]
    assert found == [{"given": ["a.", "b.", "c."], "_given": extensions}]


def test_a_group_may_write_into_a_value_that_was_set(library_of):
    text = """map "http://x.org/m" = m
uses "http://hl7.org/fhir/StructureDefinition/Patient" alias Patient as source
group main(source src : Patient, target tgt : Patient) {
  src.gender as g -> tgt.gender = translate(g, '#t', 'code') as t then mark(g, t);
}
group mark(source s, target t : code) { s -> t.extension as e, e.url = s; }
conceptmap "t" { prefix s = "urn:s" s:male == s:M }
"""
    library = library_of({"m.map": text})
    source = {"resourceType": "Patient", "gender": "male"}
    found = library.map("http://x.org/m", source)
    assert (found["gender"], found["_gender"]) == ("M", {"extension": [{"url": "male"}]})
    traced = library.trace("http://x.org/m", source)
    assert traced.tree == found
    assert next(s for s in traced.steps if s.path == "Patient.gender").transform == "translate"
    assert "_gender" not in library.run("http://x.org/m", {**source, "gender": "other"}).tree
