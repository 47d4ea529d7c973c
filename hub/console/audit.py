"""The audit chain: search it, and verify that nobody changed it."""

from __future__ import annotations

from starlette.responses import Response

from hub.console.gate import route
from hub.console.visit import Visit
from hub.watching import audits
from hub.watching.reading import row


def audit(visit: Visit) -> Response:
    """The newest rows that fit; only for people whose right reaches all of it.

    Raises:
        Forbidden: their right reaches only what is theirs: those rows are on each exchange.
    """
    audits.whole(visit.granted("audit.read"))
    chosen = {name: visit.asked(name) for name in audits.BY}
    found = audits.search(visit.hub, visit.actor, chosen)
    rows = [row(one) for one in found]
    return visit.page("audit.html", rows=rows, chosen=chosen, most=audits.AT_ONCE)


def verified(visit: Visit) -> Response:
    """Check the whole chain and what is stored; both directions of tampering are found."""
    if visit.request.method == "GET":
        return visit.page("verify.html", verdict=None, findings=[])
    found = audits.verified(visit.hub, visit.actor)
    return visit.page("verify.html", verdict=found.verdict, findings=found.findings)


ROUTES = (
    route("/audit", audit, "audit.read"),
    route("/audit/verify", verified, "audit.verify", post=True),
)
