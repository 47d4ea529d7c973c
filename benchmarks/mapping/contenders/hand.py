"""The same mapping as a Python programmer writes it by hand: what the others are measured by."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import msgspec

from benchmarks.mapping.process import Form
from benchmarks.mapping.tables import codes
from hub.formats import exact_json

TYPES, SERVICES = codes("claim-type"), codes("service")


def message(claim: dict[str, Any]) -> dict[str, Any]:
    """The partner message of a claim."""
    msg: dict[str, Any] = {}
    for identifier in claim.get("identifier", ())[:1]:
        _put(msg, "number", identifier.get("value"))
    _put(msg, "claimType", TYPES.get(_code(claim.get("type"))))
    for name in ("use", "status", "created"):
        _put(msg, name, claim.get(name))
    for name in ("patient", "insurer", "provider"):
        _put(msg, name + "Id", _tail(claim.get(name)))
    _put(msg, "priority", _code(claim.get("priority")))
    if "payee" in claim:
        _put(msg, "payee", _code(claim["payee"].get("type")))
    for insurance in claim.get("insurance", ()):
        if insurance.get("focal"):
            _put(msg, "coverageId", _tail(insurance.get("coverage")))
            break
    _put(msg, "careTeam", [_tail(m.get("provider")) for m in claim.get("careTeam", ())])
    diagnoses = claim.get("diagnosis", ())
    _put(msg, "diagnosis", [_code(d.get("diagnosisCodeableConcept")) for d in diagnoses])
    lines = claim.get("item", ())
    total = claim.get("total", {}).get("value")
    if total is None:
        total = sum(line["net"]["value"] for line in lines if "net" in line)
    msg["total"] = total
    _put(msg, "line", [_line(line) for line in lines])
    return msg


def _line(item: dict[str, Any]) -> dict[str, Any]:
    line = {"number": item["sequence"]}
    _put(line, "code", SERVICES.get(_code(item.get("productOrService"))))
    _put(line, "date", item.get("servicedDate"))
    _put(line, "place", _code(item.get("locationCodeableConcept")))
    _put(line, "quantity", item.get("quantity", {}).get("value"))
    _put(line, "unitPrice", item.get("unitPrice", {}).get("value"))
    _put(line, "factor", item.get("factor"))
    net = item.get("net", {})
    _put(line, "amount", net.get("value"))
    _put(line, "currency", net.get("currency"))
    if "detail" in item:
        line["detail"] = [_detail(detail) for detail in item["detail"]]
    return line


def _detail(detail: dict[str, Any]) -> dict[str, Any]:
    line = {"number": detail["sequence"]}
    _put(line, "code", SERVICES.get(_code(detail.get("productOrService"))))
    _put(line, "unitPrice", detail.get("unitPrice", {}).get("value"))
    _put(line, "factor", detail.get("factor"))
    _put(line, "amount", detail.get("net", {}).get("value"))
    return line


def _put(into: dict[str, Any], name: str, value: Any) -> None:
    if value:
        into[name] = value


def _code(concept: dict[str, Any] | None) -> Any:
    codings = concept.get("coding") if concept else None
    return codings[0].get("code") if codings else None


def _tail(reference: dict[str, Any] | None) -> str | None:
    text = reference.get("reference") if reference else None
    return text.rpartition("/")[2] if text else None


_fast = msgspec.json.Decoder(float_hook=Decimal).decode
_encode = msgspec.json.Encoder(decimal_format="number").encode

FORMS = {
    "in memory": Form(exact_json.loads, message, lambda tree: tree),
    "bytes, json (floats)": Form(
        bytes, lambda body: json.dumps(message(json.loads(body))).encode(), json.loads
    ),
    "bytes, msgspec (decimals)": Form(
        bytes, lambda body: _encode(message(_fast(body))), json.loads
    ),
    "bytes, hub.formats.exact_json": Form(
        bytes, lambda body: exact_json.dumps(message(exact_json.loads(body))), json.loads
    ),
}
