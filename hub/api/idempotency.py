"""The Idempotency-Key header: the same key gives the same response again.

draft-ietf-httpapi-idempotency-key-header-07 §2: other payload 422, still running 409.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from hub.api.call import Call
from hub.errors import Conflict, Invalid, Issue
from hub.ports import Remembered

_LONGEST = 255
_KEPT = (
    "content-type",
    "content-language",
    "content-location",
    "location",
    "etag",
    "last-modified",
)


async def once(
    this: Call, request: Request, raw: bytes, work: Callable[[], Awaitable[Response]]
) -> Response:
    """Do the work, unless this key was used: then give the response it had.

    Raises:
        Invalid: 400, the key is no key; 422, it was used for another request.
        Conflict: 409, the first request with this key is still running.
    """
    header = this.headers.get("idempotency-key")
    if header is None:
        return await work()
    key = _key(header)
    store, client = this.hub.store, _client(this)
    line = f"{request.method} {request.url.path} {this.headers.get('prefer', '')}\n"
    digest = hashlib.sha256(line.encode() + raw).hexdigest()
    known = await run_in_threadpool(store.remember, client, key, digest)
    if known is not None:
        return _again(known, digest)
    try:
        response = await work()
    except BaseException:
        # Refused or interrupted: nothing to repeat. What was stored is found by its business key.
        await run_in_threadpool(store.forget, client, key)
        raise
    headers = {name: response.headers[name] for name in _KEPT if name in response.headers}
    content = bytes(response.body)
    await run_in_threadpool(store.answer, client, key, response.status_code, headers, content)
    return response


def _again(known: Remembered, digest: str) -> Response:
    if known.request_hash != digest:
        raise Invalid(
            Issue(
                "duplicate",
                "Cette Idempotency-Key a déjà servi pour une autre demande : prenez une clé neuve.",
                "This Idempotency-Key was used for another request: take a new key.",
            )
        )
    if known.status == 0:
        raise Conflict(
            Issue(
                "conflict",
                "La première demande portant cette Idempotency-Key est encore en cours : "
                "renvoyez-la dans quelques secondes.",
                "The first request with this Idempotency-Key is still running: send it again in "
                "a few seconds.",
            )
        )
    return Response(known.body, known.status, known.headers)


def _key(header: str) -> str:
    key = header.strip().strip('"')
    if not key or len(key) > _LONGEST or not key.isascii() or not key.isprintable():
        raise Invalid(
            Issue(
                "invalid",
                f"L’en-tête Idempotency-Key doit compter de 1 à {_LONGEST} caractères ASCII "
                "imprimables, par exemple un UUID.",
                f"The Idempotency-Key header must have 1 to {_LONGEST} printable ASCII "
                "characters, for example a UUID.",
            ),
            status=400,
        )
    return key


def _client(this: Call) -> str:
    """Keys belong to the client that sent them, whichever of its short tokens it used."""
    if this.hub.caller is not None:
        return this.caller.id
    credential = this.headers.get("authorization")
    return hashlib.sha256(credential.encode()).hexdigest() if credential else this.caller.id
