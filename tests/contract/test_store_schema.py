"""The schema on each back end: made by migrations, the same as the tables in the code."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from store_nouns import accepted, exchange

from hub.errors import Misconfigured, Problem
from hub.store import migrate, open_store
from hub.store.engine import Database
from hub.store.tables import metadata


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database without any table."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.sqlite'}"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def db(empty_url: str) -> Iterator[Database]:
    opened = Database(empty_url)
    yield opened
    opened.close()


def test_the_migrated_schema_is_the_one_the_code_describes(empty_url: str, db: Database) -> None:
    migrate.upgrade(empty_url)
    with db.read() as connection:
        options = {"compare_type": True, "target_metadata": metadata}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, metadata) == []


def test_upgrading_twice_changes_nothing(empty_url: str, db: Database) -> None:
    assert not migrate.is_current(db)
    migrate.upgrade(empty_url)
    migrate.upgrade(empty_url)
    assert migrate.is_current(db)


def test_a_database_of_a_newer_hub_is_left_alone(empty_url: str, db: Database) -> None:
    migrate.upgrade(empty_url)
    with db.write() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(Misconfigured, match="newer version"):
        migrate.upgrade(empty_url)


def test_hubs_that_start_together_migrate_one_after_the_other(empty_url: str, db: Database) -> None:
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(migrate.upgrade, [empty_url] * 4))
    assert migrate.is_current(db)


def test_a_migration_that_fails_leaves_nothing_behind(empty_url: str, db: Database) -> None:
    with db.write() as connection:
        connection.execute(sa.text("CREATE TABLE rights (number TEXT)"))
    with pytest.raises(sa.exc.DBAPIError):
        migrate.upgrade(empty_url)
    with db.read() as connection:
        assert sa.inspect(connection).get_table_names() == ["rights"]


def test_postgresql_without_this_versions_schema_is_not_opened(postgres_url: str) -> None:
    with pytest.raises(Problem, match="benkan db upgrade"):
        open_store(postgres_url)


def test_an_sqlite_file_is_made_when_it_is_opened(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'new.sqlite'}")
    accepted(store, exchange())
    store.close()


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql://host/db"])
def test_a_database_the_hub_cannot_use_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="sqlite:///file"):
        open_store(url)
