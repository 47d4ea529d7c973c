"""The tables of the audit chain: nothing in them is ever changed or removed."""

from __future__ import annotations

import sqlalchemy as sa

from hub.store.columns import Instant
from hub.store.tables import metadata

#: at, actor, action and object repeat what `content` says, to be searched; verification compares.
audit = sa.Table(
    "audit",
    metadata,
    sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("object", sa.Text, nullable=False),
    sa.Column("content", sa.Text, nullable=False),
    sa.Column("prev", sa.Text, nullable=False),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Index(None, "object"),
    sa.Index(None, "actor", "at"),
    sa.Index(None, "at"),
)

audit_checkpoints = sa.Table(
    "audit_checkpoints",
    metadata,
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("seq", sa.BigInteger, nullable=False),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("prev", sa.Text, nullable=False),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("signature", sa.Text, nullable=False),
)

APPEND_ONLY = (audit, audit_checkpoints)
