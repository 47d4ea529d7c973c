"""Unknown and ambiguous people: one task, however many claims wait; the right number frees them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from exchange_world import SID, Mapper, World, claim
from test_rights import NUMBER, Asked, asked, bundle

from hub.errors import Invalid, Issue, NotFound, Refused, Unmappable
from hub.exchange import covers, decisions, doubts, resources
from hub.exchange.control import Control
from hub.formats import exact_json
from hub.model import Message, State, Tree
from hub.ports import Acceptance, Identity

__all__ = ["asked"]

RIGHT = "20000037-00"


def known(world: World, person: str, *numbers: str, **more: str) -> None:
    rows = [Identity(f"{SID}n", number, person, source="test", **more) for number in numbers]
    world.store.note_identities(rows)


def task_of(world: World) -> Tree:
    [task] = world.store.tasks()
    stored = world.store.read("Task", task.id)
    assert stored is not None
    return dict(exact_json.loads(stored.body))


def test_claims_of_one_unknown_person_make_one_task_that_the_right_number_resolves(
    asked: Asked,
) -> None:
    posted = [asked.world.post(bundle(f"F-{n}"))[1] for n in range(3)]
    for exchange in posted:
        asked.world.trip.advance(exchange.id)
    [task] = asked.world.store.tasks(open=True)
    assert (task.kind, task.keys) == ("unknown", [(f"{SID}n", NUMBER)])
    assert list(task.exchanges) == [e.id for e in posted]
    doubts.show_all(asked.world.trip)
    shown = task_of(asked.world)
    assert shown["status"] == "requested"
    assert len([i for i in shown["input"] if "valueReference" in i]) == 3

    known(asked.world, "p1", RIGHT)
    asked.mapper.bodies = {RIGHT: "LB"}
    control = Control(asked.world.trip)
    assert decisions.resolve(control, task.id, ("", RIGHT), "awa") == 3
    for exchange in posted:
        asked.world.trip.advance(exchange.id)
        assert asked.world.now(exchange.id).state is State.CLOSED
        assert asked.world.story(exchange.id).count("resumed") == 1
    shown = task_of(asked.world)
    assert (shown["status"], shown["for"]) == ("completed", {"reference": "Patient/p1"})
    assert asked.world.store.tasks(open=True) == []


def test_the_next_claim_with_the_wrong_number_needs_nobody(asked: Asked) -> None:
    _, first = asked.world.post(bundle("F-1"))
    asked.world.trip.advance(first.id)
    [task] = asked.world.store.tasks()
    known(asked.world, "p1", RIGHT)
    asked.mapper.bodies = {RIGHT: "LB"}
    decisions.resolve(Control(asked.world.trip), task.id, ("", RIGHT), "awa")
    _, second = asked.world.post(bundle("F-2"))
    asked.world.trip.advance(second.id)
    assert asked.world.now(second.id).state is State.CLOSED
    assert len(asked.world.store.tasks()) == 1


def test_numbers_of_two_people_are_decided_for_exactly_these_numbers(asked: Asked) -> None:
    known(asked.world, "p1", RIGHT)
    other = {"system": f"{SID}nina", "value": "12012345678901K"}
    asked.world.store.note_identities([Identity(other["system"], other["value"], "p2")])
    patient = {"identifier": other}
    both = bundle("F-1", subscriberId=RIGHT)
    both["entry"][0]["resource"]["patient"] = patient
    _, exchange = asked.world.post(both)
    asked.world.trip.advance(exchange.id)
    held = asked.world.now(exchange.id)
    assert held.held
    assert "plusieurs personnes" in held.reason
    [task] = asked.world.store.tasks(open=True)
    assert task.kind == "ambiguous"
    asked.mapper.bodies = {RIGHT: "LB"}
    decisions.resolve(Control(asked.world.trip), task.id, (f"{SID}n", RIGHT), "awa")
    asked.world.trip.advance(exchange.id)
    assert asked.world.now(exchange.id).state is State.CLOSED
    rows = asked.world.store.identities([(other["system"], other["value"])])
    assert [row.person for row in rows] == ["p2"]


def test_numbers_of_two_people_wait_also_when_the_cover_names_its_manager(asked: Asked) -> None:
    known(asked.world, "p1", RIGHT)
    other = {"system": f"{SID}nina", "value": "12012345678901K"}
    asked.world.store.note_identities([Identity(other["system"], other["value"], "p2")])
    payor = [{"identifier": {"system": f"{SID}organisme", "value": "LB"}}]
    both = bundle("F-1", subscriberId=RIGHT, payor=payor)
    both["entry"][0]["resource"]["patient"] = {"identifier": other}
    _, exchange = asked.world.post(both)
    assert exchange.partner == "loopback"
    asked.world.trip.advance(exchange.id)
    assert "plusieurs personnes" in asked.world.now(exchange.id).reason
    assert [task.kind for task in asked.world.store.tasks(open=True)] == ["ambiguous"]
    # A number that two people share is no doubt when one of them has all that are written.
    asked.world.store.note_identities([Identity(other["system"], other["value"], "p1")])
    both["entry"][0]["resource"]["identifier"][0]["value"] = "F-2"
    _, plain = asked.world.post(both)
    asked.world.trip.advance(plain.id)
    assert asked.world.now(plain.id).state is State.CLOSED


def test_a_task_is_resolved_once_and_with_a_number_that_somebody_has(asked: Asked) -> None:
    _, exchange = asked.world.post(bundle())
    asked.world.trip.advance(exchange.id)
    [task] = asked.world.store.tasks()
    control = Control(asked.world.trip)
    with pytest.raises(NotFound, match="Nobody has"):
        decisions.resolve(control, task.id, ("", "nobody"), "awa")
    with pytest.raises(NotFound, match="No task"):
        decisions.resolve(control, "none", ("", RIGHT), "awa")
    known(asked.world, "p1", RIGHT)
    decisions.resolve(control, task.id, ("", RIGHT), "awa")
    with pytest.raises(Invalid, match="resolved already"):
        decisions.resolve(control, task.id, ("", RIGHT), "awa")


def test_a_person_named_by_another_bodys_number_is_asked_about_by_the_schemes(
    asked: Asked,
) -> None:
    """The number that is valid on the date of care, whatever number the provider wrote."""
    known(asked.world, "p1", "OLD", end="2026-06-30")
    known(asked.world, "p1", RIGHT, start="2026-07-01")
    asked.world.store.note_identities([Identity(f"{SID}matricule", "M-1", "p1")])
    sheet = bundle("F-1")
    del sheet["entry"][1]["resource"]["subscriberId"]
    sheet["entry"][0]["resource"]["patient"] = {
        "identifier": {"system": f"{SID}matricule", "value": "M-1"}
    }
    _, exchange = asked.world.post(sheet)
    assert exchange.detail == {"ask": RIGHT}
    dossier = asked.world.trip.dossier(exchange)
    numbers = {i["system"]: i["value"] for i in dossier["patient"]["identifier"]}
    assert numbers == {f"{SID}n": RIGHT, f"{SID}matricule": "M-1"}
    before = replace(exchange, care_date=date(2026, 3, 1))
    patient = asked.world.trip.dossier(before)["patient"]
    assert {"system": f"{SID}n", "value": "OLD"} in patient["identifier"]


def test_a_registered_cover_of_the_day_spares_the_question(asked: Asked) -> None:
    known(asked.world, "p1", NUMBER)
    for code, period in [
        ("XX", {"start": "2026-01-01", "end": "2026-09-30"}),
        ("LB", {"start": "2026-10-01"}),
    ]:
        cover: Tree = {
            "resourceType": "Coverage",
            "status": "active",
            "beneficiary": {"reference": "Patient/p1"},
            "period": period,
            "payor": [{"identifier": {"system": f"{SID}organisme", "value": code}}],
        }
        id = resources.new_id()
        made = resources.emitted(cover | {"id": id}, id, asked.world.clock.now())
        asked.world.store.accept([Acceptance(resources=(made,))])
    assert len(covers.of(asked.world.store, "p1")) == 2
    _, exchange = asked.world.post(bundle())
    assert exchange.partner == "loopback"
    assert asked.scheme.sent == []


def test_a_number_of_another_body_that_nobody_has_makes_a_task_too(asked: Asked) -> None:
    """The scheme manager can only be asked by its own number."""

    def encode(operation: str, tree: Tree, key: str) -> Message:
        raise Refused(Issue("required", fr="Il manque le numéro.", en="No number.", path="n"))

    asked.scheme.encode = encode  # type: ignore[method-assign]
    asked.mapper.map = lambda canonical, source, when=None: {}  # type: ignore[method-assign]
    person = {"identifier": {"system": f"{SID}matricule", "value": "M-9"}}
    insurer = {"identifier": {"system": f"{SID}organisme", "value": "SM"}}
    _, exchange = asked.world.post(claim(patient=person, insurer=insurer))
    asked.world.trip.advance(exchange.id)
    assert "R01" in asked.world.now(exchange.id).reason
    [task] = asked.world.store.tasks(open=True)
    assert task.keys == [(f"{SID}matricule", "M-9")]


def test_rights_are_asked_by_the_schemes_number_whatever_the_provider_wrote(
    asked: Asked,
) -> None:
    known(asked.world, "p1", RIGHT)
    asked.world.store.note_identities([Identity(f"{SID}matricule", "M-1", "p1")])
    seen: list[Tree] = []

    def told(canonical: str, source: Tree, when: object = None) -> Tree:
        seen.append(source)
        raise Unmappable(Issue("value", fr="Assez vu.", en="Seen enough."))

    asked.mapper.map = told  # type: ignore[method-assign]
    question = {
        "resourceType": "CoverageEligibilityRequest",
        "patient": {"identifier": {"system": f"{SID}matricule", "value": "M-1"}},
        "insurer": {"identifier": {"system": f"{SID}organisme", "value": "SM"}},
    }
    with pytest.raises(Unmappable, match="Seen enough"):
        asked.world.trip.eligibility(question, exact_json.dumps(question))
    assert {"system": f"{SID}n", "value": RIGHT} in seen[0]["patient"]["identifier"]


def test_a_claim_with_nothing_to_look_up_is_as_before(world: World) -> None:
    _, exchange = world.post(claim())
    world.trip.advance(exchange.id)
    assert world.now(exchange.id).state is State.CLOSED


class Disowning(Mapper):
    """The body answers to each claim that it does not know the insured person."""

    def map(self, canonical: str, source: Tree, when: object = None) -> Tree:
        made = super().map(canonical, source, when)
        if canonical.endswith("-claim-answer|1"):
            code = {"coding": [{"system": doubts.REASONS, "code": doubts.UNKNOWN}]}
            made |= {"outcome": "error", "error": [{"code": code}]}
        return made


def test_a_person_whom_the_body_itself_does_not_know_is_one_task_and_the_sheets_stay_rejected(
    world: World,
) -> None:
    """The cover sent along named the body: nobody was asked before the claim left."""
    world = replace(world, trip=replace(world.trip, mapper=Disowning()))
    patient = {"identifier": {"system": f"{SID}n", "value": NUMBER}}
    posted = [world.post(claim(f"F-{n}", patient=patient))[1] for n in range(2)]
    for exchange in posted:
        world.trip.advance(exchange.id)
        assert (world.now(exchange.id).state, world.now(exchange.id).held) == (State.CLOSED, False)
    [task] = world.store.tasks(open=True)
    assert (task.kind, list(task.keys)) == ("unknown", [(f"{SID}n", NUMBER)])
    assert list(task.exchanges) == [e.id for e in posted]

    known(world, "p1", RIGHT)
    assert decisions.resolve(Control(world.trip), task.id, ("", RIGHT), "awa") == 0
    assert {world.now(e.id).state for e in posted} == {State.CLOSED}
