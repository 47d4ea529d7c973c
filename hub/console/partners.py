"""Partners: what each does, how it travels, its limits, and how many exchanges wait."""

from __future__ import annotations

from collections import Counter

from starlette.responses import Response

from hub.console.gate import route
from hub.console.visit import Visit
from hub.model import State


def partners(visit: Visit) -> Response:
    """All partners that are connected."""
    states: dict[str, Counter[State]] = {}
    held: Counter[str] = Counter()
    for count in visit.hub.store.exchange_counts():
        name = count.partner or ""
        states.setdefault(name, Counter())[count.state] += count.number
        if count.held:
            held[name] += count.number
    waiting = Counter(file["partner"] for file in visit.hub.store.quarantined())
    return visit.page(
        "partners.html",
        partners=[visit.hub.adapters[name] for name in sorted(visit.hub.adapters)],
        states=states,
        held=held,
        quarantined=waiting,
        refused=visit.hub.refused,
        order=list(State),
    )


ROUTES = (route("/partners", partners, "partner.read"),)
