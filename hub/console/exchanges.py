"""The list of exchanges: filters that live in the address, pages, a refresh by itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from hub.console.gate import route
from hub.console.visit import BASE, Visit
from hub.model import Operation, State
from hub.ports import Criterion
from hub.watching import bulk

AT_ONCE = 50
FILTERS = ("state", "held", "partner", "operation", "sheet")


def exchanges(visit: Visit) -> Response:
    """A page of them, newest first."""
    chosen = {name: visit.asked(name) for name in FILTERS}
    before = visit.asked("before")
    found = visit.hub.store.browse(
        **wanted(visit, chosen), before=before or None, limit=AT_ONCE + 1
    )
    shown, more = found[:AT_ONCE], len(found) > AT_ONCE
    kept = {name: value for name, value in chosen.items() if value}
    older = urlencode({**kept, "before": shown[-1].id}) if more else ""
    refreshed = "hx-request" in visit.request.headers
    return visit.page(
        "exchanges_list.html" if refreshed else "exchanges.html",
        exchanges=shown,
        chosen=chosen,
        filtered=bool(kept),
        before=before,
        older=f"{BASE}/exchanges?{older}" if more else "",
        newest=f"{BASE}/exchanges?{urlencode(kept)}",
        states=list(State),
        operations=list(Operation),
        partners=[visit.partner] if visit.partner else sorted(visit.hub.adapters),
        acts=[action for action in bulk.ACTIONS if visit.may(bulk.RIGHTS[action])],
        aside=_aside(visit),
    )


def _aside(visit: Visit) -> int:
    """How many files and answers wait for a person, for those who may look at them."""
    return len(visit.hub.store.quarantined()) if visit.may("quarantine.read") else 0


def wanted(visit: Visit, chosen: Mapping[str, str]) -> dict[str, Any]:
    """A filter that means nothing is as if it were not there: addresses are typed and shared."""
    found: dict[str, Any] = {"partner": visit.partner or chosen["partner"] or None}
    if chosen["state"] in tuple(State):
        found["state"] = State(chosen["state"])
    if chosen["operation"] in tuple(Operation):
        found["operation"] = chosen["operation"]
    if chosen["held"] in ("yes", "no"):
        found["held"] = chosen["held"] == "yes"
    if chosen["sheet"]:
        sheet = Criterion("identifier", [("eq", "", chosen["sheet"])])
        page = visit.hub.store.search("Claim", [sheet], 100, None)
        found["resources"] = [f"Claim/{one.id}" for one in page.resources]
    return found


ROUTES = (route("/exchanges", exchanges, "exchange.list"),)
