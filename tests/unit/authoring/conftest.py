"""A hub of the test's own, with a small map and a fund in memory."""

from __future__ import annotations

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
