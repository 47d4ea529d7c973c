"""A row added at once counts before its table, until a version published afterwards has its own."""

from __future__ import annotations

import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from release_world import AWA, FANTA

from hub import wiring
from hub.authoring import releases, tables, urgent_rows
from hub.authoring.tables import Change
from hub.ports.releases import When
from hub.settings import Settings

TABLE = "https://benkan.example/fhir/ConceptMap/inps-sexe"
GENDERS = "http://hl7.org/fhir/administrative-gender"
TEXT = (
    "/// url = 'urn:m'\n/// name = 'm'\ngroup main(source src, target tgt) {\n"
    f"src.c as c -> tgt.g = translate(c, '{TABLE}', 'code') \"g\"; }}"
)


@pytest.fixture
def hub(tmp_path: Path, migrated_file: Path):
    shutil.copy(migrated_file, tmp_path / "hub.sqlite")
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "m.fml").write_text(TEXT, encoding="utf-8")
    settings = Settings(data=tmp_path, access="open", mappings=[mine])
    joined = wiring.build(settings, adapters={})
    yield joined
    joined.close()


def translated(hub: wiring.Hub, code: str, care: date | None = None) -> str:
    when = When(care or date(2026, 11, 3), datetime.now(UTC))
    coding = {"c": {"system": GENDERS, "code": code}}
    return str(hub.maps.library(when).run("urn:m", coding).tree["g"])


def urgent(hub: wiring.Hub, code: str, target: str) -> None:
    urgent_rows.add(hub, "person|awa", TABLE, (GENDERS, code), ("", target))


def published(hub: wiring.Hub, code: str, target: str, start: date = date(2026, 1, 1)) -> None:
    """A version in which this code becomes that."""
    before = tables.opened(hub, TABLE)
    place = [row["source_code"] for row in before.rows].index(code)
    change = Change(place, {"target_code": target})
    saved = tables.save(hub, AWA, TABLE, before.seen, [change])
    assert releases.test(hub, AWA, TABLE).ok
    releases.propose(hub, AWA, TABLE, saved.seen, "Correction demandée")
    releases.approve(hub, FANTA, TABLE, saved.seen, start, "care", "Relu et accepté")


def test_a_version_published_afterwards_wins_over_a_row_added_at_once(hub) -> None:
    before = translated(hub, "unknown")
    urgent(hub, "unknown", "7")
    assert (before != "7", translated(hub, "unknown")) == (True, "7")
    published(hub, "unknown", "8")
    assert translated(hub, "unknown") == "8"
    [row] = urgent_rows.listed(hub, TABLE)
    assert row.absorbed
    assert urgent_rows.overriding(hub) == []


def test_a_row_added_after_the_version_wins_over_it(hub) -> None:
    published(hub, "unknown", "8")
    urgent(hub, "unknown", "7")
    assert translated(hub, "unknown") == "7"
    assert [one.source_code for one in urgent_rows.overriding(hub, f"{TABLE}|9")] == ["unknown"]


def test_before_the_version_holds_and_after_a_return_the_row_counts(hub) -> None:
    urgent(hub, "unknown", "7")
    published(hub, "unknown", "8", date(2026, 11, 1))
    assert translated(hub, "unknown", date(2026, 11, 1)) == "8"
    assert translated(hub, "unknown", date(2026, 10, 31)) == "7"
    releases.revert(hub, FANTA, TABLE, "La correction est fausse")
    assert translated(hub, "unknown", date(2026, 11, 1)) == "7"


def test_a_code_the_version_says_nothing_about_keeps_its_row(hub) -> None:
    urgent(hub, "personne", "5")
    published(hub, "unknown", "8")
    assert translated(hub, "personne") == "5"
    assert [one.absorbed for one in urgent_rows.listed(hub)] == [""]
