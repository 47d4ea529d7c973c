"""How often codes occur: counted by month in the transaction of the step that saw them.

A claim counts once, when it is first translated, whatever becomes of it; an answer once, when it
is stored. A worker that is killed between taking an exchange and writing its first step leaves
that claim uncounted: the numbers rank, they do not settle accounts.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from hub.ports.amendments import Seen
from hub.store.amendment_tables import code_sightings
from hub.store.engine import Database

#: Rows of one code and month that workers write beside each other.
SLOTS = 8
#: Longer texts are no codes; a name is cut.
MOST_CODE, MOST_NAME = 200, 120


class Sightings:
    """The part of the store that knows which codes occur how often."""

    db: Database

    def codes_seen(self, since: str = "") -> list[Seen]:
        """Codes in claims and answers since a month (YYYY-MM), most frequent first."""
        columns = code_sightings.c
        count = sa.func.sum(columns.count)
        wanted = (
            sa.select(
                columns.system,
                columns.code,
                sa.func.max(columns.display),
                count,
                sa.func.max(columns.month),
            )
            .where(columns.month >= since)
            .group_by(columns.system, columns.code)
            .order_by(count.desc(), columns.system, columns.code)
        )
        with self.db.read() as connection:
            rows = connection.execute(wanted).all()
        return [Seen(row[0], row[1], row[2], int(row[3]), row[4]) for row in rows]


def count(
    connection: sa.Connection, db: Database, exchange: str, seen: Mapping[tuple[str, str], str]
) -> None:
    """Count each (system, code) once more; the values are names of the codes.

    Rows are taken in one order, so that two workers never wait for each other.
    """
    month = f"{datetime.now(UTC):%Y-%m}"
    slot = 0 if db.is_sqlite else zlib.crc32(exchange.encode()) % SLOTS
    rows = [
        {
            "month": month,
            "system": system,
            "code": code,
            "slot": slot,
            "display": name[:MOST_NAME],
            "count": 1,
        }
        for (system, code), name in sorted(seen.items())
        if code and len(code) <= MOST_CODE and len(system) <= MOST_CODE
    ]
    if not rows:
        return
    insert = sqlite.insert if db.is_sqlite else postgresql.insert
    made = insert(code_sightings)
    columns = code_sightings.c
    again = made.on_conflict_do_update(
        index_elements=[columns.month, columns.system, columns.code, columns.slot],
        set_={
            "count": columns.count + 1,
            "display": sa.case(
                (made.excluded.display != "", made.excluded.display), else_=columns.display
            ),
        },
    )
    connection.execute(again, rows)
