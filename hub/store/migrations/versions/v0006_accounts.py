"""People who sign in, and their sessions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _big(name: str, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "accounts",
        *map(_text, ("id", "name", "roles", "password", "totp", "body")),
        _big("created"),
        _big("disabled", nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        _big("locked", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_accounts"),
    )
    op.create_table(
        "sessions",
        *map(_text, ("digest", "account")),
        _big("started"),
        _big("seen"),
        sa.PrimaryKeyConstraint("digest", name="pk_sessions"),
    )
    op.create_index("ix_sessions_account", "sessions", ["account"])
    op.create_index("ix_sessions_seen", "sessions", ["seen"])
