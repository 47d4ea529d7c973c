"""When the Coverage does not say who manages it, the scheme manager is asked, once."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date

import pytest
from exchange_world import SID, Mapper, World, claim

from adapters.loopback.adapter import Loopback
from hub.errors import (
    Issue,
    Problem,
    Refused,
    Unconfirmed,
    Unmappable,
    Unreachable,
    Unroutable,
)
from hub.exchange import routing
from hub.exchange.control import Control
from hub.exchange.intake import Intake
from hub.exchange.rights import MANAGER_EXTENSION, consult
from hub.formats import exact_json
from hub.model import Message, Reply, State, Tree

NUMBER = "20000001-00"


class Scheme(Loopback):
    """The scheme manager, in memory."""

    name = "scheme"


@dataclass
class Asking(Mapper):
    """Also maps rights enquiries: the body each number belongs to."""

    bodies: dict[str, str] = field(default_factory=dict)

    def map(self, canonical: str, source: Tree, when: object = None) -> Tree:
        if canonical.endswith("-eligibility|1"):
            return {"number": source["coverage"]["subscriberId"]}
        if canonical.endswith("-eligibility-answer|1"):
            number = source["dossier"]["coverage"]["subscriberId"]
            code = self.bodies.get(number)
            manager = {"url": MANAGER_EXTENSION, "valueIdentifier": {"value": code}}
            return {"insurance": [{"extension": [manager]} if code else {}]}
        return super().map(canonical, source)


@dataclass
class Asked:
    world: World
    scheme: Scheme
    mapper: Asking


@pytest.fixture
def asked(world: World) -> Asked:
    """The world of these tests with a scheme manager beside the managing body."""
    scheme, mapper = Scheme(), Asking()
    bodies = {
        **world.trip.table.bodies,
        "SM": routing.Body(
            "SM", "Scheme", "scheme", "ML", "scheme", frozenset({f"{SID}organisme|SM"}), f"{SID}n"
        ),
        "XX": routing.Body("XX", "Pas raccordée", "manager", "ML", "absent", frozenset()),
    }
    table = routing.Routing(bodies)
    adapters = {**world.trip.adapters, "scheme": scheme}
    trip = replace(world.trip, table=table, adapters=adapters, mapper=mapper)
    intake = Intake(world.store, table, world.clock, tuple(adapters))
    return Asked(replace(world, trip=trip, intake=intake), scheme, mapper)


def bundle(number: str = "F-1", **coverage: object) -> Tree:
    payor = [{"identifier": {"system": f"{SID}organisme", "value": "SM"}}]
    cover = {"resourceType": "Coverage", "status": "active", "subscriberId": NUMBER}
    cover |= {"beneficiary": {"display": "x"}, "payor": payor, **coverage}
    urn = "urn:uuid:11111111-1111-4111-8111-111111111111"
    insurance = [{"sequence": 1, "focal": True, "coverage": {"reference": urn}}]
    sheet = claim(number, insurance=insurance, insurer=payor[0])
    entries = [
        {"fullUrl": "urn:uuid:00000000-0000-4000-8000-000000000000", "resource": sheet},
        {"fullUrl": urn, "resource": cover},
    ]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


def test_the_scheme_manager_is_asked_and_its_answer_remembered(asked: Asked) -> None:
    asked.mapper.bodies = {NUMBER: "LB"}
    _, first = asked.world.post(bundle("F-1"))
    assert first.partner is None
    asked.world.trip.advance(first.id)
    done = asked.world.now(first.id)
    assert (done.state, done.partner) == (State.CLOSED, "loopback")
    assert "routed" in asked.world.story(first.id)
    _, second = asked.world.post(bundle("F-2"))
    assert second.partner == "loopback"
    assert len(asked.scheme.sent) == 1
    assert asked.world.store.rights_known(NUMBER, first.care_date) == "LB"


def test_while_the_scheme_manager_is_away_the_claim_waits(asked: Asked) -> None:
    asked.mapper.bodies = {NUMBER: "LB"}
    asked.scheme.fail_next = ["unreachable", "unconfirmed-before"]
    _, exchange = asked.world.post(bundle())
    asked.world.trip.advance(exchange.id)
    assert asked.world.now(exchange.id).state is State.CLOSED
    assert asked.world.partner.sent == [exchange.submission]


@pytest.mark.parametrize(("times", "held"), [(3, False), (4, True)])
def test_an_unreadable_answer_on_rights_is_asked_for_again_before_a_person_is(
    asked: Asked, times: int, held: bool
) -> None:
    asked.mapper.bodies = {NUMBER: "LB"}
    asked.scheme.fail_next = ["garbage"] * times
    _, exchange = asked.world.post(bundle())
    asked.world.trip.advance(exchange.id)
    now = asked.world.now(exchange.id)
    assert (now.held, now.state is State.CLOSED) == (held, not held)
    assert "qui gère cet assuré" in asked.world.store.events(exchange.id)[1].text


def test_a_claim_that_names_the_scheme_alone_is_told_what_it_lacks(asked: Asked) -> None:
    """The scheme manager is known here; it is the number of the insured person that is not."""
    scheme = {"identifier": {"system": f"{SID}organisme", "value": "SM"}}
    with pytest.raises(Unroutable) as refused:
        asked.world.post(claim(insurer=scheme))
    [issue] = refused.value.issues
    assert issue.path == "Claim.patient"
    assert "« Scheme » ne liquide pas" in issue.fr


@pytest.mark.parametrize(("bodies", "code"), [({}, "R01"), ({NUMBER: "XX"}, "R16")])
def test_a_person_nobody_connected_manages_is_held_with_the_reason(
    asked: Asked, bodies: dict[str, str], code: str
) -> None:
    asked.mapper.bodies = bodies
    _, exchange = asked.world.post(bundle())
    asked.world.trip.advance(exchange.id)
    held = asked.world.now(exchange.id)
    assert held.held
    assert code in held.reason
    assert asked.world.partner.sent == []
    asked.mapper.bodies = {NUMBER: "LB"}
    asked.world.store.remember_rights(NUMBER, exchange.care_date, "LB", asked.world.clock.now())
    Control(asked.world.trip).resume(exchange.id, "aminata")
    asked.world.trip.advance(exchange.id)
    assert asked.world.now(exchange.id).state is State.CLOSED


def test_a_cover_that_ended_before_the_care_does_not_decide(asked: Asked) -> None:
    """design.md: the managing body on the date of care, from the Coverage."""
    asked.mapper.bodies = {NUMBER: "LB"}
    payor = [{"identifier": {"system": f"{SID}organisme", "value": "LB"}}]
    _, ended = asked.world.post(bundle("F-1", payor=payor, period={"end": "2026-10-28"}))
    assert ended.partner is None
    _, current = asked.world.post(bundle("F-2", payor=payor, period={"end": "2026-10-29"}))
    assert current.partner == "loopback"
    _, partial = asked.world.post(bundle("F-3", payor=payor, period={"start": "2026-10"}))
    assert partial.partner == "loopback"


def test_the_bytes_of_the_bundle_are_kept(asked: Asked) -> None:
    tree = bundle()
    raw = exact_json.dumps(tree)
    acceptance = asked.world.intake.submit(tree, raw)
    asked.world.store.accept([acceptance])
    [kept, *_] = asked.world.store.messages(acceptance.exchanges[0].id)
    assert kept.body == raw


def test_a_number_is_read_from_a_patient_named_by_identifier_alone(asked: Asked) -> None:
    """The type of Claim.patient is known: a Reference need not repeat it."""
    identifier = {"system": f"{SID}n", "value": NUMBER}
    person = {"resourceType": "Patient", "identifier": [identifier]}
    asked.world.store.accept([asked.world.intake.create(person, exact_json.dumps(person))])
    insurance = [{"sequence": 1, "focal": True, "coverage": {"identifier": identifier}}]
    insurer = {"identifier": {"system": f"{SID}organisme", "value": "SM"}}
    sheet = claim(patient={"identifier": identifier}, insurance=insurance, insurer=insurer)
    _, exchange = asked.world.post(sheet)
    assert exchange.detail == {"ask": NUMBER}


@pytest.mark.parametrize("address", ["https://hub.example/fhir/{}", "{}/_history/1"])
def test_the_hubs_own_addresses_lead_to_its_resources(asked: Asked, address: str) -> None:
    identifier = {"system": f"{SID}n", "value": NUMBER}
    person = {"resourceType": "Patient", "identifier": [identifier]}
    stored = asked.world.intake.create(person, exact_json.dumps(person))
    asked.world.store.accept([stored])
    intake = replace(asked.world.intake, base="https://hub.example/fhir")
    insurer = {"identifier": {"system": f"{SID}organisme", "value": "SM"}}
    patient = {"reference": address.format(f"Patient/{stored.resources[0].id}")}
    sheet = claim(patient=patient, insurer=insurer)
    [exchange] = intake.submit(sheet, exact_json.dumps(sheet)).exchanges
    assert exchange.detail == {"ask": NUMBER}


def test_a_rights_enquiry_without_a_number_is_the_askers_to_complete(asked: Asked) -> None:
    """Unmappable is a 4xx while somebody waits; Refused would blame the institution (502)."""

    def encode(operation: str, tree: Tree, key: str) -> Message:
        raise Refused(Issue("required", fr="Il manque le numéro.", en="No number.", path="n"))

    asked.scheme.encode = encode  # type: ignore[method-assign]
    with pytest.raises(Unmappable, match="No number"):
        consult(asked.world.trip, {"submission": "s", **cover()}, date(2026, 10, 1), "ML")


def cover() -> Tree:
    return {"coverage": {"subscriberId": NUMBER}}


@pytest.mark.parametrize("kind", [Unreachable, Unconfirmed])
def test_who_asks_while_the_institution_is_away_is_told_to_ask_again(
    asked: Asked, kind: type[Problem]
) -> None:
    """The hub tries again for a claim, never for a question: it must not promise to."""

    def send(message: Message) -> Reply:
        raise kind(Issue("transient", fr="Le hub réessaiera.", en="The hub tries again."))

    asked.scheme.send = send  # type: ignore[method-assign]
    question = {
        "resourceType": "CoverageEligibilityRequest",
        "insurer": {"identifier": {"system": f"{SID}organisme", "value": "SM"}},
        "insurance": [{"coverage": {"reference": "#c"}}],
        "contained": [{"resourceType": "Coverage", "id": "c", "subscriberId": NUMBER}],
    }
    with pytest.raises(kind, match="ask again"):
        asked.world.trip.eligibility(question, exact_json.dumps(question))


def test_the_bodys_own_copy_answers_only_while_the_scheme_manager_is_away(asked: Asked) -> None:
    trip, body = asked.world.trip, asked.world.trip.table.bodies["LB"]
    source = {"submission": "s", **cover()}
    consult(trip, source, date(2026, 10, 1), "ML", body)
    assert (asked.scheme.sent, asked.world.partner.sent) == (["s"], [])
    asked.scheme.fail_next = ["unreachable"]
    response = consult(trip, source, date(2026, 10, 1), "ML", body)
    assert asked.world.partner.sent == ["s"]
    assert response["disposition"] == (
        "Scheme ne répond pas : réponse tirée de la copie de Loopback, à confirmer."
    )


def test_where_there_is_no_scheme_manager_the_body_itself_is_asked(asked: Asked) -> None:
    trip, body = asked.world.trip, asked.world.trip.table.bodies["LB"]
    consult(trip, {"submission": "s", **cover()}, date(2026, 10, 1), "GN", body)
    assert (asked.scheme.sent, asked.world.partner.sent) == ([], ["s"])


def test_a_rights_answer_from_a_copy_says_so_to_the_provider(
    asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    """domain.md §15, 2: the managing body's local copy is the fallback."""
    response = {
        "resourceType": "CoverageEligibilityResponse",
        "status": "active",
        "purpose": ["validation"],
        "patient": {"display": "Assurée fictive"},
        "created": "2026-10-01",
        "request": {"display": "question"},
        "outcome": "complete",
        "insurer": {"display": "x"},
        "disposition": "Droits ouverts.",
    }
    real = asked.mapper.map

    def answer(canonical: str, source: Tree, when: object = None) -> Tree:
        known = canonical.endswith("-eligibility-answer|1")
        return dict(response) if known else real(canonical, source)

    monkeypatch.setattr(asked.mapper, "map", answer)
    asked.scheme.fail_next = ["unreachable"]
    payor = [{"identifier": {"system": f"{SID}organisme", "value": "LB"}}]
    cover = {"resourceType": "Coverage", "id": "c", "subscriberId": NUMBER, "payor": payor}
    question = {
        "resourceType": "CoverageEligibilityRequest",
        "insurer": {"identifier": {"system": f"{SID}organisme", "value": "SM"}},
        "insurance": [{"coverage": {"reference": "#c"}}],
        "contained": [cover],
    }
    told = exact_json.loads(asked.world.trip.eligibility(question, exact_json.dumps(question)))
    assert told["disposition"] == (
        "Scheme ne répond pas : réponse tirée de la copie de Loopback, à confirmer. Droits ouverts."
    )
