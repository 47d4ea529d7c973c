"""Changes that two persons make: proposed by one, decided by another."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0013"


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def upgrade() -> None:
    """One table for all kinds instead of one for settings, in which nothing was kept yet."""
    op.drop_table("partner_settings")
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "proposals",
        sa.Column("seq", number, autoincrement=True, nullable=False),
        *map(_text, ("kind", "act", "subject", "payload", "reason", "proposer")),
        sa.Column("proposed", sa.BigInteger(), nullable=False),
        _text("decider"),
        sa.Column("decided", sa.BigInteger(), nullable=True),
        sa.Column("accepted", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_proposals"),
    )
    op.create_index("ix_proposals_kind_subject", "proposals", ["kind", "subject"])
