"""A hub of the test's own, without partners."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hub import wiring
from hub.settings import Settings


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[wiring.Hub]:
    made = wiring.build(Settings(data=tmp_path, access="open"), adapters={})
    yield made
    made.close()
