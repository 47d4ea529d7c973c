"""The checks of maps and tables, on the fictitious mutual and on damaged copies of it."""

from __future__ import annotations

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
