"""Rows of the audit as FHIR: valid AuditEvents that carry the chain's digests."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from hub.evidence.chain import Act, extend
from hub.fhir.audit_event import audit_event
from hub.fhir.validate import validate
from hub.formats import exact_json

AT = datetime(2026, 11, 22, 8, 30, 0, 5, tzinfo=UTC)


def made(act: Act) -> dict[str, Any]:
    [entry] = extend(None, [act])
    content = exact_json.loads(entry.content.encode())
    return audit_event(content, entry.prev, entry.digest)


ROWS = [
    (Act("hub", "accepted", "Exchange/e1", AT, {"state": "ACCEPTED", "sha256": "a" * 64}), "C"),
    (Act("hub", "stored", "Claim/c1", AT, {"version": 1, "sha256": "a" * 64}), "C"),
    (Act("hub", "stored", "Claim/c1", AT, {"version": 2, "sha256": "a" * 64}), "U"),
    (Act("person|awa", "read-payload", "Exchange/e1", AT, {"purpose": "HPAYMT"}), "R"),
    (Act("account|awa", "client-added", "Client/lab", AT, {"roles": ["provider"]}), "C"),
    (Act("hub", "registered", "Partner/fund", AT, {"sha256": ["a" * 64, "b" * 64]}), "C"),
    (Act("hub", "identified", "Patient/p1", AT, {"now": {"x": "a" * 64, "y": None}}), "E"),
    (Act("awa", "code-added", "ConceptMap/https://x.example/t", AT, {"sha256": "a" * 64}), "C"),
]


@pytest.mark.parametrize(("act", "crude"), ROWS, ids=lambda v: getattr(v, "action", v))
def test_every_sort_of_row_is_a_valid_audit_event(act: Act, crude: str) -> None:
    event = made(act)
    assert validate(event) == []
    assert event["action"] == crude
    assert event["recorded"] == "2026-11-22T08:30:00.000005+00:00"
    agent = {"altId": act.actor, "who": {"display": act.actor}, "requestor": act.actor != "hub"}
    assert event["agent"] == [agent]


def test_it_carries_the_digests_of_the_chain() -> None:
    [entry] = extend(None, [ROWS[0][0]])
    details = {d["type"]: d["valueString"] for d in made(ROWS[0][0])["entity"][0]["detail"]}
    assert details["digest"] == entry.digest
    assert details["prev"] == entry.prev
    assert details["sha256"] == "a" * 64


def test_what_is_a_resource_is_referenced_and_what_is_ours_is_identified() -> None:
    assert made(ROWS[1][0])["entity"][0]["what"] == {"reference": "Claim/c1"}
    assert made(ROWS[0][0])["entity"][0]["what"]["identifier"]["value"] == "Exchange/e1"


def test_the_purpose_of_a_read_is_said() -> None:
    assert made(ROWS[3][0])["purposeOfEvent"][0]["coding"][0]["code"] == "HPAYMT"
