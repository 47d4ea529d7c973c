"""Dossiers of Guinean people for tests, and the maps that translate them."""

from __future__ import annotations

import itertools
from functools import cache
from pathlib import Path
from typing import Any

from servers.inamo_sandbox import wait

import mappings
from adapters.inamo.adapter import Inamo
from hub.cli import demo
from hub.mapping.library import Library
from hub.model import Message, Reply, Tree

MAPS = "https://benkan.example/fhir/StructureMap/inamo-"
RECEIVED = "2026-11-22T09:30:00.000Z"
BASE = "https://benkan.example/fhir"
_numbers = itertools.count(1)


@cache
def library() -> Library:
    return Library([Path(mappings.__file__).parent])


def mapped(operation: str, source: Tree) -> Tree:
    return library().map(f"{MAPS}{operation}", source)


@cache
def world() -> dict[str, Tree]:
    return {f"{t['resourceType']}/{t['id']}": t for t in demo.resources()}


def item(sequence: int, system: str, code: str, quantity: Any, price: Any, currency: str) -> Tree:
    """A line; without a system, `code` is the text of a drug's name."""
    coding = {"coding": [{"system": f"{BASE}/CodeSystem/{system}", "code": code}]}
    return {
        "sequence": sequence,
        "productOrService": coding if system else {"text": code},
        "quantity": {"value": quantity},
        "unitPrice": {"value": price, "currency": currency},
        "net": {"value": quantity * price, "currency": currency},
    }


def dossier(
    *lines: tuple[str, str, int, int],
    person: str = "GN-0000000001",
    day: str = "2026-10-08",
    provider: str = "hopital-tinkisso",
    currency: str = "GNF",
    key: str = "",
    use: str = "claim",
    **parts: Any,
) -> Tree:
    """A dossier as the hub gives it to outgoing maps."""
    key = key or f"s-{next(_numbers):04d}"
    items = [item(n, *line, currency) for n, line in enumerate(lines, start=1)]
    claim: Tree = {
        "resourceType": "Claim",
        "id": f"claim-{key}",
        "identifier": [{"system": f"{BASE}/sid/feuille", "value": f"F-{key}"}],
        "status": "active",
        "type": {
            "coding": [
                {
                    "system": "http://terminology.hl7.org/CodeSystem/claim-type",
                    "code": "professional",
                }
            ]
        },
        "use": use,
        "patient": {"reference": f"Patient/amo-{person}"},
        "billablePeriod": {"start": day, "end": day},
        "created": day,
        "insurer": {"reference": "Organization/cnps"},
        "provider": {"reference": f"Organization/{provider}"},
        "priority": {"coding": [{"code": "normal"}]},
        "diagnosis": [
            {
                "sequence": 1,
                "diagnosisCodeableConcept": {
                    "coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": "B50"}]
                },
            }
        ],
        "insurance": [
            {"sequence": 1, "focal": True, "coverage": {"reference": f"Coverage/amo-{person}"}}
        ],
        "item": items,
        "total": {"value": sum(i["net"]["value"] for i in items), "currency": currency},
    }
    claim |= parts.pop("claim", {})
    return {
        "submission": key,
        "careDate": day,
        "body": "CNPS",
        "claim": claim,
        "patient": world()[f"Patient/amo-{person}"],
        "coverage": world()[f"Coverage/amo-{person}"],
        "insurer": world()["Organization/cnps"],
        "provider": world()[f"Organization/{provider}"],
        **parts,
    }


def sent(cnps: Inamo, source: Tree, operation: str = "claim") -> Message:
    return cnps.encode(operation, mapped(operation, source), source["submission"])


def settled(cnps: Inamo, message: Message) -> Reply:
    """Send, then ask until it is decided."""
    reply = cnps.send(message)

    def decided() -> Reply | None:
        found = cnps.ask(message, reply.partner_reference)
        return found if found.kind == "answer" else None

    return reply if reply.kind == "answer" else wait(decided)


def answer(cnps: Inamo, source: Tree, reply: Reply, role: str = "claim-answer") -> Tree:
    tree = {"dossier": source, "answer": cnps.decode(reply), "received": RECEIVED}
    return mapped(role, tree)


def amounts(response: Tree) -> dict[str, int]:
    """Category → total."""
    return {
        t["category"]["coding"][0]["code"]: int(t["amount"]["value"])
        for t in response.get("total", [])
    }
