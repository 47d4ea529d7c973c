"""The token endpoint of SMART Backend Services, and where to find it.

https://hl7.org/fhir/smart-app-launch/STU2.2/backend-services.html, RFC 6749 §4.4, RFC 7523
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from urllib.parse import parse_qsl

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from hub.access import assertions, purposes, scopes, tokens
from hub.access.clients import Client
from hub.api import call
from hub.errors import Issue, TokenRefused
from hub.fhir.outcome import language
from hub.wiring import Hub

log = logging.getLogger("hub.api")

PATH = "/auth/token"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_MAX_BODY = 16_384
_WANTED = ("grant_type", "client_assertion_type", "client_assertion", "scope")
#: The answer holds a secret: https://www.rfc-editor.org/rfc/rfc6749#section-5.1
_SECRET = {"cache-control": "no-store", "pragma": "no-cache"}


def endpoint(hub: Hub) -> str:
    """The absolute address of the token endpoint: what an assertion's aud must be."""
    return f"{hub.settings.base.removesuffix('/fhir')}{PATH}"


async def _token(request: Request) -> Response:
    hub = call.hub_of(request)
    lang = language(request.headers.get("accept-language"))
    try:
        form = _form(await _body(request), request.headers.get("content-type", ""))
        shown = request.scope.get("certificate", "")
        return await run_in_threadpool(_grant, hub, form, shown)
    except TokenRefused as refused:
        if refused.check:
            log.warning("token refused: %s", refused.check)
        issue = refused.issues[0]
        said = {"error": refused.oauth, "error_description": issue.en if lang == "en" else issue.fr}
        return JSONResponse(said, refused.status, _SECRET)


def _grant(hub: Hub, form: dict[str, str], certificate: str) -> Response:
    now = datetime.now(UTC)
    found = assertions.verify(
        form["client_assertion"], endpoint(hub), now, hub.store.client, hub.keysets.of
    )
    client = found.client
    if client.certificate and certificate != client.certificate:
        raise TokenRefused(
            "invalid_client",
            Issue(
                "security",
                "Ce client est enregistré avec un certificat TLS : présentez-le à la connexion.",
                "This client is registered with a TLS certificate: present it when connecting.",
            ),
            "certificate",
        )
    if not hub.store.use_once("jti", f"{client.id} {found.jti}", found.expires):
        raise _refused(
            "invalid_client",
            "Cette assertion a déjà servi : signez-en une nouvelle à chaque demande (jti).",
            "This assertion was used before: sign a new one for each request (jti).",
        )
    scope = _scope(form["scope"], client)
    purpose = found.purpose or purposes.read(form.get("purpose_of_use"))
    text, token = tokens.new(client.id, scope, now, client.certificate, purpose)
    hub.store.keep_token(token)
    seconds = int(tokens.LIFE.total_seconds())
    said = {
        "access_token": text,
        "token_type": "bearer",
        "expires_in": seconds,
        "scope": scope,
    }
    return JSONResponse(said, 200, _SECRET)


def _scope(asked: str, client: Client) -> str:
    granted = scopes.narrowed(scopes.read(asked), scopes.read(client.scopes))
    if not granted:
        raise _refused(
            "invalid_scope",
            "Aucun des scopes demandés n'est accordé à ce client. Faites-les ajouter par "
            "l'administrateur de sécurité.",
            "None of the scopes asked for is granted to this client. Have the security "
            "administrator add them.",
        )
    return scopes.write(granted)


async def _body(request: Request) -> bytes:
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _MAX_BODY:
            raise _refused("invalid_request", "La demande est trop longue.", "Request too long.")
    return body


def _form(body: bytes, content_type: str) -> dict[str, str]:
    if content_type.partition(";")[0].strip().lower() != "application/x-www-form-urlencoded":
        raise _refused(
            "invalid_request",
            "Envoyez la demande en application/x-www-form-urlencoded.",
            "Send the request as application/x-www-form-urlencoded.",
        )
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=True,
            errors="strict",
            max_num_fields=20,
        )
    except ValueError:
        pairs = []
    form = dict(pairs)
    if len(form) != len(pairs) or not all(form.get(name) for name in _WANTED):
        raise _refused(
            "invalid_request",
            f"Donnez une fois chacun de ces paramètres : {', '.join(_WANTED)}.",
            f"Give each of these parameters once: {', '.join(_WANTED)}.",
        )
    if form["grant_type"] != "client_credentials":
        raise _refused(
            "unsupported_grant_type",
            "Seul grant_type=client_credentials est offert.",
            "Only grant_type=client_credentials is offered.",
        )
    if form["client_assertion_type"] != ASSERTION_TYPE:
        raise _refused(
            "invalid_request",
            f"client_assertion_type doit être {ASSERTION_TYPE}.",
            f"client_assertion_type must be {ASSERTION_TYPE}.",
        )
    return form


def _refused(oauth: str, fr: str, en: str) -> TokenRefused:
    return TokenRefused(oauth, Issue("security", fr, en))


async def _configuration(request: Request) -> Response:
    """https://hl7.org/fhir/smart-app-launch/STU2.2/conformance.html"""
    hub = call.hub_of(request)
    said = {
        "issuer": hub.settings.base,
        "token_endpoint": endpoint(hub),
        "grant_types_supported": ["client_credentials"],
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": list(assertions.ALGORITHMS),
        "scopes_supported": [
            "system/*.rs",
            "system/Claim.crs",
            "system/Task.cr",
            "system/AuditEvent.rs",
        ],
        "capabilities": ["client-confidential-asymmetric", "permission-v2"],
        "tls_client_certificate_bound_access_tokens": bool(hub.settings.client_cert_header),
    }
    return JSONResponse(said)


ROUTES = [
    Route(PATH, _token, methods=["POST"]),
    Route("/fhir/.well-known/smart-configuration", _configuration, methods=["GET"]),
]
