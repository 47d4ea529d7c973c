"""What is stored lies sealed: unreadable in the database, and of no use in another row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa
from store_nouns import acceptance, bundle, claim, deposit, event, exchange, now, outgoing, resource

from hub.errors import KeyMissing, Tampered
from hub.fhir.search_index import normalize
from hub.model import Inbound, IndexEntry, Reply, ReplyKind, State
from hub.ports import Acceptance, Change, Criterion, Doubt, Identity
from hub.store import Keyring, SqlStore, open_store, people
from hub.store.blind import Known, number
from hub.store.people import identity_digests
from hub.store.rotation import _sealed, sealed_tables
from hub.store.sealing import Payload, use
from hub.store.tables import metadata

NUMBER = "20041987-04"
CANARY = "Fatoumata Zékoné 1790543210987"


@pytest.fixture
def keys(tmp_path: Path) -> Keyring:
    return Keyring(tmp_path / "own-keys")


@pytest.fixture
def sealed(store_url: str, keys: Keyring) -> Iterator[SqlStore]:
    opened = open_store(store_url, keys)
    yield opened
    opened.close()


def fill(store: SqlStore) -> None:
    """Canary identities in every column that takes bytes or sentences."""
    free = {"state": State.READY, "next_attempt": None}
    sheets = [exchange(reason=CANARY, detail={"who": CANARY}, **free) for _ in range(2)]
    for one in sheets:
        made = acceptance(one)
        said = event(state=State.READY, text=CANARY, detail={"who": CANARY})
        store.accept([replace(made, events={one.id: [said]})])
        carried = claim(one.resource.partition("/")[2])
        body = carried.body.replace(b"XOF", CANARY.encode())
        change = Change(
            store.exchange(one.id) or one,
            messages=[outgoing(f"<feuille>{one.id} {CANARY}</feuille>".encode())],
            resources=[replace(carried, body=body, received=body)],
            doubt=Doubt("unknown", [("sid/numero", one.id)], CANARY),
        )
        store.save(change)
    sealed_person(store)
    whole = replace(bundle(), body=CANARY.encode())
    assert store.close_deposit(deposit(reason=CANARY), [sheets[0].id], whole)
    store.inbox_put("fund", Inbound("f1", CANARY.encode()))
    store.quarantine("fund", CANARY.encode(), CANARY, CANARY)
    reply = Reply(ReplyKind.NEWS, "registration", None, CANARY.encode(), "text/plain", "n1")
    news = Doubt("unknown", [("sid/numero", "9")], CANARY, partner="fund", news=reply)
    store.open_task(news, "t9")
    assert store.remember("client", "key", "hash") is None
    store.answer("client", "key", 200, {}, CANARY.encode())
    number = store.ask_for("fund", "status", "e1", "")
    store.question_told(number, CANARY, None)


def sealed_person(store: SqlStore) -> None:
    """A person with a number, found by it and by the beginning of the name."""
    index = (
        IndexEntry("identifier", NUMBER, "sid/numero"),
        IndexEntry("name", normalize(CANARY)),
        IndexEntry("gender", "female"),
    )
    patient = resource("Patient", "p1", *index, name=CANARY, number=NUMBER)
    cover = resource("Coverage", "v1", IndexEntry("beneficiary:identifier", NUMBER, "sid/numero"))
    store.accept([Acceptance([patient, cover])])
    store.note_identities([Identity("sid/numero", NUMBER, "p1", source="fund")])
    store.open_task(Doubt("ambiguous", [("sid/numero", NUMBER)], CANARY), "t-person")
    store.remember_rights(NUMBER, date(2026, 11, 1), "fund", now())


def lying(store: SqlStore) -> str:
    """Everything in the database, as it lies there."""
    found = []
    with store.db.engine.connect() as connection:
        for table in metadata.sorted_tables:
            for row in connection.exec_driver_sql(f'SELECT * FROM "{table.name}"'):
                found += [
                    bytes(value).decode("latin-1") if isinstance(value, bytes) else str(value)
                    for value in row
                ]
    return "\n".join(found)


def test_nothing_a_person_could_be_known_by_lies_open(sealed: SqlStore) -> None:
    fill(sealed)
    text = lying(sealed)
    assert "feuille.xml" in text
    for part in (
        NUMBER,
        normalize(CANARY),
        CANARY,
        CANARY.encode().decode("latin-1"),
        "1790543210987",
        "Fatoumata",
    ):
        assert part not in text


def test_what_was_sealed_is_read_as_it_was(sealed: SqlStore) -> None:
    fill(sealed)
    one = sealed.exchanges(limit=1)[0]
    assert (one.reason, one.detail) == (CANARY, {"who": CANARY})
    assert CANARY.encode() in sealed.messages(one.id)[-1].body
    assert sealed.events(one.id)[0].text == CANARY
    assert {item["body"] for item in sealed.quarantined()} == {CANARY.encode()}
    told = sealed.remember("client", "key", "hash")
    assert told is not None
    assert told.body == CANARY.encode()
    assert list(sealed.audit_differences()) == []


def found(store: SqlStore, type: str, param: str, value: str, kind: str, system: str = "") -> int:
    criterion = Criterion(param, (("eq", system, value),), kind)
    return store.search(type, [criterion], 10, None).total


def test_people_are_found_by_digests(sealed: SqlStore) -> None:
    sealed_person(sealed)
    check_people(sealed)


def check_people(store: SqlStore) -> None:
    assert found(store, "Patient", "identifier", NUMBER, "token") == 1
    assert found(store, "Patient", "identifier", NUMBER, "token", "sid/numero") == 1
    assert found(store, "Patient", "identifier", NUMBER, "token", "sid/autre") == 0
    assert found(store, "Patient", "identifier", "", "token", "sid/numero") == 1
    assert found(store, "Patient", "identifier", NUMBER[:-1], "token") == 0
    assert found(store, "Patient", "gender", "female", "token") == 1
    for beginning in ("f", "fatou", normalize(CANARY)):
        assert found(store, "Patient", "name", beginning, "string") == 1
    assert found(store, "Patient", "name", "zekone", "string") == 0
    assert found(store, "Coverage", "beneficiary:identifier", NUMBER, "token") == 1
    assert [one.value for one in store.identities([("sid/numero", NUMBER)])] == [NUMBER]
    assert [one.person for one in store.identities([("sid/numero", NUMBER)])] == ["p1"]
    assert [one.value for one in store.identities_of("p1")] == [NUMBER]
    task = store.task("t-person")
    assert task is not None
    assert task.keys == [("sid/numero", NUMBER)]
    again = store.open_task(Doubt("ambiguous", [("sid/numero", NUMBER)], "encore"), "t-other")
    assert again == "t-person"


def test_numbers_that_changed_places_are_found(sealed: SqlStore) -> None:
    sealed.note_identities(
        [Identity("sid/numero", value, "p1", source="fund") for value in ("1", "2")]
    )
    table = metadata.tables["identities"]
    first, second = _rows(sealed, table)
    with sealed.db.engine.begin() as connection:
        for one, other in ((first, second), (second, first)):
            moved = sa.update(table).where(table.c.seq == one.seq)
            connection.execute(moved.values(sealed=other.sealed))
    with pytest.raises(Tampered):
        sealed.identities_of("p1")
    assert f"identities seq {first.seq}" in [f.where for f in sealed.audit_differences()]


def test_the_same_bytes_set_aside_twice_are_kept_once(sealed: SqlStore) -> None:
    for _ in range(2):
        sealed.quarantine("fund", b"x", CANARY, CANARY)
    sealed.quarantine("fund", b"x", "autre motif", CANARY)
    assert len(sealed.quarantined()) == 2


def test_messages_are_sealed_by_their_partners_key(sealed: SqlStore) -> None:
    fill(sealed)
    by = {(table, key) for table, key in sealed.sealed_by()}
    assert ("messages", "loopback-1") in by
    assert ("inbox", "fund-1") in by
    assert ("resources", "hub-1") in by
    assert "" not in {key for _, key in by}


@pytest.mark.parametrize("table", ["messages", "resources"])
def test_a_payload_in_another_row_does_not_open(sealed: SqlStore, table: str) -> None:
    fill(sealed)
    rows = metadata.tables[table]
    first, second = [row.seq for row in _rows(sealed, rows)][:2]
    with sealed.db.engine.begin() as connection:
        moved = sa.select(rows.c.body).where(rows.c.seq == second)
        body = connection.execute(moved).scalar_one()
        connection.execute(sa.update(rows).where(rows.c.seq == first).values(body=body))
    row = next(row for row in _rows(sealed, rows) if row.seq == first)
    with pytest.raises(Tampered, match="audit verify"):
        row.body.of(row._mapping)
    assert f"{table} seq {first}" in [found.where for found in sealed.audit_differences()]


def _rows(store: SqlStore, table: sa.Table) -> list[sa.Row[tuple[object, ...]]]:
    with store.db.read() as connection:
        return list(connection.execute(sa.select(table).order_by(table.c.seq)))


def test_a_payload_column_takes_no_open_bytes(sealed: SqlStore) -> None:
    payloads = [c for t in metadata.sorted_tables for c in t.c if isinstance(c.type, Payload)]
    assert len(payloads) >= 9
    for column in payloads:
        with pytest.raises(TypeError, match="never as it is"):
            column.type.process_bind_param(b"open", sealed.db.engine.dialect)


def test_no_column_of_bytes_is_left_open() -> None:
    left = [
        f"{table.name}.{column.name}"
        for table in metadata.sorted_tables
        for column in table.c
        if isinstance(column.type, sa.LargeBinary)
    ]
    assert left == []


def test_without_its_key_nothing_is_read_or_written(
    sealed: SqlStore, store_url: str, keys: Keyring
) -> None:
    fill(sealed)
    (keys.folder / "loopback-1.key").rename(keys.folder / "elsewhere")
    again = open_store(store_url, Keyring(keys.folder))
    first = again.exchanges(limit=1)[0]
    with pytest.raises(KeyMissing, match="loopback-1"):
        again.messages(first.id)
    before = len(again.events(first.id))
    with pytest.raises(KeyMissing, match="put it back"):
        again.save(Change(first, events=[event()], messages=[outgoing()]))
    assert len(again.events(first.id)) == before
    (keys.folder / "elsewhere").rename(keys.folder / "loopback-1.key")
    assert again.messages(first.id)
    again.close()


def test_a_folder_without_the_keys_of_these_rows_makes_none(
    sealed: SqlStore, store_url: str, tmp_path: Path
) -> None:
    fill(sealed)
    with pytest.raises(KeyMissing, match="restore the keys"):
        open_store(store_url, Keyring(tmp_path / "other"))
    assert not (tmp_path / "other" / "keys.json").exists()


def test_rows_from_before_are_read_until_they_are_sealed(
    sealed: SqlStore, keys: Keyring, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as before:
        before.setattr(people, "identity_digests", lambda row, _: identity_digests(row, None))
        fill(sealed)
    open_again(sealed, keys)
    old = Keyring(tmp_path / "old-keys")
    old.make("", plain=True)
    index = next(e for e in keys.entries() if e.owner == "#index")
    use(sealed.db.engine, old)
    assert index.id == "index-1"
    one = sealed.exchanges(limit=1)[0]
    assert one.reason == CANARY
    assert CANARY.encode() in sealed.messages(one.id)[-1].body
    assert list(sealed.audit_differences()) == []
    assert not sealed.refuse_plain()
    for owner in ("", "loopback", "fund"):
        sealed.rotate(owner, "person|awa", lambda *_: None)
    assert sealed.refuse_plain()
    assert CANARY not in lying(sealed)
    assert NUMBER not in lying(sealed)
    check_people(sealed)
    assert CANARY.encode() in sealed.messages(one.id)[-1].body
    assert list(sealed.audit_differences()) == []
    with sealed.db.engine.begin() as connection:  # now an open row is a forged one
        connection.exec_driver_sql(f"UPDATE messages SET body = CAST('x' AS {_bytes(sealed)})")
    with pytest.raises(Tampered):
        sealed.messages(one.id)


def _bytes(store: SqlStore) -> str:
    return "BLOB" if store.db.is_sqlite else "BYTEA"


def open_again(store: SqlStore, keys: Keyring) -> None:
    """Write everything as it was stored before payloads were sealed."""
    keys._save(list(keys.entries()), True)
    for table in sealed_tables():
        for page in store._pages(table):
            with store.db.write() as connection:
                for row in page:
                    values = {}
                    for column in _sealed(table):
                        value = row._mapping[column.name]
                        text = row._mapping.get(f"{column.name}__text")
                        if value is None:
                            continue
                        kind = sa.Text if text is not None else sa.LargeBinary
                        plain = text if text is not None else value.of(row._mapping)
                        values[column.name] = sa.type_coerce(plain, kind)
                    same = [key == row._mapping[key.name] for key in table.primary_key.columns]
                    if table.name in ("identities", "task_keys"):
                        values["value"] = Known(number(row))
                        values["sealed"] = None
                    connection.execute(sa.update(table).where(*same).values(values))
    with store.db.write() as connection:
        table = metadata.tables["resource_index"]
        hidden = table.c.param.endswith("#")
        connection.execute(sa.delete(table).where(hidden))
        for type, seq, param, value in (
            ("Patient", 1, "identifier", NUMBER),
            ("Patient", 1, "name", normalize(CANARY)),
            ("Coverage", 2, "beneficiary:identifier", NUMBER),
        ):
            id = "p1" if seq == 1 else "v1"
            owner = sa.select(metadata.tables["resources"].c.seq).where(
                metadata.tables["resources"].c.id == id
            )
            row = {"type": type, "param": param, "value": value}
            row |= {"system": "sid/numero" if value == NUMBER else ""}
            row |= {"resource": connection.execute(owner).scalar_one()}
            connection.execute(sa.insert(table), [row])
        same_right = sa.update(metadata.tables["rights"])
        connection.execute(same_right.values(number=Known(NUMBER)))


def test_rotation_leaves_nothing_under_the_old_key(sealed: SqlStore, keys: Keyring) -> None:
    fill(sealed)
    done = sealed.rotate("loopback", "person|awa", lambda *_: None)
    assert (done.key, done.retired) == ("loopback-2", ("loopback-1",))
    assert done.values > 0
    by = {key for _, key in sealed.sealed_by()}
    assert "loopback-1" not in by
    assert {"loopback-2", "hub-1", "fund-1"} <= by
    one = sealed.exchanges(limit=1)[0]
    assert CANARY.encode() in sealed.messages(one.id)[-1].body
    assert list(sealed.audit_differences()) == []
    made = [one.content for one in sealed.audit_search(object="Key/loopback-2")]
    assert ['"action":"key-rotated"' in text for text in made] == [True, False]


def test_a_rotation_that_was_broken_off_is_gone_on_with(sealed: SqlStore, keys: Keyring) -> None:
    fill(sealed)

    def killed(name: str, seen: int, written: int) -> None:
        if written:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sealed.rotate("", "person|awa", killed)
    by = {key for _, key in sealed.sealed_by()}
    assert {"hub-1", "hub-2"} <= by
    assert sealed.exchanges(limit=1)[0].reason == CANARY
    done = sealed.rotate("", "person|awa", lambda *_: None)
    assert (done.key, done.retired) == ("hub-2", ("hub-1",))
    assert "hub-1" not in {key for _, key in sealed.sealed_by()}
    assert [e.id for e in keys.entries() if e.owner == ""] == ["hub-1", "hub-2"]


def test_a_key_whose_maker_was_killed_before_it_was_listed_stops_no_rotation(
    sealed: SqlStore, keys: Keyring
) -> None:
    fill(sealed)
    half = keys.folder / "hub-2.key"
    half.write_text("")  # and perhaps not even written whole
    done = sealed.rotate("", "person|awa", lambda *_: None)
    assert (done.key, done.retired) == ("hub-3", ("hub-1",))
    assert sealed.exchanges(limit=1)[0].reason == CANARY
    assert half.read_text() == ""


def test_a_rotation_killed_before_it_told_of_its_key_tells_it_afterwards(
    sealed: SqlStore, keys: Keyring
) -> None:
    fill(sealed)
    keys.make("")  # killed here
    sealed.rotate("", "person|awa", lambda *_: None)
    told = [one.content for one in sealed.audit_search(object="Key/hub-2")]
    assert ['"action":"key-made"' in text for text in told] == [False, True]


def test_a_row_that_changes_while_it_is_rotated_keeps_its_change(sealed: SqlStore) -> None:
    fill(sealed)
    one = sealed.exchanges(limit=1)[0]
    pages = sealed._pages

    def meddling(table: sa.Table) -> object:
        for page in pages(table):
            if table.name == "exchanges":
                seen = sealed.exchange(one.id)
                assert seen is not None
                if seen.reason == CANARY:
                    sealed.save(Change(replace(seen, reason="changé entre-temps")))
            yield page

    sealed._pages = meddling  # type: ignore[method-assign]
    sealed.rotate("", "person|awa", lambda *_: None)
    found = sealed.exchange(one.id)
    assert found is not None
    assert found.reason == "changé entre-temps"
