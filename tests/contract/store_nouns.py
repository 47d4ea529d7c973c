"""Nouns with ordinary values, for the tests of the store."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from hub.model import (
    Deposit,
    Event,
    Exchange,
    IndexEntry,
    Message,
    Money,
    NewResource,
    Operation,
    State,
    StoredMessage,
)
from hub.ports import Acceptance
from hub.store import SqlStore

_numbers = itertools.count(1)


def now() -> datetime:
    return datetime.now(UTC)


def later(seconds: float = 3600) -> datetime:
    return now() + timedelta(seconds=seconds)


def exchange(**changes: Any) -> Exchange:
    number = next(_numbers)
    made = Exchange(
        id=f"e{number}",
        state=State.ACCEPTED,
        operation=Operation.CLAIM,
        resource=f"Claim/c{number}",
        provider="https://benkan.example/sid/convention|CNV-ML-00001",
        identifier=f"https://csref.example/feuille|{number}",
        content_hash=f"hash{number}",
        submission=f"s{number}",
        correlation=f"k{number}",
        workflow=f"w{number}",
        care_date=date(2026, 10, 31),
        created=now(),
        updated=now(),
        partner="loopback",
        maps={"request": "https://benkan.example/fhir/StructureMap/loopback-claim|1.0.0"},
        amount="12500",
        currency="XOF",
        next_attempt=now() - timedelta(seconds=1),
    )
    return replace(made, **changes)


def event(what: str = "accepted", **changes: Any) -> Event:
    return replace(Event(now(), what, "Feuille reçue.", State.ACCEPTED, {"n": 1}), **changes)


def claim(id: str, total: str = "12500", currency: str = "XOF", **changes: Any) -> NewResource:
    raw = f'{{"resourceType":"Claim","total":{{"value":{total},"currency":"{currency}"}}}}'
    body = raw.replace('"total"', f'"id":"{id}","total"').encode()
    return replace(NewResource("Claim", id, body, received=raw.encode()), **changes)


def resource(type: str, id: str, *index: IndexEntry, **content: Any) -> NewResource:
    body = json.dumps({"resourceType": type, "id": id, **content}).encode()
    return NewResource(type, id, body, index)


def acceptance(one: Exchange, total: str = "12500", currency: str = "XOF") -> Acceptance:
    carried = claim(one.resource.partition("/")[2], total, currency)
    raw = carried.received or b""
    message = StoredMessage("in", "claim", raw, "application/fhir+json", now())
    return Acceptance([carried], [one], {one.id: [event()]}, {one.id: [message]})


def outgoing(body: bytes = b"<feuille/>", total: str = "12500") -> StoredMessage:
    made = StoredMessage("out", "request", body, "application/xml", now(), "feuille.xml")
    return replace(made, operation="claim", key="s1", total=Money(Decimal(total), "XOF"))


def deposit(id: str = "d1", **changes: Any) -> Deposit:
    made = Deposit(
        id=id,
        partner="loopback",
        operation="claim",
        key=id,
        name=f"{id}.xml",
        state=State.SENT,
        count=2,
        amounts={"XOF": "25000"},
        created=now(),
        next_attempt=now() - timedelta(seconds=1),
    )
    return replace(made, **changes)


def bundle(id: str = "d1") -> Message:
    return Message("claim", id, b"<lot/>", "application/xml", f"{id}.xml", None, 2)


def accepted(store: SqlStore, *exchanges: Exchange) -> None:
    results = store.accept([acceptance(one) for one in exchanges])
    assert [result.error for result in results] == ["" for _ in exchanges]
