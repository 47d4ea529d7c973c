"""The console as one ASGI application, mounted at /console: its list of routes is its map."""

from __future__ import annotations

from pathlib import Path

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hub.access.matrix import matrix
from hub.console import (
    actions,
    agreements,
    alerts,
    audit,
    clients,
    codes,
    dashboards,
    deciding,
    exchange,
    exchange_dossier,
    exchanges,
    exchanges_bulk,
    jobs,
    oneself,
    partner_settings,
    partners,
    people,
    quarantine,
    references,
    references_import,
    releases,
    signing,
    tables,
    workbench,
    workbench_draft,
)
from hub.console.gate import route
from hub.console.visit import Visit
from hub.errors import Issue, NotFound
from hub.wiring import Hub

STATIC = Path(__file__).parent / "static"

#: Nothing but what we serve ourselves: no inline script or style, no frame, no other site.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}

#: The first of these that a person may open is their first page.
FIRST = (
    ("exchange.list", "/exchanges"),
    ("code.read", "/codes"),
    ("partner.read", "/partners"),
    ("mapping.read", "/releases"),
    ("statistics.read", "/dashboards"),
    ("user.manage", "/people"),
)


def home(visit: Visit) -> Response:
    """To the first page this person may open."""
    for right, path in FIRST:
        if matrix().granted(visit.person.roles, right):
            return visit.go(path)
    return visit.page("nothing.html")


def absent(visit: Visit) -> Response:
    """Any other address."""
    raise NotFound(
        Issue(
            "not-found",
            "Cette page n'existe pas. Le menu mène à toutes les pages.",
            "There is no such page. The menu leads to all pages.",
        )
    )


ROUTES = (
    route("/", home),
    *signing.ROUTES,
    *exchanges.ROUTES,  # GET /exchanges
    *exchanges_bulk.ROUTES,  # POST /exchanges/bulk, /exchanges/bulk/do
    *exchange_dossier.ROUTES,  # GET /exchanges/{id}/dossier, /dossier.json
    *actions.ROUTES,  # GET, POST /exchanges/{id}/hold, resume, withdraw, cancel
    *exchange.ROUTES,  # GET /exchanges/{id}, POST /exchanges/{id}/payload
    *quarantine.ROUTES,  # GET /quarantine, /quarantine/{id}, POST /quarantine/{id}/answer
    *jobs.ROUTES,  # GET /jobs/{id}
    *references_import.ROUTES,  # GET, POST /references/import, /references/import/{id}
    *references.ROUTES,  # GET /references, /references/list, /references/export
    *partners.ROUTES,
    *partner_settings.ROUTES,  # GET /partners/{name}/settings, POST …/propose
    *agreements.ROUTES,  # GET /agreements, POST /agreements/add, /agreements/end
    *people.ROUTES,  # GET /people, /people/{id}, /rights, POST /people/add, …/change
    *clients.ROUTES,  # GET /clients, /clients/{id}, POST /clients/add, …/change
    *deciding.ROUTES,  # POST /proposals/{seq}
    *dashboards.ROUTES,  # GET /dashboards, /dashboards/{key}.csv
    *tables.ROUTES,  # GET /codes/table, …/row, …/export, POST /codes/table/save, …/import
    *codes.ROUTES,  # GET /codes, GET, POST /codes/release, POST /codes/add
    *workbench.ROUTES,  # GET /workbench, /workbench/exchanges/{id}, POST /workbench/check…
    *workbench_draft.ROUTES,  # POST /workbench/save, /workbench/keep
    *releases.ROUTES,  # GET /releases, /releases/one, /releases/diff, POST /releases/approve…
    *alerts.ROUTES,  # GET /alerts
    *oneself.ROUTES,  # GET /me, POST /me/password, /me/codes
    *audit.ROUTES,  # GET /audit, GET, POST /audit/verify
)


class Headers:
    """Security headers on whatever leaves; pages are never kept by a browser or a proxy."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""

        async def headed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                static = "/static/" in scope["path"] and message["status"] < 400
                headers["cache-control"] = "private, max-age=3600" if static else "no-store"
            await send(message)

        await self.app(scope, receive, headed)


async def _refused(request: Request, error: Exception) -> Response:
    """What the router refuses: another method than the address takes."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    return PlainTextResponse(f"{status} : voyez / see /console", status)


def create(hub: Hub) -> Starlette:
    """The console over this hub."""
    app = Starlette(
        routes=[
            *ROUTES,
            Mount("/static", StaticFiles(directory=STATIC)),
            route("/{rest:path}", absent),
        ],
        exception_handlers={HTTPException: _refused},
    )
    app.router.redirect_slashes = False
    # Form tokens are veiled anew in each page, and no other site can make a browser ask for one.
    app.add_middleware(GZipMiddleware, minimum_size=1_000, compresslevel=6)
    app.add_middleware(Headers)
    app.state.hub = hub
    return app


async def _to_console(request: Request) -> Response:
    return RedirectResponse("/console/", 308)


def mounted(hub: Hub) -> list[Route | Mount]:
    """The routes that put the console into another application."""
    return [Route("/console", _to_console), Mount("/console", create(hub))]


def alone(hub: Hub) -> Starlette:
    """The console by itself, for `benkan console`."""
    return Starlette(routes=mounted(hub))
