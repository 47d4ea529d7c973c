"""INPS through the whole product: deposits, decisions, payments, and its own medical centres."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import httpx
import pytest
from flow_judge import claim, under_way, when
from servers.benkan import Up

from hub.cli.credentials import DEMO
from hub.cli.demo_clients import OTHER

BASE = "https://benkan.example/fhir"
Tree = dict[str, Any]

#: a woman of the demo world whom INPS insures through her husband, and her insured husband
WIFE, HUSBAND = "20000555-01", "20000555-00"


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    started = Up(tmp_path_factory.mktemp("inps")).start()
    yield started
    assert started.stop() == 0


def sheet(number: str, person: str, provider: str, day: str = "2026-10-20", **more: Any) -> Tree:
    """A care sheet with one consultation, for INPS."""
    money = {"value": 2000, "currency": "XOF"}
    coding = {"system": f"{BASE}/CodeSystem/acte", "code": "consult-gen"}
    kind = {"system": "http://terminology.hl7.org/CodeSystem/claim-type", "code": "professional"}
    return {
        "resourceType": "Claim",
        "identifier": [{"system": f"{BASE}/sid/feuille", "value": number}],
        "status": "active",
        "type": {"coding": [kind]},
        "use": "claim",
        "patient": {"reference": f"Patient/amo-{person}"},
        "created": day,
        "billablePeriod": {"start": day, "end": day},
        "insurer": {"reference": "Organization/inps"},
        "provider": {"reference": f"Organization/{provider}"},
        "priority": {"coding": [{"code": "normal"}]},
        "careTeam": [{"sequence": 1, "provider": {"display": "Dr Fictif Coulibaly"}}],
        "insurance": [
            {"sequence": 1, "focal": True, "coverage": {"reference": f"Coverage/amo-{person}"}}
        ],
        "item": [
            {
                "sequence": 1,
                "category": {"coding": [{"system": f"{BASE}/CodeSystem/categorie", "code": "AMB"}]},
                "productOrService": {"coding": [coding]},
                "servicedDate": day,
                "quantity": {"value": 1},
                "unitPrice": money,
                "net": money,
            }
        ],
        "total": money,
        **more,
    }


def decided(up: Up, body: Tree, sender: str = DEMO) -> tuple[Tree, str]:
    """The ClaimResponse of a claim, and the Claim's reference."""
    with up.client(sender) as client:
        answer = client.post("/Claim", json=body)
        assert answer.status_code == 201, answer.text
        reference = f"Claim/{answer.json()['id']}"
        story = when(lambda: claim(up, reference), lambda e: not under_way(e))
        assert story["state"] == "CLOSED", story["reason"]
        found = client.get("/ClaimResponse", params={"request": reference}).json()
    assert found["total"] == 1
    return found["entry"][0]["resource"], reference


def payments(up: Up, reference: str, sender: str = DEMO) -> list[Tree]:
    """The reconciliations that pay this claim."""
    with up.client(sender) as client:
        listed = client.get("/PaymentReconciliation", params={"_count": "200"}).json()
    found = [e["resource"] for e in listed.get("entry", [])]
    return [
        r
        for r in found
        if any(d.get("request", {}).get("reference") == reference for d in r.get("detail", []))
    ]


def amount(response: Tree, category: str) -> Decimal:
    [found] = [
        t["amount"]["value"]
        for t in response["total"]
        if t["category"]["coding"][0]["code"] == category
    ]
    return Decimal(found)


@pytest.mark.trip("inps", "claim")
def test_a_claim_goes_in_a_deposit_and_comes_back_decided_and_paid(up: Up) -> None:
    response, reference = decided(up, sheet("INPS-0001", WIFE, "cscom-sogoba"))
    assert response["outcome"] == "complete"
    assert "INPS" in response["disposition"]
    assert [amount(response, c) for c in ("submitted", "benefit", "copay")] == [2000, 1400, 600]
    [paid] = when(lambda: payments(up, reference), lambda found: found)
    assert paid["paymentIssuer"]["identifier"]["value"] == "INPS"
    assert paid["paymentAmount"] == {"value": 1400, "currency": "XOF"}
    booked = [e["submission"] for e in up.ledger("inps")]
    assert len(set(booked)) == len(booked)


def test_a_medical_centre_of_inps_is_paid_by_inps(up: Up) -> None:
    """Domain: INPS manages the cover and gives care itself (CMIE): payer and provider at once."""
    with up.client() as client:
        centre = client.get("/Organization/cmie-zone-industrielle").json()
        institute = client.get(f"/{centre['partOf']['reference']}").json()
    kinds = {c["code"] for t in institute["type"] for c in t["coding"]}
    assert kinds == {"pay", "prov"}
    response, reference = decided(up, sheet("CMIE-0001", HUSBAND, "cmie-zone-industrielle"), OTHER)
    assert response["outcome"] == "complete"
    assert response["insurer"]["identifier"]["value"] == institute["identifier"][0]["value"]
    assert amount(response, "benefit") == 1400
    [paid] = when(lambda: payments(up, reference, OTHER), lambda found: found)
    assert paid["paymentAmount"]["value"] == 1400


def test_a_rejected_sheet_says_why_and_what_to_do(up: Up) -> None:
    """domain T5: five months of contributions are not enough; nothing is paid."""
    response, reference = decided(up, sheet("INPS-0003", "20000074-00", "cscom-sogoba"))
    assert response["outcome"] == "error"
    code = response["error"][0]["code"]
    assert [c["code"] for c in code["coding"]] == ["R03", "103"]
    assert "5 mois" in code["text"]
    assert "À faire" in response["processNote"][0]["text"]
    assert payments(up, reference) == []


def test_a_deposit_whose_receipt_is_lost_is_asked_about_and_booked_once(up: Up) -> None:
    address = up.state["sandboxes"]["inps"]
    control = f"http://{address['host']}:{address['control']}"
    wrong = json.dumps({"next": ["garbage@depots", "duplicate@retour"]})
    assert httpx.post(f"{control}/behaviour", content=wrong).status_code == 200
    before = len(up.ledger("inps"))
    response, reference = decided(up, sheet("INPS-0004", WIFE, "cscom-sogoba", day="2026-09-15"))
    assert response["outcome"] == "complete"
    assert len(up.ledger("inps")) == before + 1
    with up.client() as client:
        found = client.get("/ClaimResponse", params={"request": reference}).json()
    assert found["total"] == 1


@pytest.mark.trip("inps", "claim")
def test_what_inps_pushes_is_taken_when_it_is_signed_and_refused_when_it_is_not(up: Up) -> None:
    address = up.state["sandboxes"]["inps"]
    control, url = f"http://{address['host']}:{address['control']}", up.state["url"]
    order = json.dumps({"url": f"{url}/partners/inps"})
    assert httpx.post(f"{control}/callback", content=order).status_code == 200
    try:
        response, _ = decided(up, sheet("INPS-0005", WIFE, "cscom-sogoba", day="2026-08-15"))
    finally:
        httpx.post(f"{control}/callback", content='{"url": ""}')
    assert response["outcome"] == "complete"
    forged = httpx.post(f"{url}/partners/inps", content=b"000D1", headers={"name": "D1"})
    assert forged.status_code == 401
