"""The tables of people, tasks about them, acts billed, reference lists and statements."""

from __future__ import annotations

import sqlalchemy as sa

from hub.store.blind import Blind
from hub.store.columns import Instant, Words
from hub.store.sealed_text import SealedText
from hub.store.sealing import Payload
from hub.store.tables import metadata


def _sequence() -> sa.Column[int]:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return sa.Column("seq", number, primary_key=True, autoincrement=True)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False, default="")


def _at(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, Instant, nullable=nullable)


#: The crosswalk. One identifier may lead to several persons: that is a conflict, and is kept.
identities = sa.Table(
    "identities",
    metadata,
    _sequence(),
    _text("system"),
    sa.Column("value", Blind(strict=True), nullable=False),
    *(_text(name) for name in ("person", "use", "start", "end", "source")),
    _at("first_seen"),
    _at("last_seen"),
    sa.Column("sealed", Payload("number of a person", "system", "person")),
    sa.UniqueConstraint("system", "value", "person"),
    sa.Index(None, "person"),
)

registrations = sa.Table(
    "registrations",
    metadata,
    _sequence(),
    *(_text(name) for name in ("partner", "notice", "resource", "person", "outcome")),
    _at("as_of"),
    _at("at"),
    sa.Index(None, "partner", "notice"),
    sa.Index(None, "person"),
)

person_tasks = sa.Table(
    "person_tasks",
    metadata,
    _sequence(),
    _text("id"),
    _text("kind"),
    sa.Column("reason", SealedText("person_tasks.reason"), nullable=False),
    _at("opened"),
    _at("resolved", nullable=True),
    _text("actor"),
    _text("person"),
    sa.Column("attached", sa.Integer, nullable=False),  #: grows with everything attached
    sa.Column("shown", sa.Integer, nullable=False),  #: `attached` when the FHIR Task was made
    sa.UniqueConstraint("id"),
)

#: An identifier stands in one open task at most; the rows of closed tasks keep `closed` = the id.
task_keys = sa.Table(
    "task_keys",
    metadata,
    sa.Column("system", sa.Text, primary_key=True),
    sa.Column("value", Blind(strict=True), primary_key=True),
    sa.Column("closed", sa.Text, primary_key=True),
    _text("task"),
    sa.Column("sealed", Payload("number of a task", "system", "task")),
    sa.Index(None, "task"),
)

WAITS = Payload("waiting", "task", "exchange", "partner", "operation", "digest")

task_waits = sa.Table(
    "task_waits",
    metadata,
    _sequence(),
    _text("task"),
    _text("exchange"),
    _text("partner"),
    _text("operation"),
    _text("partner_reference"),
    _text("content_type"),
    sa.Column("body", WAITS, nullable=False),
    _text("digest"),
    sa.Column("applied", sa.Integer, nullable=False, default=0),
    sa.UniqueConstraint("task", "exchange", "digest"),
)

#: Who billed an act first; another exchange to another partner is a double.
billed_acts = sa.Table(
    "billed_acts",
    metadata,
    sa.Column("act", sa.Text, primary_key=True),
    _text("exchange"),
    _text("partner"),
    sa.Index(None, "exchange"),
)

double_billings = sa.Table(
    "double_billings",
    metadata,
    _sequence(),
    _text("exchange"),
    _text("other"),
    _text("handling"),
    _at("at"),
    sa.UniqueConstraint("exchange", "other"),
)

reference_pulls = sa.Table(
    "reference_pulls",
    metadata,
    _sequence(),
    _text("partner"),
    _text("list"),
    _text("day"),
    _at("at"),
    sa.Column("rows", sa.Integer, nullable=False),
    sa.Column("changed", sa.Integer, nullable=False),
    sa.Index(None, "partner", "list"),
)

#: `replaced`: a later pull said something else about the same code and first day.
reference_rows = sa.Table(
    "reference_rows",
    metadata,
    _sequence(),
    *(_text(name) for name in ("partner", "list", "code", "start", "end")),
    sa.Column("label", Words, nullable=False),
    _text("value"),
    _text("currency"),
    _text("first_day"),
    _text("last_day"),
    _at("replaced", nullable=True),
    sa.Column("amendment", sa.BigInteger, nullable=True),  #: of a person; null: it was pulled
    sa.Index(None, "list", "code"),
)

statements = sa.Table(
    "statements",
    metadata,
    _sequence(),
    *(_text(name) for name in ("partner", "body", "month")),
    _at("at"),
    sa.Index(None, "partner", "body", "month"),
)

statement_rows = sa.Table(
    "statement_rows",
    metadata,
    _sequence(),
    sa.Column("statement", sa.BigInteger, nullable=False),
    *(_text(n) for n in ("submission", "sheet", "provider", "status")),
    *(_text(n) for n in ("claimed", "share", "currency")),
    sa.Index(None, "statement"),
)

#: Questions to institutions, put by whichever worker sweeps next; once each for a period.
questions = sa.Table(
    "questions",
    metadata,
    _sequence(),
    *(_text(name) for name in ("partner", "operation", "subject", "period")),
    sa.Column("told", SealedText("questions.told"), nullable=False, default=""),
    _at("asked"),
    _at("due", nullable=True),
    _at("done", nullable=True),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.UniqueConstraint("partner", "operation", "subject", "period"),
)

guesses = sa.Table(
    "guesses",
    metadata,
    _sequence(),
    _text("client"),
    _at("at"),
    sa.Index(None, "client", "at"),
)
