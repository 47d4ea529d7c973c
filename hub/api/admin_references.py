"""Reference lists for administrators: which, rows by day, files out, imports with a preview."""

from __future__ import annotations

import base64
import binascii
from dataclasses import asdict
from datetime import date
from typing import Any

from hub.api.admin_door import doors, file, number, said, text, truth, wrong
from hub.authoring import reference_lists, references
from hub.authoring.people import Person
from hub.authoring.references import Wanted
from hub.errors import Conflict, Issue
from hub.model import Tree
from hub.ports.amendments import HERE
from hub.wiring import Hub

MEDIA = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
MOST = 10_000  #: rows in one answer


def _lists(hub: Hub, person: Person, asked: Tree) -> Any:
    pulls = [asdict(one) for one in hub.store.reference_pulls()]
    return {"lists": [{**pull, "owner": pull.pop("partner")} for pull in pulls]}


def day(asked: Tree, name: str) -> date | None:
    """A day that may be given.

    Raises:
        Invalid: it is none.
    """
    told = said(asked, name)
    try:
        return date.fromisoformat(told) if told else None
    except ValueError:
        raise wrong(
            f"« {name} » est une date AAAA-MM-JJ.", f"'{name}' is a day YYYY-MM-DD."
        ) from None


def _rows(hub: Hub, person: Person, asked: Tree) -> Any:
    owner, name = said(asked, "owner", HERE), text(asked, "list")
    reference_lists.check(hub.store, owner, name)
    found = reference_lists.rows(hub.store, owner, name, day(asked, "on"), said(asked, "q"))
    count, start = number(asked, "count", 1000, MOST), number(asked, "start", 1, 10**8)
    shown = found[start - 1 : start - 1 + count]
    return {"list": name, "owner": owner, "total": len(found), "rows": [asdict(r) for r in shown]}


def _export(hub: Hub, person: Person, asked: Tree) -> Any:
    owner, name, form = said(asked, "owner", HERE), text(asked, "list"), form_of(asked)
    reference_lists.check(hub.store, owner, name)
    found = reference_lists.rows(hub.store, owner, name, day(asked, "on"), said(asked, "q"))
    return file(references.export(found, form, name), MEDIA[form], f"{name}.{form}")


def form_of(asked: Tree) -> str:
    """csv or xlsx.

    Raises:
        Invalid: another form.
    """
    form = said(asked, "form", "csv")
    if form not in MEDIA:
        raise wrong("« form » : csv ou xlsx.", "'form': csv or xlsx.")
    return form


def _history(hub: Hub, person: Person, asked: Tree) -> Any:
    name, owner = said(asked, "list") or None, said(asked, "owner") or None
    return {"amendments": [asdict(one) for one in hub.store.amendments(owner, name, 200)]}


def content(asked: Tree) -> bytes:
    """A file's bytes: `content` in base64, or `cells` as pasted text.

    Raises:
        Invalid: neither, or it is no base64.
    """
    if cells := said(asked, "cells"):
        return cells.encode()
    try:
        return base64.b64decode(text(asked, "content"), validate=True)
    except (binascii.Error, ValueError):
        raise wrong("« content » doit être en base64.", "'content' must be base64.") from None


def _import(hub: Hub, person: Person, asked: Tree) -> Any:
    start = day(asked, "from")
    if start is None:
        raise wrong(
            "Donnez « from » : la date AAAA-MM-JJ à partir de laquelle la liste vaut.",
            "Give 'from': the day YYYY-MM-DD from which the list counts.",
        )
    name, owner = text(asked, "list"), said(asked, "owner", HERE)
    currency = said(asked, "currency").upper()
    wanted = Wanted(name, start, owner, truth(asked, "whole"), currency)
    shown = references.preview(hub.store, wanted, content(asked), said(asked, "file")[:200])
    after, written = asked.get("after"), 0
    if "reason" in asked:
        if after is not None and after != shown.after:
            raise Conflict(
                Issue(
                    "conflict",
                    f"La liste « {name} » a changé après votre aperçu : rien n'a été écrit. "
                    "Redemandez l'aperçu, relisez-le, puis confirmez.",
                    f"The list '{name}' changed after your preview: nothing was written. Ask for "
                    "the preview again, read it, then confirm.",
                )
            )
        written = references.apply(hub.store, shown, person.id, said(asked, "reason"))
    plan = shown.plan
    return {
        "list": name,
        "from": start.isoformat(),
        "written": written or None,
        "after": shown.after,
        "same": plan.same,
        "steps": [asdict(step) for step in plan.steps],
        "findings": [asdict(one) for one in plan.findings],
        "notes": [asdict(one) for one in plan.notes],
    }


ROUTES = doors(
    {
        ("GET", "/references"): (_lists, "reference.read"),
        ("GET", "/references/rows"): (_rows, "reference.read"),
        ("GET", "/references/export"): (_export, "reference.read"),
        ("GET", "/references/history"): (_history, "reference.read"),
        ("POST", "/references/import"): (_import, "reference.import"),
    }
)
