"""kill -9 of everything at random moments: nothing lost, nothing twice."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from servers.benkan import Up

KILLS = int(os.environ.get("BENKAN_TEST_KILLS", "20"))
CLAIMS = int(os.environ.get("BENKAN_TEST_CLAIMS", "500"))


def _submit(up: Up, folder: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "hub.cli", "submit", str(folder), "--json", "--wait", "600"],
        cwd=up.folder,
        env=up.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


@pytest.mark.faults
@pytest.mark.timeout(1800)
def test_killed_twenty_times_nothing_is_lost_and_nothing_is_doubled(tmp_path: Path) -> None:
    """Issue point 4; reliability.md I1 to I4: the sandboxes' ledgers are the judge."""
    up = Up(tmp_path)
    up.run("sample", "--claims", str(CLAIMS), "--seed", "7", "--out", str(tmp_path / "claims"))
    moments = random.Random(20)
    for _ in range(KILLS):
        up.start()
        sending = _submit(up, tmp_path / "claims")
        time.sleep(moments.uniform(0.05, 3.0))
        up.kill()
        sending.kill()
        sending.wait()
    up.start()
    told = json.loads(up.run("submit", str(tmp_path / "claims"), "--json", "--wait", "240").stdout)
    assert sum(told["counts"].values()) == CLAIMS
    ends = {s for s in told["counts"] if not s.startswith(("réponse", "retenue"))}
    assert not ends, told["counts"]
    assert json.loads(up.run("exchange", "totals", "--json").stdout)["equal"]
    _judge(up)
    assert up.stop() == 0


def _judge(up: Up) -> None:
    rows = _at_rest(up)
    claims = [r for r in rows if r["operation"] == "claim"]
    assert len(claims) == CLAIMS
    assert len({r["identifier"] for r in claims}) == CLAIMS
    for partner in {r["partner"] for r in rows if r["partner"]}:
        booked = Counter(e["submission"] for e in up.ledger(partner))
        sheets = Counter(e["number"] for e in up.ledger(partner))
        assert max(booked.values()) == max(sheets.values()) == 1
        left = [
            r for r in rows if r["partner"] == partner and r["state"] not in ("ACCEPTED", "READY")
        ]
        assert len(booked) == len(left)


def _at_rest(up: Up) -> list[dict[str, Any]]:
    """All exchanges, once each is closed or held."""
    end = time.monotonic() + 300
    while True:
        told = up.run("exchange", "list", "--json", "--limit", "100000").stdout
        rows: list[dict[str, Any]] = json.loads(told)
        if all(r["state"] == "CLOSED" or r["held"] for r in rows) or time.monotonic() > end:
            return rows
        time.sleep(1)
