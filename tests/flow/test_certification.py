"""Every reference profile passes certification against its own sandbox, started for it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from partner_matrix import supported

#: Seconds of a partner's silence that are waited for, which a mishap then takes.
SILENCE = "5"


@pytest.mark.parametrize("partner", list(supported()))
def test_a_reference_profile_is_certified(partner: str, tmp_path: Path) -> None:
    command = ["partner", "certify", partner, "--out", str(tmp_path), "--language", "en"]
    done = subprocess.run(
        [sys.executable, "-m", "hub.cli", *command, "--json"],
        cwd=tmp_path,
        env=os.environ | {f"BENKAN_{partner.upper()}_READ": SILENCE},
        capture_output=True,
        text=True,
    )
    assert done.stdout, done.stderr
    report = json.loads(done.stdout)
    rows = [row for part in report["parts"].values() for row in part]
    assert [row for row in rows if row["outcome"] == "failed"] == []
    assert (report["passed"], done.returncode) == (True, 0)
    live = [row["outcome"] for row in report["parts"]["process"]]
    assert "passed" in live
    [page] = tmp_path.glob(f"certification-{partner}-*.html")
    assert "Certification report" in page.read_text(encoding="utf-8")
