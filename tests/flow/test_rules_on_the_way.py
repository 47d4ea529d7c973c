"""Rights, rules and misbehaving partners, through the whole product on the embedded default."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from servers.benkan import Up

BASE = "https://benkan.example/fhir"
Tree = dict[str, Any]

#: persons of the demo world (mappings/demo/people.csv)
CMSS_INSURED, INPS_INSURED, FIVE_MONTHS = "20000148-00", "20000185-00", "20000037-00"


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    started = Up(tmp_path_factory.mktemp("rules")).start()
    yield started
    assert started.stop() == 0


def sheet(
    number: str, person: str, act: str = "consult-gen", price: int = 2000, **more: Any
) -> Tree:
    """A care sheet of the demo world with one act."""
    money = {"value": price, "currency": "XOF"}
    coding = {"system": f"{BASE}/CodeSystem/acte", "code": act}
    category = {"coding": [{"system": f"{BASE}/CodeSystem/categorie", "code": "AMB"}]}
    return {
        "resourceType": "Claim",
        "identifier": [{"system": f"{BASE}/sid/feuille", "value": number}],
        "status": "active",
        "type": {
            "coding": [
                {
                    "system": "http://terminology.hl7.org/CodeSystem/claim-type",
                    "code": "professional",
                }
            ]
        },
        "use": "claim",
        "patient": {"reference": f"Patient/amo-{person}"},
        "created": "2026-10-21",
        "billablePeriod": {"start": "2026-10-20", "end": "2026-10-20"},
        "insurer": {"reference": "Organization/cmss"},
        "provider": {"reference": "Organization/hopital-faraba"},
        "priority": {"coding": [{"code": "normal"}]},
        "careTeam": [{"sequence": 1, "provider": {"display": "Dr Fictif Coulibaly"}}],
        "insurance": [
            {"sequence": 1, "focal": True, "coverage": {"reference": f"Coverage/amo-{person}"}}
        ],
        "item": [
            {
                "sequence": 1,
                "category": category,
                "productOrService": {"coding": [coding]},
                "servicedDate": "2026-10-20",
                "quantity": {"value": 1},
                "unitPrice": money,
                "net": money,
            }
        ],
        "total": money,
        **more,
    }


def submit(up: Up, tree: Tree) -> httpx.Response:
    with up.client() as client:
        return client.post("/Claim/$submit", content=json.dumps(tree).encode())


def reasons(response: Tree) -> set[str]:
    """Every canonical rejection reason of a ClaimResponse."""
    text = json.dumps(response)
    return {c for c in (f"R{n:02d}" for n in [*range(1, 20), 99]) if f'"{c}"' in text}


def test_t1_an_ambulatory_act_is_covered_at_seventy_percent(up: Up) -> None:
    """domain.md T1, §3.1: 70 % for the fund, 30 % for the insured person."""
    response = submit(up, sheet("T1-1", CMSS_INSURED)).json()
    parts = {
        a["category"]["coding"][0]["code"]: a["amount"]["value"]
        for a in response["item"][0]["adjudication"]
        if "amount" in a
    }
    assert (response["outcome"], parts["benefit"], parts["copay"]) == ("complete", 1400, 600)


def test_t5_five_months_of_contributions_are_not_enough(up: Up) -> None:
    """domain.md T5: R03."""
    response = submit(up, sheet("T5-1", FIVE_MONTHS)).json()
    assert response["outcome"] == "error"
    assert "R03" in reasons(response)


def test_t15_a_sheet_for_the_wrong_body_is_rejected_and_the_right_one_named(up: Up) -> None:
    """domain.md T15: the Coverage sent along says one body, its books say another."""
    numbers = [{"system": f"{BASE}/sid/numero-amo", "value": INPS_INSURED}]
    claim = sheet("T15-1", INPS_INSURED)
    claim["patient"] = {"reference": "urn:uuid:11111111-1111-4111-8111-111111111111"}
    claim["insurance"][0]["coverage"] = {
        "reference": "urn:uuid:22222222-2222-4222-8222-222222222222"
    }
    patient = {
        "resourceType": "Patient",
        "identifier": numbers,
        "name": [{"family": "Samaké", "given": ["Kadiatou"]}],
        "gender": "female",
        "birthDate": "1978",
    }
    coverage = {
        "resourceType": "Coverage",
        "status": "active",
        "beneficiary": {"reference": "urn:uuid:11111111-1111-4111-8111-111111111111"},
        "subscriberId": INPS_INSURED,
        "payor": [{"reference": "Organization/cmss"}],
    }
    bundle = {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [
            {"fullUrl": "urn:uuid:33333333-3333-4333-8333-333333333333", "resource": claim},
            {"fullUrl": "urn:uuid:11111111-1111-4111-8111-111111111111", "resource": patient},
            {"fullUrl": "urn:uuid:22222222-2222-4222-8222-222222222222", "resource": coverage},
        ],
    }
    response = submit(up, bundle).json()
    assert response["outcome"] == "error", response
    assert "R16" in reasons(response)
    assert "INPS" in json.dumps(response)
    again = submit(up, bundle).json()
    assert again["id"] == response["id"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (
            {
                "insurer": {"display": "Assurances Inconnues"},
                "insurance": [{"sequence": 1, "focal": True, "coverage": {"display": "?"}}],
            },
            "inconnu",
        ),
        ({"provider": {"reference": "Organization/hopital-tinkisso"}}, "R17"),
    ],
    ids=["unknown insurer", "T17 care abroad without agreement"],
)
def test_a_claim_nobody_can_take_is_refused_and_not_stored(up: Up, change: Tree, code: str) -> None:
    number = f"NON-{code}"
    answer = submit(up, sheet(number, CMSS_INSURED, **change))
    assert answer.status_code == 422
    assert code in answer.json()["issue"][0]["details"]["text"]
    with up.client() as client:
        found = client.get("/Claim", params={"identifier": f"{BASE}/sid/feuille|{number}"}).json()
    assert found["total"] == 0


def eligibility(up: Up, number: str, language: str = "fr") -> httpx.Response:
    request = {
        "resourceType": "CoverageEligibilityRequest",
        "status": "active",
        "purpose": ["validation", "benefits"],
        "patient": {"reference": f"Patient/amo-{number}"},
        "servicedDate": "2026-10-20",
        "created": "2026-10-20",
        "insurer": {"reference": "Organization/canam"},
        "insurance": [{"coverage": {"reference": f"Coverage/amo-{number}"}}],
    }
    with up.client() as client:
        headers = {"Accept-Language": language}
        content = json.dumps(request).encode()
        return client.post("/CoverageEligibilityRequest/$submit", content=content, headers=headers)


def test_rights_are_told_in_real_time(up: Up) -> None:
    answer = eligibility(up, CMSS_INSURED)
    response = answer.json()
    assert (answer.status_code, response["resourceType"], response["outcome"]) == (
        200,
        "CoverageEligibilityResponse",
        "complete",
    )
    assert response["insurance"][0]["inforce"] is True
    assert '"CMSS"' in json.dumps(response["insurance"])
    closed = eligibility(up, FIVE_MONTHS).json()
    assert closed["insurance"][0]["inforce"] is False


def test_a_scheme_manager_that_does_not_answer_gives_a_clear_error(up: Up) -> None:
    """anchors (d) 5: real time only; on timeout re-ask, never queue."""
    misbehave(up, "canam", "error@ConsulterDroits")
    answer = eligibility(up, CMSS_INSURED)
    assert answer.status_code in (503, 504)
    assert answer.json()["resourceType"] == "OperationOutcome"
    assert eligibility(up, CMSS_INSURED).status_code == 200


def test_a_prior_authorisation_is_decided_by_the_scheme_manager(up: Up) -> None:
    """domain.md §14.5: a scanner needs one."""
    code = {"system": "http://hl7.org/fhir/sid/icd-10", "code": "K35"}
    why = [{"sequence": 1, "diagnosisCodeableConcept": {"coding": [code]}}]
    tree = sheet("AP-1", CMSS_INSURED, "img-scanner", 60000, use="preauthorization", diagnosis=why)
    response = submit(up, tree).json()
    assert (response["use"], response["outcome"]) == ("preauthorization", "complete")
    assert response["preAuthRef"]
    [booked] = [e for e in up.ledger("canam") if e["kind"] == "DemanderAccordPrealable"]
    assert booked["submission"]


def test_a_postponed_authorisation_says_what_is_missing(up: Up) -> None:
    tree = sheet("AP-2", CMSS_INSURED, "img-scanner", 60000, use="preauthorization")
    with up.client() as client:
        headers = {"Prefer": "wait=5"}
        response = client.post(
            "/Claim/$submit", content=json.dumps(tree).encode(), headers=headers
        ).json()
    assert response["outcome"] == "queued"
    assert "diagnostic" in response["disposition"]


def misbehave(up: Up, partner: str, *what: str) -> None:
    address = up.state["sandboxes"][partner]
    url = f"http://{address['host']}:{address['control']}/behaviour"
    httpx.post(url, json={"next": list(what)}, timeout=60).raise_for_status()


@pytest.mark.parametrize(
    ("partner", "what"),
    [
        ("canam", "timeout-after-booking@DeclarerPrestation"),
        ("canam", "error@DeclarerPrestation"),
        ("canam", "duplicate@DeclarerPrestation"),
        ("canam", "garbage@DeclarerPrestation"),
        ("canam", "refuse"),
        ("cmss", "timeout-after-booking"),
        ("cmss", "refuse"),
        ("cmss", "duplicate"),
        ("cmss", "garbage"),
        ("cmss", "delay:3"),
    ],
)
def test_a_misbehaving_partner_neither_loses_nor_doubles_a_claim(
    up: Up, partner: str, what: str
) -> None:
    """reliability.md N02 to N06: the sandboxes' ledgers are the judge."""
    number = f"M-{partner}-{what.partition('@')[0].replace(':', '')}"
    misbehave(up, partner, what)
    submit(up, sheet(number, CMSS_INSURED))
    end = time.monotonic() + 180
    rows: list[Tree] = []
    while time.monotonic() < end:
        told = up.run("exchange", "show", number, "--json").stdout
        rows = json.loads(told)
        if len(rows) == 3 and all(r["state"] == "CLOSED" for r in rows):
            break
        time.sleep(1)
    assert {r["operation"] for r in rows} == {"claim", "control-copy", "liquidation-copy"}
    assert {r["state"] for r in rows} == {"CLOSED"}, [r["events"] for r in rows]
    for row in rows:
        booked = [e for e in up.ledger(row["partner"]) if e["submission"] == row["submission"]]
        assert len(booked) == 1


def test_a_sandbox_that_dies_comes_back_and_nothing_is_lost(up: Up) -> None:
    assert up.process is not None
    parent = up.process.pid
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    assert len(children) == len(up.state["sandboxes"])
    for child in children:
        os.kill(int(child), signal.SIGKILL)
    response = submit(up, sheet("DIES-1", CMSS_INSURED)).json()
    end = time.monotonic() + 180
    while response["outcome"] == "queued" and time.monotonic() < end:
        response = submit(up, sheet("DIES-1", CMSS_INSURED)).json()
    assert response["outcome"] != "queued"  # R11 or R12 by now: this person was seen that day
    [row] = [
        r
        for r in json.loads(up.run("exchange", "show", "DIES-1", "--json").stdout)
        if r["operation"] == "claim"
    ]
    booked = [e for e in up.ledger("cmss") if e["submission"] == row["submission"]]
    assert len(booked) == 1
