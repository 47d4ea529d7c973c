"""Whole trips, on the embedded default and on production's processes."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from flow_judge import claim, judge, under_way, when
from servers.benkan import Up
from servers.postgres import Postgres
from servers.production import Production

OFFICIAL = sorted((Path(__file__).parents[1] / "data" / "r4-examples").glob("Claim-*.json"))

#: How many claims each setting carries: the issue's number, and fewer where all is slower.
pytestmark = pytest.mark.timeout(1200)  # 500 claims are three exchanges each

EMBEDDED = int(os.environ.get("BENKAN_TEST_CLAIMS", "500"))
CLAIMS = {"embedded": EMBEDDED, "production": min(60, EMBEDDED // 2)}


@pytest.fixture(scope="module", params=list(CLAIMS))
def setting(request: pytest.FixtureRequest) -> str:
    """SQLite and memory:// in one process, or PostgreSQL, RabbitMQ and a process each."""
    name: str = request.param
    return name


@pytest.fixture(scope="module")
def hub(
    setting: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Up | Production]:
    """A hub with its sandboxes, running; it ends with status 0."""
    folder = tmp_path_factory.mktemp(setting)
    if setting == "embedded":
        up = Up(folder).start()
        yield up
        assert up.stop() == 0
        return
    server: Postgres = request.getfixturevalue("postgres")
    database = server.url(server.database())
    production = Production(folder, database, request.getfixturevalue("rabbitmq_url"))
    try:
        yield production.start()
        assert production.stop() == 0
    finally:
        production.kill()


def test_claims_are_answered_or_held_with_a_reason_and_booked_once(
    hub: Up | Production, setting: str, tmp_path: Path
) -> None:
    """Issue point 2, domain finding 3: answered or held; a copy each; sums equal at six places."""
    number = CLAIMS[setting]
    hub.run("sample", "--claims", str(number), "--seed", "7", "--out", str(tmp_path / "s"))
    told = json.loads(hub.run("submit", str(tmp_path / "s"), "--json").stdout)
    assert sum(told["counts"].values()) == number
    ends = {status for status in told["counts"] if not status.startswith(("réponse", "retenue"))}
    assert not ends, told["counts"]
    judge(hub, number)


def test_submitting_again_changes_nothing(hub: Up | Production, tmp_path: Path) -> None:
    """domain T21: the same sheet twice is one sheet."""
    hub.run("sample", "--claims", "20", "--seed", "7", "--out", str(tmp_path / "s"))
    hub.run("submit", str(tmp_path / "s"))
    before = len(hub.ledger("cmss"))
    assert before >= 10  # those the others manage are not in its books
    hub.run("submit", str(tmp_path / "s"))
    assert len(hub.ledger("cmss")) == before


@pytest.mark.parametrize("file", OFFICIAL, ids=lambda f: f.stem)
def test_an_official_claim_is_accepted_or_refused_with_the_element_named(
    hub: Up | Production, file: Path
) -> None:
    """Issue point 3: none of the official examples gives a 5xx."""
    with hub.client() as client:
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


def test_an_official_claim_travels_to_the_end_once_its_codes_have_rows(
    hub: Up | Production,
) -> None:
    """Issue point 3: foreign codes hold it; a row for each lets it go on."""
    file = next(f for f in OFFICIAL if f.stem == "Claim-960150")
    with hub.client() as client:
        post = {"Prefer": "respond-async"}
        answer = client.post("/Claim/$submit", content=file.read_bytes(), headers=post).json()
        reference = answer["request"]["reference"]
        story = when(lambda: claim(hub, reference), lambda e: e["held"] or e["answer"])
        assert story["held"]
        missing = story["detail"]["missing"]
        assert "exam" in {m["code"] for m in missing}
        for m in missing:
            hub.run("map", "add-code", m["map"], f"{m['system']}|{m['code']}", "EXAM")
        hub.run("exchange", "resume", story["id"])
        story = when(lambda: claim(hub, reference), lambda e: not under_way(e))
        assert story["state"] == "CLOSED", story["reason"]
        found = client.get("/ClaimResponse", params={"request": reference}).json()
        assert found["total"] == 1
