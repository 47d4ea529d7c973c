"""`benkan exchange cancel`, `ask` and what `list` shows of files that wait."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from adapters.loopback.adapter import Loopback
from hub import wiring
from hub.exchange import questions
from hub.formats import exact_json
from hub.model import Inbound, State
from hub.settings import Settings

SID = "https://benkan.example/fhir/sid"


class Fund(Loopback):
    """The fund: answers questions about where a claim stands."""

    name = "cmss"


class Maps:
    """Maps by hand."""

    def pin(self, canonical: str, when: object = None) -> str:
        return f"{canonical}|1"

    def map(self, canonical: str, source: dict, when: object = None) -> dict:
        return {"reference": source["submission"]}


@pytest.fixture
def hub(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    fund = Fund()
    fund.say = {
        "claim": [{"kind": "acknowledged"}],
        "status": [{"kind": "acknowledged", "text": "en contrôle médical"}],
    }
    joined = wiring.build(Settings(), adapters={"cmss": fund})
    joined.maps = Maps()
    yield joined
    joined.close()


@pytest.fixture
def benkan(hub, command):
    """Runs a command beside the hub of the test."""
    return command


def accepted(hub, number: str = "F-0001"):
    money = {"value": Decimal(1000), "currency": "XOF"}
    tree = {
        "resourceType": "Claim",
        "identifier": [{"system": f"{SID}/feuille", "value": number}],
        "status": "active",
        "type": {"coding": [{"code": "professional"}]},
        "use": "claim",
        "patient": {"display": "Assurée fictive"},
        "created": "2026-10-05",
        "insurer": {"identifier": {"system": f"{SID}/organisme", "value": "CMSS"}},
        "provider": {"identifier": {"system": f"{SID}/convention", "value": "CNV-ML-00001"}},
        "priority": {"coding": [{"code": "normal"}]},
        "insurance": [{"sequence": 1, "focal": True, "coverage": {"display": "AMO"}}],
        "item": [{"sequence": 1, "productOrService": {"text": "acte"}, "net": money}],
        "total": money,
    }
    acceptance = hub.intake.submit(tree, exact_json.dumps(tree))
    hub.store.accept([acceptance])
    return acceptance.exchanges[0]


def sent(hub):
    exchange = accepted(hub)
    for _ in range(2):
        leased = hub.store.lease(exchange.id, 30, due=False)
        hub.store.save(hub.trip.step(leased))
    assert hub.store.exchange(exchange.id).state is State.PENDING
    return exchange


def test_cancel_withdraws_what_has_not_left(hub, benkan):
    exchange = accepted(hub)
    status, printed = benkan("exchange", "cancel", "F-0001", "--reason", "saisie deux fois")
    assert (status, "annulée avant envoi" in printed) == (0, True)
    assert hub.store.exchange(exchange.id).state is State.CANCELLED
    assert "saisie deux fois" in benkan("exchange", "show", exchange.id)[1]


def test_cancel_asks_the_institution_for_what_has_left(hub, benkan):
    exchange = sent(hub)
    status, printed = benkan("exchange", "cancel", exchange.resource, "--reason", "erreur")
    assert (status, "l'organisme décide" in printed) == (0, True)
    assert benkan("exchange", "cancel", exchange.id, "--reason", "erreur")[0] == 1


def test_a_name_that_is_no_single_claims_is_not_cancelled(hub, benkan):
    assert benkan("exchange", "cancel", "nobody", "--reason", "x")[0] == 1


def test_ask_has_a_worker_put_the_question(hub, benkan):
    sent(hub)
    done = threading.Event()

    def work() -> None:
        while not done.wait(0.05):
            questions.put_due(hub.trip)

    worker = threading.Thread(target=work)
    worker.start()
    try:
        status, printed = benkan("exchange", "ask", "F-0001", "--wait", "20", "--json")
    finally:
        done.set()
        worker.join()
    found = json.loads(printed)
    assert (status, found["asked"], found["state"]) == (0, True, "PENDING")
    assert "en contrôle médical" in found["text"]


def test_ask_tells_what_the_hub_knows_when_nobody_puts_the_question(hub, benkan):
    sent(hub)
    status, printed = benkan("exchange", "ask", "F-0001", "--wait", "0")
    assert status == 0
    assert "Accusé de réception le" in printed
    assert "Aucun ouvrier" in printed


def test_list_shows_files_that_wait_for_a_decision(hub, benkan):
    kept = hub.store.inbox_put("cmss", Inbound("AVISPAI-1.xml", b"<a/>"))
    later = datetime.now(UTC) + timedelta(hours=1)
    hub.store.inbox_later(kept, "Avis de paiement OV-7 bloqué : F-0001.", later)
    printed = benkan("exchange", "list")[1]
    assert "AVISPAI-1.xml" in printed
    assert "OV-7 bloqué" in printed
    assert "AVISPAI" not in benkan("exchange", "list", "--partner", "canam")[1]
