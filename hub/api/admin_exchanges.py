"""Exchanges for administrators: list, story, messages, acts on one or many, dossier, long work."""

from __future__ import annotations

from functools import partial
from typing import Any

from hub.access.matrix import Condition, matrix
from hub.api.admin_door import Act, doors, file, number, record, said, text, truth, words, wrong
from hub.authoring.people import Person
from hub.errors import Forbidden, Issue
from hub.evidence import dossier_page
from hub.formats import exact_json
from hub.model import Exchange, Operation, State, Tree
from hub.ports import Criterion
from hub.watching import acts, bulk, dossiers, jobs, reading
from hub.wiring import Hub

LANGUAGES = ("fr", "en")
AT_ONCE = 100


def _wanted(hub: Hub, person: Person, asked: Tree) -> dict[str, Any]:
    """The filter of a call, as `store.browse` takes it, within their reach.

    Raises:
        Invalid: a value that is none.
    """
    state, operation, held = (said(asked, name) for name in ("state", "operation", "held"))
    try:
        found: dict[str, Any] = {
            "state": State(state) if state else None,
            "operation": Operation(operation).value if operation else None,
            "held": {"yes": True, "no": False}[held] if held else None,
        }
    except (ValueError, KeyError):
        raise wrong(
            "Filtre illisible : state, operation, partner, sheet, held (yes ou no).",
            "The filter cannot be read: state, operation, partner, sheet, held (yes or no).",
        ) from None
    found["partner"] = _reach(hub, person) or said(asked, "partner") or None
    if sheet := said(asked, "sheet"):
        number = Criterion("identifier", [("eq", "", sheet)])
        page = hub.store.search("Claim", [number], AT_ONCE, None)
        found["resources"] = [f"Claim/{one.id}" for one in page.resources]
    return found


def _reach(hub: Hub, person: Person) -> str | None:
    return reading.reach(hub, person.roles, person.body)


def _named(hub: Hub, person: Person, asked: Tree) -> Exchange:
    return reading.exchange(hub, text(asked, "exchange"), _reach(hub, person))


def _may(person: Person, right: str) -> bool:
    return matrix().granted(person.roles, right) is not None


def row(one: Exchange) -> Tree:
    """An exchange in a list."""
    names = ("id", "identifier", "partner", "held", "reason", "attempts", "amount", "currency")
    return {name: getattr(one, name) for name in names} | {
        "state": one.state.value,
        "operation": one.operation.value,
        "care_date": one.care_date.isoformat(),
        "updated": one.updated.isoformat(),
    }


def _listed(hub: Hub, person: Person, asked: Tree) -> Any:
    before, limit = said(asked, "before") or None, number(asked, "count", AT_ONCE, 1000)
    found = hub.store.browse(**_wanted(hub, person, asked), before=before, limit=limit)
    return {"exchanges": [row(one) for one in found]}


def _one(hub: Hub, person: Person, asked: Tree) -> Any:
    found, whole = _named(hub, person, asked), reading.sees_whole(person.roles)
    if whole:
        purpose = asked["purpose"]
        record(hub, person, "read-payload", f"Exchange/{found.id}", page="api", purpose=purpose)
    return _story(hub, person, found, whole)


def _payload(hub: Hub, person: Person, asked: Tree) -> Any:
    found = _named(hub, person, asked)
    if matrix().granted(person.roles, "exchange.payload") is not Condition.GLASS:
        raise Forbidden(Issue("forbidden", "Rien à ouvrir ici.", "There is nothing to open here."))
    told = {"purpose": asked["purpose"]} if asked["purpose"] else {}
    reading.break_glass(hub, found, said(asked, "reason"), person.id, **told)
    return _story(hub, person, found, whole=True)


def _story(hub: Hub, person: Person, found: Exchange, whole: bool) -> Tree:
    store = hub.store
    shown = [reading.shown(hub, found, one, whole) for one in store.messages(found.id)]
    audit = (
        [reading.row(e) for e in store.audit_search(object=f"Exchange/{found.id}", limit=200)]
        if _may(person, "audit.read")
        else None
    )
    return row(found) | {
        "resource": found.resource,
        "submission": found.submission,
        "parent": found.parent,
        "maps": dict(found.maps),
        "missing": list(found.detail.get("missing") or []),
        "acts": acts.offered(found, partial(_may, person)),
        "events": [
            {"at": e.at.isoformat(), "what": e.what, "text": e.text, "actor": e.actor}
            for e in store.events(found.id)
        ],
        "messages": [
            {
                "at": one.message.at.isoformat(),
                "direction": one.message.direction,
                "kind": one.message.kind,
                "name": one.message.name,
                "content_type": one.message.content_type,
                "sha256": one.message.sha256,
                "text": one.text,
                "masked": one.redacted,
                "cut": one.cut,
            }
            for one in shown
        ],
        "audit": audit,
    }


def _act(action: str) -> Act:
    def act(hub: Hub, person: Person, asked: Tree) -> Any:
        found = _named(hub, person, asked)
        acts.check(found, action, partial(_may, person))
        return row(acts.do(hub, found, action, said(asked, "reason"), person.id))

    return act


def _dossier(hub: Hub, person: Person, asked: Tree) -> Any:
    found, form, lang = _named(hub, person, asked), said(asked, "form", "json"), said(asked, "lang")
    if form not in ("json", "html") or (lang or "fr") not in LANGUAGES:
        raise wrong("« form » : json, html ; « lang » : fr, en.", "form: json, html; lang: fr, en.")
    purpose = asked["purpose"]
    record(hub, person, "dossier-made", f"Exchange/{found.id}", page="api", purpose=purpose)
    masked = partial(dossiers.masked, hub)
    tree = dossiers.made(hub, found, person.id, masked, payload=False)
    if form == "html":
        page = dossier_page.page(tree, lang or "fr").encode()
        return file(page, "text/html; charset=utf-8", f"dossier-{found.id}.html")
    body = exact_json.dumps(tree) + b"\n"
    return file(body, "application/json", f"dossier-{found.id}.json")


def _bulk(hub: Hub, person: Person, asked: Tree) -> Any:
    action = said(asked, "action")
    if action not in bulk.ACTIONS:
        known = ", ".join(bulk.ACTIONS)
        raise wrong(f"« action » est l'un de : {known}.", f"'action' is one of: {known}.")
    matrix().require(person.roles, bulk.RIGHTS[action])
    if asked.get("ids") is not None:
        found = (hub.store.exchange(id) for id in words(asked, "ids"))
        reach = _reach(hub, person)
        plan = bulk.preview(action, (e for e in found if e and reach in (None, e.partner)))
    else:
        plan = bulk.preview(action, bulk.matching(hub, _wanted(hub, person, asked)))
    told = {"able": len(plan.able), "unable": len(plan.unable), "kinds": plan.kinds}
    ids = [one.id for one in plan.able]
    if truth(asked, "preview", True):
        return {"preview": True, **told, "ids": ids}
    reason = said(asked, "reason")
    if len(ids) > bulk.LARGE:
        return {"job": bulk.job(hub, action, ids, reason, person.id).id, **told}
    outcome = bulk.act(hub, action, ids, reason, person.id)
    failed = [{"id": id, "why": problem.text} for id, problem in outcome.failed]
    return {"done": outcome.done, "changed": outcome.changed, "failed": failed}


def _jobs(hub: Hub, person: Person, asked: Tree) -> Any:
    may, kind = partial(_may, person), said(asked, "kind")
    if kind not in ("", *jobs.RIGHTS):
        known = ", ".join(jobs.RIGHTS)
        raise wrong(f"« kind » est l'un de : {known}.", f"'kind' is one of: {known}.")
    kinds = [one for one in jobs.RIGHTS if may(jobs.RIGHTS[one]) and kind in ("", one)]
    found = [job for one in kinds for job in hub.store.jobs(one, limit=50)]
    found.sort(key=lambda job: job.started, reverse=True)
    return {"jobs": [jobs.told(job) for job in found]}


def _job(hub: Hub, person: Person, asked: Tree) -> Any:
    found = jobs.seen(hub, text(asked, "id"), partial(_may, person))
    made = hub.store.job_result(found.id) if found.kind == bulk.JOB else None
    return jobs.told(found) | {"failed": exact_json.loads(made)["failed"] if made else []}


def _carry_on(hub: Hub, person: Person, asked: Tree) -> Any:
    return jobs.told(bulk.carry_on(hub, text(asked, "id"), person.id))


ROUTES = doors(
    {
        ("GET", "/exchanges"): (_listed, "exchange.list"),
        ("GET", "/exchanges/one"): (_one, "exchange.read"),
        ("POST", "/exchanges/payload"): (_payload, "exchange.payload"),
        ("GET", "/exchanges/dossier"): (_dossier, "exchange.read"),
        **{
            ("POST", f"/exchanges/{action}"): (_act(action), right)
            for action, right in acts.RIGHTS.items()
        },
        ("POST", "/exchanges/bulk"): (_bulk, "exchange.hold"),
        ("GET", "/jobs"): (_jobs, ""),
        ("GET", "/jobs/one"): (_job, ""),
        ("POST", "/jobs/continue"): (_carry_on, "exchange.hold"),
    }
)
