"""Published versions of maps and tables, from when they hold, drafts, and replays."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0010"

TABLES = ("release_versions", "release_entries")
_REFUSAL = "published versions never change"


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _big(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False)


def upgrade() -> None:
    """Make the tables, and what keeps published rows as they were written."""
    op.create_table(
        "release_versions",
        *map(_text, ("url", "version", "kind", "form", "text", "hash", "examples", "authors")),
        *map(_text, ("proposer", "approver", "origin")),
        _big("at"),
        sa.PrimaryKeyConstraint("url", "version", name="pk_release_versions"),
    )
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "release_entries",
        sa.Column("seq", number, primary_key=True, autoincrement=True),
        *map(_text, ("url", "kind", "action", "version", "hash", "by", "start", "actor", "reason")),
        _big("at"),
        sa.PrimaryKeyConstraint("seq", name="pk_release_entries"),
    )
    op.create_index("ix_release_entries_url", "release_entries", ["url"])
    op.create_table(
        "release_drafts",
        *map(_text, ("url", "kind", "form", "text", "hash", "base", "state", "authors", "editor")),
        _big("edited"),
        *map(_text, ("examples", "tested", "proposer", "note")),
        sa.PrimaryKeyConstraint("url", name="pk_release_drafts"),
    )
    op.create_table(
        "release_replays",
        *map(_text, ("id", "url", "hash", "actor", "state", "asked")),
        _big("started"),
        _big("beat"),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        _text("result"),
        sa.PrimaryKeyConstraint("id", name="pk_release_replays"),
    )
    op.create_index("ix_release_replays_url_started", "release_replays", ["url", "started"])
    if op.get_context().dialect.name == "postgresql":
        _protect_postgresql()
    else:
        _protect_sqlite()


def _protect_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION benkan_published() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{_REFUSAL}'; END $$"
    )
    for table in TABLES:
        op.execute(
            f"CREATE TRIGGER {table}_published BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION benkan_published()"
        )


def _protect_sqlite() -> None:
    for table in TABLES:
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
            )
