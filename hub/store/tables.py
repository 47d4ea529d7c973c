"""The tables, alike on SQLite and PostgreSQL; hub/store/migrations makes them."""

from __future__ import annotations

import sqlalchemy as sa

from hub.store.blind import Blind
from hub.store.columns import Instant, Json, Words
from hub.store.sealed_text import SealedJson, SealedText
from hub.store.sealing import Payload


def _sequence() -> sa.Column[int]:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return sa.Column("seq", number, primary_key=True, autoincrement=True)


def _text(name: str, default: str | None = "") -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=default is None, default=default)


metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    }
)

#: A version keeps its seal when it becomes history.
BODY = Payload("resource", "type", "id", "version")
RECEIVED = Payload("resource received", "type", "id", "version")

resources = sa.Table(
    "resources",
    metadata,
    _sequence(),
    _text("type"),
    _text("id"),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("body", BODY, nullable=False),
    sa.Column("received", RECEIVED),
    sa.Column("updated", Instant, nullable=False),
    sa.Column("erased", Instant),
    sa.UniqueConstraint("type", "id"),
)

#: Versions that were replaced; the current one is in `resources`.
resource_history = sa.Table(
    "resource_history",
    metadata,
    sa.Column("type", sa.Text, primary_key=True),
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("body", BODY, nullable=False),
    sa.Column("received", RECEIVED),
    sa.Column("updated", Instant, nullable=False),
)

#: `low` and `high`: for values that are dates, the half-open interval they stand for.
resource_index = sa.Table(
    "resource_index",
    metadata,
    sa.Column("resource", sa.BigInteger, sa.ForeignKey("resources.seq"), nullable=False),
    _text("type"),
    _text("param"),
    _text("system"),
    sa.Column("value", Blind(), nullable=False, default=""),
    sa.Column("low", sa.BigInteger),
    sa.Column("high", sa.BigInteger),
    sa.Index(None, "type", "param", "value"),
    sa.Index(None, "resource"),
)

exchanges = sa.Table(
    "exchanges",
    metadata,
    _sequence(),
    _text("id"),
    _text("state"),
    _text("operation"),
    _text("resource"),
    _text("provider"),
    _text("identifier"),
    _text("content_hash"),
    _text("submission"),
    _text("correlation"),
    _text("workflow"),
    sa.Column("care_date", sa.Text, nullable=False),
    sa.Column("created", Instant, nullable=False),
    sa.Column("updated", Instant, nullable=False),
    _text("partner", None),
    _text("parent", None),
    sa.Column("maps", Json, nullable=False),
    _text("amount"),
    _text("currency"),
    sa.Column("held", sa.Boolean, nullable=False),
    sa.Column("reason", SealedText("exchanges.reason"), nullable=False),
    sa.Column("detail", SealedJson("exchanges.detail"), nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("next_attempt", Instant),
    sa.Column("lease_until", Instant),
    sa.Column("fence", sa.BigInteger, nullable=False),
    _text("deposit", None),
    _text("partner_reference"),
    _text("answer", None),
    sa.Column("erased", Instant),
    sa.UniqueConstraint("id"),
    sa.UniqueConstraint("partner", "submission"),
    sa.Index(None, "next_attempt"),
    sa.Index(None, "resource"),
    sa.Index(None, "identifier"),
    sa.Index(None, "deposit"),
    sa.Index(None, "partner", "operation", "state"),
)

#: A control copy has its parent's key; a claim without identifier has none.
HAS_KEY = "parent IS NULL AND identifier <> ''"
sa.Index(
    "uq_exchanges_business_key",
    exchanges.c.provider,
    exchanges.c.identifier,
    exchanges.c.operation,
    unique=True,
    sqlite_where=sa.text(HAS_KEY),
    postgresql_where=sa.text(HAS_KEY),
)

events = sa.Table(
    "events",
    metadata,
    _sequence(),
    _text("exchange"),
    sa.Column("at", Instant, nullable=False),
    _text("what"),
    sa.Column("text", SealedText("events.text"), nullable=False),
    _text("state", None),
    sa.Column("detail", SealedJson("events.detail"), nullable=False),
    _text("actor"),
    sa.Index(None, "exchange"),
)

MESSAGE = Payload(
    *("message", "exchange", "deposit", "direction", "kind", "operation", "key"),
    *("content_type", "sha256", "at"),
)

messages = sa.Table(
    "messages",
    metadata,
    _sequence(),
    _text("exchange", None),
    _text("deposit", None),
    _text("direction"),
    _text("kind"),
    _text("operation"),
    _text("key"),
    sa.Column("name", Words, nullable=False),
    _text("content_type"),
    sa.Column("body", MESSAGE, nullable=False),
    _text("sha256"),
    _text("amount"),
    _text("currency"),
    sa.Column("count", sa.Integer, nullable=False, default=1),
    sa.Column("at", Instant, nullable=False),
    sa.Index(None, "exchange"),
    sa.Index(None, "deposit"),
)

deposits = sa.Table(
    "deposits",
    metadata,
    _sequence(),
    _text("id"),
    _text("partner"),
    _text("operation"),
    _text("key"),
    _text("name"),
    _text("state"),
    sa.Column("count", sa.Integer, nullable=False),
    sa.Column("amounts", Json, nullable=False),
    sa.Column("created", Instant, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("next_attempt", Instant),
    sa.Column("lease_until", Instant),
    sa.Column("fence", sa.BigInteger, nullable=False),
    sa.Column("reason", SealedText("deposits.reason"), nullable=False),
    sa.UniqueConstraint("id"),
    sa.UniqueConstraint("partner", "key"),
    sa.Index(None, "next_attempt"),
)

deposit_members = sa.Table(
    "deposit_members",
    metadata,
    sa.Column("deposit", sa.Text, primary_key=True),
    sa.Column("exchange", sa.Text, primary_key=True),
    sa.Index(None, "exchange"),
)

inbox = sa.Table(
    "inbox",
    metadata,
    _sequence(),
    _text("partner"),
    sa.Column("name", Words, nullable=False),
    _text("sha256"),
    sa.Column("body", Payload("inbox", "partner", "name", "sha256"), nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("done", Instant),
    sa.Column("reason", SealedText("inbox.reason"), nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("due", Instant),
    sa.UniqueConstraint("partner", "name"),
    sa.UniqueConstraint("partner", "sha256"),
    sa.Index(None, "done"),
)

replies = sa.Table(
    "replies",
    metadata,
    sa.Column("partner", sa.Text, primary_key=True),
    sa.Column("digest", sa.Text, primary_key=True),
    sa.Column("at", Instant, nullable=False),
)

quarantine = sa.Table(
    "quarantine",
    metadata,
    _sequence(),
    _text("partner"),
    sa.Column("body", Payload("quarantine", "partner", "sha256", "at"), nullable=False),
    _text("sha256"),
    sa.Column("reason", SealedText("quarantine.reason"), nullable=False),
    sa.Column("reference", SealedText("quarantine.reference"), nullable=False),
    sa.Column("at", Instant, nullable=False),
)

concept_rows = sa.Table(
    "concept_rows",
    metadata,
    _sequence(),
    _text("concept_map"),
    _text("source_system"),
    _text("source_code"),
    _text("target_system"),
    _text("target_code"),
    _text("relationship"),
    _text("depends"),
    _text("actor"),
    sa.Column("at", Instant, nullable=False),
)

rights = sa.Table(
    "rights",
    metadata,
    sa.Column("number", Blind(strict=True), primary_key=True),
    sa.Column("day", sa.Text, primary_key=True),
    _text("body"),
    sa.Column("at", Instant, nullable=False),
)

idempotency = sa.Table(
    "idempotency",
    metadata,
    sa.Column("client", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    _text("request_hash"),
    sa.Column("status", sa.Integer, nullable=False),
    sa.Column("headers", Json, nullable=False),
    sa.Column("body", Payload("idempotency", "client", "key"), nullable=False),
    sa.Column("at", Instant, nullable=False),
)
