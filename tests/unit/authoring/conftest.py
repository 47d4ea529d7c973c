"""A hub of the test's own, with a small map and a fund in memory."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from release_world import Fund, lay_out

from hub import wiring
from hub.settings import Settings


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[wiring.Hub]:
    """What most tests of this folder work on."""
    folder = lay_out(tmp_path / "essai")
    settings = Settings(data=tmp_path / "data", access="open", mappings=[folder])
    made = wiring.build(settings, adapters={"cmss": Fund()})
    yield made
    made.close()


@pytest.fixture
def packaged(tmp_path: Path, migrated_file: Path) -> Iterator[wiring.Hub]:
    """A hub with the packaged maps and tables, and no fund."""
    shutil.copy(migrated_file, tmp_path / "hub.sqlite")
    made = wiring.build(Settings(data=tmp_path, access="open"), adapters={})
    yield made
    made.close()
