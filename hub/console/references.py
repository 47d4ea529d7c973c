"""Reference lists: tariffs, drugs, conventions, suspensions, by day, and who changed them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime
from urllib.parse import urlencode

from starlette.responses import JSONResponse, Response

from hub.authoring import reference_lists
from hub.authoring import references as service
from hub.console.gate import route
from hub.console.visit import BASE, Visit
from hub.ports import ReferenceRow
from hub.ports.amendments import HERE

AT_ONCE = 50
MOST_AT_ONCE = 200
MEDIA = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def lists(visit: Visit) -> Response:
    """Every list, who keeps it, when it was told or changed last."""
    store = visit.hub.store
    changed = {(one.partner, one.list): one for one in reversed(store.amendments(limit=1000))}
    pulls = store.reference_pulls()
    return visit.page("references.html", pulls=pulls, changed=changed, here_owner=HERE)


def one_list(visit: Visit) -> Response:
    """The rows of a list on a day, or of all days; searched, by pages, or as JSON for the grid."""
    owner, name = named(visit)
    rows = _found(visit, owner, name)
    if visit.asked("form") == "json":
        return _as_json(visit, rows)
    kept_here = _kept_here(visit, owner, name)
    page = max(1, number(visit.asked("page"), 1))
    kept = {key: visit.asked(key) for key in ("owner", "list", "on", "q") if visit.asked(key)}
    last = max(1, -(-len(rows) // AT_ONCE))
    page = min(page, last)
    return visit.page(
        "reference.html",
        owner=owner,
        name=name,
        kept_here=kept_here,
        writes=kept_here and visit.may("reference.import"),
        rows=rows[(page - 1) * AT_ONCE : page * AT_ONCE],
        total=len(rows),
        page=page,
        last=last,
        address=f"{BASE}/references/list?{urlencode(kept)}",
        export=urlencode(kept),
        on=visit.asked("on"),
        q=visit.asked("q"),
        history=visit.hub.store.amendments(owner, name, 20),
        today=datetime.now(UTC).date().isoformat(),
    )


def export(visit: Visit) -> Response:
    """The rows shown, as a file."""
    owner, name = named(visit)
    form = visit.asked("form") if visit.asked("form") in MEDIA else "csv"
    body = service.export(_found(visit, owner, name), form, name)
    file = f'attachment; filename="{name}.{form}"'
    return Response(body, headers={"content-disposition": file}, media_type=MEDIA[form])


def named(visit: Visit) -> tuple[str, str]:
    """Whose list, and which, as the address says.

    Raises:
        NotFound: there is no such list.
    """
    owner, name = visit.asked("owner") or HERE, visit.asked("list")
    reference_lists.check(visit.hub.store, owner, name)
    return owner, name


def _found(visit: Visit, owner: str, name: str) -> Sequence[ReferenceRow]:
    on, words = _day(visit.asked("on")), visit.asked("q")
    return reference_lists.rows(visit.hub.store, owner, name, on, words)


def _as_json(visit: Visit, rows: Sequence[ReferenceRow]) -> Response:
    size = min(MOST_AT_ONCE, max(1, number(visit.asked("size"), AT_ONCE)))
    page = max(1, number(visit.asked("page"), 1))
    start = (page - 1) * size
    data = [{"n": start + i, **asdict(r)} for i, r in enumerate(rows[start : start + size])]
    return JSONResponse({"last_page": max(1, -(-len(rows) // size)), "data": data})


def _kept_here(visit: Visit, owner: str, name: str) -> bool:
    return owner == HERE or bool(visit.hub.store.amendments(owner, name, 1))


def number(text: str, otherwise: int) -> int:
    """A whole number that an address gives, or the other one."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else otherwise


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


ROUTES = (
    route("/references", lists, "reference.read"),
    route("/references/list", one_list, "reference.read"),
    route("/references/export", export, "reference.read"),
)
