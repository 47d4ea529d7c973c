"""A partner's settings as forms: what holds now, what is proposed, who decides."""

from __future__ import annotations

from starlette.responses import Response

from hub.console import deciding, words
from hub.console.gate import route
from hub.console.visit import Visit
from hub.watching import proposals, settings


def listed(visit: Visit) -> Response:
    """What holds now, and what waits for a decision."""
    hub, name = visit.hub, str(visit.request.path_params["name"])
    return visit.page(
        "partner_settings.html",
        name=name,
        settings=settings.listed(hub, name),
        pending=proposals.pending(hub, "setting", name),
        history=[p for p in hub.store.proposals("setting", name) if p.decided][:20],
        done=words.PARTNER_DONE.get(visit.asked("done"), ""),
    )


def propose(visit: Visit) -> Response:
    """Propose one value."""
    name = str(visit.request.path_params["name"])
    if visit.request.method == "GET":
        return visit.go(f"/partners/{name}/settings")
    payload = {"value": visit.given("value")}
    deciding.propose(visit, "setting", visit.given("setting"), name, payload)
    return visit.go(f"/partners/{name}/settings?done=proposed")


ROUTES = (
    route("/partners/{name}/settings", listed, "partner.endpoint"),
    route("/partners/{name}/settings/propose", propose, "partner.endpoint", post=True),
)
