"""Bundles written as bytes around stored bytes: what is served is never parsed and written anew.

https://hl7.org/fhir/R4/bundle.html
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from starlette.responses import Response

from hub.formats import exact_json
from hub.model import StoredResource


@dataclass(frozen=True, slots=True)
class EntryAnswer:
    """One entry of a batch-response or transaction-response.

    Source: https://hl7.org/fhir/R4/bundle-definitions.html#Bundle.entry.response
    """

    status: int
    location: str = ""
    etag: str = ""
    modified: datetime | None = None  #: UTC
    resource: bytes = b""
    outcome: bytes = b""


def searchset(
    base: str, found: Sequence[StoredResource], total: int | None, links: Iterable[tuple[str, str]]
) -> bytes:
    """A page of search results; ``links`` are (relation, absolute address); total None: unknown."""
    pages = b",".join(_object(relation=relation, url=url) for relation, url in links)
    entries = b",".join(
        b'{"fullUrl":%b,"resource":%b,"search":{"mode":"match"}}'
        % (exact_json.dumps(f"{base}/{one.type}/{one.id}"), one.body)
        for one in found
    )
    counted = b"" if total is None else b'"total":%d,' % total
    head = b'{"resourceType":"Bundle","type":"searchset",%b"link":[%b]' % (counted, pages)
    return head + (b',"entry":[%b]}' % entries if entries else b"}")


def responses(kind: str, given: Iterable[EntryAnswer]) -> bytes:
    """A batch-response or transaction-response, one entry for each of the request."""
    entries = b",".join(_entry(one) for one in given)
    head = b'{"resourceType":"Bundle","type":%b' % exact_json.dumps(kind)
    return head + (b',"entry":[%b]}' % entries if entries else b"}")


def of_response(response: Response, resource_wanted: bool) -> EntryAnswer:
    """An HTTP answer as an entry; its body is the resource, or the outcome when it failed."""
    headers, body = response.headers, bytes(response.body)
    modified = headers.get("last-modified")
    failed = response.status_code >= 400
    return EntryAnswer(
        status=response.status_code,
        location=headers.get("location", ""),
        etag=headers.get("etag", ""),
        modified=parsedate_to_datetime(modified) if modified else None,
        resource=body if resource_wanted and not failed else b"",
        outcome=body if failed else b"",
    )


def _entry(one: EntryAnswer) -> bytes:
    said = {
        "status": f"{one.status} {HTTPStatus(one.status).phrase}",
        "location": one.location,
        "etag": one.etag,
        "lastModified": one.modified.isoformat() if one.modified else "",
    }
    response = _object(**{name: value for name, value in said.items() if value})
    if one.outcome:
        response = b'%b,"outcome":%b}' % (response[:-1], one.outcome)
    resource = b'"resource":%b,' % one.resource if one.resource else b""
    return b'{%b"response":%b}' % (resource, response)


def _object(**members: str) -> bytes:
    return exact_json.dumps(members)
