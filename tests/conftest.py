"""Fixtures for all tests: private servers, and a store on each back end."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from servers.keys import KEYS
from servers.postgres import Postgres, postgres, postgres_url
from servers.rabbitmq import rabbitmq_url
from servers.redis import redis_url

from hub.store import SqlStore, migrate, open_store

__all__ = ["postgres", "postgres_url", "rabbitmq_url", "redis_url"]


@pytest.fixture(scope="session")
def migrated(postgres: Postgres) -> str:
    """A PostgreSQL database with this version's schema, emptied for each test."""
    name = postgres.database()
    migrate.upgrade(postgres.url(name))
    return name


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with this version's schema, to copy."""
    path = tmp_path_factory.mktemp("migrated") / "hub.sqlite"
    migrate.upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty store of the test's own, on each back end."""
    if request.param == "sqlite":
        migrated_file: Path = request.getfixturevalue("migrated_file")
        yield f"sqlite:///{shutil.copy(migrated_file, tmp_path / 'hub.sqlite')}"
        return
    server: Postgres = request.getfixturevalue("postgres")
    name: str = request.getfixturevalue("migrated")
    server.empty(name)
    yield server.url(name)


@pytest.fixture
def store(store_url: str) -> Iterator[SqlStore]:
    """An empty store, on each back end."""
    opened = open_store(store_url, KEYS)
    yield opened
    opened.close()
