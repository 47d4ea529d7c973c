"""The sandbox's REST service over HTTP: tokens, deposits, questions, files to fetch.

Specs: https://www.rfc-editor.org/rfc/rfc6749#section-4.4, RFC 6750 section 3. Illustrative
reference profile: describes no official interface.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
import secrets
import time
from collections.abc import Callable
from functools import partial
from urllib.parse import parse_qs

from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from adapters.inps.backoffice import BackOffice
from adapters.inps.layouts import CONTENT_TYPE
from adapters.inps.office import Denied, Office
from adapters.sandbox.behaviour import Behaviour, Misbehaviour
from adapters.sandbox.ledger import Ledger

_LARGEST = 20_000_000
#: what can go wrong at this counter; the others wait for the files of a deposit
_HERE = frozenset({"delay", "error", "timeout-after-booking", "duplicate", "garbage"})
_AT_ONCE = 50  #: files listed at once
_log = logging.getLogger(__name__)

Work = Callable[[], bytes]


class Tokens:
    """Access tokens of one account."""

    def __init__(self, client: str, secret: SecretStr, lifetime: float) -> None:
        self._client = client
        self._secret = secret
        self.lifetime = lifetime  #: seconds
        self._valid: dict[str, float] = {}

    def issue(self, form: dict[str, list[str]]) -> str:
        """A new token for the right account, "" otherwise."""
        client, secret = (form.get(name, [""])[0] for name in ("client_id", "client_secret"))
        right = self._secret.get_secret_value().encode()
        known = hmac.compare_digest(secret.encode(), right) and client == self._client
        if not known or form.get("grant_type") != ["client_credentials"]:
            return ""
        token = secrets.token_urlsafe(24)
        self._valid[token] = time.monotonic() + self.lifetime
        return token

    def admit(self, authorization: str) -> bool:
        """Is it the header of a token in force?"""
        scheme, _, token = authorization.partition(" ")
        until = self._valid.get(token, 0.0) if scheme.lower() == "bearer" else 0.0
        return time.monotonic() < until

    def revoke(self) -> int:
        """End all tokens in force; gives how many."""
        count = len(self._valid)
        self._valid.clear()
        return count


def rest_app(
    office: Office, back: BackOffice, ledger: Ledger, tokens: Tokens, behaviour: Behaviour
) -> Starlette:
    """The HTTP application of INPS's service."""
    service = _Service(office, back, ledger, tokens, behaviour)
    return Starlette(
        routes=[
            Route("/oauth2/token", service.token, methods=["POST"]),
            Route("/v1/depots", service.deposit, methods=["POST"]),
            Route("/v1/depots/{key}", service.receipt, methods=["GET"]),
            Route("/v1/factures/{key}", service.where, methods=["GET"]),
            Route("/v1/annulations/{key}", service.cancelled, methods=["GET"]),
            Route("/v1/retours", service.files, methods=["GET"]),
            Route("/v1/retours/{name}", service.file, methods=["GET"]),
            Route("/v1/retours/{name}/accuse", service.acknowledge, methods=["POST"]),
            Route("/v1/{desk}", service.desk, methods=["POST"]),
        ]
    )


class _Service:
    def __init__(
        self,
        office: Office,
        back: BackOffice,
        ledger: Ledger,
        tokens: Tokens,
        behaviour: Behaviour,
    ) -> None:
        self._office = office
        self._back = back
        self._ledger = ledger
        self._tokens = tokens
        self._behaviour = behaviour

    async def token(self, request: Request) -> Response:
        """Un jeton d'accès contre le compte (client_credentials)."""
        form = parse_qs((await _body(request)).decode("utf-8", "replace"))
        token = self._tokens.issue(form)
        if not token:
            return JSONResponse({"error": "invalid_client"}, 401)
        life = int(self._tokens.lifetime)
        made = {"access_token": token, "token_type": "Bearer", "expires_in": life}
        return JSONResponse(made, headers={"Cache-Control": "no-store"})

    async def deposit(self, request: Request) -> Response:
        """Un dépôt de factures ; 202 et son numéro."""
        body = await _body(request)
        key = request.headers.get("X-INPS-Depot", "")
        return await self._do(request, "depots", partial(self._office.deposit, key, body), 202)

    async def receipt(self, request: Request) -> Response:
        """Ce qu'est devenu un dépôt."""
        key = request.path_params["key"]
        return await self._do(request, "depots", partial(self._office.receipt, key))

    async def where(self, request: Request) -> Response:
        """Où en est une facture."""
        key = request.path_params["key"]
        return await self._do(request, "factures", partial(self._office.where, key))

    async def cancelled(self, request: Request) -> Response:
        """La réponse donnée à une annulation."""
        key = request.path_params["key"]
        return await self._do(request, "annulations", partial(self._office.cancelled, key))

    async def desk(self, request: Request) -> Response:
        """Droits, annulations, états : une question JSON, une réponse JSON."""
        name, body = request.path_params["desk"], await _body(request)
        ask = self._office.desks.get(name)
        if ask is None:
            return _refusal(404, "Cette adresse n'existe pas.")
        return await self._do(request, name, partial(ask, body))

    async def files(self, request: Request) -> Response:
        """Les fichiers qui attendent, du plus ancien au plus récent."""
        if not self._tokens.admit(request.headers.get("Authorization", "")):
            return _stranger()
        waiting = await run_in_threadpool(self._back.waiting)
        return JSONResponse({"fichier": [{"nom": name} for name in waiting[:_AT_ONCE]]})

    async def file(self, request: Request) -> Response:
        """Un fichier, en entier."""
        if not self._tokens.admit(request.headers.get("Authorization", "")):
            return _stranger()
        name = request.path_params["name"]
        found = await run_in_threadpool(self._ledger.events, "fichier", name)
        if not found:
            return _refusal(404, "Ce fichier n'existe pas.")
        kind = "application/json" if name.endswith(".json") else CONTENT_TYPE
        return Response(found[0].body, media_type=kind)

    async def acknowledge(self, request: Request) -> Response:
        """Ce fichier est reçu : ne plus le proposer."""
        if not self._tokens.admit(request.headers.get("Authorization", "")):
            return _stranger()
        name = request.path_params["name"]
        await run_in_threadpool(self._back.acknowledge, name)
        return JSONResponse({"nom": name, "accuse": True})

    async def _do(
        self, request: Request, operation: str, work: Work, status: int = 200
    ) -> Response:
        if not self._tokens.admit(request.headers.get("Authorization", "")):
            return _stranger()
        wrong = self._behaviour.take(operation, _HERE)
        if wrong and wrong.kind == "error":
            return Response("panne demandée\n", 500)
        try:
            body = await run_in_threadpool(work)
            if wrong and wrong.kind == "duplicate":
                body = await run_in_threadpool(work)
        except Denied as denied:
            return _refusal(denied.status, str(denied))
        except Exception:
            _log.exception("panne du bac à sable")
            return _refusal(500, "Panne interne du bac à sable : réessayez.")
        return await _finish(request, wrong, body, status)


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _LARGEST:
            return b""
    return bytes(body)


async def _finish(
    request: Request, wrong: Misbehaviour | None, body: bytes, status: int
) -> Response:
    kind = wrong.kind if wrong else ""
    if wrong and kind == "delay":
        await asyncio.sleep(wrong.seconds)
    while kind == "timeout-after-booking" and not await request.is_disconnected():
        await asyncio.sleep(0.05)
    said = b"\xff\xfe ceci n'est pas du JSON" if kind == "garbage" else body
    return Response(said, status, media_type="application/json")


def _stranger() -> Response:
    headers = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
    return JSONResponse({"message": "Jeton absent, inconnu ou expiré."}, 401, headers)


def _refusal(status: int, text: str) -> Response:
    return JSONResponse({"message": text}, status)
