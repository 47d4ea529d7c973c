"""Synthetic resources to post, and how to read an answer."""

from __future__ import annotations

from typing import Any

BASE = "https://hub.example/fhir"
FHIR = {"content-type": "application/fhir+json"}
SID = "https://benkan.example/fhir/sid"


def patient(number: str = "100200300", **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Patient",
        "identifier": [{"system": f"{SID}/numero-amo", "value": number}],
        "name": [{"family": "Doumbia", "given": ["Fatoumata"]}],
        "gender": "female",
        "birthDate": "1986",
        **more,
    }


def organization(code: str, kind: str = "organisme", **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Organization",
        "identifier": [{"system": f"{SID}/{kind}", "value": code}],
        "name": code,
        **more,
    }


def claim(number: str = "F-0001", **more: Any) -> dict[str, Any]:
    """A care sheet that names its parties by identifier."""
    coding = "http://terminology.hl7.org/CodeSystem"
    return {
        "resourceType": "Claim",
        "identifier": [{"system": f"{SID}/feuille", "value": number}],
        "status": "active",
        "type": {"coding": [{"system": f"{coding}/claim-type", "code": "professional"}]},
        "use": "claim",
        "patient": {"identifier": {"system": f"{SID}/numero-amo", "value": "100200300"}},
        "created": "2026-10-05",
        "insurer": {"identifier": {"system": f"{SID}/organisme", "value": "CMSS"}},
        "provider": {"identifier": {"system": f"{SID}/convention", "value": "CNV-ML-00001"}},
        "priority": {"coding": [{"system": f"{coding}/processpriority", "code": "normal"}]},
        "insurance": [{"sequence": 1, "focal": True, "coverage": {"display": "AMO"}}],
        "item": [
            {
                "sequence": 1,
                "productOrService": {
                    "coding": [
                        {
                            "system": "https://benkan.example/fhir/CodeSystem/acte",
                            "code": "consult-gen",
                        }
                    ]
                },
                "servicedDate": "2026-10-05",
                "net": {"value": 1000, "currency": "XOF"},
            }
        ],
        "total": {"value": 1000, "currency": "XOF"},
        **more,
    }


def codes(response) -> list[str]:
    """The issue codes of an OperationOutcome."""
    tree = response.json()
    assert tree["resourceType"] == "OperationOutcome", tree
    return [issue["code"] for issue in tree["issue"]]
