"""INPS's maps between real claims and what its sandbox reads, decides and pays."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest

import mappings
from adapters.inps import deposit, liquidation, outputs, returns
from adapters.inps.adapter import Inps
from adapters.inps.settings import Settings
from adapters.sandbox.world import World
from hub.cli import demo, sample
from hub.errors import Refused, Unmappable
from hub.fhir.validate import validate
from hub.formats import exact_json
from hub.mapping.library import Library
from hub.model import Tree
from hub.ports import ConceptRow

ROOT = Path(mappings.__file__).parent
MAPS = "https://benkan.example/fhir/StructureMap/"
OFFICIAL = sorted((Path(__file__).parents[2] / "data" / "r4-examples").glob("Claim-*.json"))
EXAMPLES = sorted((ROOT / "inps" / "examples" / "claim").glob("*.out.json"))
TODAY = date(2026, 11, 21)
RECEIVED = "2026-11-21T09:30:00.000Z"


@cache
def library(rows: tuple[ConceptRow, ...] = ()) -> Library:
    return Library([ROOT], rows)


@cache
def world() -> dict[str, Tree]:
    return {f"{t['resourceType']}/{t['id']}": t for t in demo.resources()}


@pytest.fixture
def inps() -> Inps:
    return Inps(Settings())


def dossier(claim: Tree, number: int) -> Tree:
    cover = world()[claim["insurance"][0]["coverage"]["reference"]]
    return {
        "submission": f"sub-{number}",
        "careDate": claim["billablePeriod"]["start"],
        "body": "INPS",
        "claim": claim | {"id": f"claim-{number}"},
        "patient": world()[claim["patient"]["reference"]],
        "subscriber": world()[cover["subscriber"]["reference"]],
        "coverage": cover,
        "insurer": world()[claim["insurer"]["reference"]],
        "provider": world()[claim["provider"]["reference"]],
    }


def back(name: str, source: Tree, answer: Tree) -> Tree:
    retour = {"dossier": source, "answer": answer, "received": RECEIVED}
    made: Tree = library().map(f"{MAPS}{name}", retour)
    assert validate(exact_json.loads(exact_json.dumps(made))) == []
    return made


def total(response: Tree, category: str) -> Decimal:
    found = [
        t["amount"]["value"]
        for t in response["total"]
        if t["category"]["coding"][0]["code"] == category
    ]
    return Decimal(found[0])


def test_sample_claims_come_back_liquidated_and_paid_to_the_franc(inps: Inps) -> None:
    rules, history = World.load(), liquidation.History()
    seen = set()
    for number, (_, claim) in enumerate(sample.generate(120, 7, {"INPS"})):
        source = dossier(claim, number)
        key = source["submission"]
        sent = inps.encode("claim", library().map(f"{MAPS}inps-claim", source), key)
        assert sent.total is not None
        assert sent.total.amount == claim["total"]["value"]

        sheet = liquidation.read(deposit.read(sent.body), rules)
        verdict = liquidation.decide(sheet, rules, history, TODAY)
        history.add(sheet)
        written = liquidation.write(verdict, key, f"LQ-{number}", TODAY)
        decided = [(sheet.provider, written)]
        [reply] = inps.receive({"name": "r"}, outputs.liquidations("R", TODAY, "B", decided))
        response = back("inps-claim-answer", source, inps.decode(reply))
        assert total(response, "submitted") == claim["total"]["value"]
        assert total(response, "benefit") == verdict.share
        assert total(response, "copay") == verdict.copay
        sequences = [i["itemSequence"] for i in response["item"]]
        assert sequences == [i["sequence"] for i in claim["item"]]
        reasons = [line.reasons for line in verdict.lines if line.reasons]
        notes = [note["text"] for note in response.get("processNote", [])]
        assert len(notes) == len(reasons) + bool(verdict.reasons)
        assert all("À faire" in note for note in notes)
        seen.add(response["outcome"])

        notice = outputs.payments("P", TODAY, "B", decided)
        paid = [inps.decode(r) for r in inps.receive({"name": "p"}, notice)] if notice else []
        amounts = [back("inps-claim-payment", source, p)["paymentAmount"]["value"] for p in paid]
        assert amounts == ([verdict.share] if verdict.share else [])
    assert seen == {"complete", "partial", "error"}


@pytest.mark.parametrize("file", OFFICIAL, ids=lambda p: p.stem)
def test_an_official_claim_is_held_with_its_codes_then_leaves_whole(file: Path, inps: Inps) -> None:
    claim = exact_json.loads(file.read_bytes())
    source = {"submission": "s-1", "careDate": "2014-08-16", "body": "INPS", "claim": claim}
    with pytest.raises(Unmappable) as caught:
        library().map(f"{MAPS}inps-claim", source)
    codings = [i["productOrService"]["coding"][0] for i in claim["item"]]
    asked = {(c.get("system", ""), c["code"]) for c in codings}
    assert {(m.system, m.code) for m in caught.value.missing} == asked

    rows = tuple(
        ConceptRow(m.concept_map, m.system, m.code, "urn:example:local", "70101")
        for m in caught.value.missing
    )
    sheet = library(rows).map(f"{MAPS}inps-claim", source)
    sent = inps.encode("claim", sheet, "s-1")
    assert sent.total is not None
    assert sent.total.amount == sum(Decimal(i["net"]["value"]) for i in claim["item"])


def test_a_total_that_is_not_the_sum_of_the_lines_is_refused(inps: Inps) -> None:
    _, claim = next(iter(sample.generate(1, 3, {"INPS"})))
    claim["total"]["value"] += 1
    sheet = library().map(f"{MAPS}inps-claim", dossier(claim, 1))
    with pytest.raises(Refused, match=r"fin\.total"):
        inps.encode("claim", sheet, "sub-1")


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda p: p.stem)
def test_every_example_of_a_claim_can_be_deposited_and_read_back(file: Path, inps: Inps) -> None:
    tree = exact_json.loads(file.read_bytes())
    sent = inps.encode("claim", tree, tree["identifiantDepot"])
    known = deposit.read(inps.bundle("claim", [sent], "LOT-1").body[260:-260])
    names = tree["beneficiaire"].get("identite", {})
    for name, text in names.items():
        kept = text.translate(str.maketrans({"ɛ": "e", "ɔ": "o", "ŋ": "n", "’": "'", "Œ": "OE"}))
        assert known["beneficiaire"]["identite"][name] == kept
    assert known["ligne"] == tree["ligne"]
    assert sent.total is not None
    assert sent.total.amount == sum(line["montant"] for line in tree["ligne"])


def test_reasons_lead_to_the_hubs_and_back(inps: Inps) -> None:
    tables = {
        name: json.loads((ROOT / "inps" / "concepts" / f"{name}.json").read_text("utf-8"))
        for name in ("inps-motif-rejet", "inps-motif-rejet-inverse")
    }
    there, again = (
        {e["code"]: e["target"][0]["code"] for e in t["group"][0]["element"]}
        for t in tables.values()
    )
    assert {target: source for source, target in there.items()} == again
    assert set(again) == {f"R{n:02}" for n in range(1, 20)} | {"R99"}
    assert tables["inps-motif-rejet"]["group"][0]["unmapped"]["code"] == "R99"
    assert returns.text({"code": "999"}) == ""


def test_an_unknown_local_reason_becomes_r99_with_its_code_and_words(inps: Inps) -> None:
    _, claim = next(iter(sample.generate(1, 3, {"INPS"})))
    line = {"numero": 1, "demande": Decimal(10), "base": Decimal(0), "taux": Decimal(0)}
    line |= {"partCaisse": Decimal(0), "ticketModerateur": Decimal(0), "ajuste": Decimal(10)}
    tree = {
        "identifiantDepot": "sub-1",
        "numeroFeuille": "F-1",
        "numeroLiquidation": "LQ-1",
        "statut": "REJ",
        "dateLiquidation": "2026-11-20",
        "devise": "XOF",
        "motif": [{"code": "4711", "suite": [{"texte": "Motif nouveau"}, {"texte": "de l'INPS."}]}],
        "ligne": [line],
    }
    [reply] = inps.receive({"name": "r"}, outputs.liquidations("R", TODAY, "B", [("", tree)]))
    response = back("inps-claim-answer", dossier(claim, 1), inps.decode(reply))
    code = response["error"][0]["code"]
    assert [c["code"] for c in code["coding"]] == ["R99", "4711"]
    assert code["text"] == "Motif nouveau de l'INPS."
    assert "Motif nouveau de l'INPS. À faire" in response["processNote"][0]["text"]


@pytest.mark.parametrize(
    ("table", "system"), [("inps-acte", "acte"), ("inps-medicament", "medicament")]
)
def test_every_hub_code_has_a_numeric_code_of_its_own(table: str, system: str) -> None:
    tree = json.loads((ROOT / "inps" / "concepts" / f"{table}.json").read_text("utf-8"))
    rows = {e["code"]: e["target"][0]["code"] for e in tree["group"][0]["element"]}
    known = json.loads((ROOT / "shared" / "codesystems" / f"{system}.json").read_text("utf-8"))
    assert set(rows) == {c["code"] for c in known["concept"]}
    assert len(set(rows.values())) == len(rows)
    digits = {"inps-acte": 5, "inps-medicament": 6}[table]
    assert all(code.isdigit() and len(code) == digits for code in rows.values())
