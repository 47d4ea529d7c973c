"""Partners: how each is now, its switch, certificates, certification, and its sandbox."""

from __future__ import annotations

from typing import Any

from starlette.responses import HTMLResponse, Response

from hub.console import exchange_dossier, words
from hub.console.gate import Page, route
from hub.console.visit import Visit
from hub.errors import Problem
from hub.exchange.lines import LONGEST_REST
from hub.formats import exact_json
from hub.ports.watch import DRAINING, PAUSED
from hub.watching import certifying, jobs, partners, sandboxes

ORDERS = {"pause": PAUSED, "drain": DRAINING, "resume": ""}


def listed(visit: Visit) -> Response:
    """All partners that are connected."""
    refreshed = "hx-request" in visit.request.headers
    return visit.page(
        "partners_list.html" if refreshed else "partners.html",
        partners=partners.overviews(visit.hub),
        rest=LONGEST_REST,
    )


def one(visit: Visit) -> Response:
    """One of them."""
    hub, name = visit.hub, _name(visit)
    overview = partners.overview(hub, name)
    done = visit.asked("done")
    return visit.page(
        "partner.html",
        one=overview,
        orders=_orders(overview.switch.mode) if visit.may("partner.pause") else [],
        bodies=partners.bodies(hub, name),
        agreements=partners.agreements(hub, name),
        lists=[pull for pull in hub.store.reference_pulls() if pull.partner == name],
        jobs=hub.store.jobs(certifying.KIND, name, 10),
        died=jobs.died,
        sandbox=_sandbox(visit, name),
        done=words.PARTNER_DONE.get(done, ""),
    )


def _name(visit: Visit) -> str:
    return str(visit.request.path_params["name"])


def _orders(mode: str) -> list[str]:
    """What may be ordered while its switch is so."""
    return [order for order, wanted in ORDERS.items() if wanted != mode]


def _sandbox(visit: Visit, name: str) -> sandboxes.Behaviour | None:
    """What its sandbox will do wrong; None where none runs, or it does not answer."""
    try:
        return sandboxes.behaviour(visit.hub.settings, name)
    except Problem:
        return None


def _order(order: str) -> Page:
    def page(visit: Visit) -> Response:
        overview = partners.overview(visit.hub, _name(visit))
        if visit.request.method == "GET":
            return visit.page("partner_order.html", one=overview, order=order)
        reason = visit.given("reason")
        partners.switch(visit.hub, overview.name, ORDERS[order], reason, visit.actor)
        return visit.go(f"/partners/{overview.name}?done={order}")

    return page


def certificates(visit: Visit) -> Response:
    """Read now, so by a page of its own: an address that does not answer takes seconds."""
    overview = partners.overview(visit.hub, _name(visit))
    found, told = partners.certificates(visit.hub, overview.name)
    refreshed = "hx-request" in visit.request.headers
    template = "partner_certificates_list.html" if refreshed else "partner_certificates.html"
    return visit.page(template, one=overview, certificates=found, told=told)


def certify(visit: Visit) -> Response:
    """Begin, and lead to the page that shows how far it is."""
    if visit.request.method == "GET":
        return visit.go(f"/partners/{_name(visit)}")
    return visit.go(f"/jobs/{certifying.start(visit.hub, _name(visit), visit.actor).id}")


def report(visit: Visit) -> Response:
    """The report of a certification, to read and print."""
    made = _report(visit)
    return HTMLResponse(
        made[visit.lang], headers={"content-security-policy": exchange_dossier.POLICY}
    )


def report_json(visit: Visit) -> Response:
    """The same as JSON."""
    made = _report(visit)["report"]
    name = f"certification-{made['partner']}-{made['at'][:10]}.json"
    return Response(
        exact_json.dumps(made),
        media_type="application/json",
        headers={"content-disposition": f'attachment; filename="{name}"'},
    )


def _report(visit: Visit) -> dict[str, Any]:
    return certifying.found(visit.hub, _name(visit), str(visit.request.path_params["id"]))


def misbehave(visit: Visit) -> Response:
    """Tell its sandbox what to do wrong next."""
    name = _name(visit)
    if visit.request.method == "GET":
        return visit.go(f"/partners/{name}")
    kind = "" if visit.given("forget") else visit.given("kind")
    settings = visit.hub.settings
    sandboxes.misbehave(settings, name, kind, visit.given("seconds"), visit.given("operation"))
    visit.record("sandbox-told", f"Partner/{name}", kind=kind or "none")
    return visit.go(f"/partners/{name}?done={'misbehave' if kind else 'behave'}#sandbox")


ROUTES = (
    route("/partners", listed, "partner.read"),
    route("/partners/{name}", one, "partner.read"),
    *(
        route(f"/partners/{{name}}/{order}", _order(order), "partner.pause", post=True)
        for order in ORDERS
    ),
    route("/partners/{name}/certificates", certificates, "partner.read"),
    route("/partners/{name}/certify", certify, "partner.pause", post=True),
    route("/partners/{name}/certifications/{id}", report, "partner.read"),
    route("/partners/{name}/certifications/{id}/json", report_json, "partner.read"),
    route("/partners/{name}/misbehave", misbehave, "partner.pause", post=True),
)
