"""The tables of lists kept by people, files they look at, and codes seen in traffic."""

from __future__ import annotations

import sqlalchemy as sa

from hub.store.columns import Instant, Json, Words
from hub.store.sealed_text import SealedBytes
from hub.store.tables import metadata


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False, default="")


def _count(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=False)


reference_amendments = sa.Table(
    "reference_amendments",
    metadata,
    sa.Column(
        "seq",
        sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
        primary_key=True,
        autoincrement=True,
    ),
    *(_text(name) for name in ("partner", "list", "day")),
    sa.Column("at", Instant, nullable=False),
    _text("actor"),
    sa.Column("reason", Words, nullable=False),
    sa.Column("file", Words, nullable=False),
    _text("sha256"),
    *(_count(name) for name in ("added", "changed", "ended")),
    sa.Index(None, "partner", "list"),
)

uploads = sa.Table(
    "uploads",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    _text("actor"),
    sa.Column("at", Instant, nullable=False),
    sa.Column("name", Words, nullable=False),
    sa.Column("body", SealedBytes("uploads.body"), nullable=False),
    sa.Column("detail", Json, nullable=False),
    sa.Index(None, "at"),
)

#: `slot`: workers count beside each other and do not wait for the same row; readers add up.
code_sightings = sa.Table(
    "code_sightings",
    metadata,
    *(sa.Column(name, sa.Text, primary_key=True) for name in ("month", "system", "code")),
    sa.Column("slot", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("display", Words, nullable=False),
    sa.Column("count", sa.BigInteger, nullable=False),
)
