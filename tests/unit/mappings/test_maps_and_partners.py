"""The maps between real claims and what the partners' own schemas and rules accept."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest

import mappings
from adapters.canam.adapter import Canam
from adapters.canam.settings import Settings as CanamSettings
from adapters.cmss import documents, liquidation
from adapters.cmss.adapter import CONTENT_TYPE, Cmss
from adapters.cmss.settings import Settings as CmssSettings
from adapters.sandbox.world import World
from hub.cli import demo, sample
from hub.errors import Unmappable
from hub.fhir.validate import validate
from hub.formats import exact_json, xml_strict
from hub.mapping.library import Library
from hub.model import Reply, ReplyKind, Tree
from hub.ports import ConceptRow

ROOT = Path(mappings.__file__).parent
MAPS = "https://benkan.example/fhir/StructureMap/"
OFFICIAL = sorted((Path(__file__).parents[2] / "data" / "r4-examples").glob("Claim-*.json"))
TODAY = date(2026, 11, 21)
RECEIVED = "2026-11-21T09:30:00.000Z"


@cache
def library() -> Library:
    return Library([ROOT])


@cache
def world() -> dict[str, Tree]:
    return {f"{t['resourceType']}/{t['id']}": t for t in demo.resources()}


@pytest.fixture
def cmss() -> Cmss:
    return Cmss(CmssSettings(hostkey="unused"))


@pytest.fixture
def canam() -> Canam:
    return Canam(CanamSettings(url="http://localhost:1/", username="u", password="p"))


def dossier(claim: Tree, number: int) -> Tree:
    cover = world()[claim["insurance"][0]["coverage"]["reference"]]
    return {
        "submission": f"sub-{number}",
        "careDate": claim["billablePeriod"]["start"],
        "body": "CMSS",
        "claim": claim | {"id": f"claim-{number}"},
        "patient": world()[claim["patient"]["reference"]],
        "subscriber": world()[cover["subscriber"]["reference"]],
        "coverage": cover,
        "insurer": world()[claim["insurer"]["reference"]],
        "provider": world()[claim["provider"]["reference"]],
    }


def total(response: Tree, category: str) -> Decimal:
    found = [
        t["amount"]["value"]
        for t in response["total"]
        if t["category"]["coding"][0]["code"] == category
    ]
    return Decimal(found[0])


def test_sample_claims_come_back_liquidated_to_the_franc(cmss: Cmss, canam: Canam) -> None:
    rules, history = World.load(), liquidation.History()
    seen = set()
    for number, (_, claim) in enumerate(sample.generate(120, 7, {"CMSS"})):
        source = dossier(claim, number)
        key = source["submission"]
        sent = cmss.encode("claim", library().map(f"{MAPS}cmss-claim", source), key)
        assert sent.total is not None
        assert sent.total.amount == claim["total"]["value"]

        sheet = liquidation.read(xml_strict.parse(sent.body), rules)
        verdict = liquidation.decide(sheet, rules, history, TODAY)
        history.add(sheet)
        written = liquidation.write(verdict, key, f"LQ-{number}", TODAY)
        body = documents.fragment(written)
        reply = Reply(ReplyKind.ANSWER, "claim", key, body, CONTENT_TYPE)
        answer = {"dossier": source, "answer": cmss.decode(reply), "received": RECEIVED}
        response = library().map(f"{MAPS}cmss-claim-answer", answer)
        assert validate(exact_json.loads(exact_json.dumps(response))) == []
        assert total(response, "submitted") == claim["total"]["value"]
        assert total(response, "benefit") == verdict.share
        assert total(response, "copay") == verdict.copay
        sequences = [i["itemSequence"] for i in response["item"]]
        assert sequences == [i["sequence"] for i in claim["item"]]
        seen.add(response["outcome"])

        copy = library().map(f"{MAPS}canam-control-copy", source | {"copyOf": key})
        copied = canam.encode("control-copy", copy, key)
        assert copied.total is not None
        assert copied.total.amount == claim["total"]["value"]
    assert seen == {"complete", "partial", "error"}


@pytest.mark.parametrize("file", OFFICIAL, ids=lambda p: p.stem)
def test_an_official_claim_is_held_with_its_codes_then_leaves_whole(
    file: Path, cmss: Cmss, canam: Canam
) -> None:
    claim = exact_json.loads(file.read_bytes())
    source = {"submission": "s-1", "careDate": "2014-08-16", "body": "CMSS", "claim": claim}
    copy = library().map(f"{MAPS}canam-control-copy", source)
    assert canam.encode("control-copy", copy, "s-1").body

    with pytest.raises(Unmappable) as caught:
        library().map(f"{MAPS}cmss-claim", source)
    codings = [i["productOrService"]["coding"][0] for i in claim["item"]]
    asked = {(c.get("system", ""), c["code"]) for c in codings}
    assert {(m.system, m.code) for m in caught.value.missing} == asked
    assert {m.concept_map for m in caught.value.missing} == {
        "https://benkan.example/fhir/ConceptMap/cmss-acte"
    }

    rows = [
        ConceptRow(m.concept_map, m.system, m.code, "urn:example:local", "D6")
        for m in caught.value.missing
    ]
    sheet = Library([ROOT], rows).map(f"{MAPS}cmss-claim", source)
    sent = cmss.encode("claim", sheet, "s-1")
    assert sent.total is not None
    assert sent.total.amount == sum(Decimal(i["net"]["value"]) for i in claim["item"])


def test_there_are_seventeen_official_claims() -> None:
    assert len(OFFICIAL) == 17
