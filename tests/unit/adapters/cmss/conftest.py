"""A CMSS sandbox for the tests of its adapter."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from servers.cmss_sandbox import CmssSandbox


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[CmssSandbox]:
    """A sandbox of the test's own, stopped at the end."""
    running = CmssSandbox(tmp_path)
    running.start()
    yield running
    running.kill()
