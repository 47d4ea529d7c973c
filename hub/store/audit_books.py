"""Statements and reference lists as the audit chain tells them: each as a whole."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from hub.store.audit_watch import Kept
from hub.store.books import list_digest, statement_digest
from hub.store.engine import Database
from hub.store.people_tables import reference_rows, statement_rows, statements


def kept_books(db: Database) -> Iterator[Kept]:
    """Every statement, and every list as it is known now."""
    with db.read() as connection:
        heads = connection.execute(sa.select(statements).order_by(statements.c.seq)).all()
    for head in heads:
        lines = sa.select(statement_rows).where(statement_rows.c.statement == head.seq)
        with db.read() as connection:
            rows = connection.execute(lines.order_by(statement_rows.c.seq)).all()
        digest = statement_digest(head._mapping, (row._mapping for row in rows))
        yield Kept(f"Statement/{head.seq}", digest)
    named = sa.select(reference_rows.c.partner, reference_rows.c.list).distinct()
    with db.read() as connection:
        lists = connection.execute(named.order_by(*named.selected_columns)).all()
    for partner, name in lists:
        known = sa.select(reference_rows).where(
            reference_rows.c.partner == partner,
            reference_rows.c.list == name,
            reference_rows.c.replaced.is_(None),
        )
        with db.read() as connection:
            digest = list_digest(connection.execute(known).all())
        yield Kept(f"Partner/{partner}", digest, f"list {name}")
