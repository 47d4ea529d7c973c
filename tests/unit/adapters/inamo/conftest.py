"""A running sandbox of the fund, and its maps."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from servers.inamo_sandbox import InamoSandbox

from adapters.inamo.adapter import Inamo


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InamoSandbox]:
    """One sandbox a file of tests."""
    running = InamoSandbox(tmp_path_factory.mktemp("inamo"))
    running.start()
    yield running
    running.kill()


@pytest.fixture
def cnps(office: InamoSandbox) -> Iterator[Inamo]:
    """A door to the sandbox, which behaves well from here on."""
    yield office.adapter()
    request = office.control("/behaviour")
    assert request["waiting"] == []


@pytest.fixture
def own(tmp_path: Path) -> Iterator[InamoSandbox]:
    """A sandbox for one test alone."""
    running = InamoSandbox(tmp_path)
    running.start()
    yield running
    running.kill()


@pytest.fixture
def slow(tmp_path: Path) -> Iterator[InamoSandbox]:
    """A sandbox that takes 100 seconds to decide, by its own clock."""
    running = InamoSandbox(tmp_path, settings={"REVIEW": "100"})
    running.start()
    yield running
    running.kill()
