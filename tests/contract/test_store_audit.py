"""The audit chain on each back end: what was done is in it, and it cannot be undone."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from store_nouns import acceptance, accepted, event, exchange, resource

from hub.evidence.chain import Act
from hub.evidence.checkpoints import key_id, new_private_key, private_key
from hub.evidence.verify import Verdict, verify
from hub.formats import exact_json
from hub.model import State
from hub.ports import Acceptance, Change
from hub.store import SqlStore

KEY = private_key(new_private_key())
KEYS = {key_id(KEY.public_key()): KEY.public_key()}


def judge(store: SqlStore) -> Verdict:
    return verify(store.audit_entries(), store.checkpoints(), KEYS)


def meddle(store: SqlStore, sql: str) -> None:
    """What somebody with the rights of the database's owner can do."""
    with store.db.engine.begin() as connection:
        if store.db.is_sqlite:
            for table in ("audit", "audit_checkpoints"):
                for verb in ("update", "delete"):
                    connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {table}_no_{verb}")
        else:
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        connection.exec_driver_sql(sql)


def found(store: SqlStore) -> list[str]:
    return [f.where for f in (*judge(store).findings, *store.audit_differences())]


def test_what_is_accepted_is_in_the_chain_in_the_same_transaction(store: SqlStore) -> None:
    one = exchange()
    accepted(store, one)
    said = [exact_json.loads(e.content.encode()) for e in store.audit_entries()]
    assert {(s["action"], s["object"]) for s in said} >= {
        ("accepted", f"Exchange/{one.id}"),
        ("stored", one.resource),
        ("kept", f"Exchange/{one.id}"),
    }
    assert judge(store).holds
    assert found(store) == []


def test_each_step_adds_exactly_one_row_for_its_event(store: SqlStore) -> None:
    one = exchange()
    accepted(store, one)
    before = judge(store).entries
    leased = store.lease(one.id, 60)
    assert leased is not None
    ready = replace(leased, state=State.READY)
    store.save(Change(ready, (event("translated", state=State.READY),)))
    assert judge(store).entries == before + 1
    assert store.audit_search(action="translated")[0].content.count(one.id) == 1


def test_what_is_not_stored_is_not_in_the_chain(store: SqlStore) -> None:
    one = exchange()
    accepted(store, one)
    before = judge(store).entries
    again = replace(one, id="other", submission="other", content_hash="other")
    store.accept([acceptance(again)])
    assert judge(store).entries == before


def test_many_writers_make_one_chain(store: SqlStore) -> None:
    def work(n: int) -> None:
        store.accept([Acceptance(resources=(resource("Patient", f"p{n}"),))])

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(work, range(40)))
    verdict = judge(store)
    assert verdict.holds
    assert verdict.entries == 40


def test_a_read_can_be_recorded_by_itself(store: SqlStore) -> None:
    act = Act("person|awa", "read-payload", "Exchange/e1", datetime.now(UTC), {"purpose": "HPAYMT"})
    store.record([act])
    assert [e.seq for e in store.audit_search(actor="person|awa")] == [1]


def test_checkpoints_are_signed_only_when_something_is_new(store: SqlStore) -> None:
    assert store.sign_checkpoint(KEY) is None
    accepted(store, exchange())
    made = store.sign_checkpoint(KEY)
    assert made is not None
    assert store.sign_checkpoint(KEY) is None
    accepted(store, exchange())
    assert store.sign_checkpoint(KEY) == store.checkpoints()[1]
    assert judge(store).holds


@pytest.mark.parametrize("verb", ["UPDATE audit SET actor = 'x'", "DELETE FROM audit"])
def test_the_chain_refuses_to_be_changed(store: SqlStore, verb: str) -> None:
    accepted(store, exchange())
    with pytest.raises(sa.exc.DBAPIError, match="append-only"), store.db.write() as connection:
        connection.exec_driver_sql(verb)
    assert judge(store).holds


MEDDLING = {
    "a changed actor": ("UPDATE audit SET actor = 'x' WHERE seq = 2", "audit 2"),
    "a changed content": (
        "UPDATE audit SET content = replace(content, 'hub', 'bub') WHERE seq = 2",
        "audit 2",
    ),
    "a removed row": ("DELETE FROM audit WHERE seq = 2", "audit 2"),
    "a changed story": ("UPDATE events SET text = 'Rien.' WHERE seq = 1", "events seq 1"),
    "a removed story": ("DELETE FROM events WHERE seq = 1", "audit"),
    "changed bytes": ("UPDATE messages SET body = body || body WHERE seq = 1", "messages seq 1"),
    "a changed resource": ("UPDATE resources SET body = received", "resources seq 1"),
    "a resource slipped in": (
        "INSERT INTO resources (seq, type, id, version, body, updated) "
        "SELECT 900, 'Claim', 'forged', 1, body, updated FROM resources LIMIT 1",
        "resources seq 900",
    ),
    "a cut end": ("DELETE FROM audit WHERE seq >= 5", "audit 5-8"),
    "a removed checkpoint": ("DELETE FROM audit_checkpoints WHERE number = 1", "checkpoint 2"),
}


@pytest.mark.parametrize("sort", MEDDLING)
def test_meddling_is_found_and_the_row_named(store: SqlStore, sort: str) -> None:
    accepted(store, exchange())
    store.sign_checkpoint(KEY)
    accepted(store, exchange())
    store.sign_checkpoint(KEY)
    assert found(store) == []
    sql, where = MEDDLING[sort]
    meddle(store, sql)
    assert any(one.startswith(where) for one in found(store)), found(store)
