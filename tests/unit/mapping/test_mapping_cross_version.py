"""Forms that the maps between FHIR versions and between CDA and FHIR are written in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hub.mapping.library import Library

BASE = "http://x.example/StructureMap"


def _run(folder: Path, maps: dict[str, str], source: dict[str, Any]) -> dict[str, Any]:
    for name, text in maps.items():
        head = f'/// url = "{BASE}/{name}"\n/// name = "{name}"\n'
        (folder / f"{name}.fml").write_text(head + text, encoding="utf-8")
    library = Library([folder])
    first = f"{BASE}/{next(iter(maps))}"
    plain = library.run(first, source).tree
    assert library.trace(first, source, lenient=True).tree == plain
    return dict(plain)


def _uses(*names: str) -> str:
    return "".join(
        f'uses "http://hl7.org/fhir/4.0/StructureDefinition/{name}" alias {name}R4 as source\n'
        f'uses "http://hl7.org/fhir/5.0/StructureDefinition/{name}" alias {name}R5 as target\n'
        for name in names
    )


BUNDLE = (
    _uses("Bundle") + f'imports "{BASE}/*4to5"\n'
    "group Bundle(source src : BundleR4, target tgt : BundleR5) extends Resource <<type+>> {\n"
    "  src.entry as s -> tgt.entry as t then Entry(s, t);\n}\n"
    "group Entry(source src, target tgt) { src.resource -> tgt.resource; }\n"
)
ENCOUNTER = _uses("Encounter") + (
    f'imports "{BASE}/*4to5"\n'
    "group Encounter(source src : EncounterR4, target tgt : EncounterR5)"
    " extends Resource <<type+>> {\n"
    "  src.period -> tgt.actualPeriod;\n  src.contained : Resource -> tgt.contained 'c';\n}\n"
)
RESOURCE = _uses("Resource") + (
    "group Resource(source src : ResourceR4, target tgt : ResourceR5) <<type+>> {\n"
    "  src.id -> tgt.id;\n}\n"
)


def test_the_resources_of_a_bundle_go_to_the_default_groups_of_their_own_types(
    tmp_path: Path,
) -> None:
    contained = {"resourceType": "Patient", "id": "p", "gender": "male"}
    encounter = {
        "resourceType": "Encounter",
        "id": "e",
        "contained": [contained],
        "period": {"start": "2026"},
    }
    patient = {"resourceType": "Patient", "id": "q", "gender": "female"}
    source = {
        "resourceType": "Bundle",
        "id": "b",
        "entry": [{"resource": encounter}, {"resource": patient}],
    }
    maps = {"Bundle4to5": BUNDLE, "Encounter4to5": ENCOUNTER, "Resource4to5": RESOURCE}
    made = {k: v for k, v in encounter.items() if k != "period"}
    made["actualPeriod"] = encounter["period"]
    assert _run(tmp_path, maps, source) == {
        "resourceType": "Bundle",
        "id": "b",
        "entry": [{"resource": made}, {"resource": patient}],
    }


def test_an_inherited_type_is_named_by_the_map_that_declares_it(tmp_path: Path) -> None:
    main = _uses("Encounter") + (
        f'imports "{BASE}/base"\n'
        "group E(source src : EncounterR4, target tgt : EncounterR5) {\n"
        "  src.location as s -> tgt.location as t then L(s, t) 'l';\n}\n"
        "group L(source src, target tgt) extends BackboneElement {"
        " src.location -> tgt.location; }\n"
    )
    base = _uses("BackboneElement") + (
        "group BackboneElement(source src : BackboneElementR4, target tgt : BackboneElementR5)"
        " { src.id -> tgt.id; }\n"
    )
    location = [{"id": "l", "location": {"reference": "Location/1"}}]
    source = {"resourceType": "Encounter", "location": location}
    assert _run(tmp_path, {"main": main, "base": base}, source)["location"] == location
    library = Library([tmp_path])
    assert library.check(tmp_path / "main.fml") == []
    assert not library.run(f"{BASE}/main", source).warnings


def test_a_path_copied_into_a_list_gives_all_its_values(tmp_path: Path) -> None:
    main = (
        'uses "http://hl7.org/fhir/5.0/Location" alias LocationR5 as source\n'
        'uses "http://hl7.org/fhir/4.0/Location" alias LocationR4 as target\n'
        "group Location(source src : LocationR5, target tgt : LocationR4) {\n"
        "  src.contact as s -> tgt.telecom = s.telecom;\n"
        "  src.extension as h -> tgt.hoursOfOperation = create('BackboneElement') as t,"
        " t.daysOfWeek = h.value;\n}\n"
    )
    telecom = [{"value": "1"}, {"value": "2"}]
    extension = [{"url": "http://x.example/day", "valueCode": "mon"}]
    source = {"resourceType": "Location", "contact": [{"telecom": telecom}], "extension": extension}
    assert _run(tmp_path, {"main": main}, source) == {
        "resourceType": "Location",
        "telecom": telecom,
        "hoursOfOperation": [{"daysOfWeek": ["mon"]}],
    }


def test_a_base_without_parameters_sees_those_of_the_group_that_extends_it(tmp_path: Path) -> None:
    main = (
        'uses "http://hl7.org/fhir/StructureDefinition/Patient" alias Patient as source\n'
        'uses "http://hl7.org/fhir/StructureDefinition/Person" alias Person as target\n'
        "group P(source source : Patient, target target : Person) extends Any {\n"
        "  source.active -> target.active;\n}\n"
        "group Any() { source.gender -> target.gender; }\n"
    )
    source = {"resourceType": "Patient", "gender": "male", "active": True}
    assert _run(tmp_path, {"main": main}, source)["gender"] == "male"


def test_nested_rules_share_what_the_rules_around_them_share(tmp_path: Path) -> None:
    main = (
        'uses "http://hl7.org/fhir/StructureDefinition/Patient" alias Patient as source\n'
        'uses "http://hl7.org/fhir/StructureDefinition/Person" alias Person as target\n'
        "group P(source src : Patient, target tgt : Person) {\n"
        "  src.gender as g -> tgt.name as n share one then {\n"
        "    src.birthDate as b -> tgt.name as m share one, m.text = b 'b';\n  } 'a';\n"
        "  src.active as a -> tgt.name as n share one, n.family = 'F' 'c';\n}\n"
    )
    source = {"resourceType": "Patient", "gender": "male", "active": True, "birthDate": "1990"}
    assert _run(tmp_path, {"main": main}, source)["name"] == [{"text": "1990", "family": "F"}]
