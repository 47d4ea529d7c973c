"""Files of the inbox wait with a reason and a next attempt."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the columns; files that wait now are tried at once, as before."""
    op.add_column("inbox", sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("inbox", sa.Column("due", sa.BigInteger(), nullable=True))
    op.create_index("ix_inbox_done", "inbox", ["done"], unique=False)
