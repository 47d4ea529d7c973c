"""One exchange: its story, its messages, its audit rows, and what may be done about it."""

from __future__ import annotations

from starlette.responses import Response

from hub.access.matrix import Condition
from hub.console import words
from hub.console.gate import route
from hub.console.visit import Visit
from hub.errors import Forbidden, Issue
from hub.model import Exchange
from hub.watching import acts, reading

#: Lines of a story that tell of an attempt that failed.
FAILURES = ("unreachable", "unconfirmed", "held")


def exchange(visit: Visit) -> Response:
    """The page; whoever may see payloads is written down as having seen them."""
    found = visit.exchange()
    whole = reading.sees_whole(visit.person.roles)
    if whole:
        visit.record("read-payload", f"Exchange/{found.id}", page="console")
    return _page(visit, found, whole)


def break_glass(visit: Visit) -> Response:
    """Show the messages whole to somebody who gives a reason: written down, and told to others.

    Raises:
        Forbidden: they have no such right, whatever the reason.
        Invalid: no reason.
    """
    found = visit.exchange()
    visit.break_glass(found)
    return _page(visit, found, whole=True)


def _page(visit: Visit, found: Exchange, whole: bool) -> Response:
    store = visit.hub.store
    done = visit.asked("done")
    return visit.page(
        "exchange.html",
        exchange=found,
        events=store.events(found.id),
        messages=[reading.shown(visit.hub, found, m, whole) for m in store.messages(found.id)],
        whole=whole,
        glass=visit.granted("exchange.payload") is Condition.GLASS,
        related=_related(visit, found),
        missing=found.detail.get("missing") or [],
        audit=[reading.row(e) for e in store.audit_search(object=f"Exchange/{found.id}", limit=200)]
        if visit.may("audit.read")
        else None,
        actions=acts.offered(found, visit.may),
        done=words.DONE.get(done, ""),
        switch=store.switch(found.partner or ""),
        failures=sum(event.what in FAILURES for event in store.events(found.id)),
    )


def _related(visit: Visit, found: Exchange) -> list[Exchange]:
    same = visit.hub.store.browse(resources=[found.resource], partner=visit.partner)
    return [one for one in same if one.id != found.id]


def nothing_to_open() -> Forbidden:
    """Their right reaches all or nothing, whatever reason they give."""
    return Forbidden(
        Issue(
            "forbidden",
            "Votre rôle montre déjà ces messages entiers, ou ne les montre jamais : un motif n'y "
            "change rien. Revenez à la page de l'échange.",
            "Your role shows these messages whole already, or never: a reason changes nothing. Go "
            "back to the exchange's page.",
        )
    )


def _payload(visit: Visit) -> Response:
    if visit.request.method == "GET":
        return visit.go(f"/exchanges/{visit.exchange().id}")
    if visit.granted("exchange.payload") is not Condition.GLASS:
        raise nothing_to_open()
    return break_glass(visit)


ROUTES = (
    route("/exchanges/{id}", exchange, "exchange.read"),
    route("/exchanges/{id}/payload", _payload, "exchange.payload", post=True),
)
