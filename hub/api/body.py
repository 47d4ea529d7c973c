"""Request bodies: a limit, a content type, one strict reading.

https://hl7.org/fhir/R4/http.html#mime-type, https://hl7.org/fhir/R4/json.html
"""

from __future__ import annotations

from starlette.requests import Request

from hub.api.call import hub_of
from hub.api.media import check_content
from hub.errors import Invalid, Issue
from hub.formats import exact_json
from hub.model import Tree


async def received(request: Request) -> bytes:
    """The bytes of the body.

    Raises:
        Invalid: 413, larger than settings.max_body (announced or in fact).
    """
    limit = hub_of(request).settings.max_body
    announced = request.headers.get("content-length", "")
    if (
        announced.isascii()
        and announced.isdigit()
        and (len(announced) > 15 or int(announced) > limit)
    ):
        raise _too_large(limit)
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > limit:
            raise _too_large(limit)
        parts.append(part)
    return b"".join(parts)


async def fhir(request: Request) -> bytes:
    """The bytes of a body announced as FHIR JSON, not read yet.

    Raises:
        Unsupported: 415.
        Invalid: 413.
    """
    check_content(request.headers.get("content-type"), request.headers.get("content-encoding"))
    return await received(request)


def resource(raw: bytes) -> Tree:
    """The tree of one resource, exactly as written.

    Raises:
        Invalid: 400; not strict JSON, not an object, or without a resourceType.
    """
    tree = exact_json.loads(raw)
    if not isinstance(tree, dict) or not isinstance(tree.get("resourceType"), str):
        raise Invalid(
            Issue(
                "structure",
                "Le corps doit être un objet JSON avec « resourceType ».",
                'The body must be a JSON object with a "resourceType".',
            ),
            status=400,
        )
    return tree


def _too_large(limit: int) -> Invalid:
    return Invalid(
        Issue(
            "too-long",
            f"Le corps dépasse la limite de {limit} octets : envoyez moins de ressources à la "
            "fois.",
            f"The body is over the limit of {limit} bytes: send fewer resources at a time.",
        ),
        status=413,
    )
