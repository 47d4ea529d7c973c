"""Brings a database to the schema of this version, and tells whether it has it.

Source: https://alembic.sqlalchemy.org/en/latest/cookbook.html#sharing-a-connection
"""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError

from hub.errors import Issue, Misconfigured
from hub.store.engine import Database

#: Any number, the same in every hub: two that start together migrate one after the other.
_ADVISORY_LOCK = 7_236_526_001


def upgrade(url: str) -> None:
    """Make or update the tables, in one transaction: all of it or nothing.

    Raises:
        Misconfigured: the database is of a newer version; nothing is changed.
        Busy: the database cannot be reached.
        ValueError: neither SQLite file nor PostgreSQL.
    """
    db = Database(url)
    try:
        apply(db)
    finally:
        db.close()


def apply(db: Database) -> None:
    """As `upgrade`, on an open database."""
    with db.write() as connection:
        if not db.is_sqlite:
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_ADVISORY_LOCK)))
        config = _config()
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            raise _newer() from error


def is_current(db: Database) -> bool:
    """Does the database have the schema of this version, neither older nor newer?"""
    with db.read() as connection:
        found = MigrationContext.configure(connection).get_current_heads()
    return set(found) == set(ScriptDirectory.from_config(_config()).get_heads())


def _newer() -> Misconfigured:
    return Misconfigured(
        Issue(
            "exception",
            "La base de données vient d’une version plus récente du hub. Lancez cette version-là ; "
            "rien n’a été changé.",
            "The database comes from a newer version of the hub. Run that version; nothing was "
            "changed.",
        )
    )


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    return config
