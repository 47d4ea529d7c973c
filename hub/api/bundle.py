"""POST at the base: a Bundle of type transaction or batch.

https://hl7.org/fhir/R4/http.html#transaction
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hub.api import batch, body, call, transaction
from hub.api.call import Call
from hub.api.idempotency import once
from hub.errors import Invalid, Issue


async def process(this: Call, raw: bytes) -> Response:
    """Do what the Bundle asks: all or nothing (transaction), or each on its own (batch).

    Raises:
        Invalid: 400, not a Bundle or of another type; and what transaction.process raises.
    """
    tree = body.resource(raw)
    if tree["resourceType"] == "Bundle" and tree.get("type") == "transaction":
        return await transaction.process(this, tree)
    if tree["resourceType"] == "Bundle" and tree.get("type") == "batch":
        return await batch.process(this, tree)
    raise Invalid(
        Issue(
            "invalid",
            "Cette adresse reçoit un Bundle de type « transaction » ou « batch ». Une feuille de "
            "soins accompagnée de ses ressources dans un Bundle « collection » s’envoie à "
            "Claim/$submit ; une ressource seule, à l’adresse de son type.",
            'This address takes a Bundle of type "transaction" or "batch". Send a care sheet with '
            'its resources in a Bundle "collection" to Claim/$submit; a single resource, to the '
            "address of its type.",
            "Bundle.type",
        ),
        status=400,
    )


async def _endpoint(request: Request) -> Response:
    this = call.of(request)
    raw = await body.fhir(request)
    return await once(this, request, raw, lambda: process(this, raw))


ROUTES = [
    Route("/fhir", _endpoint, methods=["POST"]),
    Route("/fhir/", _endpoint, methods=["POST"]),
]
