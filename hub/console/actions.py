"""Hold, resume, withdraw, cancel, replay: a page that tells what will happen, then the act."""

from __future__ import annotations

from starlette.responses import Response

from hub.console import words
from hub.console.exchange import actions
from hub.console.gate import Page, route
from hub.console.visit import Visit
from hub.errors import Conflict, Invalid, Issue
from hub.exchange import replaying
from hub.model import Exchange

RIGHTS = {
    "hold": "exchange.hold",
    "resume": "exchange.hold",
    "withdraw": "exchange.cancel",
    "cancel": "exchange.cancel",
    "replay": "exchange.replay",
}


def _asked(action: str) -> Page:
    def page(visit: Visit) -> Response:
        found = visit.exchange()
        if action not in actions(visit, found):
            raise Conflict(
                Issue(
                    "business-rule",
                    "Ce n'est pas possible dans l'état actuel de l'échange : il a peut-être "
                    "avancé entre-temps. Rouvrez sa page.",
                    "This is not possible in the exchange's present state: it may have moved on "
                    "meanwhile. Open its page again.",
                )
            )
        if visit.request.method == "GET":
            return visit.page("confirm.html", exchange=found, action=action)
        done = _do(visit, found, action)
        visit.hub.ring([done.id])
        return visit.go(f"/exchanges/{done.id}?done={action}")

    return page


def _do(visit: Visit, found: Exchange, action: str) -> Exchange:
    control, reason = visit.hub.control, visit.given("reason")
    if action == "resume":
        return control.resume(found.id, visit.actor)
    if len(reason) < 5:
        raise Invalid(
            Issue(
                "required",
                "Donnez le motif en quelques mots : il reste dans l'histoire de l'échange. "
                "Revenez en arrière, complétez, puis confirmez.",
                "Give the reason in a few words: it stays in the exchange's story. Go back, fill "
                "it in, then confirm.",
            )
        )
    if action == "replay":
        return replaying.replay(control, found.id, reason, visit.actor).exchange
    act = {"hold": control.hold, "withdraw": control.withdraw, "cancel": control.cancel}[action]
    return act(found.id, reason, visit.actor)


ROUTES = tuple(
    route(f"/exchanges/{{id}}/{action}", _asked(action), RIGHTS[action], post=True)
    for action in words.ACTIONS
)
