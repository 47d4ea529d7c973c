"""Codes and names: reasons that cover several, drugs by their names, people by all their names."""

from __future__ import annotations

from pathlib import Path

import pytest
from inamo_dossiers import BASE, answer, dossier, library, mapped, sent, settled

import mappings
from adapters.inamo import intake, verdicts
from adapters.inamo.adapter import Inamo
from adapters.sandbox.reasons import LABELS, Reason
from adapters.sandbox.world import World
from hub.cli import demo
from hub.errors import Unmappable
from hub.formats import exact_json
from hub.model import Tree

CONSULT = ("acte", "consult-gen", 1, 20000)


def answered(motif: Tree) -> Tree:
    line = {"rang": 1, "nature": "service", "produit": "CG", "quantite": 1, "demande": 20000}
    line |= {"rejetee": True, "motif": motif}
    decision = {"identifiant": "s", "numero": "GN-1", "statut": "rejetee", "devise": "GNF"}
    decision |= {"ligne": [line], "motif": [motif]}
    source = {"dossier": dossier(CONSULT), "answer": decision, "received": "2026-11-22T00:00:00Z"}
    return mapped("claim-answer", source)


@pytest.mark.parametrize("code", [code for code in LABELS if code != "R99"])
def test_every_reason_of_the_hub_comes_back_though_the_fund_has_fewer(code: str) -> None:
    motif = verdicts.motif(Reason(code, "Texte de la CNPS."))
    response = answered({k: v for k, v in motif.items() if v != "0"})
    codings = response["error"][0]["code"]["coding"]
    assert codings[0]["code"] == code
    assert codings[1] == {"system": f"{BASE}/CodeSystem/inamo-motif", "code": motif["code"]}
    assert response["error"][0]["code"]["text"] == "Texte de la CNPS."
    assert "À faire : " in response["processNote"][0]["text"]


def test_a_reason_nobody_knows_is_r99_with_its_code_and_words_kept() -> None:
    response = answered({"code": "R77", "openimis": "18", "texte": "Motif nouveau."})
    codings = response["error"][0]["code"]["coding"]
    assert [c["code"] for c in codings] == ["R99", "R77", "18"]
    assert response["error"][0]["code"]["text"] == "Motif nouveau."


@pytest.mark.parametrize(
    ("openimis", "hub"), [("17", "R03"), ("21", "R02"), ("6", "R12"), ("-1", "R99"), ("99", "R99")]
)
def test_a_code_of_openimis_alone_is_enough(openimis: str, hub: str) -> None:
    codings = answered({"openimis": openimis})["error"][0]["code"]["coding"]
    assert [c["code"] for c in codings] == [hub, openimis]


def test_every_act_and_every_drug_has_a_name_there_and_back() -> None:
    names = {}
    for table, system in (("acts", "acte"), ("drugs", "medicament")):
        column = "acte" if table == "acts" else "code"
        for row in demo.table(table):
            made = mapped("claim", dossier((system, row[column], 1, 100)))
            name = made["item"][0]["productOrService"]["text"]
            assert names.setdefault(name, row[column]) == row[column]
            found = desk().product(name)
            assert found == row[column]
    assert len(names) == len(demo.table("acts")) + len(demo.table("drugs"))


def desk() -> intake.Intake:
    return intake.Intake(World.load())


@pytest.mark.parametrize(
    "written",
    [
        "Paracétamol 500 mg comprimé",
        "PARACETAMOL 500 MG COMPRIME",
        "Paracétamol 500 mg cp",
        "Paracetamol 500 mg",
    ],
)
def test_a_drug_is_known_by_its_name_and_declared_synonyms(written: str) -> None:
    made = mapped("claim", dossier(("", written, 20, 250)))
    (line,) = made["item"]
    assert line["productOrService"]["text"] == "Paracétamol 500 mg comprimé"
    assert line["category"]["text"] == "item"


@pytest.mark.parametrize("written", ["Paracétamol 501 mg comprimé", "paracetamol", "Doliprane"])
def test_a_name_that_is_not_declared_is_never_guessed(written: str) -> None:
    with pytest.raises(Unmappable) as held:
        mapped("claim", dossier(("", written, 1, 250), ("", "Inconnuline", 1, 100)))
    assert {m.code for m in held.value.missing} == {written, "Inconnuline"}
    assert written in held.value.text


def test_diagnoses_share_a_code_and_keep_their_own_in_the_explanation(cnps: Inamo) -> None:
    codes = ["I10", "E11", "B50", "J06", "K29", "Z99.9"]
    diagnoses = [
        {
            "sequence": n,
            "diagnosisCodeableConcept": {
                "coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": code}]
            },
        }
        for n, code in enumerate(codes, start=1)
    ]
    source = dossier(CONSULT, claim={"diagnosis": diagnoses}, day="2026-03-01")
    message = sent(cnps, source)
    claim = exact_json.loads(message.body)
    kept = [d["diagnosisCodeableConcept"]["coding"][0]["code"] for d in claim["diagnosis"]]
    assert kept == ["AF04", "AF04", "AF01", "AF02", "AF03"]
    (explanation,) = (i["valueString"] for i in claim["supportingInfo"])
    assert "cim10=I10,E11,B50,J06,K29,Z99.9" in explanation
    assert answer(cnps, source, settled(cnps, message))["outcome"] == "complete"


def test_hard_names_and_partial_dates_travel_as_they_are(cnps: Inamo) -> None:
    name = {
        "use": "official",
        "family": "Ag Mohamed dit N’Diaye",
        "given": ["Fatoumata", "Djénéba", "Aïssata", "M'Ballou", "Ŋolo", "Bɛnkɛ"],
        "text": "Mme Coulibaly née Dembélé Fatoumata Bintou Aïssata Mariam, é",
    }
    source = dossier(CONSULT, person="GN-0000000103", day="2026-03-02")
    source["patient"] = source["patient"] | {"name": [name], "birthDate": "1960"}
    message = sent(cnps, source)
    (patient,) = exact_json.loads(message.body)["contained"]
    assert patient["name"] == [name]
    assert patient["birthDate"] == "1960"
    shown = cnps.redact(message.body).decode()
    hidden = ["Mohamed", "Djénéba", "Coulibaly", "1960", "0000000103", "B50"]
    assert [word for word in hidden if word in shown] == []
    assert "20000" in shown


def test_the_number_in_force_goes_before_a_former_one() -> None:
    numbers = [
        {"system": f"{BASE}/sid/numero-cnps", "value": "INAMO-0017304", "use": "old"},
        {"system": f"{BASE}/sid/numero-cnps", "value": "GN-0000000003", "use": "official"},
    ]
    source = dossier(CONSULT)
    source["patient"] = source["patient"] | {"identifier": numbers}
    assert mapped("claim", source)["patient"]["identifier"]["value"] == "GN-0000000003"
    source["patient"]["identifier"] = numbers[:1]
    assert mapped("claim", source)["patient"]["identifier"]["value"] == "INAMO-0017304"


def test_every_map_of_the_fund_compiles() -> None:
    root = Path(mappings.__file__).parent / "inamo"
    assert [str(e) for f in sorted(root.glob("*.fml")) for e in library().check(f)] == []
