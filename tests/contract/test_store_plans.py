"""The store finds rows by index, however much it holds. https://www.sqlite.org/eqp.html"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from store_nouns import acceptance, accepted, exchange

from hub.model import Inbound, State
from hub.ports import Criterion
from hub.store import SqlStore, open_store

PATIENT = Criterion("patient", [("eq", "", "1"), ("eq", "", "Patient/2")], "reference")
CREATED = Criterion("created", [("ge", "", "2026-10")], "date")

USES: dict[str, Callable[[SqlStore], object]] = {
    "accept many": lambda store: store.accept([acceptance(exchange()) for _ in range(64)]),
    "due": lambda store: store.due(),
    "lease": lambda store: store.lease("e1", 60),
    "candidates": lambda store: store.deposit_candidates("loopback", "claim", 10),
    "business key": lambda store: store.business_key("p", "i", "claim"),
    "submission": lambda store: store.by_submission("loopback", "s1"),
    "events": lambda store: store.events("e1"),
    "messages": lambda store: store.messages("e1"),
    "outgoing": lambda store: store.outgoing("e1"),
    "read": lambda store: store.read("Claim", "c1", 2),
    "search": lambda store: store.search("Claim", [PATIENT, CREATED], 20, 1),
    "find": lambda store: store.find("Claim", "identifier", "urn:x", "1"),
    "inbox": lambda store: store.inbox_put("loopback", Inbound("a.xml", b"<a/>")),
    "deposits": lambda store: store.deposits_due(),
    "of a resource": lambda store: store.exchanges(resource="Claim/c1"),
}


@pytest.mark.parametrize("use", USES)
def test_no_whole_table_is_read(tmp_path: Path, use: str) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'hub.sqlite'}")
    accepted(store, exchange(), exchange(state=State.READY, next_attempt=None))
    plans: list[str] = []

    def explain(
        connection: sa.Connection, _cursor: Any, sql: str, values: Any, _: Any, many: bool
    ) -> None:
        if not many and sql.startswith(("SELECT", "UPDATE")):
            driver = connection.connection.dbapi_connection
            assert driver is not None
            cursor = driver.cursor()
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}", values)
            plans.extend(row[3] for row in cursor.fetchall())

    sa.event.listen(store.db.engine, "before_cursor_execute", explain)
    USES[use](store)
    store.close()
    assert plans
    assert [step for step in plans if step.startswith("SCAN") and "CONSTANT" not in step] == []
