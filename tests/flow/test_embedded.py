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
