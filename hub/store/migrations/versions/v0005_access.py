"""Registered systems, tokens and what may be used once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _big(name: str, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "clients",
        *map(_text, ("id", "name", "roles", "tenant", "organizations", "scopes", "body")),
        *map(_text, ("jwks", "jwks_url", "certificate")),
        _big("created"),
        _big("disabled", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_clients"),
    )
    op.create_table(
        "tokens",
        *map(_text, ("digest", "client", "scopes")),
        _big("expires"),
        _text("certificate"),
        sa.PrimaryKeyConstraint("digest", name="pk_tokens"),
    )
    op.create_index("ix_tokens_expires", "tokens", ["expires"])
    op.create_index("ix_tokens_client", "tokens", ["client"])
    op.create_table(
        "used",
        _text("kind"),
        _text("value"),
        _big("until"),
        sa.PrimaryKeyConstraint("kind", "value", name="pk_used"),
    )
    op.create_index("ix_used_until", "used", ["until"])
