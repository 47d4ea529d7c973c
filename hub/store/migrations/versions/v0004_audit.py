"""The audit chain and its checkpoints, which nobody can change."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

TABLES = ("audit", "audit_checkpoints")
_REFUSAL = "the audit chain is append-only"


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _big(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False)


def upgrade() -> None:
    """Make the tables, and what keeps their rows as they were written."""
    op.create_table(
        "audit",
        _big("seq"),
        _big("at"),
        _text("actor"),
        _text("action"),
        _text("object"),
        _text("content"),
        _text("prev"),
        _text("digest"),
        sa.PrimaryKeyConstraint("seq", name="pk_audit"),
    )
    op.create_index("ix_audit_object", "audit", ["object"])
    op.create_index("ix_audit_actor_at", "audit", ["actor", "at"])
    op.create_index("ix_audit_at", "audit", ["at"])
    op.create_table(
        "audit_checkpoints",
        _big("number"),
        _big("seq"),
        _text("digest"),
        _big("at"),
        _text("prev"),
        _text("key"),
        _text("signature"),
        sa.PrimaryKeyConstraint("number", name="pk_audit_checkpoints"),
    )
    if op.get_context().dialect.name == "postgresql":
        _protect_postgresql()
    else:
        _protect_sqlite()


def _protect_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION benkan_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{_REFUSAL}'; END $$"
    )
    for table in TABLES:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION benkan_append_only()"
        )


def _protect_sqlite() -> None:
    for table in TABLES:
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
            )
