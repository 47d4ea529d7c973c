"""Two addresses beside the FHIR base: where to start, and whether the hub is alive."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from hub.api.call import base, hub_of


async def _start(request: Request) -> Response:
    address = base(hub_of(request))
    return JSONResponse({"name": "benkan", "fhir": address, "metadata": f"{address}/metadata"})


async def _alive(request: Request) -> Response:
    """The process answers; nothing is asked of the database or of a partner."""
    return JSONResponse({"status": "ok"})


ROUTES = [
    Route("/", _start, methods=["GET"]),
    Route("/healthz", _alive, methods=["GET"]),
]
