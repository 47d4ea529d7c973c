"""Resources that were erased."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0008"


def upgrade() -> None:
    """Add when."""
    op.add_column("resources", sa.Column("erased", sa.BigInteger()))
