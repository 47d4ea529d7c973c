"""What is in force as folders: published texts stand in the place of what came with the hub."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from release_world import AWA, FANTA, SMALL, commented, lay_out

from hub import wiring
from hub.authoring import in_force, releases
from hub.settings import Settings

MAP = "https://benkan.example/fhir/StructureMap/cmss-claim"


@pytest.fixture
def settings(tmp_path: Path, migrated_file: Path) -> Settings:
    (tmp_path / "data").mkdir()
    shutil.copy(migrated_file, tmp_path / "data" / "hub.sqlite")
    folder = lay_out(tmp_path / "essai")
    return Settings(data=tmp_path / "data", access="open", mappings=[folder])


def test_without_a_publication_the_folders_are_as_they_are(settings, tmp_path) -> None:
    with in_force.folders(settings) as found:
        assert found == wiring.map_folders(settings)
    elsewhere = settings.model_copy(update={"data": tmp_path / "nowhere"})
    with in_force.folders(elsewhere) as found:
        assert found == wiring.map_folders(settings)
    assert not (tmp_path / "nowhere").exists()


def test_what_was_published_stands_in_its_place_with_its_examples(settings) -> None:
    hub = wiring.build(settings, adapters={})
    draft = releases.open_draft(hub, AWA, MAP)
    draft = releases.save(hub, AWA, MAP, commented(draft.text), draft.hash)
    draft = releases.keep_example(hub, AWA, MAP, "deux", "{}", "{}", draft.hash)
    shipped = sorted(file.name for file in settings.mappings[0].rglob("*.*"))
    found = releases.test(hub, AWA, MAP)
    assert found.ok, found
    releases.propose(hub, AWA, MAP, draft.hash, "Correction demandée")
    releases.approve(hub, FANTA, MAP, draft.hash, None, "submission", "Relu et accepté")
    with in_force.folders(settings) as folders:
        library = wiring.library(folders)
        pinned = library.pin(MAP)
        assert pinned == hub.maps.pin(MAP) != f"{MAP}|0.2.0"
        text = (folders[1] / "claim.fml").read_text(encoding="utf-8")
        assert text != SMALL
        assert (folders[1] / "examples" / "claim" / "deux.in.json").is_file()
        assert (folders[1] / "examples" / "claim" / "un.in.json").is_file()
    assert not folders[1].exists()
    assert sorted(file.name for file in settings.mappings[0].rglob("*.*")) == shipped
    releases.revert(hub, FANTA, MAP, "La correction est fausse")
    with in_force.folders(settings) as folders:
        assert wiring.library(folders).pin(MAP) == f"{MAP}|0.2.0"
    hub.close()
