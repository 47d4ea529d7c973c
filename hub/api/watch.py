"""The administrators' door for those who watch: exchanges, quarantine, partners, figures, as JSON.

Same services, same rights and same audit as the console; who calls is told as in hub/api/admin.py.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hub.access.matrix import Condition, matrix
from hub.api.admin import answered, body_of, person_of
from hub.api.call import hub_of
from hub.authoring.people import Person
from hub.errors import Forbidden, Invalid, Issue, NotFound
from hub.model import Exchange, Operation, State, Tree
from hub.ports.watch import DRAINING, PAUSED
from hub.watching import bulk, partners, proposals, quarantine, statistics
from hub.wiring import Hub

Act = Callable[[Hub, Person, Tree], Any]
ORDERS = {"pause": PAUSED, "drain": DRAINING, "resume": ""}


def _wanted(hub: Hub, asked: Tree) -> dict[str, Any]:
    """The filter of a call, as `store.browse` takes it.

    Raises:
        Invalid: a value that is none.
    """
    try:
        return {
            "state": State(asked["state"]) if asked.get("state") else None,
            "operation": Operation(asked["operation"]).value if asked.get("operation") else None,
            "partner": asked.get("partner") or None,
            "held": {"yes": True, "no": False}[asked["held"]] if asked.get("held") else None,
        }
    except (ValueError, KeyError, TypeError):
        raise Invalid(
            Issue(
                "value",
                "Filtre illisible : state, operation, partner, held (yes ou no).",
                "The filter cannot be read: state, operation, partner, held (yes or no).",
            )
        ) from None


def _row(one: Exchange) -> Tree:
    names = ("id", "identifier", "partner", "held", "reason", "attempts", "amount", "currency")
    return {name: getattr(one, name) for name in names} | {
        "state": one.state.value,
        "operation": one.operation.value,
        "care_date": one.care_date.isoformat(),
        "updated": one.updated.isoformat(),
    }


def _listed(hub: Hub, person: Person, asked: Tree) -> Any:
    wanted = _wanted(hub, asked)
    if matrix().granted(person.roles, "exchange.list") is not Condition.ALL:
        body = hub.table.bodies.get(person.body)
        wanted["partner"] = body.partner if body else "-"
    found = hub.store.browse(**wanted, before=str(asked.get("before") or "") or None, limit=100)
    return {"exchanges": [_row(one) for one in found]}


def _bulk(hub: Hub, person: Person, asked: Tree) -> Any:
    action = str(asked.get("action") or "")
    if action not in bulk.ACTIONS:
        raise Invalid(
            Issue(
                "value",
                f"« action » est l'un de : {', '.join(bulk.ACTIONS)}.",
                f"'action' is one of: {', '.join(bulk.ACTIONS)}.",
            )
        )
    matrix().require(person.roles, bulk.RIGHTS[action])
    ids = asked.get("ids")
    if isinstance(ids, list):
        found = (hub.store.exchange(str(id)) for id in ids)
        plan = bulk.preview(action, (one for one in found if one))
    else:
        plan = bulk.preview(action, bulk.matching(hub, _wanted(hub, asked)))
    told = {"able": len(plan.able), "unable": len(plan.unable), "kinds": plan.kinds}
    if asked.get("preview") is not False:
        return {"preview": True, **told, "ids": [one.id for one in plan.able]}
    reason = str(asked.get("reason") or "")
    outcome = bulk.act(hub, action, [one.id for one in plan.able], reason, person.id)
    failed = [{"id": id, "why": problem.text} for id, problem in outcome.failed]
    return {"done": outcome.done, "changed": outcome.changed, "failed": failed}


def _aside(hub: Hub, person: Person, asked: Tree) -> Any:
    names = ("id", "partner", "reason", "reference", "sha256", "applies_itself")
    found = quarantine.items(hub, str(asked.get("partner") or ""))
    return {"items": [{name: getattr(one, name) for name in names} for one in found]}


def _settle(hub: Hub, person: Person, asked: Tree) -> Any:
    id, act = str(asked.get("id") or ""), str(asked.get("act") or "")
    if act == "again":
        quarantine.again(hub, id, person.id)
    elif act == "discard":
        quarantine.discard(hub, id, str(asked.get("reason") or ""), person.id)
    elif act == "match":
        exchange = hub.store.exchange(str(asked.get("exchange") or ""))
        if exchange is None:
            raise NotFound(Issue("not-found", "Aucun tel échange.", "No such exchange."))
        return _row(quarantine.match(hub, id, exchange, person.id))
    else:
        raise Invalid(
            Issue(
                "value",
                "« act » est l'un de : again, match, discard.",
                "'act' is one of: again, match, discard.",
            )
        )
    return {}


def _partners(hub: Hub, person: Person, asked: Tree) -> Any:
    return {"partners": [partners.told(one) for one in partners.overviews(hub)]}


def _order(hub: Hub, person: Person, asked: Tree) -> Any:
    order, name = str(asked.get("order") or ""), str(asked.get("partner") or "")
    if order not in ORDERS:
        raise Invalid(
            Issue(
                "value",
                f"« order » est l'un de : {', '.join(ORDERS)}.",
                f"'order' is one of: {', '.join(ORDERS)}.",
            )
        )
    partners.switch(hub, name, ORDERS[order], str(asked.get("reason") or ""), person.id)
    return {"partner": name, "mode": ORDERS[order]}


def _stats(hub: Hub, person: Person, asked: Tree) -> Any:
    body = str(asked.get("body") or "")
    if matrix().granted(person.roles, "statistics.read") is not Condition.ALL:
        body = person.body or "-"
    month, figure = str(asked.get("month") or ""), str(asked.get("figure") or "")
    found = statistics.figures(hub, month, body, figure)
    if asked.get("format") == "csv" and figure:
        return Response(found[0].csv(), media_type="text/csv; charset=utf-8")
    return {"month": statistics.month_of(month), "figures": [one.tree() for one in found]}


def _pending(hub: Hub, person: Person, asked: Tree) -> Any:
    names = ("seq", "kind", "act", "subject", "payload", "reason", "proposer")
    found = [p for p in proposals.pending(hub) if _decides(person, p.kind)]
    return {"proposals": [{name: getattr(one, name) for name in names} for one in found]}


def _decide(hub: Hub, person: Person, asked: Tree) -> Any:
    number = asked.get("number")
    found = proposals.one(hub, number if isinstance(number, int) else 0)
    matrix().require(person.roles, proposals.RIGHTS[found.kind])
    if not person.id.startswith("person|"):
        raise Forbidden(
            Issue(
                "forbidden",
                "Une seconde personne décide, avec sa session : un système ne le peut pas.",
                "A second person decides, with a session of their own: a system cannot.",
            )
        )
    if asked.get("accept") is True:
        return {"told": dict(proposals.accept(hub, found.seq, person.id)[1])}
    proposals.refuse(hub, found.seq, person.id)
    return {}


def _decides(person: Person, kind: str) -> bool:
    return matrix().granted(person.roles, proposals.RIGHTS[kind]) is not None


#: (method, address) → what it does, and the right it takes at least.
DOORS: dict[tuple[str, str], tuple[Act, str]] = {
    ("GET", "/admin/exchanges"): (_listed, "exchange.list"),
    ("POST", "/admin/exchanges/bulk"): (_bulk, "exchange.hold"),
    ("GET", "/admin/quarantine"): (_aside, "quarantine.read"),
    ("POST", "/admin/quarantine"): (_settle, "quarantine.answer"),
    ("GET", "/admin/partners"): (_partners, "partner.read"),
    ("POST", "/admin/partners"): (_order, "partner.pause"),
    ("GET", "/admin/stats"): (_stats, "statistics.read"),
    ("GET", "/admin/proposals"): (_pending, "user.manage"),
    ("POST", "/admin/proposals"): (_decide, "user.manage"),
}


def _door(act: Act, right: str) -> Callable[[Request], Awaitable[Response]]:
    def served(request: Request, asked: Tree) -> Response:
        hub = hub_of(request)
        person = person_of(hub, request)
        matrix().require(person.roles, right)
        found = act(hub, person, asked)
        return found if isinstance(found, Response) else answered(found)

    async def serve(request: Request) -> Response:
        asked = dict(request.query_params) if request.method == "GET" else await body_of(request)
        return await run_in_threadpool(served, request, asked)

    return serve


ROUTES = [
    Route(address, _door(act, right), methods=[method])
    for (method, address), (act, right) in DOORS.items()
]
