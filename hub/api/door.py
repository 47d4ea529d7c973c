"""Who is calling: a bearer token becomes a Caller, or the request ends here.

https://www.rfc-editor.org/rfc/rfc6750, https://hl7.org/fhir/smart-app-launch/STU2.2/backend-services.html
"""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from hub.access import purposes, scopes, tokens
from hub.access.clients import Caller
from hub.access.rates import STRANGERS, Rates
from hub.api import answers, rates
from hub.errors import Issue
from hub.fhir.outcome import language
from hub.wiring import Hub

#: What must be readable before one can have a token.
PUBLIC = ("/fhir/metadata", "/fhir/.well-known/smart-configuration")

#: What one request is for, where the token does not say: a code of v3-PurposeOfUse.
PURPOSE = "x-purpose-of-use"

#: While BENKAN_ACCESS is `open`: everybody is the same provider, who may do what providers may.
ANYBODY = Caller(
    id="anonymous",
    roles=("provider",),
    tenant="",
    organizations=("*",),
    scopes=scopes.read("system/*.cruds"),
)


class Door:
    """Asks for a token at every FHIR address but the public ones."""

    def __init__(self, app: ASGIApp, hub: Hub, counted: Rates) -> None:
        self.app = app
        self.hub = hub
        self.rates = counted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] == "http" and _is_fhir(scope["path"]):
            if self.hub.settings.access == "open":
                scope["caller"] = ANYBODY
            else:
                caller = await self._caller(Request(scope))
                if caller is None:
                    wait = self.rates.admit(STRANGERS, rates.address(scope))
                    if wait:
                        await rates.refuse(scope, receive, send, wait)
                        return
                    await _refusal(Request(scope))(scope, receive, send)
                    return
                scope["caller"] = caller
        await self.app(scope, receive, send)

    async def _caller(self, request: Request) -> Caller | None:
        kind, _, text = request.headers.get("authorization", "").partition(" ")
        if kind.lower() != "bearer" or not tokens.plausible(text):
            return None
        found = await run_in_threadpool(self.hub.store.token, tokens.digest(text))
        if found is None:
            return None
        token, client = found
        if token.certificate and request.scope.get("certificate") != token.certificate:
            return None  # RFC 8705: a bound token is worth nothing on another connection
        return Caller(
            id=client.id,
            roles=client.roles,
            tenant=client.tenant,
            organizations=client.organizations,
            scopes=scopes.read(token.scopes),
            body=client.body,
            purpose=token.purpose or purposes.read(request.headers.get(PURPOSE)),
        )


def _is_fhir(path: str) -> bool:
    return (path == "/fhir" or path.startswith("/fhir/")) and path not in PUBLIC


def _refusal(request: Request) -> Response:
    lang = language(request.headers.get("accept-language"))
    issue = Issue(
        "login",
        "Il faut un jeton d'accès valable (Authorization: Bearer …). Demandez-en un à l'adresse "
        "que donne /fhir/.well-known/smart-configuration ; un jeton vaut cinq minutes.",
        "A valid access token is needed (Authorization: Bearer …). Ask for one at the address "
        "given by /fhir/.well-known/smart-configuration; a token is good for five minutes.",
    )
    known = "authorization" in request.headers
    challenge = 'Bearer realm="benkan"' + (', error="invalid_token"' if known else "")
    return answers.issues((issue,), lang, 401, {"www-authenticate": challenge})
