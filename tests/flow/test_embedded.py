"""Whole trips on the embedded default: `benkan up` as its user starts it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import httpx
import pytest
from servers.benkan import Up

OFFICIAL = sorted((Path(__file__).parents[1] / "data" / "r4-examples").glob("Claim-*.json"))


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    started = Up(tmp_path_factory.mktemp("up")).start()
    yield started
    assert started.stop() == 0


def test_the_pasted_request_is_answered_with_a_decision(up: Up) -> None:
    """Issue point 1: the request that `benkan up` prints returns a ClaimResponse."""
    command = next(line for line in up.log.read_text().splitlines() if line.startswith("curl "))
    found = re.fullmatch(r"curl -sS '(\S+)' -H 'Content-Type: (\S+)' -d @(\S+)", command.strip())
    assert found is not None
    url, kind, file = found.groups()
    body = Path(file).read_bytes()
    answer = httpx.post(url, content=body, headers={"Content-Type": kind}, timeout=40)
    response = answer.json(parse_float=Decimal)
    assert answer.status_code == 200
    assert (response["resourceType"], response["outcome"]) in {
        ("ClaimResponse", "complete"),
        ("ClaimResponse", "partial"),
    }
    story = json.loads(
        up.run("exchange", "show", response["request"]["reference"], "--json").stdout
    )
    claim = next(e for e in story if e["operation"] == "claim")
    assert [e["state"] for e in claim["events"] if e["state"]][:4] == [
        "ACCEPTED",
        "READY",
        "SENT",
        "PENDING",
    ]
    sent = next(m for m in claim["messages"] if m["kind"] == "deposit")
    assert sent["body"].startswith('<?xml version="1.0" encoding="ISO-8859-1"?>') or (
        "ISO-8859-1" in sent["body"][:60]
    )
    told = up.run("exchange", "show", response["request"]["reference"]).stdout
    assert "ISO-8859-1" in told


def test_the_control_copy_reaches_the_scheme_manager(up: Up) -> None:
    """domain finding 3: claims go to the managing body, the scheme manager gets a copy."""
    rows = json.loads(up.run("exchange", "list", "--json").stdout)
    copies = [r for r in rows if r["operation"] == "control-copy"]
    assert copies
    booked = {e["submission"] for e in up.ledger("canam")}
    stories = [json.loads(up.run("exchange", "show", c["id"], "--json").stdout)[0] for c in copies]
    closed = [s for s in stories if s["state"] == "CLOSED"]
    assert closed
    assert {s["submission"] for s in closed} <= booked


def test_five_hundred_claims_are_answered_or_held_with_a_reason(up: Up, tmp_path: Path) -> None:
    """Issue point 2: each claim ends answered or held; sums are equal at the six places."""
    up.run("sample", "--claims", "500", "--seed", "7", "--out", str(tmp_path / "s"))
    told = json.loads(up.run("submit", str(tmp_path / "s"), "--json").stdout)
    assert sum(told["counts"].values()) == 500
    ends = {status for status in told["counts"] if not status.startswith(("réponse", "retenue"))}
    assert not ends, told["counts"]
    rows = json.loads(up.run("exchange", "list", "--json", "--limit", "100000").stdout)
    assert all(r["reason"] for r in rows if r["held"])
    sums = json.loads(up.run("exchange", "totals", "--json").stdout)
    assert sums["equal"]
    assert {p["place"] for p in sums["places"]} == {
        "received",
        "stored",
        "mapped",
        "sent",
        "ledger",
        "response",
    }


def test_submitting_again_changes_nothing(up: Up, tmp_path: Path) -> None:
    """domain T21: the same sheet twice is one sheet."""
    up.run("sample", "--claims", "20", "--seed", "7", "--out", str(tmp_path / "s"))
    before = len(up.ledger("cmss"))
    up.run("submit", str(tmp_path / "s"))
    up.run("submit", str(tmp_path / "s"))
    assert len(up.ledger("cmss")) == before


@pytest.mark.parametrize("file", OFFICIAL, ids=lambda f: f.stem)
def test_an_official_claim_is_accepted_or_refused_with_the_element_named(
    up: Up, file: Path
) -> None:
    """Issue point 3: none of the official examples gives a 5xx."""
    with up.client() as client:
        answer = client.post(
            "/Claim/$submit", content=file.read_bytes(), headers={"Prefer": "respond-async"}
        )
    assert answer.status_code < 500
    body = answer.json()
    if answer.status_code >= 400:
        assert body["resourceType"] == "OperationOutcome"
        assert all(i.get("expression") for i in body["issue"])
    else:
        assert body["resourceType"] == "ClaimResponse"


def test_an_official_claim_travels_to_the_end_once_its_codes_have_rows(up: Up) -> None:
    """Issue point 3: foreign codes hold it; a row for each lets it go on."""
    file = next(f for f in OFFICIAL if f.stem == "Claim-960150")
    with up.client() as client:
        post = {"Prefer": "respond-async"}
        answer = client.post("/Claim/$submit", content=file.read_bytes(), headers=post).json()
        claim = answer["request"]["reference"]
        story = _until(up, claim, lambda e: e["held"] or e["answer"])
        assert story["held"]
        missing = story["detail"]["missing"]
        assert "exam" in {m["code"] for m in missing}
        for m in missing:
            up.run("map", "add-code", m["map"], f"{m['system']}|{m['code']}", "EXAM")
        up.run("exchange", "resume", story["id"])
        story = _until(up, claim, lambda e: e["held"] or e["state"] == "CLOSED")
        assert story["state"] == "CLOSED", story["reason"]
        found = client.get("/ClaimResponse", params={"request": claim}).json()
        assert found["total"] == 1


def _until(up: Up, claim: str, ready: object) -> dict[str, object]:
    import time

    end = time.monotonic() + 30
    while True:
        stories = json.loads(up.run("exchange", "show", claim, "--json").stdout)
        one: dict[str, object] = next(e for e in stories if e["operation"] == "claim")
        if ready(one) or time.monotonic() > end:  # type: ignore[operator]
            return one
        time.sleep(0.5)
