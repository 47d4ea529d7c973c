"""Many claims through maps, dialect and rules: what comes back is the verdict, to the franc."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from random import Random

from inamo_dossiers import amounts, dossier, mapped

from adapters.inamo import claims, decisions, responses, verdicts
from adapters.inamo.intake import Intake
from adapters.sandbox.rules import liquidate
from adapters.sandbox.sheets import Sheet, Verdict
from adapters.sandbox.world import World
from hub.cli import demo
from hub.fhir.validate import validate
from hub.formats import exact_json
from hub.model import Tree

TODAY = date(2026, 11, 22)
PEOPLE = [p["numero_amo"] for p in demo.table("people") if p["pays"] == "GN"]
ACTS = [a["acte"] for a in demo.table("acts")]
DRUGS = [d["code"] for d in demo.table("drugs")]


def random_dossier(random: Random, number: int) -> Tree:
    lines = []
    for _ in range(random.randint(1, 7)):
        if random.random() < 0.5:
            lines.append(("acte", random.choice(ACTS), 1, random.randint(1, 60000)))
        else:
            quantity = random.choice((1, 3, 7, 9, 11, 13, 30, 60))
            lines.append(("medicament", random.choice(DRUGS), quantity, random.randint(1, 3000)))
    abroad = random.random() < 0.2
    return dossier(
        *lines,
        person=random.choice(PEOPLE),
        day=f"2026-{random.randint(6, 10):02d}-{random.randint(1, 28):02d}",
        provider="csref-kourale" if abroad else "hopital-tinkisso",
        currency="XOF" if abroad else "GNF",
        key=f"many-{number:04d}",
        **({"agreement": "CIPRES-2025-ML-GN"} if abroad else {}),
    )


def there_and_back(source: Tree, world: World, history: list[Sheet]) -> tuple[Verdict, Tree]:
    sent, total = claims.complete(mapped("claim", source), source["submission"])
    assert total.amount == source["claim"]["total"]["value"]
    claim = exact_json.loads(exact_json.dumps(sent))
    sheet = Intake(world).sheet(claim)
    verdict = liquidate(sheet, world, history, TODAY)
    history.append(sheet)
    shown = responses.response(
        claim, "GN-1", verdicts.decided(verdict, sheet), "2026-11-20T08:00:00Z", TODAY
    )
    decision = decisions.decision(exact_json.loads(exact_json.dumps(shown)))
    answer = {"dossier": source, "answer": decision, "received": "2026-11-22T08:00:00.000Z"}
    return verdict, mapped("claim-answer", answer)


def test_every_line_and_total_is_the_verdicts() -> None:
    random, world = Random(20261122), World.load()
    history: list[Sheet] = []
    seen: set[str] = set()
    for number in range(150):
        source = random_dossier(random, number)
        verdict, response = there_and_back(source, world, history)
        assert validate(exact_json.loads(exact_json.dumps(response))) == []
        base = sum((line.base for line in verdict.lines), Decimal(0))
        assert amounts(response) == {
            "submitted": verdict.claimed,
            "eligible": base,
            "benefit": verdict.share,
            "copay": base - verdict.share,
        }
        sequences = sorted(item["itemSequence"] for item in response["item"])
        assert sequences == [item["sequence"] for item in source["claim"]["item"]]
        asked = {i["sequence"]: i["net"]["value"] for i in source["claim"]["item"]}
        told = {
            i["itemSequence"]: i["adjudication"][0]["amount"]["value"] for i in response["item"]
        }
        assert told == asked
        expected = {"paid": "complete", "partial": "partial", "rejected": "error"}
        assert response["outcome"] == expected[verdict.status]
        seen.add(response["outcome"])
    assert seen == {"complete", "partial", "error"}


def test_the_reasons_of_every_line_come_back_under_the_hubs_codes() -> None:
    random, world = Random(7), World.load()
    history: list[Sheet] = []
    found: set[str] = set()
    for number in range(80):
        source = random_dossier(random, 1000 + number)
        verdict, response = there_and_back(source, world, history)
        reasons = {
            i["itemSequence"]: [
                a["reason"]["coding"][0]["code"] for a in i["adjudication"] if "reason" in a
            ]
            for i in response["item"]
        }
        drugs_first = sorted(
            source["claim"]["item"],
            key=lambda i: i["productOrService"]["coding"][0]["system"].endswith("acte"),
        )
        for item, line in zip(drugs_first, verdict.lines, strict=True):
            why = [r.code for r in (*verdict.reasons, *line.reasons)][:1]
            assert reasons[item["sequence"]] == why
            found.update(why)
    assert len(found) >= 5
