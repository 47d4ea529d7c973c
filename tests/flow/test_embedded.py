"""`benkan up`, as its user starts it and reads it."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import httpx
import pytest
from servers.benkan import Up

from hub.cli.credentials import DEMO
from hub.cli.demo_clients import OTHER
from hub.errors import Invalid


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    started = Up(tmp_path_factory.mktemp("up")).start()
    yield started
    assert started.stop() == 0


def test_the_pasted_request_is_answered_with_a_decision(up: Up) -> None:
    """Issue point 1: the request that `benkan up` prints returns a ClaimResponse."""
    command = next(line for line in up.log.read_text().splitlines() if line.startswith("curl "))
    words = r"""curl -sS '(\S+)' -H "(.+): (.+)\$\((.+)\)" -H 'Content-Type: (\S+)' -d @(\S+)"""
    found = re.fullmatch(words, command.strip())
    assert found is not None
    url, name, scheme, token, kind, file = found.groups()
    printed = subprocess.run(
        token, shell=True, check=True, cwd="/", capture_output=True, text=True, timeout=60
    )
    headers = {name: scheme + printed.stdout.strip(), "Content-Type": kind}
    answer = httpx.post(url, content=Path(file).read_bytes(), headers=headers, timeout=120)
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


def test_the_demos_private_keys_are_their_owners_alone(up: Up) -> None:
    folder = up.folder / "benkan-data" / "clients"
    modes = {file.name: file.stat().st_mode & 0o777 for file in folder.iterdir()}
    assert {f"{DEMO}.json", f"{OTHER}.json"} <= set(modes)
    assert set(modes.values()) == {0o600}
    assert folder.stat().st_mode & 0o777 == 0o700


def test_a_client_that_was_cut_off_gets_in_again_with_a_fresh_token(up: Up) -> None:
    with up.client(OTHER) as other:
        assert other.get("/Claim").json()["total"] == 0  # others have sent many
        up.run("client", "disable", OTHER)
        with pytest.raises(Invalid, match="invalid_client"):
            other.get("/Claim")
        up.run("client", "enable", OTHER)
        assert other.get("/Claim").status_code == 200
