"""The demo world: coherent, complete for the test cases, and nobody real in it."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from hub.cli import demo
from hub.fhir.validate import validate
from hub.formats import exact_json
from hub.model import Tree

PEOPLE = demo.table("people")
#: First name and surname that belong to people in public life: never to be invented again.
REAL = {
    ("diéminatou", "sangaré"),
    ("ichaka", "koné"),
    ("boubacar", "dembélé"),
    ("luc", "togo"),
    ("bréhima", "diallo"),
    ("noumoussa", "diallo"),
    ("assa", "touré"),
    ("badiallo", "touré"),
    ("assimi", "goïta"),
    ("mamady", "doumbouya"),
    ("aminata", "diallo"),
    ("oumar", "bah"),
    ("diouhé", "bah"),
    ("amadou", "bah"),
    ("oury", "bah"),
}


def test_no_invented_person_bears_a_real_persons_name() -> None:
    for person in PEOPLE:
        for family in {person["nom"], person["nom_marital"]} - {""}:
            pairs = {(given.lower(), family.lower()) for given in person["prenoms"].split()}
            assert not pairs & REAL, person


def test_no_invented_prescriber_bears_a_real_persons_name() -> None:
    for row in demo.table("prescribers"):
        words = [word.lower() for word in row["nom"].split()]
        assert not {(a, b) for a in words for b in words} & REAL
        assert "Ficti" in row["nom"]


def test_every_resource_passes_the_door() -> None:
    for tree in demo.resources():
        assert validate(exact_json.loads(exact_json.dumps(tree))) == [], tree["id"]


def test_resources_refer_only_to_each_other() -> None:
    trees = demo.resources()
    known = {f"{t['resourceType']}/{t['id']}" for t in trees}
    assert len(known) == len(trees)

    def references(node: object) -> set[str]:
        if isinstance(node, dict):
            own = {node["reference"]} if isinstance(node.get("reference"), str) else set()
            return own.union(*map(references, node.values()))
        return set().union(*map(references, node)) if isinstance(node, list) else set()

    assert references(trees) <= known


@pytest.mark.parametrize(
    ("column", "pattern"),
    [
        ("numero_amo", r"[0-9]{8}-[0-9]{2}|GN-[0-9]{10}"),
        ("nina", r"[0-9]{14}[A-Z]|"),
        ("naissance", r"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?"),
        ("sexe", "[FM]"),
        ("qualite", "ASS|CJT|ENF|ASC|ORP"),
        ("gestionnaire", "CMSS|INPS|CNPS"),
        ("droits_debut", r"[0-9]{4}-[0-9]{2}-[0-9]{2}"),
        ("invalide", "oui|"),
    ],
)
def test_a_column_has_its_form(column: str, pattern: str) -> None:
    assert [p[column] for p in PEOPLE if not re.fullmatch(pattern, p[column])] == []


def test_a_guinean_national_number_has_its_18_characters_and_a_place_that_does_not_exist() -> None:
    form = (
        r"[12][0-9]{2}(0[1-9]|1[0-2])([A-Z]{3}[0-9]{8}|[0-9]{3}[A-Z]{3}[0-9]{5})[0-9]{2}"  # derived
    )
    rows = [row for row in demo.table("movements") if row["npi"]]
    assert len({row["npi"] for row in rows}) > 4
    for row in rows:
        assert re.fullmatch(form, row["npi"]), row["id"]
        assert len(row["npi"]) == 18
        born = (row["naissance"] + "-01")[2:7].replace("-", "")
        assert row["npi"].startswith({"M": "1", "F": "2"}[row["sexe"]] + born + "ZZZ9999")


def test_numbers_are_unique_and_a_shared_nina_is_a_test_case() -> None:
    assert max(Counter(p["numero_amo"] for p in PEOPLE).values()) == 1
    shared = {n for n, c in Counter(p["nina"] for p in PEOPLE if p["nina"]).items() if c > 1}
    assert {p["cas"] for p in PEOPLE if p["nina"] in shared} == {
        "T7-premier-declarant",
        "T7-second-declarant",
        "T8-pere",
        "T8-mere",
    }


def test_every_dependant_has_an_insured_person_of_the_same_body() -> None:
    by_number = {p["numero_amo"]: p for p in PEOPLE}
    for person in PEOPLE:
        insured = by_number[person["assure"]] if person["pays"] == "ML" else person
        assert insured["gestionnaire"] == person["gestionnaire"]
        assert (person["qualite"] == "ASS") == (person["assure"] == person["numero_amo"]) or (
            person["pays"] == "GN"
        )


def test_the_people_of_every_test_case_are_there() -> None:
    cases = {p["cas"] for p in PEOPLE}
    assert cases >= {
        "T5",
        "T6-sans-certificat",
        "T6-avec-certificat",
        "T6-21-ans",
        "T6-invalide",
        "T7-second-declarant",
        "T8-mere",
        "T13",
        "T14",
        "T15",
        "T17",
        "droits-fermes",
    }


def test_the_shares_are_those_of_the_survey() -> None:
    malian = [p for p in PEOPLE if p["pays"] == "ML"]
    manager = sum(p["gestionnaire"] == "CMSS" for p in malian) / len(malian)
    dependants = sum(p["qualite"] != "ASS" for p in malian) / len(malian)
    assert manager == pytest.approx(0.61, abs=0.02)
    assert dependants == pytest.approx(0.48, abs=0.03)
    unsaid = sum(p["payeur"] == "canam" for p in malian) / len(malian)
    assert 0.03 < unsaid < 0.09


def test_names_carry_accents_particles_and_apostrophes() -> None:
    names = " ".join(f"{p['prenoms']} {p['nom']} {p['nom_marital']}" for p in PEOPLE)
    for text in ("é", "ï", "N'", "N’", "Ag Mohamed", " dit "):
        assert text in names


def test_a_married_woman_keeps_her_own_name_and_is_found_under_her_husbands() -> None:
    row = next(p for p in PEOPLE if p["nom_marital"])
    official, usual = demo.patient(row)["name"]
    assert (official["use"], official["family"]) == ("official", row["nom"])
    assert usual["text"] == f"Mme {row['nom_marital']} {row['prenoms']} {row['nom']}"


def test_tariffs_are_coefficient_times_letter_value() -> None:
    values = {r["lettre"]: int(r["valeur"]) for r in demo.table("letters")}
    tariffs = {(r["acte"], r["country"]): int(r["amount"]) for r in demo.table("tariffs")}
    for act in demo.table("acts"):
        expected = values[act["lettre"]] * int(act["coefficient"])
        assert tariffs[act["acte"], "ML"] == expected


def test_every_brand_named_by_a_generic_exists() -> None:
    drugs = {d["code"]: d for d in demo.table("drugs")}
    brands = [d["generic_of"] for d in drugs.values() if d["generic_of"]]
    assert brands
    assert all(drugs[b]["marque"] for b in brands)


def test_codes_of_one_partner_are_never_used_twice() -> None:
    drugs: list[Tree] = demo.table("drugs")
    for column in ("code", "code_canam", "code_cmss"):
        assert len({d[column] for d in drugs}) == len(drugs)
