"""Certification: what every adapter promises, run on each one that is declared."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from hub.certification.bench import Bench
from hub.certification.findings import Check, Outcome
from hub.certification.suite import OFFLINE
from hub.partner_wiring import partners
from hub.settings import Settings

HERE = Path(__file__).parent
PROFILES = sorted((HERE.parent / "data").glob("*/profile.json"))
KNOWN = partners(Settings(profiles=PROFILES))
NAMES = sorted(KNOWN)


def test_every_declared_adapter_is_under_contract() -> None:
    project = tomllib.loads((HERE.parents[1] / "pyproject.toml").read_text(encoding="utf-8"))
    declared = project["project"]["entry-points"]["benkan.adapters"]
    assert set(declared) <= set(NAMES)
    assert [name for name in NAMES if KNOWN[name].case() is None] == []


@pytest.mark.parametrize("check", OFFLINE, ids=lambda check: check.code)
@pytest.mark.parametrize("name", NAMES)
def test_an_adapter_keeps_the_contract(name: str, check: Check[Bench]) -> None:
    case = KNOWN[name].case()
    assert case is not None
    result = check(Bench(name, case))
    if result.outcome is Outcome.SKIPPED:
        pytest.skip("; ".join(note.en for note in result.notes))
    assert result.outcome is Outcome.PASSED, "; ".join(note.en for note in result.notes)
