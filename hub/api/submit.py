"""Claim/$submit: one care sheet, alone or with its Patient, Coverage and Organizations.

https://hl7.org/fhir/R4/claim-operation-submit.html, https://hl7.org/fhir/R4/async.html

The answer is the ClaimResponse. When the institution has not decided within settings.wait
seconds (or Prefer: wait), its outcome is ``queued`` and its disposition says what is happening.
With Prefer: respond-async the answer is 202 at once, and Content-Location says where to look.
"""

from __future__ import annotations

from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hub.api import answers, body, call, threads
from hub.api.call import Call
from hub.api.check import check
from hub.api.idempotency import once
from hub.api.keep import keep
from hub.api.payload import operand
from hub.errors import Invalid, Issue
from hub.model import Exchange
from hub.ports import Acceptance
from hub.wiring import Hub


async def submit(this: Call, raw: bytes) -> Response:
    """Store the care sheet, and wait for the decision as long as the client agrees to.

    Raises:
        Invalid, Unroutable: nothing is stored.
        Conflict: 409, the same identifier came before with other content.
    """
    this.may("create", "Claim")
    hub = this.hub
    acceptance = await threads.run(hub, len(raw), _prepare, hub, raw)
    accepted = await keep(hub, acceptance)
    exchange = acceptance.exchanges[0]
    if accepted.duplicate is not None:
        known = accepted.duplicate
        exchange = await threads.run(hub, 0, hub.intake.duplicate, acceptance, known)
    place = f"{this.base}/ClaimResponse?request={quote(exchange.resource, safe='/')}"
    if this.prefer.asynchronous:
        now = await threads.run(hub, 0, _response, this, exchange)
        return answers.fhir(now, 202, {"content-location": place})
    patience = hub.settings.wait
    if this.prefer.wait is not None:
        patience = min(patience, this.prefer.wait)
    decided = await hub.decided(exchange.id, patience)
    return answers.fhir(await threads.run(hub, 0, _response, this, decided))


def _prepare(hub: Hub, raw: bytes) -> Acceptance:
    resource, raw = operand(raw, ("Claim", "Bundle"))
    check(resource)
    if resource["resourceType"] == "Bundle" and resource.get("type") != "collection":
        raise Invalid(
            Issue(
                "invalid",
                "Claim/$submit attend un Bundle de type « collection » ; un Bundle « transaction » "
                "ou « batch » s’envoie par POST à l’adresse de base /fhir.",
                'Claim/$submit takes a Bundle of type "collection"; POST a "transaction" or '
                '"batch" Bundle to the base address /fhir.',
                "Bundle.type",
            ),
            status=400,
        )
    return hub.intake.submit(resource, raw)


def _response(this: Call, exchange: Exchange) -> bytes:
    return this.hub.intake.response(exchange, this.lang)


async def _endpoint(request: Request) -> Response:
    this = call.of(request)
    raw = await body.fhir(request)
    return await once(this, request, raw, lambda: submit(this, raw))


ROUTES = [Route("/fhir/Claim/$submit", _endpoint, methods=["POST"])]
