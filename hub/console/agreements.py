"""Cross-border agreements: those that hold and held, what is proposed, who decides."""

from __future__ import annotations

from starlette.responses import Response

from hub.console import deciding, words
from hub.console.gate import Page, route
from hub.console.visit import Visit
from hub.routing_wiring import ADD, END, KIND
from hub.watching import agreements, proposals


def listed(visit: Visit) -> Response:
    """All of them, and what waits for a decision."""
    hub = visit.hub
    decides = visit.may("partner.endpoint")
    return visit.page(
        "agreements.html",
        agreements=agreements.listed(hub),
        countries=sorted({body.country for body in hub.table.bodies.values()}),
        pending=proposals.pending(hub, KIND) if decides else [],
        decides=decides,
        done=words.PERSON_DONE.get(visit.asked("done"), ""),
    )


def _propose(act: str) -> Page:
    def propose(visit: Visit) -> Response:
        if visit.request.method == "GET":
            return visit.go("/agreements")
        names = ("care", "cover", "start", "end", "reference")
        payload = agreements.payload(*(visit.given(name) for name in names))
        deciding.propose(visit, KIND, act, agreements.subject(payload), payload)
        return visit.go("/agreements?done=proposed")

    return propose


ROUTES = (
    route("/agreements", listed, "partner.read"),
    *(
        route(f"/agreements/{act}", _propose(act), "partner.endpoint", post=True)
        for act in (ADD, END)
    ),
)
