"""People, tasks about them, acts billed, reference lists, statements."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def _sequence() -> sa.Column[Any]:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return sa.Column("seq", number, autoincrement=True, nullable=False)


def _texts(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def _big(name: str, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def _integer(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Integer(), nullable=False)


def _bytes(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.LargeBinary(), nullable=False)


def _key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*(columns or ("seq",)), name=f"pk_{table}")


def _unique(table: str, *columns: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint(*columns, name=f"uq_{table}_{'_'.join(columns)}")


def _index(table: str, *columns: str) -> None:
    op.create_index(f"ix_{table}_{'_'.join(columns)}", table, list(columns), unique=False)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "identities",
        _sequence(),
        *_texts("system", "value", "person", "use", "start", "end", "source"),
        _big("first_seen"),
        _big("last_seen"),
        _key("identities"),
        _unique("identities", "system", "value", "person"),
    )
    _index("identities", "person")
    op.create_table(
        "registrations",
        _sequence(),
        *_texts("partner", "notice", "resource", "person", "outcome"),
        _big("as_of"),
        _big("at"),
        _key("registrations"),
    )
    _index("registrations", "partner", "notice")
    _index("registrations", "person")
    _tasks()
    _bills()
    _lists()
    op.create_table(
        "questions",
        _sequence(),
        *_texts("partner", "operation", "subject", "period", "told"),
        _big("asked"),
        _big("due", nullable=True),
        _big("done", nullable=True),
        _integer("attempts"),
        _key("questions"),
        _unique("questions", "partner", "operation", "subject", "period"),
    )
    op.create_table("guesses", _sequence(), *_texts("client"), _big("at"), _key("guesses"))
    _index("guesses", "client", "at")


def _tasks() -> None:
    op.create_table(
        "person_tasks",
        _sequence(),
        *_texts("id", "kind", "reason"),
        _big("opened"),
        _big("resolved", nullable=True),
        *_texts("actor", "person"),
        _integer("attached"),
        _integer("shown"),
        _key("person_tasks"),
        _unique("person_tasks", "id"),
    )
    op.create_table(
        "task_keys",
        *_texts("system", "value", "closed", "task"),
        _key("task_keys", "system", "value", "closed"),
    )
    _index("task_keys", "task")
    op.create_table(
        "task_waits",
        _sequence(),
        *_texts("task", "exchange", "partner", "operation", "partner_reference", "content_type"),
        _bytes("body"),
        *_texts("digest"),
        _integer("applied"),
        _key("task_waits"),
        _unique("task_waits", "task", "exchange", "digest"),
    )


def _bills() -> None:
    op.create_table(
        "billed_acts", *_texts("act", "exchange", "partner"), _key("billed_acts", "act")
    )
    _index("billed_acts", "exchange")
    op.create_table(
        "double_billings",
        _sequence(),
        *_texts("exchange", "other", "handling"),
        _big("at"),
        _key("double_billings"),
        _unique("double_billings", "exchange", "other"),
    )


def _lists() -> None:
    op.create_table(
        "reference_pulls",
        _sequence(),
        *_texts("partner", "list", "day"),
        _big("at"),
        _integer("rows"),
        _integer("changed"),
        _key("reference_pulls"),
    )
    _index("reference_pulls", "partner", "list")
    op.create_table(
        "reference_rows",
        _sequence(),
        *_texts("partner", "list", "code", "start", "end", "label", "value", "currency"),
        *_texts("first_day", "last_day"),
        _big("replaced", nullable=True),
        _key("reference_rows"),
    )
    _index("reference_rows", "list", "code")
    op.create_table(
        "statements",
        _sequence(),
        *_texts("partner", "body", "month"),
        _big("at"),
        _key("statements"),
    )
    _index("statements", "partner", "body", "month")
    op.create_table(
        "statement_rows",
        _sequence(),
        _big("statement"),
        *_texts("submission", "sheet", "provider", "status", "claimed", "share", "currency"),
        _key("statement_rows"),
    )
    _index("statement_rows", "statement")
