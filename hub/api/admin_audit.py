"""The audit chain and the figures of a month for administrators."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from hub.access.matrix import Condition, matrix
from hub.api.admin_door import doors, file, number, said
from hub.authoring.people import Person
from hub.model import Tree
from hub.watching import audits, statistics
from hub.watching.reading import row
from hub.wiring import Hub

MOST = 1000


def _search(hub: Hub, person: Person, asked: Tree) -> Any:
    audits.whole(matrix().granted(person.roles, "audit.read"))
    chosen = {name: said(asked, name) for name in audits.BY}
    found = audits.search(hub, person.id, chosen, number(asked, "count", audits.AT_ONCE, MOST))
    return {"rows": [row(one) for one in found]}


def _alerts(hub: Hub, person: Person, asked: Tree) -> Any:
    audits.whole(matrix().granted(person.roles, "audit.read"))
    found = audits.alerts(hub, number(asked, "count", 50, MOST))
    told = {"fr": 0, "en": 1}
    return {
        "alerts": [
            one | {lang: audits.ALERTS[one["action"]][place] for lang, place in told.items()}
            for one in found
        ]
    }


def _verify(hub: Hub, person: Person, asked: Tree) -> Any:
    found = audits.verified(hub, person.id)
    return {
        "holds": not found.findings,
        "entries": found.verdict.entries,
        "checkpoints": found.verdict.checkpoints,
        "head": found.verdict.head,
        "findings": [asdict(one) for one in found.findings],
    }


def _stats(hub: Hub, person: Person, asked: Tree) -> Any:
    body = said(asked, "body")
    if matrix().granted(person.roles, "statistics.read") is not Condition.ALL:
        body = person.body or "-"
    figure = said(asked, "figure")
    month = statistics.month_of(said(asked, "month"))
    found = statistics.figures(hub, month, body, figure)
    if said(asked, "format") == "csv" and figure:
        csv = found[0].csv().encode()
        return file(csv, "text/csv; charset=utf-8", f"benkan-{figure}-{month}.csv")
    return {"month": month, "figures": [one.tree() for one in found]}


ROUTES = doors(
    {
        ("GET", "/audit"): (_search, "audit.read"),
        ("GET", "/audit/alerts"): (_alerts, "audit.read"),
        ("POST", "/audit/verify"): (_verify, "audit.verify"),
        ("GET", "/stats"): (_stats, "statistics.read"),
    }
)
