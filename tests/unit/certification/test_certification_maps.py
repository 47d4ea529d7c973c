"""The checks of maps and tables, on the fictitious mutual and on damaged copies of it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

import mappings
from adapters import declared
from hub.certification import domain
from hub.certification.findings import Outcome, Result
from hub.certification.ground import Ground

MUTUAL = Path(__file__).parents[2] / "data" / "mutuelle"
PACKAGED = Path(mappings.__file__).parent


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(MUTUAL, tmp_path / "mutuelle"))


def results(folder: Path) -> dict[str, Result]:
    profile = folder / "profile.json"
    case = declared.case(profile)
    assert case is not None
    folders = [PACKAGED, folder / "mappings"]
    ground = Ground("sogoba", declared.build(profile), case, folders)
    return {check.code: check(ground) for check in domain.CHECKS.every}


def without_payment(folder: Path) -> None:
    (folder / "mappings" / "claim-payment.fml").unlink()


def silent_about_money(folder: Path) -> None:
    """Take the payment documents out of the profile, and the map and model that went with them."""
    without_payment(folder)
    file = folder / "profile.json"
    told = json.loads(file.read_text("utf-8"))
    told["documents"] = [d for d in told["documents"] if d.get("kind") != "payment"]
    del told["files"]
    file.write_text(json.dumps(told), "utf-8")
    case = folder / "certification.json"
    kept = json.loads(case.read_text("utf-8")) | {"wrong_totals": []}
    case.write_text(json.dumps(kept), "utf-8")


def test_a_partner_that_tells_no_payments_needs_no_payment_map(folder: Path) -> None:
    silent_about_money(folder)
    assert results(folder)["maps-there"].outcome is Outcome.PASSED


def wrong_example(folder: Path) -> None:
    file = folder / "mappings" / "examples" / "claim" / "consultation.out.json"
    file.write_text(file.read_text("utf-8").replace("3500", "3501"), "utf-8")


def without_row(folder: Path) -> None:
    file = folder / "mappings" / "concepts" / "sogoba-acte.json"
    file.write_text(file.read_text("utf-8").replace('"cesarienne"', '"cesariennes"'), "utf-8")


def unknown_reason(folder: Path) -> None:
    file = folder / "mappings" / "concepts" / "sogoba-motif-rejet.json"
    file.write_text(file.read_text("utf-8").replace('"R06"', '"R77"'), "utf-8")


def invalid_status(folder: Path) -> None:
    file = folder / "mappings" / "claim-answer.fml"
    file.write_text(file.read_text("utf-8").replace("'active' \"status\"", "'done' \"status\""))


def test_sound_maps_pass_and_what_they_lose_is_named() -> None:
    found = results(MUTUAL)
    assert {r.outcome for r in found.values()} == {Outcome.PASSED}
    [lost] = found["lossy-fields"].notes
    named = lost.en.removeprefix("claim: ").split(", ")
    assert "Claim.billablePeriod.end" in named
    assert "Claim.item.quantity.value" in named
    assert "Claim.item.net.value" not in named


@pytest.mark.parametrize(
    ("damage", "check", "word"),
    [
        (without_payment, "maps-there", "sogoba-claim-payment"),
        (wrong_example, "examples", "consultation"),
        (without_row, "code-tables", "cesarienne"),
        (unknown_reason, "code-tables", "R77"),
        (invalid_status, "bindings", "ClaimResponse.status"),
    ],
)
def test_a_damaged_map_is_found(
    damage: Callable[[Path], None], check: str, word: str, folder: Path
) -> None:
    damage(folder)
    found = results(folder)[check]
    assert found.outcome is Outcome.FAILED
    assert word in found.notes[0].fr
