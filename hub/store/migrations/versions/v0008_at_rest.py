"""Digests beside the sealed numbers of people; exchanges whose payload was erased."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add the columns; `benkan keys rotate` fills them for rows that are there."""
    op.add_column("identities", sa.Column("sealed", sa.LargeBinary()))
    op.add_column("task_keys", sa.Column("sealed", sa.LargeBinary()))
    op.add_column("exchanges", sa.Column("erased", sa.BigInteger()))
