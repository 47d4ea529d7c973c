"""What is erased is gone, and that it was there and was erased can still be proved."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from store_nouns import acceptance, bundle, deposit, event, exchange, now, outgoing, resource
from test_store_sealing import CANARY, NUMBER, lying

from hub.errors import Conflict, Gone
from hub.model import Exchange, Inbound, IndexEntry, State
from hub.ports import Acceptance, Change, Criterion, Identity
from hub.store import Limits, ScopedStore, SqlStore

SOON = timedelta(seconds=5)


def closed(store: SqlStore, state: State = State.CLOSED, **changes: object) -> Exchange:
    """A claim of a person that has been all the way, told with canary words."""
    one = exchange(**changes)
    made = acceptance(one)
    mine = IndexEntry("patient", "Patient/p1")
    sheet = replace(made.resources[0], index=(mine,))
    said = event(text=CANARY, detail={"who": CANARY})
    store.accept([replace(made, resources=[sheet], events={one.id: [said]})])
    stored = store.exchange(one.id)
    assert stored is not None
    answer = resource("ClaimResponse", f"r-{one.id}", mine, who=CANARY)
    after = replace(stored, state=state, answer=f"ClaimResponse/{answer.id}", reason=CANARY)
    told = [event("closed", state=state, text=CANARY)]
    change = Change(after, told, messages=[outgoing(CANARY.encode())], resources=[answer])
    store.save(change)
    return store.exchange(one.id) or after


def all_of_it() -> Limits:
    return Limits(now() + SOON, now() + SOON, now() + SOON)


def person(store: SqlStore) -> None:
    index = (IndexEntry("identifier", NUMBER, "sid"), IndexEntry("name", CANARY.lower()))
    cover = IndexEntry("beneficiary", "Patient/p1")
    made = [
        resource("Patient", "p1", *index, who=CANARY),
        resource("Coverage", "v1", cover, who=CANARY),
        resource("Organization", "o1", IndexEntry("name", "cscom fictif")),
    ]
    one = exchange(operation=exchange().operation)
    store.accept([replace(acceptance(one), resources=made, exchanges=[], events={}, messages={})])
    store.note_identities([Identity("sid", NUMBER, "p1", source="fund")])


def test_what_is_due_is_erased_and_the_audit_still_holds(store: SqlStore) -> None:
    person(store)
    one = closed(store)
    store.inbox_put("fund", Inbound("f1", CANARY.encode()))
    store.inbox_done("1")
    store.quarantine("fund", CANARY.encode(), "raison")
    store.remember("client", "key", "hash")
    before = store.totals()
    limits = all_of_it()
    due = store.retention_due(limits)
    assert due["exchanges"] == 1
    count = store.retain(limits, "person|awa", "test")
    assert (count["exchanges"], count["inbox"], count["quarantine"]) == (1, 1, 1)
    assert count["idempotency"] == 1
    assert [item["body"] for item in store.quarantined()] == [b""]
    assert CANARY not in str(store.events(one.id))
    assert [m.body for m in store.messages(one.id)] == [b"", b""]
    found = store.exchange(one.id)
    assert found is not None
    assert found.reason == ""
    for type, id in (one.resource.split("/"), ("Patient", "p1"), ("Coverage", "v1")):
        with pytest.raises(Gone, match="erased"):
            store.read(type, id)
        assert store.search(type, [], 10, None).total == 0
    assert store.read("Organization", "o1") is not None
    assert list(store.audit_differences()) == []
    assert store.totals() == before
    assert +store.retention_due(limits) == {}
    assert store.retain(limits, "person|awa", "test") == {}


def test_nothing_that_is_being_worked_on_or_is_young_goes(store: SqlStore) -> None:
    person(store)
    going = closed(store, State.PENDING)
    done = closed(store)
    early = now() - timedelta(hours=1)
    assert store.retain(Limits(early, early, early), "a", "test") == {}
    assert store.retain(Limits(None, None, None), "a", "test") == {}
    count = store.retain(Limits(now() + SOON, now() + SOON, None), "a", "test")
    assert count["exchanges"] == 1
    assert store.read(*going.resource.split("/")) is not None
    assert store.read("Patient", "p1") is not None  # the claim under way is theirs
    with pytest.raises(Gone):
        store.read(*done.resource.split("/"))
    assert CANARY.encode() in store.messages(going.id)[-1].body


def test_a_family_goes_together(store: SqlStore) -> None:
    one = closed(store)
    copy = exchange(parent=one.id, resource=one.resource, identifier="", state=State.PENDING)
    other = acceptance(copy)
    store.accept([replace(other, resources=[])])
    assert store.retain(all_of_it(), "a", "test")["exchanges"] == 0


def test_a_deposit_goes_with_its_last_member(store: SqlStore) -> None:
    ready = [exchange(state=State.READY, next_attempt=None) for _ in range(2)]
    for one in ready:
        store.accept([acceptance(one)])
    whole = replace(bundle(), body=CANARY.encode())
    assert store.close_deposit(deposit(), [one.id for one in ready], whole)

    def close(one: Exchange) -> None:
        found = store.exchange(one.id)
        assert found is not None
        store.save(Change(replace(found, state=State.CLOSED), [event(state=State.CLOSED)]))

    close(ready[0])
    store.retain(all_of_it(), "a", "test")
    assert CANARY.encode() in [m.body for m in store.messages(ready[1].id)]
    close(ready[1])
    store.retain(all_of_it(), "a", "test")
    assert CANARY.encode() not in [m.body for m in store.messages(ready[1].id)]
    assert list(store.audit_differences()) == []


def test_a_row_that_claims_to_be_erased_is_found(store: SqlStore) -> None:
    closed(store)
    other = closed(store)
    store.retain(Limits(now() + SOON, None, None), "a", "test")
    third = closed(store)
    table = "messages"
    with store.db.engine.begin() as connection:
        erased = f"(SELECT body FROM {table} WHERE exchange = '{other.id}' ORDER BY seq LIMIT 1)"
        connection.exec_driver_sql(f"UPDATE {table} SET body = {erased} WHERE seq = 5")
    assert next(m.body for m in store.messages(third.id)) == b""
    assert any(f.where == "messages seq 5" for f in store.audit_differences())


def test_a_person_is_erased_on_order_once_nothing_is_open(store: SqlStore) -> None:
    person(store)
    going = closed(store, State.PENDING)
    with pytest.raises(Conflict, match="being worked on"):
        store.erase_person("p1", "person|awa", "demande de la personne")
    assert store.read("Patient", "p1") is not None
    assert store.identities_of("p1")
    assert CANARY in store.events(going.id)[0].text
    store.save(Change(replace(going, state=State.CLOSED), [event(state=State.CLOSED)]))
    count = store.erase_person("p1", "person|awa", "demande de la personne")
    assert (count["exchanges"], count["identities"]) == (1, 1)
    assert store.identities([("sid", NUMBER)]) == []
    with pytest.raises(Gone):
        store.read("Patient", "p1")
    by_number = Criterion("identifier", (("eq", "", NUMBER),))
    assert store.search("Patient", [by_number], 10, None).total == 0
    assert CANARY not in str(store.events(going.id))
    assert list(store.audit_differences()) == []
    act = store.audit_search(action="person-erased")[0]
    assert "demande de la personne" in act.content
    assert NUMBER not in lying(store)
    again = Identity("sid", NUMBER, "p2", source="fund")
    store.note_identities([again])  # the number may come back, as another person
    assert [one.person for one in store.identities([("sid", NUMBER)])] == ["p2"]


def test_what_was_anothers_is_not_there_for_others(store: SqlStore) -> None:
    mark = IndexEntry("_tenant", "cscom")
    store.accept([Acceptance([resource("Patient", "p9", mark)])])
    store.retain(all_of_it(), "a", "test")
    assert ScopedStore(store.db, "autre").read("Patient", "p9") is None
    with pytest.raises(Gone):
        ScopedStore(store.db, "cscom").read("Patient", "p9")


def test_an_erased_resource_is_not_written_again(store: SqlStore) -> None:
    person(store)
    store.retain(all_of_it(), "a", "test")
    made = replace(acceptance(exchange()), resources=[resource("Patient", "p1")])
    assert store.accept([made])[0].error == "Gone"
    with pytest.raises(Gone):
        store.read("Patient", "p1")
    with store.db.read() as connection:
        table = "resource_index"
        left = sa.text(f"SELECT count(*) FROM {table} WHERE type = 'Patient'")
        assert connection.execute(left).scalar_one() == 0
