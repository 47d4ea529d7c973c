"""One compiled FHIRPath expression for each field, by fhirpathpy; tables looked up in Python."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import fhirpathpy

from benchmarks.mapping.process import Form
from benchmarks.mapping.tables import codes

_TAIL = ".reference.split('/').last()"
_HEADER = {
    "number": "identifier.first().value",
    "claimType": "type.coding.first().code",
    "use": "use",
    "status": "status",
    "created": "created",
    "patientId": "patient" + _TAIL,
    "insurerId": "insurer" + _TAIL,
    "providerId": "provider" + _TAIL,
    "priority": "priority.coding.first().code",
    "payee": "payee.type.coding.first().code",
    "coverageId": "insurance.where(focal = true).first().coverage" + _TAIL,
    "total": "total.value",
}
_LISTS = {
    "careTeam": "careTeam.provider.select(reference.split('/').last())",
    "diagnosis": "diagnosis.diagnosisCodeableConcept.select(coding.first().code)",
}
_DETAIL = {
    "number": "sequence",
    "code": "productOrService.coding.first().code",
    "unitPrice": "unitPrice.value",
    "factor": "factor",
    "amount": "net.value",
}
_LINE = _DETAIL | {
    "date": "servicedDate",
    "place": "locationCodeableConcept.coding.first().code",
    "quantity": "quantity.value",
    "currency": "net.currency",
}
_TABLES = {"claimType": codes("claim-type"), "code": codes("service")}
Fields = dict[str, Callable[[Any], Any]]


def _compiled(texts: Mapping[str, str]) -> Fields:
    return {name: fhirpathpy.compile(text) for name, text in texts.items()}


HEADER, LISTS, LINE, DETAIL = (_compiled(t) for t in (_HEADER, _LISTS, _LINE, _DETAIL))
#: sum() of fhirpathpy 2.2.4 fails on nodes, so Python adds what the path finds
ITEMS, DETAILS, NETS = (fhirpathpy.compile(t) for t in ("item", "detail", "item.net.value"))


def _filled(tree: Any, fields: Fields) -> dict[str, Any]:
    made = {}
    for name, find in fields.items():
        found = find(tree)
        value = found[0] if found else None
        if name in _TABLES:
            value = _TABLES[name].get(value)
        if value is not None:
            made[name] = value
    return made


def _line(item: Any) -> dict[str, Any]:
    made = _filled(item, LINE)
    details = [_filled(detail, DETAIL) for detail in DETAILS(item)]
    return made | ({"detail": details} if details else {})


def message(claim: Any) -> dict[str, Any]:
    """The partner message of a claim."""
    made = _filled(claim, HEADER)
    made |= {name: found for name, find in LISTS.items() if (found := find(claim))}
    if "total" not in made:
        made["total"] = sum(NETS(claim))
    made["line"] = [_line(item) for item in ITEMS(claim)]
    return made


FORMS = {
    "in memory": Form(
        lambda body: json.loads(body, parse_float=Decimal), message, lambda tree: tree
    ),
    "bytes": Form(
        bytes, lambda body: json.dumps(message(json.loads(body)), default=float), json.loads
    ),
}
