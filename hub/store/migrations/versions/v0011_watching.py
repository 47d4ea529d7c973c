"""Partners' switches, lines and settings; settled quarantine; long work."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0006"


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _big(name: str, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def _int(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)


def _seq() -> sa.Column[int]:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return sa.Column("seq", number, autoincrement=True, nullable=False)


def _flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), nullable=False)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "partner_switches",
        *map(_text, ("partner", "mode", "reason", "actor")),
        _big("at"),
        sa.PrimaryKeyConstraint("partner", name="pk_partner_switches"),
    )
    op.create_table(
        "partner_lines",
        _text("partner"),
        _flag("open"),
        _big("since"),
        _int("failures"),
        _big("heard", nullable=True),
        _big("failed", nullable=True),
        _text("told"),
        sa.PrimaryKeyConstraint("partner", name="pk_partner_lines"),
    )
    op.create_table(
        "partner_calls",
        _seq(),
        _text("partner"),
        _big("at"),
        _int("failures"),
        _text("slots"),
        sa.PrimaryKeyConstraint("seq", name="pk_partner_calls"),
    )
    op.create_index("ix_partner_calls_partner_at", "partner_calls", ["partner", "at"])
    op.create_table(
        "partner_settings",
        _seq(),
        *map(_text, ("partner", "name", "value", "reason", "proposer")),
        _big("proposed"),
        _text("decider"),
        _big("decided", nullable=True),
        _flag("accepted"),
        sa.PrimaryKeyConstraint("seq", name="pk_partner_settings"),
    )
    op.create_index("ix_partner_settings_partner", "partner_settings", ["partner"])
    op.create_table(
        "quarantine_settled",
        _big("item"),
        *map(_text, ("outcome", "exchange", "reason", "actor")),
        _big("at"),
        sa.PrimaryKeyConstraint("item", name="pk_quarantine_settled"),
    )
    op.create_table(
        "jobs",
        *map(_text, ("id", "kind", "subject", "actor")),
        _big("started"),
        _big("seen"),
        _big("finished", nullable=True),
        _int("done"),
        _int("total"),
        *map(_text, ("outcome", "told")),
        sa.Column("result", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_jobs"),
    )
    op.create_index("ix_jobs_kind_subject", "jobs", ["kind", "subject"])
    op.create_index("ix_jobs_started", "jobs", ["started"])
