"""Code tables as grids: changed rows go into a draft, missing codes are ranked."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from hub import map_wiring, wiring
from hub.authoring import releases, tables, tables_needs
from hub.authoring.people import Person
from hub.authoring.tables import Change
from hub.errors import Forbidden, Invalid
from hub.exchange.sightings import codes
from hub.formats import exact_json, spreadsheet
from hub.model import Exchange, Operation, State
from hub.ports import Acceptance, ConceptRow
from hub.ports import Change as Saved

ACTS = "https://benkan.example/fhir/ConceptMap/inps-acte"
SYSTEM = "https://benkan.example/fhir/CodeSystem/acte"
AWA = Person("person|awa", ("mapping-editor",))
FANTA = Person("person|fanta", ("mapping-publisher", "mapping-editor"))
NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)


@pytest.fixture
def hub(packaged):
    return packaged


def held(hub: wiring.Hub, id: str, code: str, day: date = date(2026, 11, 3)) -> None:
    missing = [{"map": f"{ACTS}|0.1.0", "system": SYSTEM, "code": code, "path": "item[0]"}]
    made = Exchange(
        id,
        State.ACCEPTED,
        Operation.CLAIM,
        f"Claim/{id}",
        "s|p",
        f"s|{id}",
        "0" * 64,
        id,
        id,
        id,
        day,
        NOW,
        NOW,
        partner="inps",
        held=True,
        reason="Code.",
        detail={"missing": missing},
    )
    hub.store.accept([Acceptance((), (made,))])


def row(hub: wiring.Hub, code: str, table: tables.Table | None = None) -> dict[str, str]:
    shown = table or tables.opened(hub, ACTS)
    return next(one for one in shown.rows if one["source_code"] == code)


def test_a_table_is_shown_as_it_holds_and_changed_in_a_draft_of_its_own(hub) -> None:
    before = tables.opened(hub, ACTS)
    assert row(hub, "consult-gen")["target_code"] == "10101"
    place = before.rows.index(row(hub, "consult-gen"))
    changes = [
        Change(place, {"target_code": "10199", "comment": "Révisé"}),
        Change(None, {"source_code": "kine", "target_code": "20201", "valid_from": "2027-01-01"}),
        Change(before.rows.index(row(hub, "cesarienne")), None),
    ]
    saved = tables.save(hub, AWA, ACTS, before.seen, changes)
    assert len(saved.rows) == len(before.rows)
    assert row(hub, "consult-gen", saved)["comment"] == "Révisé"
    new = row(hub, "kine", saved)
    assert (new["relationship"], new["source_system"]) == ("equivalent", SYSTEM)
    assert [one for one in saved.rows if one["source_code"] == "cesarienne"] == []
    draft = releases.draft(hub, ACTS)
    assert (draft.editor, draft.hash) == ("person|awa", saved.seen)
    live = hub.maps.library().concept_maps()
    assert f"{ACTS}|{before.version}" in live
    assert exact_json.loads(draft.text.encode())["version"] != before.version


def test_whoever_changed_the_draft_first_is_named_and_nothing_is_overwritten(hub) -> None:
    seen = tables.opened(hub, ACTS).seen
    tables.save(hub, FANTA, ACTS, seen, [Change(None, {"source_code": "a", "target_code": "1"})])
    with pytest.raises(releases.Overtaken, match="fanta"):
        tables.save(hub, AWA, ACTS, seen, [Change(None, {"source_code": "b", "target_code": "2"})])
    assert "b" not in [one["source_code"] for one in tables.opened(hub, ACTS).rows]


def test_only_authors_write_and_a_row_must_mean_something(hub) -> None:
    seen = tables.opened(hub, ACTS).seen
    operator = Person("person|o", ("operator",))
    change = [Change(None, {"source_code": "a", "target_code": "1"})]
    with pytest.raises(Forbidden):
        tables.save(hub, operator, ACTS, seen, change)
    for wrong in ({"target_code": "1"}, {"source_code": "a", "relationship": "same"}):
        with pytest.raises(Invalid):
            tables.save(hub, AWA, ACTS, seen, [Change(None, wrong)])
    assert releases.draft(hub, ACTS) is None


def test_duplicates_and_conflicts_are_kept_in_the_draft_and_marked(hub) -> None:
    seen = tables.opened(hub, ACTS).seen
    twice = [
        Change(None, {"source_code": "consult-gen", "target_code": "10101"}),
        Change(None, {"source_code": "consult-spec", "target_code": "99999"}),
    ]
    saved = tables.save(hub, AWA, ACTS, seen, twice)
    marks = {saved.rows[place]["target_code"]: one.code for place, one in saved.marks.items()}
    assert marks == {"10101": "duplicate", "99999": "conflict"}
    assert tables.opened(hub, ACTS).marks.keys() == saved.marks.keys()


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_table_taken_out_and_brought_in_again_is_the_same(hub, form) -> None:
    before = tables.opened(hub, ACTS)
    body = tables.take_out(hub, ACTS, form)
    after = tables.bring_in(hub, AWA, ACTS, before.seen, body, whole=True)
    assert after.rows == before.rows
    again = {k: v for k, v in after.tree.items() if k != "version"}
    assert again == {k: v for k, v in before.tree.items() if k != "version"}


def test_two_pasted_columns_add_and_replace_rows(hub) -> None:
    before = tables.opened(hub, ACTS)
    saved = tables.bring_in(
        hub, AWA, ACTS, before.seen, "consult-gen\t10177\nkiné\t20201\n".encode()
    )
    assert len(saved.rows) == len(before.rows) + 1
    assert row(hub, "consult-gen", saved)["target_code"] == "10177"
    assert row(hub, "kiné", saved)["target_code"] == "20201"
    with pytest.raises(Invalid, match="two columns"):
        tables.bring_in(hub, AWA, ACTS, saved.seen, b"a\tb\tc\n")


def test_twenty_thousand_rows_are_brought_in_and_read_again(hub) -> None:
    before = tables.opened(hub, ACTS)
    rows = [["source_code", "source_display", "target_code"]]
    rows += [
        [f"A{n:05}", "Libellé fictif de soixante caractères, accents compris : éàü", f"{n}"]
        for n in range(20_000)
    ]
    saved = tables.bring_in(hub, AWA, ACTS, before.seen, spreadsheet.write(rows))
    assert len(saved.rows) == 20_000 + len(before.rows)


def test_codes_without_a_row_come_by_those_that_wait_then_by_traffic(hub) -> None:
    held(hub, "H1", "rare")
    held(hub, "H2", "rare")
    for number, code in enumerate(["frequent"] * 3 + ["once", "consult-gen"]):
        made = Exchange(
            f"T{number}",
            State.ACCEPTED,
            Operation.CLAIM,
            f"Claim/T{number}",
            "s|p",
            f"t|{number}",
            "0" * 64,
            f"T{number}",
            "c",
            "w",
            date(2026, 11, 3),
            NOW,
            NOW,
            next_attempt=NOW,
        )
        hub.store.accept([Acceptance((), (made,))])
        leased = hub.store.lease(made.id, 60)
        claim = {"item": [{"productOrService": {"coding": [{"system": SYSTEM, "code": code}]}}]}
        hub.store.save(Saved(leased, seen=codes(claim)))
    lacks, _ = tables_needs.waiting(hub)
    found = tables_needs.uncovered(hub, tables.opened(hub, ACTS), lacks)
    assert [(one.code, one.held, one.seen) for one in found[:3]] == [
        ("rare", 2, 0),
        ("frequent", 0, 3),
        ("once", 0, 1),
    ]
    assert "consult-gen" not in [one.code for one in found]


def test_a_held_exchange_is_ready_when_its_code_was_added_or_published_for_its_day(hub) -> None:
    held(hub, "H1", "kine")
    held(hub, "H2", "kine", date(2026, 10, 1))
    held(hub, "H3", "urgent")
    assert tables_needs.waiting(hub)[1] == []
    hub.store.add_concepts([ConceptRow(ACTS, SYSTEM, "urgent", "t", "1")], "person|awa")
    assert [one.id for one in tables_needs.waiting(hub)[1]] == ["H3"]
    seen = tables.opened(hub, ACTS).seen
    new = {"source_code": "kine", "target_code": "20201", "valid_from": "2026-11-01"}
    saved = tables.save(hub, AWA, ACTS, seen, [Change(None, new)])
    assert [one.id for one in tables_needs.waiting(hub)[1]] == ["H3"]  # a draft holds for nobody
    found = releases.test(hub, AWA, ACTS)
    assert found.ok, found
    releases.propose(hub, AWA, ACTS, saved.seen, "Kinésithérapie fictive")
    releases.approve(hub, FANTA, ACTS, saved.seen, date(2026, 1, 1), "care", "Relu et accepté")
    lacks, ready = tables_needs.waiting(hub)
    assert sorted(one.id for one in ready) == ["H1", "H3"]
    assert [[e.id for e in lack.exchanges] for lack in lacks.values()] == [["H2"]]


def test_a_row_with_dates_holds_at_the_day_of_care(hub) -> None:
    before = tables.opened(hub, ACTS)
    place = before.rows.index(row(hub, "consult-gen"))
    changes = [
        Change(place, {"valid_until": "2026-12-31"}),
        Change(
            None, {"source_code": "consult-gen", "target_code": "10102", "valid_from": "2027-01-01"}
        ),
    ]
    tree = tables.save(hub, AWA, ACTS, before.seen, changes).tree
    has = map_wiring.rows_of(tree)
    assert has(SYSTEM, "consult-gen", "2026-12-31")
    only = {
        **tree,
        "group": [
            {
                **tree["group"][0],
                "element": [
                    {**one, "target": one["target"][:1]}
                    for one in tree["group"][0]["element"]
                    if one["code"] == "consult-gen"
                ],
            }
        ],
    }
    assert not map_wiring.rows_of(only)(SYSTEM, "consult-gen", "2027-01-01")
    assert replace(changes[0], cells=None).cells is None
