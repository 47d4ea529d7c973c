"""The tables of access: registered systems, tokens given, assertions used up."""

from __future__ import annotations

import sqlalchemy as sa

from hub.store.columns import Instant, Json
from hub.store.tables import metadata


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False, default="")


clients = sa.Table(
    "clients",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    _text("name"),
    sa.Column("roles", Json, nullable=False),
    _text("tenant"),
    sa.Column("organizations", Json, nullable=False),
    _text("scopes"),
    _text("body"),
    sa.Column("jwks", Json, nullable=False),
    _text("jwks_url"),
    _text("certificate"),
    sa.Column("created", Instant, nullable=False),
    sa.Column("disabled", Instant),
)

tokens = sa.Table(
    "tokens",
    metadata,
    sa.Column("digest", sa.Text, primary_key=True),
    _text("client"),
    _text("scopes"),
    sa.Column("expires", Instant, nullable=False),
    _text("certificate"),
    sa.Column("purpose", sa.Text, nullable=False, server_default=""),
    sa.Index(None, "expires"),
    sa.Index(None, "client"),
)

#: What may be used once: a row says that it was. Kept until it would have expired anyway.
used = sa.Table(
    "used",
    metadata,
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, primary_key=True),
    sa.Column("until", Instant, nullable=False),
    sa.Index(None, "until"),
)
