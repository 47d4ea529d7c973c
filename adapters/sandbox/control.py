"""The operator's door to a sandbox: its ledger, its clock, its misbehaviour."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeAlias

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from adapters.sandbox.behaviour import KINDS, Behaviour
from adapters.sandbox.clock import SandboxClock
from adapters.sandbox.ledger import Ledger

#: what a sandbox does on an order of its operator; raises ValueError with a French sentence
Order: TypeAlias = Callable[[Mapping[str, Any]], Mapping[str, Any]]


def control_app(
    name: str,
    ledger: Ledger,
    behaviour: Behaviour,
    clock: SandboxClock,
    healthy: Callable[[], bool] = lambda: True,
    orders: Mapping[str, Order] | None = None,
) -> Starlette:
    """The HTTP application of one sandbox's control port (JSON, loopback only).

    GET /ledger, GET /ledger/totals, GET|POST|DELETE /behaviour, GET|POST /clock, GET /healthy;
    and GET|POST /<name> for each of `orders`, for example {"movements": movements.order}. An
    order is given the JSON object that was posted ({} for GET) and gives what to answer; its
    ValueError, a French sentence, becomes a 400.
    """
    control = _Control(name, ledger, behaviour, clock, healthy, orders or {})
    return Starlette(
        routes=[
            Route("/ledger", control.ledger),
            Route("/ledger/totals", control.totals),
            Route("/behaviour", control.behave, methods=["GET", "POST", "DELETE"]),
            Route("/clock", control.clock, methods=["GET", "POST"]),
            Route("/healthy", control.healthy),
            *(Route(f"/{each}", control.order, methods=["GET", "POST"]) for each in orders or {}),
        ]
    )


class _Control:
    def __init__(
        self,
        name: str,
        ledger: Ledger,
        behaviour: Behaviour,
        clock: SandboxClock,
        healthy: Callable[[], bool],
        orders: Mapping[str, Order],
    ) -> None:
        self._name = name
        self._ledger = ledger
        self._behaviour = behaviour
        self._clock = clock
        self._healthy = healthy
        self._orders = orders

    async def ledger(self, request: Request) -> Response:
        """Registre : une ligne par envoi enregistré, dans l'ordre."""
        entries = await run_in_threadpool(self._ledger.entries)
        fields = ("seq", "submission", "kind", "number", "currency", "amount", "at")
        return JSONResponse([{f: getattr(e, f) for f in fields} for e in entries])

    async def totals(self, request: Request) -> Response:
        """Totaux du registre : nombre et somme exacte par devise."""
        return JSONResponse(dict(await run_in_threadpool(self._ledger.totals)))

    async def behave(self, request: Request) -> Response:
        """Comportements à venir ; POST {"next": ["delay:5@ConsulterDroits"]} en ajoute."""
        if request.method == "DELETE":
            self._behaviour.clear()
        if request.method == "POST":
            try:
                for text in _strings((await _body(request)).get("next")):
                    self._behaviour.add(text)
            except ValueError as error:
                return _refusal(str(error))
        return JSONResponse({"waiting": self._behaviour.waiting(), "kinds": dict(KINDS)})

    async def clock(self, request: Request) -> Response:
        """Horloge du bac à sable ; POST {"now": "2026-01-31T12:00:00Z"} ou {"advance": 3600}."""
        if request.method == "POST":
            try:
                self._move(await _body(request))
            except ValueError as error:
                return _refusal(str(error))
        return JSONResponse({"now": self._clock.now().isoformat()})

    async def healthy(self, request: Request) -> Response:
        """Le bac à sable répond-il ?"""
        ready = self._healthy()
        return JSONResponse({"name": self._name, "healthy": ready}, 200 if ready else 503)

    async def order(self, request: Request) -> Response:
        """Un ordre propre à ce bac à sable ; GET le montre sans rien changer."""
        order = self._orders[request.url.path.strip("/")]
        try:
            body = await _body(request) if request.method == "POST" else {}
            return JSONResponse(dict(await run_in_threadpool(order, body)))
        except ValueError as error:
            return _refusal(str(error))

    def _move(self, body: dict[str, Any]) -> None:
        if isinstance(body.get("now"), str):
            instant = datetime.fromisoformat(body["now"])
            if instant.tzinfo is None:
                raise ValueError("L'instant doit porter un fuseau, par exemple Z.")
            self._clock.set(instant)
        elif isinstance(body.get("advance"), int | Decimal):
            self._clock.advance(float(body["advance"]))
        else:
            raise ValueError('Donnez {"now": instant} ou {"advance": secondes}.')


async def _body(request: Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.body(), parse_float=Decimal)
    except ValueError:
        raise ValueError("Le corps n'est pas du JSON.") from None
    if not isinstance(body, dict):
        raise ValueError("Le corps doit être un objet JSON.")
    return body


def _strings(value: object) -> list[str]:
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list) or not all(isinstance(v, str) for v in values):
        raise ValueError('Donnez {"next": ["error", "delay:5"]}.')
    return values


def _refusal(text: str) -> Response:
    return JSONResponse({"error": text}, 400)
