"""The purpose of use stated with a token."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0009"


def upgrade() -> None:
    """Add the column; tokens that are out state none."""
    op.add_column("tokens", sa.Column("purpose", sa.Text(), nullable=False, server_default=""))
