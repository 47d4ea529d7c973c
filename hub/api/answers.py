"""Responses of the edge: stored bytes with their version headers, and OperationOutcomes.

https://hl7.org/fhir/R4/http.html#general
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from email.utils import format_datetime

from starlette.responses import Response

from hub.api.call import Call
from hub.api.media import FHIR_JSON
from hub.errors import Issue
from hub.fhir.outcome import outcome
from hub.formats import exact_json
from hub.model import StoredResource

#: https://hl7.org/fhir/R4/datatypes.html#string, and half surrogates, which UTF-8 cannot write
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def fhir(body: bytes, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A FHIR answer with exactly these bytes."""
    return Response(body, status, headers, media_type=FHIR_JSON)


def empty(status: int, headers: Mapping[str, str] | None = None) -> Response:
    """An answer without a body (return=minimal, 304)."""
    return Response(status_code=status, headers=headers)


def issues(
    found: Sequence[Issue], lang: str, status: int, headers: Mapping[str, str] | None = None
) -> Response:
    """An OperationOutcome in the caller's language ("fr" or "en").

    A message may quote what was sent; characters a FHIR string cannot have are replaced.
    """
    clean = [
        replace(i, fr=_UNFIT.sub("\ufffd", i.fr), en=_UNFIT.sub("\ufffd", i.en)) for i in found
    ]
    body = exact_json.dumps(outcome(clean, lang))
    return fhir(body, status, {"content-language": lang, **(headers or {})})


def versioned(stored: StoredResource) -> dict[str, str]:
    """ETag and Last-Modified of a stored resource.

    Source: https://hl7.org/fhir/R4/http.html#versioning
    """
    return {"etag": etag(stored), "last-modified": http_date(stored.updated)}


def etag(stored: StoredResource) -> str:
    """The weak entity tag of a version: W/"1"."""
    return f'W/"{stored.version}"'


def location(base: str, stored: StoredResource) -> str:
    """The absolute address of one version of a resource."""
    return f"{base}/{stored.type}/{stored.id}/_history/{stored.version}"


def http_date(at: datetime) -> str:
    """A UTC instant in the form of RFC 9110 §5.6.7."""
    return format_datetime(at.replace(microsecond=0), usegmt=True)


def written(call: Call, stored: StoredResource, status: int) -> Response:
    """The answer to a write, as long as Prefer: return asks.

    Source: https://hl7.org/fhir/R4/http.html#ops
    """
    headers = {"location": location(call.base, stored), **versioned(stored)}
    wanted = call.prefer.returns
    if wanted == "minimal":
        return empty(status, headers)
    if wanted == "operationoutcome":
        name = f"{stored.type}/{stored.id}"
        known = (
            Issue(
                "informational", f"{name} est enregistré.", f"{name} is stored.", "", "information"
            ),
        )
        return issues(known, call.lang, status, headers)
    return fhir(stored.body, status, headers)
