"""Every error becomes an OperationOutcome; a stack trace stays in the log, a payload nowhere.

https://hl7.org/fhir/R4/http.html#Status-Codes
"""

from __future__ import annotations

import logging
import traceback
import uuid
from pathlib import PurePath

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hub.api import answers
from hub.errors import Issue, Problem
from hub.fhir.outcome import language

log = logging.getLogger("hub.api")


def answer(problem: Problem, lang: str) -> Response:
    """The OperationOutcome of a problem; Retry-After where trying again may help."""
    status = problem.status
    if status == 500:
        return unexpected(problem, lang)
    headers = None if problem.again is None else {"retry-after": str(problem.again)}
    return answers.issues(problem.issues, lang, status, headers)


def unexpected(error: BaseException, lang: str) -> Response:
    """A defect of the hub: 500, and a reference number that leads to the log line."""
    reference = uuid.uuid4().hex[:12]
    elements = [i.path for i in error.issues if i.path] if isinstance(error, Problem) else []
    named = " ".join([type(error).__name__, *elements])
    log.error("unexpected error %s: %s at %s", reference, named, _where(error))
    issue = Issue(
        "exception",
        f"Erreur imprévue de la plateforme. Réessayez ; si elle persiste, communiquez la "
        f"référence {reference} à l’exploitant.",
        f"Unexpected error of the hub. Try again; if it persists, give the reference "
        f"{reference} to the operator.",
        severity="fatal",
    )
    return answers.issues((issue,), lang, 500)


async def on_problem(request: Request, error: Exception) -> Response:
    """Exception handler for Problem."""
    lang = language(request.headers.get("accept-language"))
    return answer(error, lang) if isinstance(error, Problem) else unexpected(error, lang)


async def on_http(request: Request, error: Exception) -> Response:
    """Exception handler for what the router refuses: no such address, no such method."""
    lang = language(request.headers.get("accept-language"))
    status = error.status_code if isinstance(error, HTTPException) else 500
    shown = request.url.path[:100]
    if status == 405:
        allowed = ", ".join(_methods(request.app.routes, request.scope))
        issue = Issue(
            "not-supported",
            f"{request.method} n’est pas offert à cette adresse. Méthodes offertes : {allowed}.",
            f"{request.method} is not offered at this address. Methods offered: {allowed}.",
        )
        return answers.issues((issue,), lang, status, {"allow": allowed})
    issue = Issue(
        "not-found" if status == 404 else "processing",
        f"« {shown} » n’est pas une adresse de ce serveur : voyez /fhir/metadata.",
        f'"{shown}" is not an address of this server: see /fhir/metadata.',
    )
    return answers.issues((issue,), lang, status)


class Guard:
    """The outermost layer: whatever still escapes becomes a 500 OperationOutcome.

    Plain ASGI, so that a request that is cancelled stays cancelled and nothing is buffered.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, watched)
        except ClientDisconnect:
            return  # nobody is there to be told, and nothing is wrong here
        except Exception as error:
            if started:
                raise
            lang = language(Request(scope).headers.get("accept-language"))
            await unexpected(error, lang)(scope, receive, send)


def _methods(routes: list[BaseRoute], scope: Scope) -> list[str]:
    """The methods of every route with this path."""
    found: set[str] = set()
    for route in routes:
        if route.matches(scope)[0] is Match.PARTIAL:
            found |= getattr(route, "methods", None) or set()
    return sorted(found)


def _where(error: BaseException) -> str:
    """File and line of every frame: no message, because a message may quote a payload."""
    frames = traceback.extract_tb(error.__traceback__)
    return " < ".join(f"{PurePath(f.filename).name}:{f.lineno}" for f in reversed(frames))
