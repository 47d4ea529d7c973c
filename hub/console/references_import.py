"""Importing a list: the file or pasted cells, a preview that writes nothing, then the act."""

from __future__ import annotations

import secrets
from datetime import UTC, date, datetime
from urllib.parse import urlencode

from starlette.responses import Response

from hub.authoring import references as service
from hub.authoring.references import Preview, Wanted
from hub.console.gate import route
from hub.console.visit import Visit
from hub.errors import Conflict, Invalid, Issue, NotFound
from hub.exchange import questions
from hub.ports import Upload
from hub.ports.amendments import HERE

SHOWN = 50
KINDS = ("new", "changed", "corrected", "ended")


def start(visit: Visit) -> Response:
    """The form; sent, the file is kept for a preview."""
    if visit.request.method == "GET":
        return visit.page(
            "reference_import.html",
            lists=questions.LISTS,
            chosen=visit.asked("list") or "tarifs",
            owner=visit.asked("owner") or HERE,
            owners=sorted({body.partner for body in visit.hub.table.bodies.values()}),
            pasted=_one_row(visit),
            today=datetime.now(UTC).date().isoformat(),
        )
    name, body = visit.brought()
    wanted = _wanted(visit)
    service.check(visit.hub.store, wanted.list, wanted.owner)
    detail = {
        "list": wanted.list,
        "owner": wanted.owner,
        "start": wanted.start.isoformat(),
        "whole": wanted.whole,
        "currency": wanted.currency,
    }
    upload = Upload(
        secrets.token_urlsafe(16), visit.actor, datetime.now(UTC), name[:200], body, detail
    )
    visit.hub.store.keep_upload(upload)
    return visit.go(f"/references/import/{upload.id}")


def _one_row(visit: Visit) -> str:
    """The row that somebody wants to change, as cells to edit."""
    if not visit.asked("code"):
        return ""
    names = {"code": "code", "libellé": "label", "valeur": "value", "devise": "currency"}
    cells = [visit.asked(name).replace("\t", " ") for name in names.values()]
    return "\t".join(names) + "\n" + "\t".join(cells)


def preview(visit: Visit) -> Response:
    """What would change, page by page; sent with a reason, it is written."""
    upload = visit.hub.store.upload(visit.request.path_params["id"], visit.actor)
    if upload is None:
        raise NotFound(
            Issue(
                "not-found",
                "Ce fichier n'attend plus : il a été importé, ou date de plus d'un jour. Importez-"
                "le de nouveau.",
                "This file is not waiting any more: it was imported, or is older than a day. "
                "Import it again.",
            )
        )
    shown = _shown(visit, upload)
    if visit.request.method == "POST":
        return _apply(visit, upload, shown)
    kind = visit.asked("kind") if visit.asked("kind") in KINDS else ""
    steps = [step for step in shown.plan.steps if kind in ("", step.kind)]
    asked = visit.asked("page")
    page = max(1, int(asked)) if asked.isascii() and asked.isdigit() else 1
    last = max(1, -(-len(steps) // SHOWN))
    page = min(page, last)
    return visit.page(
        "reference_preview.html",
        shown=shown,
        plan=shown.plan,
        counts={one: shown.plan.count(one) for one in KINDS},
        kind=kind,
        steps=steps[(page - 1) * SHOWN : page * SHOWN],
        page=page,
        last=last,
        id=upload.id,
    )


def _apply(visit: Visit, upload: Upload, shown: Preview) -> Response:
    if visit.given("after") != str(shown.after):
        newest = visit.hub.store.amendments(shown.wanted.owner, shown.wanted.list, 1)
        who = newest[0].actor.removeprefix("person|") if newest else "?"
        raise Conflict(
            Issue(
                "conflict",
                f"{who} a modifié la liste « {shown.wanted.list} » après votre aperçu : rien n'a "
                "été écrit. Rouvrez l'aperçu, relisez-le, puis confirmez.",
                f"{who} changed the list “{shown.wanted.list}” after your preview: nothing was "
                "written. Open the preview again, read it, then confirm.",
            )
        )
    service.apply(visit.hub.store, shown, visit.actor, visit.given("reason"))
    visit.hub.store.forget_upload(upload.id)
    asked = {"owner": shown.wanted.owner, "list": shown.wanted.list, "done": "list"}
    return visit.go(f"/references/list?{urlencode(asked)}")


def _shown(visit: Visit, upload: Upload) -> Preview:
    told = upload.detail
    wanted = Wanted(
        told["list"],
        date.fromisoformat(told["start"]),
        told["owner"],
        bool(told["whole"]),
        told["currency"],
    )
    return service.preview(visit.hub.store, wanted, upload.body, upload.name)


def _wanted(visit: Visit) -> Wanted:
    try:
        start = date.fromisoformat(visit.given("start"))
    except ValueError:
        raise Invalid(
            Issue(
                "value",
                "Il faut la date à partir de laquelle la liste vaut. Revenez en arrière et "
                "donnez-la.",
                "The day from which the list counts is needed. Go back and give it.",
            )
        ) from None
    return Wanted(
        visit.given("list"),
        start,
        visit.given("owner") or HERE,
        visit.given("whole") == "yes",
        visit.given("currency").upper(),
    )


ROUTES = (
    route("/references/import", start, "reference.import", post=True, largest=9_000_000),
    route("/references/import/{id}", preview, "reference.import", post=True),
)
