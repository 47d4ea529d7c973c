"""Alerts: what others than whoever did it should look at, from the audit."""

from __future__ import annotations

from starlette.responses import Response

from hub.console.gate import route
from hub.console.visit import Visit
from hub.watching import audits


def listed(visit: Visit) -> Response:
    """The newest, for people whose right reaches the whole audit.

    Raises:
        Forbidden: their right reaches only what is theirs.
    """
    audits.whole(visit.granted("audit.read"))
    action = visit.asked("action") if visit.asked("action") in audits.ALERTS else ""
    visit.record("audit-searched", "Audit", page="alerts")
    return visit.page(
        "alerts.html",
        alerts=audits.alerts(visit.hub, audits.AT_ONCE, action),
        kinds={code: told[visit.lang == "en"] for code, told in audits.ALERTS.items()},
        action=action,
        most=audits.AT_ONCE,
    )


ROUTES = (route("/alerts", listed, "audit.read"),)
