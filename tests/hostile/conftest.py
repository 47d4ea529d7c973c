"""A hub with two provider organisations; the hostile world calls as the first one."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hostile_world import World, make

from hub import wiring
from hub.settings import Settings


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, migrated_file: Path) -> Iterator[World]:
    """One hub for all hostile inputs of a module: none may change it."""
    folder = tmp_path_factory.mktemp("hostile")
    shutil.copy(migrated_file, folder / "hub.sqlite")
    settings = Settings(
        data=folder,
        url="https://hub.example",
        wait=0.0,
        max_body=300_000,
        receive=0.6,
        access="required",
    )
    hub = wiring.build(settings, adapters={})
    yield make(hub)
    hub.close()
