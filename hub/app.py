"""The web application: its list of routes is the map of the edges."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.exceptions import HTTPException

from hub.access.rates import Rates
from hub.api import (
    admin,
    admin_account,
    admin_agreements,
    admin_audit,
    admin_bench,
    admin_codes,
    admin_exchanges,
    admin_partners,
    admin_people,
    admin_quarantine,
    admin_references,
    bundle,
    create,
    door,
    eligibility,
    export,
    failures,
    front,
    headers,
    limits,
    member_match,
    metadata,
    orders,
    partners,
    rates,
    read,
    reference_import,
    root,
    search,
    submit,
    token,
)
from hub.console import application
from hub.errors import Problem
from hub.wiring import Hub

#: Every edge, in the order in which an address is looked up: exact addresses first.
EDGES = (
    root.ROUTES,
    token.ROUTES,  # POST /auth/token, GET /fhir/.well-known/smart-configuration
    metadata.ROUTES,  # GET  /fhir/metadata
    bundle.ROUTES,  # POST /fhir
    submit.ROUTES,  # POST /fhir/Claim/$submit
    eligibility.ROUTES,  # POST /fhir/CoverageEligibilityRequest/$submit
    member_match.ROUTES,  # POST /fhir/Patient/$member-match
    reference_import.ROUTES,  # POST /fhir/$reference-import
    orders.ROUTES,  # POST /fhir/Task
    partners.ROUTES,  # POST /partners/{name}
    admin_exchanges.ROUTES,  # GET, POST /admin/exchanges…, /admin/jobs…
    admin_quarantine.ROUTES,  # GET, POST /admin/quarantine
    admin_partners.ROUTES,  # GET, POST /admin/partners…
    admin_agreements.ROUTES,  # GET, POST /admin/agreements…
    admin_people.ROUTES,  # GET, POST /admin/people…, clients, rights, proposals
    admin_codes.ROUTES,  # GET, POST /admin/codes…
    admin_references.ROUTES,  # GET, POST /admin/references…
    admin_account.ROUTES,  # POST /admin/account
    admin_audit.ROUTES,  # GET, POST /admin/audit…, stats
    admin_bench.ROUTES,  # GET, POST /admin/workbench/…
    export.ROUTES,  # POST /admin/export/claims
    admin.ROUTES,  # POST /admin/session, GET, POST /admin/releases…
    search.ROUTES,  # GET  /fhir/{type}, POST /fhir/{type}/_search
    create.ROUTES,  # POST /fhir/{type}
    read.ROUTES,  # GET  /fhir/{type}/{id}, …/_history/{version}
)


def create_app(hub: Hub) -> FastAPI:
    """The application that serves this hub.

    The routes are plain Starlette routes: FastAPI's own reading of bodies answers 500 to some
    malformed JSON and turns 12.50 into 12.5.
    """
    app = FastAPI(
        title="Benkan",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        routes=[*(route for edge in EDGES for route in edge), *application.mounted(hub)],
        exception_handlers={Problem: failures.on_problem, HTTPException: failures.on_http},
    )
    counted = Rates(hub.settings.rate_store, hub.settings.rate, hub.settings.rates)
    app.add_middleware(rates.Rate, rates=counted, anybody=door.ANYBODY.id)
    app.add_middleware(door.Door, hub=hub, counted=counted)
    _outside(app, hub)
    return app


def create_console(hub: Hub) -> Starlette:
    """The application of `benkan console`: its pages alone, behind the same limits."""
    app = application.alone(hub)
    counted = Rates(hub.settings.rate_store, hub.settings.rate, hub.settings.rates)
    app.add_middleware(rates.Rate, rates=counted, anybody=door.ANYBODY.id)
    _outside(app, hub)
    return app


def _outside(app: Starlette, hub: Hub) -> None:
    """What every connection passes first, outermost last."""
    app.add_middleware(limits.Limits, seconds=hub.settings.receive)
    app.add_middleware(failures.Guard)
    app.add_middleware(
        front.Front,
        header=hub.settings.client_cert_header,
        proxies=hub.settings.trusted_proxies,
    )
    app.add_middleware(headers.Headers, base=hub.settings.base)
    front.networks(hub.settings.trusted_proxies)  # the middleware itself is made at the first call
    app.state.hub = hub
