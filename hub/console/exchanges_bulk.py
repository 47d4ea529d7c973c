"""One act on a selection of exchanges or on all of a filter: a preview with its count, the act,
its outcome. What takes long becomes a job that can be left."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlencode

from starlette.responses import Response

from hub.access.matrix import matrix
from hub.console import exchanges
from hub.console.gate import route
from hub.console.visit import Visit
from hub.errors import Conflict, Invalid, Issue
from hub.model import Exchange
from hub.watching import bulk

SHOWN = 20
TICK = "x-"


def _preview(visit: Visit) -> Response:
    if visit.request.method == "GET":
        return visit.go("/exchanges")
    action = _action(visit)
    chosen = {name: visit.given(name) for name in exchanges.FILTERS}
    ticked = [name.removeprefix(TICK) for name in visit.form if name.startswith(TICK)]
    whole = visit.given("scope") == "filter"
    newest = ""
    if whole:
        found = list(bulk.matching(visit.hub, exchanges.wanted(visit, chosen)))
        newest = found[0].id if found else ""
    else:
        found = _named(visit, ticked)
    if not found:
        raise Invalid(
            Issue(
                "required",
                "Aucun échange n'est choisi. Revenez à la liste, cochez des lignes ou choisissez "
                "« tout le filtre », puis recommencez.",
                "No exchange is chosen. Go back to the list, tick rows or choose 'all of the "
                "filter', then try again.",
            )
        )
    plan = bulk.preview(action, found)
    kept = {name: value for name, value in chosen.items() if value}
    return visit.page(
        "bulk.html",
        plan=plan,
        shown=plan.able[:SHOWN],
        left_out=plan.unable[:SHOWN],
        ids=" ".join(one.id for one in plan.able) if not whole else "",
        newest=newest,
        chosen=chosen,
        back=f"/exchanges?{urlencode(kept)}" if kept else "/exchanges",
    )


def _do(visit: Visit) -> Response:
    if visit.request.method == "GET":
        return visit.go("/exchanges")
    action, reason = _action(visit), visit.given("reason")
    if visit.given("newest"):
        chosen = {name: visit.given(name) for name in exchanges.FILTERS}
        wanted = exchanges.wanted(visit, chosen)
        found = bulk.matching(visit.hub, wanted, visit.given("newest"))
        able = bulk.preview(action, found).able
    else:
        able = bulk.preview(action, _named(visit, visit.form.get("ids", "").split())).able
    if not able:
        raise Conflict(
            Issue(
                "business-rule",
                "Plus aucun de ces échanges n'est dans un état qui le permette : ils ont avancé "
                "entre-temps. Rouvrez la liste.",
                "None of these exchanges is in a state that allows it any more: they have moved "
                "on meanwhile. Open the list again.",
            )
        )
    ids, actor = [one.id for one in able], visit.actor
    if len(ids) <= bulk.LARGE:
        outcome = bulk.act(visit.hub, action, ids, reason, actor)
        return visit.page("bulk_done.html", action=action, outcome=outcome)
    return visit.go(f"/jobs/{bulk.job(visit.hub, action, ids, reason, actor).id}")


def _action(visit: Visit) -> str:
    action = visit.given("action")
    if action not in bulk.ACTIONS:
        raise Invalid(
            Issue(
                "value",
                "Cet acte n'existe pas. Revenez à la liste et utilisez ses boutons.",
                "There is no such act. Go back to the list and use its buttons.",
            )
        )
    matrix().require(visit.person.roles, bulk.RIGHTS[action])
    return action


def _named(visit: Visit, ids: Iterable[str]) -> list[Exchange]:
    found = (visit.hub.store.exchange(id) for id in ids)
    return [one for one in found if one and visit.partner in (None, one.partner)]


ROUTES = (
    route("/exchanges/bulk", _preview, "exchange.hold", post=True),
    route("/exchanges/bulk/do", _do, "exchange.hold", post=True),
)
