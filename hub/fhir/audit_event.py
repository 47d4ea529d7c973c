"""A row of the audit chain as a FHIR AuditEvent, made anew each time it is asked for.

Sources: https://hl7.org/fhir/R4/auditevent.html, https://dicom.nema.org/resources/ontology/DCM
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hub.model import Tree

_DCM = "http://dicom.nema.org/resources/ontology/DCM"
_ACTIVITY = {"system": _DCM, "code": "110100", "display": "Application Activity"}
_RECORD = {"system": _DCM, "code": "110110", "display": "Patient Record"}
_SECURITY = {"system": _DCM, "code": "110113", "display": "Security Alert"}
#: Our own words for what was done; the audit writes them as `action`.
ACTIONS = "https://benkan.example/fhir/CodeSystem/audit-action"
_OBJECTS = "https://benkan.example/fhir/sid/audit-objet"
_PURPOSE = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
#: What is made new by an act of this name.
MADE = ("accepted", "opened", "kept", "received", "set-aside", "registered", "task-opened")
#: Objects of the audit that are no resources of FHIR.
_OURS = (
    *("Exchange", "Deposit", "Inbox", "Partner", "PersonTask", "Client", "Account", "Hub"),
    *("Statement", "Token"),
)


def audit_event(content: Mapping[str, Any], prev: str, digest: str) -> Tree:
    """The AuditEvent of an audit row: its content as parsed, and its two chain digests."""
    action, detail = str(content["action"]), dict(content["detail"])
    event: Tree = {
        "resourceType": "AuditEvent",
        "id": f"audit-{content['seq']}",
        "type": _type(action, str(content["object"])),
        "subtype": [{"system": ACTIONS, "code": action}],
        "action": _crude(action, detail),
        "recorded": content["at"],
        "outcome": "0",
        "agent": [
            {
                "altId": content["actor"],
                "who": {"display": content["actor"]},
                "requestor": content["actor"] != "hub",
            }
        ],
        "source": {"observer": {"display": "Benkan"}},
        "entity": [
            {
                "what": _what(str(content["object"])),
                "detail": [
                    {"type": name, "valueString": value}
                    for name, value in (("prev", prev), ("digest", digest), *_told(detail))
                ],
            }
        ],
    }
    if isinstance(detail.get("purpose"), str) and detail["purpose"].isupper():
        event["purposeOfEvent"] = [{"coding": [{"system": _PURPOSE, "code": detail["purpose"]}]}]
    return event


def _type(action: str, object: str) -> Tree:
    if object.partition("/")[0] in ("Client", "Account", "Token", "Hub"):
        return _SECURITY
    return _RECORD if action.startswith("read") else _ACTIVITY


def _crude(action: str, detail: Mapping[str, Any]) -> str:
    """C, R, U or E: https://hl7.org/fhir/R4/valueset-audit-event-action.html"""
    if action == "stored":
        return "C" if detail.get("version") == 1 else "U"
    if action.startswith("read"):
        return "R"
    return "C" if action in MADE or action.endswith(("-added", "-kept")) else "E"


def _what(object: str) -> Tree:
    type, _, id = object.partition("/")
    if type in _OURS or "/" in id or not id:
        return {"identifier": {"system": _OBJECTS, "value": object}}
    return {"reference": object}


def _told(detail: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Each digest and name of the detail, as text."""
    told: list[tuple[str, str]] = []
    for name, value in detail.items():
        if isinstance(value, Mapping):
            told += [(f"{name} {key}", str(one)) for key, one in value.items() if one is not None]
        elif isinstance(value, list):
            told += [(name, str(one)) for one in value]
        elif value not in (None, ""):
            told.append((name, str(value)))
    return told
