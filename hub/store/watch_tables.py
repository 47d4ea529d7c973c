"""The tables of watching: partners' switches and lines, settled quarantine, long work."""

from __future__ import annotations

import sqlalchemy as sa

from hub.store.columns import Instant, Json, Words
from hub.store.sealed_text import SealedBytes
from hub.store.tables import metadata


def _sequence() -> sa.Column[int]:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return sa.Column("seq", number, primary_key=True, autoincrement=True)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False, default="")


#: A partner without a row, or whose mode is "", is sent to.
partner_switches = sa.Table(
    "partner_switches",
    metadata,
    sa.Column("partner", sa.Text, primary_key=True),
    _text("mode"),
    sa.Column("reason", Words, nullable=False),
    _text("actor"),
    sa.Column("at", Instant, nullable=False),
)

#: How the line to a partner is, as the last process that called it found.
partner_lines = sa.Table(
    "partner_lines",
    metadata,
    sa.Column("partner", sa.Text, primary_key=True),
    sa.Column("open", sa.Boolean, nullable=False),
    sa.Column("since", Instant, nullable=False),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("heard", Instant),
    sa.Column("failed", Instant),
    sa.Column("told", Words, nullable=False),
)

#: `slots`: how many calls took how long (hub.exchange.lines).
partner_calls = sa.Table(
    "partner_calls",
    metadata,
    _sequence(),
    _text("partner"),
    sa.Column("at", Instant, nullable=False),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("slots", Json, nullable=False),
    sa.Index(None, "partner", "at"),
)

#: Changes that are proposed by one person and decided by another.
proposals = sa.Table(
    "proposals",
    metadata,
    _sequence(),
    *(_text(name) for name in ("kind", "act", "subject")),
    sa.Column("payload", Json, nullable=False),
    sa.Column("reason", Words, nullable=False),
    _text("proposer"),
    sa.Column("proposed", Instant, nullable=False),
    _text("decider"),
    sa.Column("decided", Instant),
    sa.Column("accepted", sa.Boolean, nullable=False, default=False),
    sa.Index(None, "kind", "subject"),
)

quarantine_settled = sa.Table(
    "quarantine_settled",
    metadata,
    sa.Column("item", sa.BigInteger, primary_key=True, autoincrement=False),
    _text("outcome"),
    _text("exchange"),
    sa.Column("reason", Words, nullable=False),
    _text("actor"),
    sa.Column("at", Instant, nullable=False),
)

jobs = sa.Table(
    "jobs",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    _text("kind"),
    _text("subject"),
    _text("actor"),
    sa.Column("started", Instant, nullable=False),
    sa.Column("seen", Instant, nullable=False),
    sa.Column("finished", Instant),
    sa.Column("done", sa.Integer, nullable=False),
    sa.Column("total", sa.Integer, nullable=False),
    _text("outcome"),
    sa.Column("told", Words, nullable=False),
    sa.Column("result", SealedBytes("jobs.result")),
    sa.Index(None, "kind", "subject"),
    sa.Index(None, "started"),
)
