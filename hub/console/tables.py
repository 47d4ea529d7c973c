"""One code table as a grid: rows by pages, its draft, what it lacks, spreadsheets in and out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from hub.authoring import releases, table_changes, tables, tables_needs, urgent_rows
from hub.authoring.tables import Change, Table
from hub.console.gate import route
from hub.console.references import MEDIA, number
from hub.console.visit import BASE, Visit
from hub.console.workbench_json import answered, json_response
from hub.fhir.search_index import folded
from hub.formats import exact_json

AT_ONCE, MOST_AT_ONCE = 50, 200
NEEDS_SHOWN = 40
LARGEST = 9_000_000
#: FHIR R4 equivalence and R5 relationship, most used first.
R4 = ("equivalent", "equal", "wider", "subsumes", "narrower", "specializes", "relatedto", "inexact")
R4_NONE = ("unmatched", "disjoint")
R5 = (
    "equivalent",
    "source-is-narrower-than-target",
    "source-is-broader-than-target",
    "related-to",
    "not-related-to",
    "no-map",
)


def table(visit: Visit) -> Response:
    """The grid, what the table lacks on both sides, and who waits for it."""
    made = tables.opened(visit.hub, visit.asked("url"))
    found = _filtered(visit, made)
    if visit.asked("form") == "json":
        return _as_json(visit, made, found)
    lacks, ready = tables_needs.waiting(visit.hub)
    needs = tables_needs.uncovered(visit.hub, made, lacks)
    last = max(1, -(-len(found) // AT_ONCE))
    page = min(max(1, number(visit.asked("page"), 1)), last)
    kept = {name: visit.asked(name) for name in ("url", "q", "only") if visit.asked(name)}
    return visit.page(
        "table.html",
        table=made,
        columns=columns(made),
        relations=relations(made),
        rows=found[(page - 1) * AT_ONCE : page * AT_ONCE],
        total=len(found),
        page=page,
        last=last,
        address=f"{BASE}/codes/table?{urlencode(kept)}",
        asked=urlencode({"url": made.url}),
        needs=needs[:NEEDS_SHOWN],
        more=max(0, len(needs) - NEEDS_SHOWN),
        waits=[one for one in lacks.values() if one.table == made.url],
        ready=ready,
        added=urgent_rows.overriding(visit.hub, made.url),
        writes=_writes(visit, made),
        q=visit.asked("q"),
        only=visit.asked("only"),
        done=visit.asked("done"),
        exact=exact_json.dumps,
    )


def row(visit: Visit) -> Response:
    """A form for one row: without a script, and for whoever prefers it."""
    made = tables.opened(visit.hub, visit.asked("url"))
    place = visit.asked("n")
    known = number(place, -1)
    cells = dict(made.rows[known]) if 0 <= known < len(made.rows) else {}
    if not cells:
        place = ""
        cells = {name: visit.asked(name) for name in columns(made)}
    return visit.page(
        "table_row.html",
        table=made,
        columns=columns(made),
        relations=relations(made),
        cells=cells,
        place=place,
        asked=urlencode({"url": made.url}),
    )


def save(visit: Visit) -> Response:
    """Changed rows into the draft: JSON for the grid, else back to the page."""
    url, seen = visit.given("url"), visit.given("seen")
    person = releases.of_account(visit.person)
    made = tables.save(visit.hub, person, url, seen, _changes(visit))
    if "json" in visit.request.headers.get("accept", ""):
        return json_response({"seen": made.seen, "rows": len(made.rows)})
    return visit.go(f"/codes/table?{urlencode({'url': url, 'done': 'row'})}")


def bring_in(visit: Visit) -> Response:
    """A file or pasted cells into the draft."""
    url, (_, body) = visit.given("url"), visit.brought()
    person = releases.of_account(visit.person)
    whole = visit.given("whole") == "yes"
    tables.bring_in(visit.hub, person, url, visit.given("seen"), body, whole=whole)
    return visit.go(f"/codes/table?{urlencode({'url': url, 'done': 'table'})}")


def take_out(visit: Visit) -> Response:
    """The table as a file."""
    form = visit.asked("form") if visit.asked("form") in MEDIA else "csv"
    url = visit.asked("url")
    body = tables.take_out(visit.hub, url, form)
    name = "".join(c for c in url.rpartition("/")[2] if c.isalnum() or c in "-_.")
    file = f'attachment; filename="{name}.{form}"'
    return Response(body, headers={"content-disposition": file}, media_type=MEDIA[form])


def columns(made: Table) -> list[str]:
    """The columns a grid shows: systems only where rows differ in them."""
    several = {
        name
        for name in ("source_system", "target_system")
        if len({one.get(name, "") for one in made.rows}) > 1
    }
    fixed = [c for c in tables.COLUMNS if not c.endswith("_system") or c in several]
    return [*fixed, *(c for c in made.columns if ":" in c)]


def relations(made: Table) -> tuple[str, ...]:
    """The words a row of this table may use."""
    newer = any(line[:1] == ["#fhirVersion"] for line in made.head)
    return R5 if newer else (*R4, *R4_NONE)


def _writes(visit: Visit, made: Table) -> bool:
    free = made.draft is None or made.draft.state != "proposed"
    person = releases.of_account(visit.person)
    return free and releases.may(visit.hub, person, "mapping.edit", made.url)


def _filtered(visit: Visit, made: Table) -> list[tuple[int, Mapping[str, str]]]:
    wanted, only = folded(visit.asked("q")), visit.asked("only")
    found: list[tuple[int, Mapping[str, str]]] = []
    for place, one in enumerate(made.rows):
        fits = not wanted or any(wanted in folded(cell) for cell in one.values())
        if fits and (only != "marked" or place in made.marks):
            found.append((place, one))
    return found


def _as_json(visit: Visit, made: Table, found: list[tuple[int, Mapping[str, str]]]) -> Response:
    size = min(MOST_AT_ONCE, max(1, number(visit.asked("size"), AT_ONCE)))
    start = (max(1, number(visit.asked("page"), 1)) - 1) * size
    data: list[dict[str, Any]] = []
    for place, one in found[start : start + size]:
        mark = made.marks.get(place)
        why = "" if mark is None else mark.fr if visit.lang == "fr" else mark.en
        data.append({**one, "n": place, "mark": mark.code if mark else "", "why": why})
    last = max(1, -(-len(found) // size))
    return json_response({"last_page": last, "data": data, "seen": made.seen})


def _changes(visit: Visit) -> list[Change]:
    """From the grid: a list of {"n": place or null, "cells": {…} or null}; else one form's row."""
    if "changes" not in visit.form:
        given = {k.removeprefix("c-"): v for k, v in visit.form.items() if k.startswith("c-")}
        known = number(visit.given("n"), -1)
        gone = visit.given("gone") == "yes"
        return [Change(known if known >= 0 else None, None if gone else given)]
    return table_changes.read(exact_json.loads(visit.form["changes"].encode()))


ROUTES = (
    route("/codes/table", table, "code.read"),
    route("/codes/table/row", row, "mapping.edit"),
    route("/codes/table/save", answered(save), "mapping.edit", post=True, largest=LARGEST),
    route("/codes/table/import", bring_in, "mapping.edit", post=True, largest=LARGEST),
    route("/codes/table/export", take_out, "code.read"),
)
