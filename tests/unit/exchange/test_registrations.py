"""Notices of the bodies: one person whatever the number, covers closed and never overwritten."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date

import pytest
from exchange_world import SID, Mapper, World

from hub.errors import Unreadable
from hub.exchange import covers, crosswalk, decisions, news, registrations, routing
from hub.exchange.control import Control
from hub.formats import exact_json
from hub.model import Reply, ReplyKind, Tree

AMO, NINA = f"{SID}numero-amo", f"{SID}nina"
TEMP = {"system": AMO, "value": "PRV-000101", "use": "temp"}
DEFINITIVE = {"system": AMO, "value": "20000037-00", "use": "official"}
CARD = {"system": NINA, "value": "11871503321001K", "use": "official"}


@dataclass
class Telling(Mapper):
    """The notice itself is the Bundle."""

    sent: list[Tree] = field(default_factory=list)

    def map(self, canonical: str, source: Tree, when: object = None) -> Tree:
        if canonical.endswith("-registration-answer|1"):
            return dict(source["answer"]["bundle"])
        return super().map(canonical, source)


@dataclass
class Bureau:
    """A hub that is told about people."""

    world: World
    count: int = 0

    def tell(self, day: str, *told: Tree, notice: str = "") -> bool:
        self.count += 1
        bundle = {
            "resourceType": "Bundle",
            "type": "collection",
            "timestamp": f"{day}T00:00:00Z",
            "entry": [{"resource": one} for one in told],
        }
        part = {"kind": "news", "operation": "registration", "reference": None, "bundle": bundle}
        number = notice or f"N-{self.count}"
        body = exact_json.dumps(part)
        reply = Reply(ReplyKind.NEWS, "registration", None, body, "application/json", number)
        return news.apply(self.world.trip, "loopback", reply)

    def person(self, *identifier: str) -> str:
        keys = [(identifier[0], identifier[1])]
        return crosswalk.find(self.world.store, keys, date(2026, 10, 1)).person

    def patient(self, value: str = "20000037-00", system: str = AMO) -> Tree:
        stored = self.world.store.read("Patient", self.person(system, value))
        assert stored is not None
        return dict(exact_json.loads(stored.body))

    def covers(self, value: str = "20000037-00", system: str = AMO) -> list[Tree]:
        found = covers.of(self.world.store, self.person(system, value))
        return sorted((tree for tree, _ in found), key=covers.first_day)


@pytest.fixture
def bureau(world: World) -> Bureau:
    bodies = {
        code: routing.Body(
            code, code, "manager", "ML", "loopback", frozenset({_key(code), f"Organization/{code}"})
        )
        for code in ("LB", "LC")
    }
    trip = replace(world.trip, mapper=Telling(), table=routing.Routing(bodies))
    return Bureau(replace(world, trip=trip))


def _key(code: str) -> str:
    return f"{SID}organisme|{code}"


def patient(*identifiers: Tree, **more: object) -> Tree:
    tree: Tree = {
        "resourceType": "Patient",
        "identifier": [dict(i) for i in identifiers],
        "name": [{"use": "official", "family": "Guindo", "given": ["Modibo dit Papa"]}],
        "birthDate": "1987-03-15",
    }
    return tree | more


def coverage(code: str = "LB", number: Tree = DEFINITIVE, **more: object) -> Tree:
    named = {"system": number["system"], "value": number["value"]}
    tree: Tree = {
        "resourceType": "Coverage",
        "status": "active",
        "type": {"coding": [{"system": "https://benkan.example/r", "code": "AMO"}]},
        "subscriber": {"type": "Patient", "identifier": named},
        "beneficiary": {"type": "Patient", "identifier": named},
        "period": {"start": "2026-01-01"},
        "payor": [{"identifier": {"system": f"{SID}organisme", "value": code}}],
    }
    return tree | more


def test_the_provisional_number_finds_the_person_after_the_definitive_one(bureau: Bureau) -> None:
    assert bureau.tell("2026-07-06", patient(TEMP, CARD))
    before = bureau.person(AMO, "PRV-000101")
    assert bureau.tell("2026-08-01", patient(DEFINITIVE, {**TEMP, "use": "old"}))
    assert {bureau.person(AMO, v) for v in ("PRV-000101", "20000037-00")} == {before}
    uses = {i["value"]: i["use"] for i in bureau.patient()["identifier"]}
    assert uses == {"20000037-00": "official", "PRV-000101": "old", "11871503321001K": "official"}
    best = crosswalk.number(bureau.world.store, before, AMO, date(2026, 10, 1))
    assert best == "20000037-00"


def test_a_temporary_number_becomes_old_even_when_the_notice_does_not_say_so(
    bureau: Bureau,
) -> None:
    bureau.tell("2026-07-06", patient(TEMP, CARD))
    bureau.tell("2026-08-01", patient(DEFINITIVE, CARD))
    [old] = [i for i in bureau.patient()["identifier"] if i["value"] == "PRV-000101"]
    assert (old["use"], old["period"]["end"]) == ("old", "2026-08-01")


def test_a_notice_is_applied_once_and_one_that_changes_nothing_makes_no_version(
    bureau: Bureau,
) -> None:
    for notice in ("N-1", "N-1", "N-2"):
        assert bureau.tell("2026-07-06", patient(DEFINITIVE), coverage(), notice=notice)
    assert bureau.patient()["meta"]["versionId"] == "1"
    assert bureau.patient()["meta"]["source"] == f"{registrations.NOTICE}loopback/N-1"
    [cover] = bureau.covers()
    assert cover["meta"]["versionId"] == "1"
    outcomes = [
        p.outcome for _, _, p in bureau.world.store.pieces(bureau.person(AMO, "20000037-00"))
    ]
    assert outcomes == ["created", "created", "unchanged", "unchanged"]


def test_a_notice_whose_number_was_used_for_other_content_is_set_aside(bureau: Bureau) -> None:
    assert bureau.tell("2026-07-06", patient(DEFINITIVE), coverage(), notice="N-1")
    with pytest.raises(Unreadable, match="other content"):
        bureau.tell("2026-07-06", patient(DEFINITIVE, birthDate="1988-01-01"), notice="N-1")
    assert bureau.patient()["birthDate"] == "1987-03-15"


def test_a_late_notice_does_not_undo_a_newer_one_but_its_numbers_are_kept(bureau: Bureau) -> None:
    married = {"name": [{"use": "official", "family": "Touré", "given": ["Modibo"]}]}
    bureau.tell(
        "2026-08-01",
        patient(DEFINITIVE, **married),
        coverage(period={"start": "2026-01-01", "end": "2026-12-31"}),
    )
    bureau.tell("2026-07-01", patient(DEFINITIVE, CARD, birthDate="1988"), coverage())
    known = bureau.patient()
    assert (known["name"][0]["family"], known["birthDate"]) == ("Touré", "1987-03-15")
    assert bureau.person(NINA, CARD["value"]) == known["id"]
    assert bureau.covers()[0]["period"]["end"] == "2026-12-31"


@pytest.mark.parametrize("late", [False, True])
def test_a_change_of_body_makes_two_covers_with_adjoining_periods(
    bureau: Bureau, late: bool
) -> None:
    told = [
        ("2026-01-05", coverage("LB")),
        ("2026-07-01", coverage("LC", period={"start": "2026-07-01"})),
    ]
    bureau.tell("2026-01-01", patient(DEFINITIVE))
    for day, cover in reversed(told) if late else told:
        bureau.tell(day, cover)
    periods = [(c["payor"][0]["identifier"]["value"], c["period"]) for c in bureau.covers()]
    assert periods == [
        ("LB", {"start": "2026-01-01", "end": "2026-06-30"}),
        ("LC", {"start": "2026-07-01"}),
    ]
    table, store = bureau.world.trip.table, bureau.world.store
    person = bureau.person(AMO, "20000037-00")
    days = [date(2025, 12, 31), date(2026, 6, 30), date(2026, 7, 1)]
    bodies = [covers.manager(store, table, person, day) for day in days]
    assert [b and b.code for b in bodies] == [None, "LB", "LC"]


def test_a_limit_is_told_of_the_cover_that_names_its_body_by_reference(bureau: Bureau) -> None:
    """Covers that came before the body's own notices name it as FHIR resources do."""
    loaded = coverage(payor=[{"reference": "Organization/LB"}], period={"start": "2026-01-01"})
    bureau.tell("2026-01-01", patient(DEFINITIVE), loaded)
    limit = {"start": "2026-01-01", "end": "2026-09-08"}
    bureau.tell("2026-03-01", coverage("LB", period=limit))
    [cover] = bureau.covers()
    assert cover["period"] == limit


def test_rights_that_open_again_after_a_gap_are_another_cover(bureau: Bureau) -> None:
    bureau.tell(
        "2026-01-01",
        patient(DEFINITIVE),
        coverage(period={"start": "2026-01-01", "end": "2026-03-31"}),
    )
    bureau.tell("2026-06-01", coverage(period={"start": "2026-06-01"}))
    assert [c["period"].get("end") for c in bureau.covers()] == ["2026-03-31", None]


def test_a_dependant_told_before_the_insured_is_linked_when_they_come(bureau: Bureau) -> None:
    child = {"system": AMO, "value": "20000037-05"}
    limit = {"start": "2026-01-01", "end": "2030-02-08"}
    insured = coverage()["subscriber"]
    bureau.tell(
        "2026-07-01",
        patient(child, name=[{"family": "Guindo", "given": ["Adama"]}], birthDate="2016-02-09"),
        coverage(number=child, subscriber=insured, period=limit),
    )
    assert "reference" not in bureau.covers("20000037-05")[0]["subscriber"]
    bureau.tell("2026-07-02", patient(DEFINITIVE))
    [cover] = bureau.covers("20000037-05")
    assert cover["subscriber"]["reference"] == f"Patient/{bureau.person(AMO, '20000037-00')}"
    assert cover["period"] == limit


def test_a_cover_told_before_its_person_waits_for_them(bureau: Bureau) -> None:
    assert bureau.tell("2026-07-02", coverage(), notice="C") is False
    bureau.tell("2026-07-01", patient(DEFINITIVE))
    assert bureau.tell("2026-07-02", coverage(), notice="C") is True
    assert len(bureau.covers()) == 1


def test_the_same_name_with_another_number_is_another_person(bureau: Bureau) -> None:
    bureau.tell("2026-07-01", patient(DEFINITIVE))
    bureau.tell("2026-07-01", patient({"system": AMO, "value": "20000074-00"}))
    assert bureau.person(AMO, "20000037-00") != bureau.person(AMO, "20000074-00")


def test_numbers_of_two_persons_are_never_merged_but_make_one_task(bureau: Bureau) -> None:
    bureau.tell("2026-07-01", patient(DEFINITIVE))
    bureau.tell("2026-07-01", patient(CARD))
    for _ in range(2):
        assert bureau.tell("2026-08-01", patient(DEFINITIVE, CARD), notice="BOTH")
    [task] = bureau.world.store.tasks()
    assert (task.kind, len(task.news)) == ("ambiguous", 1)
    assert bureau.person(AMO, "20000037-00") != bureau.person(NINA, CARD["value"])


def test_a_number_that_comes_back_with_another_name_and_birth_date_is_not_merged(
    bureau: Bureau,
) -> None:
    bureau.tell("2026-07-01", patient(DEFINITIVE))
    other = {"name": [{"family": "Cissé", "given": ["Awa"]}], "birthDate": "1961"}
    bureau.tell("2026-08-01", patient(DEFINITIVE, **other))
    assert bureau.patient()["name"][0]["family"] == "Guindo"
    assert [t.kind for t in bureau.world.store.tasks(open=True)] == ["ambiguous"]


def test_a_year_of_birth_says_nothing_against_the_full_date(bureau: Bureau) -> None:
    bureau.tell("2026-07-01", patient(DEFINITIVE))
    bureau.tell("2026-08-01", patient(DEFINITIVE, birthDate="1987", gender="male"))
    known = bureau.patient()
    assert (known["birthDate"], known["gender"]) == ("1987-03-15", "male")


def test_what_a_person_decided_lets_the_notice_in(bureau: Bureau) -> None:
    bureau.tell("2026-07-01", patient(DEFINITIVE))
    bureau.tell("2026-07-01", patient(CARD))
    bureau.tell("2026-08-01", patient(DEFINITIVE, CARD, gender="male"), notice="BOTH")
    [task] = bureau.world.store.tasks()
    control = Control(bureau.world.trip)
    decisions.resolve(control, task.id, (AMO, DEFINITIVE["value"]), "awa")
    assert decisions.apply_news(bureau.world.trip) == 1
    assert decisions.apply_news(bureau.world.trip) == 0
    assert bureau.patient()["gender"] == "male"
    assert bureau.person(NINA, CARD["value"]) != bureau.person(AMO, DEFINITIVE["value"])


@pytest.mark.parametrize(
    "wrong",
    [
        {"period": {"start": "hier"}},
        {"period": {"start": "2026-02-30"}},
        {"payor": []},
        {"status": "perhaps"},
        {"beneficiary": "x"},
        {"period": "x"},
    ],
)
def test_a_notice_nobody_can_read_goes_to_quarantine_and_changes_nothing(
    bureau: Bureau, wrong: Tree
) -> None:
    bureau.tell("2026-01-01", patient(DEFINITIVE), coverage())
    told = coverage("LC", **wrong)
    with pytest.raises(Unreadable):
        bureau.tell("2026-07-01", patient(DEFINITIVE, gender="male"), told)
    assert "gender" not in bureau.patient()
    assert len(bureau.covers()) == 1
