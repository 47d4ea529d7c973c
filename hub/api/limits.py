"""What a request may weigh, and how long its body may take; refused before anything is read.

https://www.rfc-editor.org/rfc/rfc9110#section-15.5 (408, 414), RFC 6585 section 5 (431).
The head itself is measured again, while it arrives, by hub.cli.heads.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hub.api import answers
from hub.errors import Invalid, Issue
from hub.fhir.outcome import language

LONGEST_ADDRESS = 8_192  #: bytes of path and query
LARGEST_HEAD = 32_768  #: bytes of all headers
MOST_HEADERS = 100
#: Said twice, two readers could each believe another one: https://owasp.org/ASVS 4.2.1
_ONCE = (
    *(b"host", b"content-length", b"content-type", b"content-encoding", b"transfer-encoding"),
    *(b"authorization", b"idempotency-key", b"if-match", b"if-none-exist", b"x-purpose-of-use"),
)


class Limits:
    """Measures every request; plain ASGI, so that nothing is buffered."""

    def __init__(self, app: ASGIApp, seconds: float) -> None:
        """`seconds`: for the whole body to arrive."""
        self.app = app
        self.seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        refused = _refused(scope)
        if refused is not None:
            await _answer(scope, refused)(scope, receive, send)
            return
        end = time.monotonic() + self.seconds
        whole = False

        async def received() -> Message:
            nonlocal whole
            if whole:
                return await receive()
            try:
                async with asyncio.timeout(max(end - time.monotonic(), 0)):
                    message = await receive()
            except TimeoutError:
                raise _too_slow(self.seconds) from None
            whole = message["type"] != "http.request" or not message.get("more_body", False)
            return message

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start" and not whole and _has_body(scope):
                # what is still to come of the body must not keep the connection
                message["headers"] = [*message.get("headers", ()), (b"connection", b"close")]
            await send(message)

        try:
            await self.app(scope, received, sent)
        except Invalid as problem:
            await _answer(scope, problem)(scope, receive, sent)


def _has_body(scope: Scope) -> bool:
    names = {name for name, value in scope["headers"] if value != b"0"}
    return bool(names & {b"content-length", b"transfer-encoding"})


def _refused(scope: Scope) -> Invalid | None:
    headers = scope["headers"]
    address = len(scope.get("raw_path") or scope["path"].encode()) + len(scope["query_string"])
    if address > LONGEST_ADDRESS:
        return _too_long(414, f"l'adresse ({LONGEST_ADDRESS} octets)", "the address")
    size = sum(len(name) + len(value) + 4 for name, value in headers)
    if size > LARGEST_HEAD or len(headers) > MOST_HEADERS:
        most = f"les en-têtes ({MOST_HEADERS}, {LARGEST_HEAD} octets)"
        return _too_long(431, most, "the headers")
    counted = Counter(name for name, _ in headers if name in _ONCE)
    twice = [name.decode() for name, times in counted.items() if times > 1]
    if twice:
        return _unclear(
            f"l'en-tête {twice[0]} est donné deux fois", f"header {twice[0]} comes twice"
        )
    if {b"content-length", b"transfer-encoding"} <= {name for name, _ in headers}:
        return _unclear(
            "la longueur du corps est dite deux fois", "the body's length is said twice"
        )
    return None


def _answer(scope: Scope, problem: Invalid) -> Response:
    lang = language(Request(scope).headers.get("accept-language"))
    return answers.issues(problem.issues, lang, problem.status)


def _too_long(status: int, fr: str, en: str) -> Invalid:
    return Invalid(
        Issue(
            "too-long",
            f"La requête est refusée : {fr} dépassent la limite. Envoyez-la plus courte.",
            f"The request is refused: {en} exceed the limit. Send a shorter one.",
        ),
        status=status,
    )


def _unclear(fr: str, en: str) -> Invalid:
    return Invalid(
        Issue(
            "structure",
            f"La requête est ambiguë : {fr}. Ne le dites qu'une fois.",
            f"The request is ambiguous: {en}. Say it once.",
        ),
        status=400,
    )


def _too_slow(seconds: float) -> Invalid:
    return Invalid(
        Issue(
            "timeout",
            f"Le corps de la requête n'est pas arrivé en {seconds:g} secondes. Rien n'est "
            "enregistré ; renvoyez-la.",
            f"The request's body did not arrive within {seconds:g} seconds. Nothing is stored; "
            "send it again.",
        ),
        status=408,
    )
