"""CoverageEligibilityRequest/$submit: rights, asked of the institution while the caller waits.

https://hl7.org/fhir/R4/coverageeligibilityrequest-operation-submit.html

Nothing is queued: an institution that cannot be reached is 503 with Retry-After, one that does
not answer in time is 504, and the question may be put again without harm.
"""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hub.api import answers, body, call
from hub.api.call import Call
from hub.api.check import check
from hub.api.payload import operand
from hub.wiring import Hub

TYPE = "CoverageEligibilityRequest"


async def ask(this: Call, raw: bytes) -> Response:
    """The CoverageEligibilityResponse of the institution that manages the cover.

    Raises:
        Invalid, Unroutable, Unmappable: 4xx, the question itself.
        Unreachable, Unconfirmed, Refused, Unreadable: 5xx, the institution.
    """
    this.may("create", TYPE)
    return answers.fhir(await run_in_threadpool(_ask, this.hub, raw))


def _ask(hub: Hub, raw: bytes) -> bytes:
    resource, raw = operand(raw, (TYPE,))
    check(resource, TYPE)
    return hub.trip.eligibility(resource, raw)


async def _endpoint(request: Request) -> Response:
    this = call.of(request)
    return await ask(this, await body.fhir(request))


ROUTES = [Route(f"/fhir/{TYPE}/$submit", _endpoint, methods=["POST"])]
