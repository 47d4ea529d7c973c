"""Lists and statements: asked by whoever wants to know, put by a worker, kept with history."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

import pytest
from exchange_world import SID, Mapper, World, claim

from adapters.loopback.adapter import Loopback
from hub.exchange import news, questions, routing
from hub.formats import exact_json
from hub.model import Message, Reply, ReplyKind, State, Tree

DAY = date(2026, 10, 29)


class Scheme(Loopback):
    """The scheme manager, in memory."""

    name = "scheme"


@dataclass
class Publishing(Mapper):
    """What the scheme manager publishes: rows by list."""

    rows: dict[str, list[Tree]] = field(default_factory=dict)
    books: list[Tree] = field(default_factory=list)

    def map(self, canonical: str, source: Tree, when: object = None) -> Tree:
        asked = source.get("dossier", {})
        if canonical.endswith("-reference-answer|1"):
            told = self.rows.get(asked["list"], [])
            return {"list": asked["list"], "day": asked["day"], "row": told}
        if canonical.endswith("-statement-answer|1"):
            about = {"body": asked.get("body", "LB"), "month": asked.get("month", "2026-10")}
            return {**about, "currency": "XOF", "row": self.books}
        if canonical.endswith(("-reference|1", "-statement|1")):
            return dict(source)
        return super().map(canonical, source)


@dataclass
class Office:
    world: World
    scheme: Scheme
    mapper: Publishing

    def pull(self, day: date = DAY) -> None:
        asked = questions.ask_lists(self.world.trip, day, again=True)
        for question in self.world.store.questions(asked):
            questions.put(self.world.trip, question)

    def codes(self, list: str, day: str) -> list[str]:
        rows = self.world.store.reference(list, date.fromisoformat(day))
        return [f"{row.code}={row.value}" for row in rows]


@pytest.fixture
def office(world: World) -> Office:
    scheme, mapper = Scheme(), Publishing()
    body = routing.Body("SM", "Scheme", "scheme", "ML", "scheme", frozenset(), f"{SID}n")
    table = routing.Routing({**world.trip.table.bodies, "SM": body})
    adapters = {**world.trip.adapters, "scheme": scheme}
    trip = replace(world.trip, table=table, adapters=adapters, mapper=mapper)
    return Office(replace(world, trip=trip), scheme, mapper)


def tariff(value: str, start: str, end: str = "", code: str = "CON-GEN") -> Tree:
    row: Tree = {"code": code, "value": Decimal(value), "currency": "XOF", "start": start}
    return row | ({"end": end} if end else {})


def test_lists_are_kept_by_date_with_their_history(office: Office) -> None:
    office.mapper.rows = {"tarifs": [tariff("2000", "2022-01-02")]}
    office.pull(date(2026, 1, 10))
    office.mapper.rows = {
        "tarifs": [tariff("2000", "2022-01-02", "2026-06-30"), tariff("2500.50", "2026-07-01")]
    }
    office.pull(date(2026, 7, 2))
    assert office.codes("tarifs", "2026-06-30") == ["CON-GEN=2000"]
    assert office.codes("tarifs", "2026-07-01") == ["CON-GEN=2500.50"]
    assert office.codes("tarifs", "2021-12-31") == []
    [pull] = office.world.store.reference_pulls("tarifs")
    assert (pull.day, pull.rows, pull.changed) == (date(2026, 7, 2), 2, 2)


def test_a_row_that_is_not_told_any_more_held_until_it_was_told_last(office: Office) -> None:
    suspended = {"code": "CNV-ML-00001", "label": "Contrôle", "start": "2026-03-01"}
    office.mapper.rows = {"suspensions": [suspended]}
    office.pull(date(2026, 5, 1))
    office.mapper.rows = {}
    office.pull(date(2026, 8, 1))
    assert len(office.codes("suspensions", "2026-04-30")) == 1
    assert office.codes("suspensions", "2026-08-01") == []


def test_every_day_each_list_is_asked_for_once(office: Office) -> None:
    for _ in range(20):
        questions.put_due(office.world.trip)
    assert len(office.scheme.sent) == len(questions.LISTS)
    assert len(office.world.store.reference_pulls()) == len(questions.LISTS)


def test_while_the_institution_is_away_the_question_waits(office: Office) -> None:
    office.scheme.fail_next = ["unreachable", "unconfirmed-before"]
    [id] = [office.world.store.ask_for("scheme", "statement", "LB", "2026-10")]
    for _ in range(30):
        questions.put_due(office.world.trip)
    [asked] = office.world.store.questions([id])
    assert asked.done is not None
    assert "Feuilles : 0" in asked.told


def test_a_claim_of_a_suspended_provider_says_so_and_leaves_all_the_same(office: Office) -> None:
    """T16: the institution decides; the hub notes what the scheme manager's list says."""
    suspended = {"code": "CNV-ML-00001", "label": "Contrôle", "start": "2026-03-01"}
    office.mapper.rows = {"suspensions": [suspended]}
    office.pull()
    _, exchange = office.world.post(claim())
    office.world.trip.advance(exchange.id)
    assert office.world.now(exchange.id).state is State.CLOSED
    [noted] = [e for e in office.world.store.events(exchange.id) if e.what == "noted"]
    assert "suspendu" in noted.text
    _, before = office.world.post(
        claim("F-2", item=[{**claim()["item"][0], "servicedDate": "2026-02-28"}])
    )
    office.world.trip.advance(before.id)
    assert "noted" not in office.world.story(before.id)


def test_a_statement_that_comes_later_as_a_file_is_kept_once(office: Office) -> None:
    row = {"submission": "s1", "sheet": "F-1", "claimed": Decimal("12500"), "share": 8750}
    office.mapper.books = [row | {"status": "liquidee"}]
    part = exact_json.dumps({"kind": "news", "operation": "statement", "reference": None})
    reply = Reply(ReplyKind.NEWS, "statement", None, part, "application/json", "E-1")
    for _ in range(2):
        assert news.apply(office.world.trip, "loopback", reply)
    kept = office.world.store.statement("loopback", "LB", "2026-10")
    assert kept is not None
    [line] = kept.rows
    assert (line.claimed, line.share, line.currency) == ("12500", "8750", "XOF")


def test_a_question_that_will_be_answered_by_a_file_is_done(office: Office) -> None:
    def later(message: Message) -> Reply:
        return Reply(ReplyKind.ACKNOWLEDGED, message.operation, message.key, b"", "text/plain")

    office.scheme.send = later  # type: ignore[method-assign]
    id = office.world.store.ask_for("scheme", "statement", "LB", "2026-10")
    for _ in range(10):
        questions.put_due(office.world.trip)
    [asked] = office.world.store.questions([id])
    assert asked.told == questions.LATER
    assert office.world.store.statement("scheme", "LB", "2026-10") is None


def test_asking_for_an_older_day_does_not_undo_what_is_known_now(office: Office) -> None:
    office.mapper.rows = {"tarifs": [tariff("2500", "2026-01-01")]}
    office.pull(date(2026, 10, 1))
    office.mapper.rows = {"tarifs": [tariff("2000", "2026-01-01")]}
    office.pull(date(2026, 9, 1))
    assert office.codes("tarifs", "2026-09-15") == ["CON-GEN=2500"]


def test_an_institution_that_is_not_connected_is_not_asked(office: Office) -> None:
    id = office.world.store.ask_for("absent", "statement", "XX", "2026-10")
    [question] = office.world.store.questions([id])
    questions.put(office.world.trip, question)
    [asked] = office.world.store.questions([id])
    assert (asked.told, asked.done is not None) == (questions.NOT_ASKED, True)
