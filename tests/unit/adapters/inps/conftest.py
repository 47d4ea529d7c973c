"""INPS sandboxes for tests: one of the test's own, or one that starts again and again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from inps_office import Sandbox, start


@pytest.fixture
def start_inps(tmp_path: Path) -> Iterator[Callable[..., Sandbox]]:
    """Starts a sandbox on the same folder, again and again."""
    running: list[Sandbox] = []

    def go(**environment: str) -> Sandbox:
        for one in running:
            one.process.kill()
            one.process.wait()
        running.append(start(tmp_path, **environment))
        return running[-1]

    yield go
    for one in running:
        one.process.kill()
        one.process.wait()


@pytest.fixture
def inps(start_inps: Callable[..., Sandbox]) -> Sandbox:
    """A sandbox of the test's own."""
    return start_inps()
