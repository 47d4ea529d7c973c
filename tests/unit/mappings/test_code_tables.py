"""Code systems and ConceptMaps: complete, coherent, and marked as illustrative."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import mappings
from hub.cli import demo
from hub.fhir.validate import validate
from hub.mapping.concept_map import ConceptMap
from hub.model import Tree

ROOT = Path(mappings.__file__).parent
BASE = "https://benkan.example/fhir"
SYSTEMS = {p.stem: p for p in (ROOT / "shared" / "codesystems").glob("*.json")}
TABLES = {p.stem: p for p in ROOT.glob("*/concepts/*.json")}


def read(path: Path) -> Tree:
    tree: Tree = json.loads(path.read_text(encoding="utf-8"))
    return tree


def codes(system: str) -> set[str]:
    return {c["code"] for c in read(SYSTEMS[system])["concept"]}


@pytest.mark.parametrize("path", [*SYSTEMS.values(), *TABLES.values()], ids=lambda p: p.stem)
def test_a_table_is_good_fhir_and_says_that_it_is_illustrative(path: Path) -> None:
    tree = read(path)
    assert validate(tree) == []
    assert tree["experimental"] is True
    assert "Illustratif" in tree["description"]
    assert "Illustrative" in tree["description"]
    assert tree["url"] == f"{BASE}/{tree['resourceType']}/{path.stem}"


@pytest.mark.parametrize("path", SYSTEMS.values(), ids=lambda p: p.stem)
def test_every_concept_has_a_french_and_an_english_name(path: Path) -> None:
    for concept in read(path)["concept"]:
        assert {d["language"] for d in concept["designation"]} == {"fr", "en"}


@pytest.mark.parametrize(
    ("table", "system"),
    [
        ("cmss-acte", "acte"),
        ("canam-acte", "acte"),
        ("cmss-medicament", "medicament"),
        ("canam-medicament", "medicament"),
        ("inamo-acte", "acte"),
        ("inamo-medicament", "medicament"),
        ("cmss-categorie", "categorie"),
    ],
)
def test_every_hub_code_has_a_row(table: str, system: str) -> None:
    concepts = ConceptMap(read(TABLES[table]))
    for code in codes(system):
        assert concepts.find(f"{BASE}/CodeSystem/{system}", code), code


@pytest.mark.parametrize("partner", ["cmss", "canam"])
def test_a_partners_reasons_lead_to_hub_reasons_and_unknown_ones_to_r99(partner: str) -> None:
    tree = read(TABLES[f"{partner}-motif-rejet"])
    targets = {e["target"][0]["code"] for e in tree["group"][0]["element"]}
    assert targets == codes("motif-rejet")
    rest = ConceptMap(tree).unmapped("", "NEVER-SEEN")
    assert not isinstance(rest, str)
    assert rest is not None
    assert rest.code == "R99"


@pytest.mark.parametrize("partner", ["cmss", "canam"])
def test_every_hub_reason_has_a_reason_of_the_partner_and_comes_back_as_itself(
    partner: str,
) -> None:
    there = ConceptMap(read(TABLES[f"{partner}-motif-rejet-inverse"]))
    back = ConceptMap(read(TABLES[f"{partner}-motif-rejet"]))
    for code in codes("motif-rejet"):
        [told] = there.find(f"{BASE}/CodeSystem/motif-rejet", code) or []
        [again] = back.find(f"{BASE}/CodeSystem/{partner}-motif", told.code) or []
        assert again.code == code


def test_a_letter_and_its_coefficient_tell_apart_what_one_letter_means() -> None:
    concepts = ConceptMap(read(TABLES["cmss-acte"]))
    system = f"{BASE}/CodeSystem/acte"
    found = {c: concepts.find(system, c) or [] for c in ("img-echo-obs", "img-scanner")}
    assert [found[c][0].code for c in found] == ["Z20", "Z150"]
    every = [(concepts.find(system, c) or [])[0].code for c in codes("acte")]
    assert len(set(every)) == len(every)


def test_every_reason_tells_the_next_action_in_both_languages() -> None:
    for table, country in (("motif-suite", ""), ("motif-suite-guinee", "Gn")):
        sentences = read(TABLES[table])["group"][0]["element"]
        told = {e["code"]: e["target"][0]["display"] for e in sentences}
        for concept in read(SYSTEMS["motif-rejet"])["concept"]:
            said = {p["code"]: p["valueString"] for p in concept["property"]}
            french = said.get(f"nextActionFr{country}", said["nextActionFr"])
            assert french == told[concept["code"]]
            assert said["nextActionEn"].endswith(".")
            assert (f"nextActionFr{country}" in said) == (f"nextActionEn{country}" in said)


def test_guinea_is_not_sent_to_an_institution_or_for_a_number_of_mali() -> None:
    text = TABLES["motif-suite-guinee"].read_text(encoding="utf-8")
    assert [word for word in ("AMO", "NINA", "CANAM") if word in text] == []


def test_the_lists_of_the_demo_world_and_the_code_systems_name_the_same_things() -> None:
    assert {a["acte"] for a in demo.table("acts")} == codes("acte")
    assert {d["code"] for d in demo.table("drugs")} == codes("medicament")
    assert {r["category"] for r in demo.table("rates")} == codes("categorie")
    assert {p["regime"] for p in demo.table("people")} <= codes("regime")
