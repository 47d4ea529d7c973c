"""The tables of published versions, drafts and replays."""

from __future__ import annotations

import sqlalchemy as sa

from hub.store.columns import Instant, Json, Words
from hub.store.tables import metadata


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False, default="")


def _words(name: str) -> sa.Column[str]:
    return sa.Column(name, Words, nullable=False, default="")


#: Never changed nor removed: the database refuses it.
release_versions = sa.Table(
    "release_versions",
    metadata,
    sa.Column("url", sa.Text, primary_key=True),
    sa.Column("version", sa.Text, primary_key=True),
    _text("kind"),
    _text("form"),
    _text("text"),
    _text("hash"),
    sa.Column("examples", Json, nullable=False),
    sa.Column("authors", Json, nullable=False),
    _text("proposer"),
    _text("approver"),
    _text("origin"),
    sa.Column("at", Instant, nullable=False),
)

#: Never changed nor removed either.
release_entries = sa.Table(
    "release_entries",
    metadata,
    sa.Column(
        "seq",
        sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
        primary_key=True,
        autoincrement=True,
    ),
    _text("url"),
    _text("kind"),
    _text("action"),
    _text("version"),
    _text("hash"),
    _text("by"),
    _text("start"),
    _text("actor"),
    _words("reason"),
    sa.Column("at", Instant, nullable=False),
    sa.Index(None, "url"),
)

release_drafts = sa.Table(
    "release_drafts",
    metadata,
    sa.Column("url", sa.Text, primary_key=True),
    _text("kind"),
    _text("form"),
    _words("text"),
    _text("hash"),
    _text("base"),
    _text("state"),
    sa.Column("authors", Json, nullable=False),
    _text("editor"),
    sa.Column("edited", Instant, nullable=False),
    sa.Column("examples", Json, nullable=False),
    sa.Column("tested", Json, nullable=False),
    _text("proposer"),
    _words("note"),
)

release_replays = sa.Table(
    "release_replays",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    _text("url"),
    _text("hash"),
    _text("actor"),
    _text("state"),
    sa.Column("asked", Json, nullable=False),
    sa.Column("started", Instant, nullable=False),
    sa.Column("beat", Instant, nullable=False),
    sa.Column("done", sa.Integer, nullable=False),
    sa.Column("total", sa.Integer, nullable=False),
    sa.Column("result", Json, nullable=False),
    sa.Index(None, "url", "started"),
)

PUBLISHED = (release_versions, release_entries)
