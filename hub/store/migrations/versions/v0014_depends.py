"""What a row added to a code table depends on."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0012"


def upgrade() -> None:
    """Add it; rows of before depend on nothing."""
    op.add_column("concept_rows", sa.Column("depends", sa.Text, nullable=False, server_default=""))
