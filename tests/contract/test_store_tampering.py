"""Every table the audit chain watches: a change, removal, insertion, swap or emptying is named."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
import sqlalchemy as sa
from store_nouns import acceptance, bundle, deposit, event, exchange, now

from hub.model import Inbound, Reply, ReplyKind, State
from hub.ports import (
    Change,
    ConceptRow,
    Double,
    Doubt,
    Identity,
    Piece,
    ReferenceRow,
    Registration,
    Statement,
    StatementRow,
)
from hub.store import SqlStore, people
from hub.store.people import identity_digests
from hub.store.tables import metadata

#: table → (a column that tells something, another value for it, columns that must differ)
WATCHED: dict[str, tuple[str, object, tuple[str, ...]]] = {
    "exchanges": ("amount", "1", ("id", "submission", "identifier")),
    "events": ("text", "Rien.", ()),
    "messages": ("body", b"forged", ()),
    "resources": ("body", b"forged", ("id",)),
    "deposits": ("name", "forged.xml", ("id", "key")),
    "concept_rows": ("target_code", "forged", ("source_code",)),
    "inbox": ("body", b"forged", ("name", "sha256")),
    "quarantine": ("body", b"forged", ("reason",)),
    "identities": ("person", "forged", ("value",)),
    "registrations": ("outcome", "forged", ("notice",)),
    "person_tasks": ("person", "forged", ("id",)),
    "double_billings": ("handling", "forged", ("other",)),
    "statement_rows": ("share", "1", ("submission",)),
    "reference_rows": ("value", "1", ("code",)),
}
#: Names other than the table's by which a finding of a whole names it.
WHOLES = {"statement_rows": "Statement/", "reference_rows": "Partner/"}


def fill(store: SqlStore) -> None:
    """Two different rows and more in every watched table."""
    free = {"state": State.READY, "next_attempt": None}
    sheets = [exchange(amount=f"{1000 + n}", **free) for n in range(3)]
    for one in sheets:
        made = acceptance(one, one.amount)
        ready = event(state=State.READY, text=f"Feuille de {one.amount} francs.")
        store.accept([replace(made, events={one.id: [ready]})])
    for n, one in enumerate(sheets[:2]):
        assert store.close_deposit(
            deposit(f"d{n}", key=f"k{n}", name=f"{n}.xml"), [one.id], bundle()
        )
        store.inbox_put("fund", Inbound(f"f{n}", b"file %d" % n))
        store.quarantine("fund", b"set aside %d" % n, f"raison {n}")
        reply = Reply(ReplyKind.NEWS, "registration", None, b"news %d" % n, "text/plain", f"n{n}")
        person = Identity("sid/numero", f"{n}", f"p{n}", source="fund n")
        piece = Piece(f"Patient/p{n}", f"p{n}", now(), "created" if n else "updated")
        notice = Registration("fund", f"n{n}", reply, identities=[person], pieces=[piece])
        assert store.register(notice)
        task = store.open_task(Doubt("unknown", [("sid/numero", f"t{n}")], f"motif {n}"), f"t{n}")
        assert store.resolve_task(task, f"p{n}", "person|awa", [])
        row = StatementRow(f"s{n}", f"{n}", "CNV", "liquidee", "100", f"{70 + n}", "XOF")
        store.keep_statement(Statement("fund", "CMSS", f"2026-0{n + 1}", now(), [row]))
    store.inbox_done("1")
    rows = [ConceptRow("table", "s", f"c{n}", "t", f"x{n}", "equivalent") for n in range(2)]
    store.add_concepts(rows, "person|awa")
    prices = [ReferenceRow(f"a{n}", "acte", f"{n}00", "XOF") for n in range(2)]
    store.keep_reference("fund", "actes", date(2026, 1, 1), prices)
    last = store.exchange(sheets[2].id)
    assert last is not None
    doubles = [
        Double(last.id, sheets[0].id, now(), "hold"),
        Double(last.id, sheets[1].id, now(), "flag"),
    ]
    store.save(Change(last, doubles=doubles))


def named(store: SqlStore) -> list[str]:
    return [finding.where for finding in store.audit_differences()]


def rows(connection: sa.Connection, table: sa.Table) -> list[sa.Row[tuple[object, ...]]]:
    return list(connection.execute(sa.select(table).order_by(table.c.seq)))


def tamper(store: SqlStore, name: str, sort: str) -> str:
    """Behind the store's back; gives what a finding must name."""
    table = metadata.tables[name]
    column, forged, differs = WATCHED[name]
    with store.db.engine.begin() as connection:
        connection = connection.execution_options(writes=True)
        first, second = rows(connection, table)[:2]
        one, other = table.c.seq == first.seq, table.c.seq == second.seq
        where = f"{name} seq {first.seq}"
        if sort == "change":
            raw = sa.type_coerce(forged, sa.LargeBinary if isinstance(forged, bytes) else sa.Text)
            connection.execute(sa.update(table).where(one).values({column: raw}))
        elif sort == "insert":
            other_text = sa.type_coerce("forged", sa.Text)
            values = {**first._mapping, "seq": 900, **dict.fromkeys(differs, other_text)}
            connection.execute(sa.insert(table).values(values))
            where = f"{name} seq 900"
        elif sort == "swap":
            pairs = ((one, second), (other, first))
            for which, row in pairs:
                value = row._mapping[column]
                connection.execute(sa.update(table).where(which).values({column: value}))
        else:
            _forget_index(connection, name)
            gone = sa.delete(table) if sort == "truncate" else sa.delete(table).where(one)
            connection.execute(gone)
            where = "audit"
    return WHOLES.get(name, where)


def _forget_index(connection: sa.Connection, name: str) -> None:
    if name == "resources":
        connection.execute(sa.delete(metadata.tables["resource_index"]))


@pytest.mark.parametrize("sort", ["change", "delete", "insert", "swap", "truncate"])
@pytest.mark.parametrize("name", WATCHED)
def test_tampering_is_found_and_the_row_named(store: SqlStore, name: str, sort: str) -> None:
    fill(store)
    assert named(store) == []
    where = tamper(store, name, sort)
    if name in WHOLES and sort in ("delete", "truncate"):
        where = ""  # the whole is named, or the audit row about it
    found = named(store)
    assert found
    assert any(one.startswith(where) for one in found), found


@pytest.mark.parametrize(
    ("sql", "where"),
    [
        ("UPDATE exchanges SET state = 'CLOSED' WHERE seq = 1", "exchanges seq 1"),
        ("UPDATE deposits SET state = 'CLOSED' WHERE seq = 1", "deposits seq 1"),
        ("UPDATE inbox SET done = at WHERE seq = 2", "inbox seq 2"),
        ("UPDATE inbox SET done = NULL WHERE seq = 1", "audit"),
        ("UPDATE person_tasks SET actor = 'x' WHERE seq = 1", "person_tasks seq 1"),
        ("UPDATE messages SET direction = 'in' WHERE seq = 4", "messages seq 4"),
    ],
)
def test_a_state_that_nobody_told_is_found(store: SqlStore, sql: str, where: str) -> None:
    fill(store)
    with store.db.engine.begin() as connection:
        connection.exec_driver_sql(sql)
    assert any(one.startswith(where) for one in named(store)), named(store)


def test_the_audit_rows_hold_no_identity(store: SqlStore) -> None:
    person = Identity("sid/numero", "20049999-00", "p1", source="fund")
    store.note_identities([person])
    store.open_task(Doubt("unknown", [("sid/numero", "20049999-00")], "Kadidia inconnue"), "t1")
    store.inbox_put("fund", Inbound("20049999-00.xml", b"20049999-00"))
    store.quarantine("fund", b"20049999-00", "20049999-00", "20049999-00")
    told = "".join(entry.content for entry in store.audit_entries())
    assert told
    assert "20049999" not in told
    assert "Kadidia" not in told


def test_seeing_an_identifier_again_tells_nothing_new(store: SqlStore) -> None:
    person = Identity("sid/numero", "1", "p1", source="fund")
    store.note_identities([person])
    before = len(list(store.audit_entries()))
    store.note_identities([person])
    assert len(list(store.audit_entries())) == before
    store.note_identities([replace(person, end="2026-12-31")])
    assert len(list(store.audit_entries())) == before + 1
    assert named(store) == []


def test_a_person_number_cannot_be_guessed_from_the_audit(store: SqlStore) -> None:
    """There are few numbers: whoever has an export could try them all against a plain digest."""
    store.note_identities([Identity("sid/numero", "1987-04", "p1", source="fund")])
    values = {"system": "sid/numero", "value": "1987-04", "person": "p1"}
    values |= {"use": "official", "start": "", "end": "", "source": "fund"}
    [row] = store.identities_of("p1")
    values |= {name: getattr(row, name) for name in ("use", "start", "end")}
    told = "".join(entry.content for entry in store.audit_entries(object="Patient/p1"))
    assert not {digest for digest in identity_digests(values, None) if digest in told}
    assert {d for d in identity_digests(values, store.keys) if d in told} == set(
        identity_digests(values, store.keys)
    )


def test_numbers_told_before_their_digests_were_keyed_still_hold_and_are_erased(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = Identity("sid/numero", "1987-04", "p1", source="fund")
    with monkeypatch.context() as before:
        plain = people.identity_digests
        before.setattr(people, "identity_digests", lambda values, keys: plain(values, None))
        store.note_identities([old])
    assert named(store) == []
    store.note_identities([replace(old, end="2026-12-31")])  # told anew, keyed
    assert named(store) == []
    store.erase_person("p1", "person|awa", "ordre")
    assert named(store) == []
    with monkeypatch.context() as before:
        before.setattr(people, "identity_digests", lambda values, keys: plain(values, None))
        store.note_identities([replace(old, person="p2")])
    changed = "UPDATE identities SET source = 'other' WHERE person = 'p2'"
    with store.db.engine.begin() as connection:
        connection.exec_driver_sql(changed)
    assert named(store) != []
