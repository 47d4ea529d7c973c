"""What accounts, clients and settings share: a change is proposed, and another person decides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from hub.access.matrix import matrix
from hub.console.gate import route
from hub.console.visit import Visit
from hub.errors import Invalid, Issue
from hub.watching import proposals

PAGES = {
    "account": "/people",
    "client": "/clients",
    "setting": "/partners",
    "agreement": "/agreements",
}


def propose(visit: Visit, kind: str, act: str, subject: str, payload: Mapping[str, Any]) -> None:
    """Note the change of the form."""
    reason = visit.given("reason")
    proposals.propose(visit.hub, kind, act, subject, payload, reason, visit.actor)


def decide(visit: Visit) -> Response:
    """Accept or refuse; what must be told once is told here and nowhere else."""
    if visit.request.method == "GET":
        return visit.go("/people")
    try:
        seq = int(visit.request.path_params["seq"])
    except ValueError:
        seq = 0
    found = proposals.one(visit.hub, seq)
    matrix().require(visit.person.roles, proposals.RIGHTS[found.kind])
    decision = visit.given("decision")
    if decision not in ("accept", "refuse"):
        raise Invalid(
            Issue(
                "value",
                "Décidez par l'un des deux boutons : accepter ou refuser.",
                "Decide with one of the two buttons: accept or refuse.",
            )
        )
    back = PAGES[found.kind]
    if found.kind == "setting":
        back = f"/partners/{found.subject}/settings"
    if decision == "refuse":
        proposals.refuse(visit.hub, seq, visit.actor)
        return visit.go(f"{back}?done=refused")
    _, told = proposals.accept(visit.hub, seq, visit.actor)
    if not told:
        return visit.go(f"{back}?done=accepted")
    return visit.page("told_once.html", proposal=found, told=told, back=back)


ROUTES = (route("/proposals/{seq}", decide, "user.manage", post=True),)
