"""The tables of people who sign in."""

from __future__ import annotations

import sqlalchemy as sa

from hub.store.columns import Instant, Json
from hub.store.tables import metadata


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False, default="")


accounts = sa.Table(
    "accounts",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    _text("name"),
    sa.Column("roles", Json, nullable=False),
    _text("password"),
    _text("totp"),
    _text("body"),
    sa.Column("created", Instant, nullable=False),
    sa.Column("disabled", Instant),
    sa.Column("failures", sa.Integer, nullable=False, default=0),
    sa.Column("locked", Instant),
)

sessions = sa.Table(
    "sessions",
    metadata,
    sa.Column("digest", sa.Text, primary_key=True),
    _text("account"),
    sa.Column("started", Instant, nullable=False),
    sa.Column("seen", Instant, nullable=False),
    sa.Index(None, "account"),
    sa.Index(None, "seen"),
)
