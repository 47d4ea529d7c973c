"""Hold, resume, withdraw, cancel, replay: a page that tells what will happen, then the act."""

from __future__ import annotations

from starlette.responses import Response

from hub.console import words
from hub.console.gate import Page, route
from hub.console.visit import Visit
from hub.watching import acts


def _asked(action: str) -> Page:
    def page(visit: Visit) -> Response:
        found = visit.exchange()
        acts.check(found, action, visit.may)
        if visit.request.method == "GET":
            return visit.page("confirm.html", exchange=found, action=action)
        done = acts.do(visit.hub, found, action, visit.given("reason"), visit.actor)
        return visit.go(f"/exchanges/{done.id}?done={action}")

    return page


ROUTES = tuple(
    route(f"/exchanges/{{id}}/{action}", _asked(action), acts.RIGHTS[action], post=True)
    for action in words.ACTIONS
)
