"""Prior authorisations: put off, granted in part, over; https://hl7.org/fhir/R4/claimresponse.html"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from exchange_world import World, claim

from hub.formats import exact_json
from hub.model import Exchange, State, Tree

RUBRIQUE = "https://benkan.example/fhir/CodeSystem/rubrique"


def quantity(code: str, value: int) -> Tree:
    return {"category": {"coding": [{"system": RUBRIQUE, "code": code}]}, "value": Decimal(value)}


GRANTED = {
    "kind": "answer",
    "preAuthRef": "ACC-1",
    "preAuthPeriod": {"start": "2026-10-01", "end": "2026-10-15"},
    "item": [{"itemSequence": 1, "adjudication": [quantity("demande", 5), quantity("accorde", 3)]}],
}


def asked(world: World) -> Exchange:
    _, exchange = world.post(claim("PA-1", use="preauthorization"))
    for _ in range(2):
        step(world, exchange)
    return world.now(exchange.id)


def step(world: World, exchange: Exchange) -> None:
    leased = world.store.lease(exchange.id, 30)
    assert leased is not None
    world.store.save(world.trip.step(leased))


def test_a_decision_that_is_put_off_is_asked_for_again_and_comes_later(world: World) -> None:
    world.partner.say["preauthorization"] = [
        {"kind": "acknowledged", "text": "Ajourné : pièce manquante."},
        {"kind": "acknowledged", "text": "Ajourné : avis du médecin-conseil."},
        GRANTED,
    ]
    exchange = asked(world)
    assert exchange.state is State.PENDING
    assert "pièce manquante" in world.intake.response(exchange).decode()
    step(world, exchange)
    put_off = world.now(exchange.id)
    assert put_off.state is State.PENDING
    assert put_off.next_attempt is not None
    assert "médecin-conseil" in world.intake.response(put_off).decode()
    world.trip.advance(exchange.id)
    assert world.now(exchange.id).state is State.CLOSED
    assert world.partner.sent == [exchange.submission]


def test_what_is_granted_in_part_and_until_when_is_told_and_served(world: World) -> None:
    world.partner.say["preauthorization"] = [GRANTED]
    exchange = asked(world)
    [told] = [e.text for e in world.store.events(exchange.id) if e.what == "answered"]
    assert "ACC-1, valable du 01/10/2026 au 15/10/2026" in told
    assert "Ligne 1 : accordé 3, demandé 5" in told
    response = exact_json.loads(world.intake.response(exchange))
    assert response["preAuthPeriod"] == GRANTED["preAuthPeriod"]
    assert [i["itemSequence"] for i in response["item"]] == [1]
    found = world.store.find("ClaimResponse", "preauth-ref", "", "ACC-1")
    assert found is not None
    assert f"ClaimResponse/{found.id}" == exchange.answer


def warned(world: World, number: str, day: str, reference: str = "ACC-1") -> list[str]:
    cover = {"sequence": 1, "focal": True, "coverage": {"display": "AMO"}}
    period = {"start": day, "end": day}
    sheet = claim(number, insurance=[cover | {"preAuthRef": [reference]}], billablePeriod=period)
    _, exchange = world.post(sheet)
    return [e.text for e in world.store.events(exchange.id) if e.what == "warning"]


def test_a_claim_after_the_end_of_its_authorisation_is_warned_and_goes_on(world: World) -> None:
    world.partner.say["preauthorization"] = [GRANTED]
    asked(world)
    assert warned(world, "F-1", "2026-10-15") == []
    [late] = warned(world, "F-2", "2026-10-16")
    assert "ACC-1" in late
    assert "15/10/2026" in late
    [early] = warned(world, "F-3", "2026-09-30")
    assert "01/10/2026" in early
    assert warned(world, "F-4", "2026-10-16", "unknown") == []
    later = world.clock.now() + timedelta(seconds=1)
    assert all(
        e.state is State.ACCEPTED and e.next_attempt is not None and e.next_attempt < later
        for e in world.store.exchanges(identifier="https://benkan.example/fhir/sid/feuille|F-2")
    )
