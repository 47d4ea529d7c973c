"""Valid resources to spoil, and what the validator says of them."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

from hub.fhir.validate import validate
from hub.formats.exact_json import loads

EXAMPLES = Path(__file__).parents[2] / "data" / "r4-examples"

CLAIM = loads(
    b"""{
 "resourceType": "Claim", "id": "feuille-1", "status": "active",
 "identifier": [{"system": "https://benkan.example/fhir/sid/feuille", "value": "F-1"}],
 "type": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/claim-type",
                      "code": "professional"}]},
 "use": "claim", "patient": {"reference": "Patient/awa"}, "created": "2026-11-20",
 "insurer": {"reference": "Organization/cnam"}, "provider": {"reference": "Organization/cscom"},
 "priority": {"coding": [{"code": "normal"}]},
 "careTeam": [{"sequence": 1, "provider": {"reference": "Practitioner/p1"}}],
 "diagnosis": [{"sequence": 1, "diagnosisCodeableConcept": {"coding": [{"code": "B54"}]}}],
 "insurance": [{"sequence": 1, "focal": true, "coverage": {"reference": "Coverage/c1"}}],
 "item": [
  {"sequence": 1, "careTeamSequence": [1], "diagnosisSequence": [1],
   "productOrService": {"coding": [{"code": "consult-gen"}]}, "servicedDate": "2026-11-19",
   "quantity": {"value": 2}, "unitPrice": {"value": 5000, "currency": "XOF"},
   "net": {"value": 10000, "currency": "XOF"}},
  {"sequence": 2, "productOrService": {"coding": [{"code": "bio-nfs"}]},
   "unitPrice": {"value": 2500, "currency": "XOF"}, "net": {"value": 2500, "currency": "XOF"}}
 ],
 "total": {"value": 12500, "currency": "XOF"}
}"""
)
PATIENT = loads(
    '{"resourceType":"Patient","id":"awa","name":[{"family":"Traoré","given":["Awa","Fanta"]}],'
    '"gender":"female","birthDate":"1990-02"}'.encode()
)
REMOVED = object()


def changed(resource: dict[str, Any], path: str, value: object = REMOVED) -> dict[str, Any]:
    """A copy with one element set (or removed): changed(CLAIM, "item.0.net.value", 3)."""
    new = copy.deepcopy(resource)
    node: Any = new
    *way, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    for step in way:
        node = node[step]
    if value is REMOVED:
        del node[last]
    else:
        node[last] = value
    return new


def findings(resource: object) -> list[tuple[str, str]]:
    """(path, issue type) of each issue."""
    return [(issue.path, issue.code) for issue in validate(resource)]
