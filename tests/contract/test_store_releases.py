"""Published versions, entries, drafts and replays, alike on each back end."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa

from hub.evidence.chain import Act
from hub.ports.releases import Draft, Entry, Replay, Version, When, effective
from hub.store import SqlStore

URL = "https://benkan.example/fhir/StructureMap/essai-claim"
AT = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def draft(**changes: object) -> Draft:
    made = Draft(URL, "StructureMap", "fml", "texte é", "h1", "", "draft", "person|awa", AT)
    return replace(made, **changes)


def version(number: str = "1.0.0", **changes: object) -> Version:
    made = Version(URL, number, "StructureMap", "fml", "texte é", "h1", AT, {"a": {"in": "{}"}})
    return replace(made, authors=("person|awa", "person|bintou"), **changes)


def entry(number: str = "1.0.0", **changes: object) -> Entry:
    made = Entry(
        URL, "StructureMap", "published", number, "h1", "care", "2026-12-01", "p|f", "Relu", AT
    )
    return replace(made, **changes)


def act(action: str = "draft-saved") -> Act:
    return Act("person|awa", action, f"StructureMap/{URL}", AT)


def test_what_is_published_is_read_back_whole(store: SqlStore) -> None:
    assert store.maps_version() == (0, 0)
    assert store.publish(entry(), version(), None, {})
    assert store.release_versions(URL) == [version()]
    assert [replace(one, seq=0) for one in store.release_entries()] == [entry()]
    assert store.release_keys() == [(URL, "1.0.0")]
    assert store.maps_version()[1] == store.release_entries(URL)[0].seq
    assert list(store.audit_differences()) == []


def test_a_version_is_published_once(store: SqlStore) -> None:
    assert store.publish(entry(), version(), None, {})
    assert not store.publish(entry(), version(text="un autre"), None, {})
    assert len(store.release_entries()) == 1
    assert store.release_versions(URL)[0].text == "texte é"


@pytest.mark.parametrize("table", ["release_versions", "release_entries"])
@pytest.mark.parametrize("order", ["UPDATE {} SET hash = 'x'", "DELETE FROM {}"])
def test_the_database_refuses_to_change_what_was_published(
    store: SqlStore, table: str, order: str
) -> None:
    store.publish(entry(), version(), None, {})
    with pytest.raises(sa.exc.DBAPIError, match="never change"), store.db.write() as connection:
        connection.exec_driver_sql(order.format(table))


def test_publishing_ends_the_draft_it_was_made_of_or_writes_nothing(store: SqlStore) -> None:
    assert store.add_draft(draft(), act("draft-opened"))
    assert not store.publish(entry(), version(), draft(hash="seen before"), {})
    assert store.release_entries() == []
    assert store.publish(entry(), version(), draft(), {})
    assert store.draft(URL) is None


def test_of_two_who_write_over_the_same_draft_one_is_refused(store: SqlStore) -> None:
    store.add_draft(draft(), act())
    mine = [draft(text=f"texte {n}", hash=f"h{n}", edited=datetime.now(UTC)) for n in (2, 3)]
    with ThreadPoolExecutor(2) as threads:
        done = list(threads.map(lambda one: store.change_draft(one, draft(), act()), mine))
    assert sorted(done) == [False, True]
    kept = store.draft(URL)
    assert kept in mine
    assert kept is mine[done.index(True)] or kept == mine[done.index(True)]


def test_of_two_who_publish_the_same_draft_one_is_refused(store: SqlStore) -> None:
    store.add_draft(draft(), act())
    with ThreadPoolExecutor(2) as threads:
        done = list(threads.map(lambda _: store.publish(entry(), version(), draft(), {}), range(2)))
    assert sorted(done) == [False, True]
    assert len(store.release_entries()) == 1


def test_a_draft_is_begun_once_and_dropped_as_it_was_seen(store: SqlStore) -> None:
    assert store.add_draft(draft(), act())
    assert not store.add_draft(draft(text="un autre"), act())
    assert not store.drop_draft(draft(hash="another"), act())
    assert store.drafts() == [draft()]
    assert store.drop_draft(draft(), act())
    assert store.drafts() == []


def test_what_is_killed_half_way_leaves_neither_version_nor_audit(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.add_draft(draft(), act())
    before = len(list(store.audit_entries()))

    def killed(_: sa.Connection) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("hub.store.audit_chain.finish", killed)
        with pytest.raises(KeyboardInterrupt):
            store.publish(entry(), version(), draft(), {})
    assert store.release_keys() == []
    assert store.release_entries() == []
    assert store.draft(URL) == draft()
    assert len(list(store.audit_entries())) == before


@pytest.mark.parametrize(
    ("care", "submitted", "expected"),
    [
        (date(2026, 11, 30), AT, None),
        (date(2026, 12, 1), AT, "1.0.0"),
        (date(2026, 11, 30), AT.replace(year=2027), "2.0.0"),
        (date(2027, 12, 1), AT.replace(year=2027), "2.0.0"),
    ],
)
def test_the_newest_entry_that_applies_wins(
    care: date, submitted: datetime, expected: str | None
) -> None:
    later = entry("2.0.0", by="submission", start="2027-01-01T00:00:00+00:00", seq=2)
    found = effective([entry(seq=1), later], When(care, submitted)).get(URL)
    assert (found.version if found else None) == expected


def test_a_replay_tells_how_far_it_is_until_it_ends(store: SqlStore) -> None:
    made = Replay("r1", URL, "h1", "person|awa", "running", {"count": 5}, AT, AT)
    store.start_replay(made, act("draft-replayed"))
    assert store.tell_replay("r1", AT, done=2, total=5)
    assert store.replay("r1") == replace(made, done=2, total=5)
    assert store.tell_replay("r1", AT, state="done", result={"counts": {"alike": 5}})
    assert not store.tell_replay("r1", AT, done=3)
    [kept] = store.replays(URL)
    assert (kept.state, kept.done, kept.result) == ("done", 2, {"counts": {"alike": 5}})
    assert store.replays("another") == []
