"""Who manages a claim, what may cross a border."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from hub.errors import Unroutable
from hub.exchange import routing
from hub.wiring import packaged

SID = "https://benkan.example/fhir/sid/organisme"


def table(tmp_path: Path, **more: object) -> routing.Routing:
    extra = tmp_path / "more.json"
    extra.write_text(json.dumps(more), encoding="utf-8")
    return routing.read([packaged("routing.json"), extra])


def test_a_body_is_known_by_each_of_its_names(tmp_path: Path) -> None:
    found = table(tmp_path, bodies={"CNPS": {"keys": ["Organization/gn"]}})
    names = [[f"{SID}|CNPS"], [f"{SID}|INAMO"], ["x", "Organization/gn"]]
    assert {found.named(n).code for n in names if found.named(n)} == {"CNPS"}
    assert found.named(["Organization/unknown"]) is None


def test_care_abroad_is_refused_without_an_agreement_record(tmp_path: Path) -> None:
    """domain.md T17 and finding 6: off by default."""
    found = table(tmp_path)
    with pytest.raises(Unroutable, match="R17"):
        found.check_border(found.bodies["CMSS"], "GN", date(2026, 1, 1))


def test_care_abroad_is_carried_while_a_dated_agreement_says_so(tmp_path: Path) -> None:
    """domain.md T17: with a CIPRES agreement record, routed as cross-border."""
    record = {
        "care": "GN",
        "cover": "ML",
        "start": "2025-06-21",
        "end": "2026-06-20",
        "reference": "CIPRES",
    }
    found = table(tmp_path, agreements=[record])
    found.check_border(found.bodies["CMSS"], "GN", date(2026, 6, 20))
    for day in (date(2025, 6, 20), date(2026, 6, 21)):
        with pytest.raises(Unroutable):
            found.check_border(found.bodies["CMSS"], "GN", day)
    with pytest.raises(Unroutable):
        found.check_border(found.bodies["CNPS"], "ML", date(2026, 1, 1))


def test_care_at_home_needs_no_agreement(tmp_path: Path) -> None:
    found = table(tmp_path)
    found.check_border(found.bodies["CMSS"], "ML", date(2026, 1, 1))
    found.check_border(found.bodies["CMSS"], "", date(2026, 1, 1))
