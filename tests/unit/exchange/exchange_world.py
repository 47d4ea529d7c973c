"""A trip over a real store with a partner in memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from adapters.loopback.adapter import Loopback
from hub.errors import MissingCode, Unmappable
from hub.exchange import routing
from hub.exchange.intake import Intake
from hub.exchange.parts import Pace
from hub.exchange.trip import Trip
from hub.formats import exact_json
from hub.model import Exchange, Tree
from hub.ports import Accepted
from hub.store import SqlStore

SID = "https://benkan.example/fhir/sid/"
#: what the maps of these tests carry over, by name
ANNULATION = ("accepted", "reason", "message")
DECISION = ("total", "preAuthRef", "preAuthPeriod", "item")
QUESTION = ("submission", "copyOf", "partnerReference", "reason")


class Clock:
    """Follows real time, moved forward on demand."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@dataclass
class Mapper:
    """Maps by hand what the tests need; `missing` codes have no row."""

    missing: set[str] = field(default_factory=set)
    seen: list[tuple[str, Tree]] = field(default_factory=list)  #: what was mapped, in order

    def pin(self, canonical: str, when: object = None) -> str:
        return f"{canonical}|1"

    def map(self, canonical: str, source: Tree, when: object = None) -> Tree:
        self.seen.append((canonical, source))
        if canonical.endswith("-payment|1"):
            return reconciliation(source)
        if canonical.endswith("-cancellation-answer|1"):
            return {k: v for k, v in source["answer"].items() if k in ANNULATION}
        if canonical.endswith("-answer|1"):
            claim = source["dossier"]["claim"]
            return {
                **{k: v for k, v in source["answer"].items() if k in DECISION},
                "resourceType": "ClaimResponse",
                "status": "active",
                "type": claim["type"],
                "use": claim["use"],
                "patient": claim["patient"],
                "created": "2026-10-31",
                "insurer": {"display": "loopback"},
                "outcome": "complete",
                "disposition": "Accordé",
            }
        claim = source["claim"]
        if not canonical.endswith(("-claim|1", "-copy|1", "-preauthorization|1")):
            return {k: v for k, v in source.items() if k in QUESTION}
        codes = [c["code"] for i in claim["item"] for c in i["productOrService"]["coding"]]
        lacking = [MissingCode("table", "s", c) for c in codes if c in self.missing]
        if lacking:
            raise Unmappable(missing=lacking)
        total = claim["total"]
        return {
            "sheet": claim["identifier"][0]["value"],
            "total": {"amount": str(total["value"]), "currency": total["currency"]},
        }


def reconciliation(source: Tree) -> Tree:
    """A payment notice for one claim, as the maps of the partners give it."""
    claim, answer = source["dossier"]["claim"], source["answer"]
    amount = {"value": Decimal(str(answer["amount"])), "currency": answer.get("currency", "XOF")}
    return {
        "resourceType": "PaymentReconciliation",
        "status": "active",
        "created": source["received"],
        "paymentIssuer": {"identifier": {"system": f"{SID}organisme", "value": "LB"}},
        "outcome": "complete",
        "paymentDate": "2026-11-20",
        "paymentAmount": amount,
        "paymentIdentifier": {"system": "urn:lb", "value": answer["number"]},
        "detail": [
            {
                "identifier": claim["identifier"][0],
                "type": {"coding": [{"code": "payment"}]},
                "request": {"reference": f"Claim/{claim['id']}"},
                "date": "2026-11-20",
                "payee": claim["provider"],
                "amount": amount,
            }
        ],
    }


def claim(number: str = "F-1", amount: str = "2000", **changes: object) -> Tree:
    """A small valid Claim for the body of these tests."""
    net = {"value": Decimal(amount), "currency": "XOF"}
    tree: Tree = {
        "resourceType": "Claim",
        "identifier": [{"system": f"{SID}feuille", "value": number}],
        "status": "active",
        "type": {"coding": [{"code": "professional"}]},
        "use": "claim",
        "patient": {"display": "Assurée fictive"},
        "created": "2026-10-30",
        "insurer": {"identifier": {"system": f"{SID}organisme", "value": "LB"}},
        "provider": {"identifier": {"system": f"{SID}convention", "value": "CNV-ML-00001"}},
        "priority": {"coding": [{"code": "normal"}]},
        "insurance": [{"sequence": 1, "focal": True, "coverage": {"display": "AMO"}}],
        "item": [
            {
                "sequence": 1,
                "productOrService": {
                    "coding": [{"system": "urn:oid:1.2.3", "code": "consult-gen"}]
                },
                "servicedDate": "2026-10-29",
                "net": net,
            }
        ],
        "total": net,
    }
    return tree | changes


@dataclass
class World:
    """Everything one test needs."""

    store: SqlStore
    partner: Loopback
    mapper: Mapper
    clock: Clock
    trip: Trip
    intake: Intake

    def post(self, tree: Tree) -> tuple[Accepted, Exchange]:
        acceptance = self.intake.submit(tree, exact_json.dumps(tree))
        [accepted] = self.store.accept([acceptance])
        return accepted, acceptance.exchanges[0]

    def now(self, id: str) -> Exchange:
        found = self.store.exchange(id)
        assert found is not None
        return found

    def story(self, id: str) -> list[str]:
        return [e.what for e in self.store.events(id)]


@pytest.fixture
def partner() -> Loopback:
    return Loopback()


@pytest.fixture
def world(store: SqlStore, partner: Loopback) -> World:
    body = routing.Body(
        "LB", "Loopback", "manager", "ML", "loopback", frozenset({f"{SID}organisme|LB"})
    )
    table = routing.Routing({"LB": body})
    mapper, clock = Mapper(), Clock()
    trip = Trip(
        store=store,
        mapper=mapper,
        adapters={"loopback": partner},
        table=table,
        clock=clock,
        pace=Pace(lease=30, first=0.0, most=0.0),
        notify=lambda _: None,
    )
    intake = Intake(store, table, clock, ("loopback",))
    return World(store, partner, mapper, clock, trip, intake)
