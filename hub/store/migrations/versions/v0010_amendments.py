"""Lists kept by people, files they look at first, and codes seen in traffic."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0011"


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _count(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)


def _at() -> sa.Column[int]:
    return sa.Column("at", sa.BigInteger(), nullable=False)


def upgrade() -> None:
    """Make the tables, and let a row of a list say by which amendment it came."""
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "reference_amendments",
        sa.Column("seq", number, autoincrement=True, nullable=False),
        *map(_text, ("partner", "list", "day")),
        _at(),
        *map(_text, ("actor", "reason", "file", "sha256")),
        *map(_count, ("added", "changed", "ended")),
        sa.PrimaryKeyConstraint("seq", name="pk_reference_amendments"),
    )
    op.create_index(
        "ix_reference_amendments_partner_list", "reference_amendments", ["partner", "list"]
    )
    op.add_column("reference_rows", sa.Column("amendment", sa.BigInteger(), nullable=True))
    op.create_table(
        "uploads",
        *map(_text, ("id", "actor")),
        _at(),
        _text("name"),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        _text("detail"),
        sa.PrimaryKeyConstraint("id", name="pk_uploads"),
    )
    op.create_index("ix_uploads_at", "uploads", ["at"])
    op.create_table(
        "code_sightings",
        *map(_text, ("month", "system", "code")),
        sa.Column("slot", sa.Integer(), nullable=False),
        _text("display"),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("month", "system", "code", "slot", name="pk_code_sightings"),
    )
