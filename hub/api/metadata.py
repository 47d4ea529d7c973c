"""The capabilities interaction: a CapabilityStatement made from the tables the routes use.

https://hl7.org/fhir/R4/http.html#capabilities
"""

from __future__ import annotations

from importlib.metadata import version

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hub.api import answers, audit_events, call
from hub.api.offer import CREATED, OPERATIONS, ORDERED, SERVED
from hub.fhir.search_index import PARAMETERS
from hub.formats import exact_json
from hub.model import Tree

_CHANGED = "2026-11-21"  #: the day what is offered last changed


def statement(base: str) -> Tree:
    """What this server can do, as a CapabilityStatement R4; ``base`` is its absolute address."""
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": _CHANGED,
        "kind": "instance",
        "software": {"name": "benkan", "version": version("benkan")},
        "implementation": {
            "description": "Benkan : plateforme FHIR R4 entre prestataires de soins et "
            "organismes d’assurance maladie (profils de référence illustratifs). / FHIR R4 hub "
            "between care providers and health-insurance institutions (illustrative reference "
            "profiles).",
            "url": base,
        },
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json", "json"],
        "rest": [
            {
                "mode": "server",
                "resource": [*(_resource(name) for name in SERVED), _audit_events()],
                "interaction": [{"code": "transaction"}, {"code": "batch"}],
            }
        ],
    }


def _resource(name: str) -> Tree:
    created = name in (*CREATED, ORDERED)
    codes = ["read", "vread", "search-type", *(["create"] if created else [])]
    found: Tree = {
        "type": name,
        "interaction": [{"code": code} for code in codes],
        "versioning": "versioned",
        "readHistory": True,
        "updateCreate": False,
        "conditionalCreate": name in CREATED,
        "conditionalRead": "full-support",
        "searchParam": [
            # _id is a token to the specification; the store looks it up in its own column.
            {"name": parameter, "type": "token" if kind == "id" else kind}
            for parameter, kind in sorted(PARAMETERS[name].items())
        ],
    }
    if name in OPERATIONS:
        operation, definition = OPERATIONS[name]
        found["operation"] = [{"name": operation, "definition": definition}]
    return found


def _audit_events() -> Tree:
    return {
        "type": audit_events.TYPE,
        "interaction": [{"code": code} for code in ("read", "search-type")],
        "versioning": "no-version",
        "searchParam": [{"name": n, "type": kind} for n, kind in audit_events.PARAMETERS.items()],
    }


async def _endpoint(request: Request) -> Response:
    this = call.of(request)
    return answers.fhir(exact_json.dumps(statement(this.base)))


ROUTES = [Route("/fhir/metadata", _endpoint, methods=["GET"])]
