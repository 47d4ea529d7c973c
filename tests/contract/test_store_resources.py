"""Resources on each back end. https://hl7.org/fhir/R4/search.html"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from store_nouns import claim, resource

from hub.model import IndexEntry, NewResource
from hub.ports import Acceptance, Criterion
from hub.store import SqlStore


def put(store: SqlStore, *new: NewResource) -> None:
    [result] = store.accept([Acceptance(new)])
    assert result.error == ""


def ids(store: SqlStore, *criteria: Criterion, type: str = "Claim") -> list[str]:
    page = store.search(type, criteria, 100, None)
    assert page.total == len(page.resources)
    return [one.id for one in page.resources]


def test_a_resource_is_read_back_byte_for_byte(store: SqlStore) -> None:
    body = '{"total":12.50,"note":"é\\u0000"}'.encode() + b"\xff\x00"
    put(store, NewResource("Claim", "a", body))
    kept = store.read("Claim", "a")
    assert kept is not None
    assert (kept.body, kept.version) == (body, 1)
    assert store.read("Claim", "b") is None
    assert store.read("Patient", "a") is None
    assert store.received("Claim", "a") is None


def test_a_resource_is_dated_as_its_meta_says(store: SqlStore) -> None:
    at = datetime(2026, 10, 31, 8, 0, 0, 123456, tzinfo=UTC)
    [result] = store.accept([Acceptance([replace(claim("a"), updated=at)])])
    kept = store.read("Claim", "a")
    assert [kept] == list(result.resources)
    assert kept is not None
    assert kept.updated == at


def test_other_content_is_the_next_version_and_the_old_one_stays(store: SqlStore) -> None:
    put(store, resource("Patient", "p", IndexEntry("family", "Diarra"), family="Diarra"))
    put(store, resource("Patient", "p", IndexEntry("family", "Traoré"), family="Traoré"))
    newest, first = store.read("Patient", "p"), store.read("Patient", "p", 1)
    assert newest is not None
    assert first is not None
    assert newest.version == 2
    assert newest == store.read("Patient", "p", 2)
    assert b"Diarra" in first.body
    assert store.read("Patient", "p", 3) is None
    assert store.find("Patient", "family", "", "Diarra") is None
    assert store.find("Patient", "family", "", "Traoré") == newest


def test_the_same_content_again_writes_nothing(store: SqlStore) -> None:
    put(store, resource("Patient", "p"), claim("c"))
    put(store, resource("Patient", "p"), replace(claim("c"), body=b"only meta differs"))
    for type, id in (("Patient", "p"), ("Claim", "c")):
        kept = store.read(type, id)
        assert kept is not None
        assert kept.version == 1


def test_one_acceptance_may_carry_two_versions_of_one_resource(store: SqlStore) -> None:
    put(store, resource("Patient", "p", n=1), resource("Patient", "p", n=2))
    kept = store.read("Patient", "p")
    assert kept is not None
    assert kept.version == 2


def test_the_bytes_received_outlive_a_version_that_has_none(store: SqlStore) -> None:
    put(store, claim("c"))
    put(store, resource("Claim", "c", status="cancelled"))
    assert store.received("Claim", "c") == claim("c").received


def test_pages_neither_repeat_nor_shift_while_others_arrive(store: SqlStore) -> None:
    put(store, *(resource("Claim", f"c{n}", n=n) for n in range(5)), resource("Patient", "p"))
    first = store.search("Claim", [], 2, None)
    put(store, resource("Claim", "c0", n=99), resource("Claim", "new"))
    second = store.search("Claim", [], 2, first.after)
    third = store.search("Claim", [], 2, second.after)
    pages = [[one.id for one in page.resources] for page in (first, second, third)]
    assert pages == [["c0", "c1"], ["c2", "c3"], ["c4", "new"]]
    assert (first.total, third.total, third.after) == (5, 6, None)


def test_tokens_match_by_system_and_code(store: SqlStore) -> None:
    put(
        store,
        resource("Claim", "a", IndexEntry("identifier", "1", "urn:x")),
        resource("Claim", "b", IndexEntry("identifier", "1")),
        resource("Claim", "c", IndexEntry("identifier", "2", "urn:x")),
    )

    def found(*values: tuple[str, str]) -> list[str]:
        return ids(store, Criterion("identifier", [("eq", *value) for value in values]))

    assert found(("urn:x", "1")) == ["a"]
    assert found(("", "1")) == ["a", "b"]
    assert found(("|", "1")) == ["b"]
    assert found(("urn:x", "")) == ["a", "c"]
    assert found(("urn:x", "2"), ("|", "1")) == ["b", "c"]
    assert found(("urn:y", "1")) == []
    assert found() == []


def test_criteria_are_and_values_are_or(store: SqlStore) -> None:
    for id, status, use in (("a", "active", "claim"), ("b", "draft", "claim"), ("c", "draft", "x")):
        put(store, resource("Claim", id, IndexEntry("status", status), IndexEntry("use", use)))
    status = Criterion("status", [("eq", "", "active"), ("eq", "", "draft")])
    assert ids(store, status, Criterion("use", [("eq", "", "claim")])) == ["a", "b"]
    assert ids(store, Criterion("id", [("eq", "", "a"), ("eq", "", "c")], "id")) == ["a", "c"]


def test_references_match_whole_or_by_bare_id(store: SqlStore) -> None:
    put(
        store,
        resource("Claim", "a", IndexEntry("patient", "Patient/1")),
        resource("Claim", "b", IndexEntry("patient", "Patient/11")),
        resource("Claim", "c", IndexEntry("patient", "Patient/x_1")),
        resource("Claim", "d", IndexEntry("patient", "https://elsewhere.example/Patient/1")),
    )

    def found(value: str) -> list[str]:
        return ids(store, Criterion("patient", [("eq", "", value)], "reference"))

    assert found("Patient/1") == ["a"]
    assert found("1") == ["a"]
    assert found("x_1") == ["c"]
    assert found("%") == []
    assert found("Group/1") == []
    assert found("https://elsewhere.example/Patient/1") == ["d"]


def test_strings_match_by_their_beginning(store: SqlStore) -> None:
    put(store, resource("Patient", "a", IndexEntry("name", "traore"), IndexEntry("name", "awa")))
    put(store, resource("Patient", "b", IndexEntry("name", "tra_ore")))

    def found(value: str) -> list[str]:
        return ids(store, Criterion("name", [("eq", "", value)], "string"), type="Patient")

    assert found("tra") == ["a", "b"]
    assert found("awa") == ["a"]
    assert found("tra_") == ["b"]
    assert found("ore") == []


DATES = {
    "year": "2026",
    "month": "2026-10",
    "day": "2026-10-31",
    "minute": "2026-10-31T08:00Z",
    "second": "2026-10-31T08:00:00+00:00",
    "zoned": "2026-10-31T23:30:00-01:00",
    "next": "2026-11-01",
    "period": "2026-10-30/2026-11-02",
    "open": "2026-10-31/",
}


@pytest.mark.parametrize(
    ("prefix", "value", "expected"),
    [
        ("eq", "2026-10-31", "day minute second"),
        ("eq", "2026-10", "month day minute second"),
        ("eq", "2026", "year month day minute second zoned next period"),
        ("eq", "2026-10-31T08:00:00Z", "second"),
        ("eq", "2026-10-31T09:00:00+01:00", "second"),
        ("eq", "2026-11-01T00:30:00Z", "zoned"),
        ("ne", "2026-10", "year zoned next period open"),
        ("gt", "2026-10-31", "year zoned next period open"),
        ("ge", "2026-10-31", "year day minute second zoned next period open"),
        ("lt", "2026-10-31", "year month period"),
        ("le", "2026-10-31", "year month day minute second period"),
        ("sa", "2026-10-31", "zoned next"),
        ("eb", "2026-10-31T09:00Z", "minute second"),
    ],
)
def test_dates_compare_as_the_specification_says(
    store: SqlStore, prefix: str, value: str, expected: str
) -> None:
    put(store, *(resource("Claim", id, IndexEntry("created", at)) for id, at in DATES.items()))
    criterion = Criterion("created", [(prefix, "", value)], "date")
    assert ids(store, criterion) == expected.split()


def test_what_cannot_be_searched_is_an_error_and_not_an_empty_page(store: SqlStore) -> None:
    for criterion, told in (
        (Criterion("created", [("eq", "", "31/10/2026")], "date"), "^31/10/2026$"),
        (Criterion("created", [("ap", "", "2026")], "date"), "not a search prefix: ap"),
        (Criterion("created", [("eq", "", "2026")], "quantity"), "not a"),
    ):
        with pytest.raises(ValueError, match=told):
            store.search("Claim", [criterion], 10, None)


def test_find_gives_the_newest(store: SqlStore) -> None:
    put(store, resource("Coverage", "old", IndexEntry("subscriber-id", "7", "urn:amo")))
    put(store, resource("Coverage", "new", IndexEntry("subscriber-id", "7", "urn:amo")))
    found = store.find("Coverage", "subscriber-id", "urn:amo", "7")
    assert found is not None
    assert found.id == "new"
    assert store.find("Coverage", "subscriber-id", "urn:amo", "8") is None
