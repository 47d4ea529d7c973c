"""FHIR read and vread.

https://hl7.org/fhir/R4/http.html#read, #vread, #cread
"""

from __future__ import annotations

import re
from datetime import UTC
from email.utils import parsedate_to_datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hub.api import answers, audit_events, call, threads
from hub.api.call import Call
from hub.api.offer import served
from hub.api.sight import shown
from hub.errors import Issue, NotFound
from hub.model import StoredResource

_ID = re.compile(r"[A-Za-z0-9.\-]{1,64}")  # https://hl7.org/fhir/R4/datatypes.html#id
_VERSION = re.compile(r"[1-9][0-9]{0,8}")


async def read(this: Call, type_name: str, id: str, version: str | None = None) -> Response:
    """The stored bytes of a resource, the version asked for or the current one.

    Raises:
        NotFound: no such type, resource or version.
    """
    if type_name == audit_events.TYPE and version is None:
        return await audit_events.read(this, id)
    served(type_name)
    this.may("read", type_name)
    plausible = _ID.fullmatch(id) and (version is None or _VERSION.fullmatch(version))
    number = int(version) if plausible and version else None
    stored = (
        await threads.run(this.hub, 0, this.hub.store.read, type_name, id, number)
        if plausible
        else None
    )
    if stored is None:
        raise _absent(type_name, id, version)
    [stored] = await shown(this, "read", [stored])
    if _unchanged(this, stored):
        return answers.empty(304, answers.versioned(stored))
    return answers.fhir(stored.body, 200, answers.versioned(stored))


def _unchanged(this: Call, stored: StoredResource) -> bool:
    """Does the client have this version? If-None-Match wins over If-Modified-Since."""
    tags = this.headers.get("if-none-match")
    if tags is not None:
        known = {tag.strip().removeprefix("W/") for tag in tags.split(",")}
        return "*" in known or f'"{stored.version}"' in known
    try:
        since = parsedate_to_datetime(this.headers.get("if-modified-since", ""))
        since = since if since.tzinfo else since.replace(tzinfo=UTC)
        return stored.updated.replace(microsecond=0) <= since
    except (ValueError, TypeError, OverflowError):
        return False  # RFC 9110 §13.1.3: a date that cannot be read is ignored


def _absent(type_name: str, id: str, version: str | None) -> NotFound:
    name = f"{type_name}/{id[:64]}" + (f"/_history/{version[:16]}" if version else "")
    return NotFound(
        Issue(
            "not-found",
            f"{name} n’existe pas ici : vérifiez l’identifiant ou cherchez par « identifier ».",
            f'{name} does not exist here: check the id or search by "identifier".',
        )
    )


async def _endpoint(request: Request) -> Response:
    path = request.path_params
    return await read(call.of(request), path["type"], path["id"], path.get("version"))


ROUTES = [
    Route("/fhir/{type}/{id}", _endpoint, methods=["GET"]),
    Route("/fhir/{type}/{id}/_history/{version}", _endpoint, methods=["GET"]),
]
