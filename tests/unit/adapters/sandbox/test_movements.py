"""Registrations a sandbox publishes: each once, in order, kept over a restart."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import httpx
import pytest

from adapters.sandbox import movements
from adapters.sandbox.behaviour import Behaviour
from adapters.sandbox.clock import SandboxClock
from adapters.sandbox.control import control_app
from adapters.sandbox.ledger import Ledger
from adapters.sandbox.movements import Movements
from adapters.sandbox.rights import rights
from adapters.sandbox.world import World

ALL = movements.read()
ROW = {"id": "X-1", "date": "2026-11-01", "event": "immatriculation", "nom": "Keïta"}


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = Ledger(tmp_path / "ledger.sqlite")
    yield opened
    opened.close()


def post(app, body):
    async def go():
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://sandbox") as client:
            return await client.post("/movements", json=body)

    return asyncio.run(go())


def test_the_rows_cover_every_event_and_each_body_and_number_once():
    assert {m.event for m in ALL} == set(movements.EVENTS)
    assert {m.body for m in ALL} == {"CMSS", "INPS", "CNPS", "CANAM"}
    assert len({m.id for m in ALL}) == len(ALL)


def test_a_definitive_number_names_the_provisional_one_it_replaces():
    waiting = {m.numero_provisoire for m in ALL if m.event == "immatriculation" and not m.numero}
    settled = {m.numero_provisoire for m in ALL if m.event == "definitif"}
    assert waiting
    assert waiting == settled


def test_rights_of_dependants_end_twelve_months_after_the_death_of_the_insured():
    deaths = {m.numero: date.fromisoformat(m.deces) for m in ALL if m.event == "deces"}
    checked = 0
    for move in ALL:
        died = deaths.get(move.assure)
        if died and move.qualite != "ASS" and move.event == "mise-a-jour":
            assert date.fromisoformat(move.droits_fin) == died.replace(year=died.year + 1)
            checked += 1
    assert checked == 3


def test_a_body_publishes_its_own_rows_in_order_and_each_once(ledger):
    mine = [m.id for m in ALL if m.body == "INPS"]
    books = Movements("INPS", ledger, SandboxClock())
    assert [m.id for m in books.publish(2)] == mine[:2]
    assert [m.id for m in books.publish(1)] == mine[2:3]
    assert [m.id for m in Movements("INPS", ledger, SandboxClock()).published()] == mine[:3]
    assert len(books.publish(1000)) == len(mine) - 3
    assert books.publish(1) == []


def test_the_same_row_again_is_published_once_and_other_content_is_refused(ledger):
    books = Movements("CMSS", ledger, SandboxClock(), [])
    assert [m.id for m in books.add([ROW, ROW])] == ["X-1"]
    assert books.add([ROW]) == []
    with pytest.raises(ValueError, match="X-1 a déjà servi"):
        books.add([{**ROW, "id": "X-2"}, {**ROW, "nom": "Koné"}])
    assert [m.id for m in books.published()] == ["X-1"]


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"rows": [{**ROW, "event": "mariage"}]}, "n'est pas un événement"),
        ({"rows": [{**ROW, "poids": "70"}]}, "Colonne inconnue : poids"),
        ({"rows": [{**ROW, "nom": ""}]}, "Il manque : nom"),
        ({"rows": [{**ROW, "numero": 7}]}, "est un texte"),
        ({"rows": [7]}, "est un objet"),
        ({"rows": {}}, "rows"),
        ({"publish": True}, "publish"),
        ({"rows": [{**ROW, "date": "hier"}]}, "n'est pas une date"),
    ],
)
def test_a_wrong_order_is_refused_with_a_sentence_and_publishes_nothing(ledger, body, text):
    books = Movements("CMSS", ledger, SandboxClock())
    clock = SandboxClock()
    app = control_app("s", ledger, Behaviour(), clock, orders={"movements": books.order})
    answer = post(app, body)
    assert answer.status_code == 400
    assert text in answer.json()["error"]
    assert books.published() == []


def test_the_control_port_publishes_and_tells_what_waits(ledger):
    books = Movements("CNPS", ledger, SandboxClock())
    clock = SandboxClock()
    app = control_app("s", ledger, Behaviour(), clock, orders={"movements": books.order})
    told = post(app, {"publish": 3, "rows": [ROW]}).json()
    assert told["new"] == ["X-1", "MV-G001", "MV-G002", "MV-G003"]
    assert told["waiting"] == len([m for m in ALL if m.body == "CNPS"]) - 3


def test_who_changed_body_in_the_middle_of_the_year_belongs_to_each_in_its_time():
    world = World.load()
    before = rights(world, "30000211-00", date(2026, 8, 31))
    after = rights(world, "30000211-00", date(2026, 9, 1))
    assert (before.status, before.person.body) == ("ouvert", "CMSS")
    assert (after.status, after.person.body) == ("ouvert", "INPS")


def test_a_widow_keeps_her_rights_for_twelve_months():
    world = World.load()
    assert rights(world, "30000285-00", date(2026, 10, 29)).reason.code == "R02"
    assert rights(world, "30000285-01", date(2027, 10, 28)).status == "ouvert"
    assert rights(world, "30000285-01", date(2027, 10, 29)).reason.code == "R02"
