"""`benkan up`, as its user starts it and reads it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import httpx
import pytest
from servers.benkan import Up


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
    # how a deposit to each body begins: an XML declaration, a header record
    begins = {"cmss": "ISO-8859-1", "inps": "000BENKAN"}[claim["partner"]]
    assert begins in sent["body"][:60]
    told = up.run("exchange", "show", response["request"]["reference"]).stdout
    assert begins in told


def test_samples_go_to_all_four_bodies_of_both_countries(up: Up, tmp_path: Path) -> None:
    """With requests for prior authorisation and orders to cancel beside them."""
    beside = ["--preauthorizations", "4", "--cancellations", "3"]
    up.run("sample", "--claims", "30", "--seed", "7", *beside, "--out", str(tmp_path))
    told = json.loads(up.run("submit", str(tmp_path), "--json").stdout)
    assert sum(told["counts"].values()) == 37
    assert told["counts"]["demandée / asked for"] == 3
    ends = ("réponse", "retenue", "demandée", "en attente")
    assert not [status for status in told["counts"] if not status.startswith(ends)]
    every = json.loads(up.run("exchange", "list", "--json", "--limit", "1000").stdout)
    carried = {(row["partner"], row["operation"]) for row in every}
    assert {("cmss", "claim"), ("inps", "claim"), ("inamo", "claim")} <= carried
    assert {("canam", "control-copy"), ("canam", "preauthorization")} <= carried
    assert any(operation == "cancellation" for _, operation in carried)
    sums = json.loads(up.run("exchange", "totals", "--json").stdout)
    assert sums["equal"]
    assert {place["currency"] for place in sums["places"]} == {"XOF", "GNF"}
