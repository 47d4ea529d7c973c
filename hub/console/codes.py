"""What code tables lack, the row that adds a code at once, the release of held exchanges."""

from __future__ import annotations

from starlette.responses import Response

from hub.authoring import people, releases, tables_needs, urgent_rows
from hub.authoring.tables_needs import Lack
from hub.console.gate import route
from hub.console.visit import Visit
from hub.errors import Conflict, Invalid, Issue
from hub.formats import exact_json
from hub.model import Exchange
from hub.ports import ConceptRow
from hub.watching import bulk

SHOWN = 50


def codes(visit: Visit) -> Response:
    """What is missing first, then the tables."""
    hub = visit.hub
    lacks, ready = _waiting(visit)
    added: dict[str, list[ConceptRow]] = {}
    for one in urgent_rows.overriding(hub):
        added.setdefault(one.concept_map, []).append(one)
    tables = [one for one in releases.artefacts(hub) if one.kind == "ConceptMap"]
    waits = {lack.table: 0 for lack in lacks}
    for lack in lacks:
        waits[lack.table] += len(lack.exchanges)
    return visit.page(
        "codes.html",
        lacks=lacks[:SHOWN],
        told=urgent_rows.told,
        more=max(0, len(lacks) - SHOWN),
        ready=ready,
        tables=sorted(tables, key=lambda one: (-waits.get(one.url, 0), one.draft is None)),
        added=added,
        waits=waits,
        done=visit.asked("done"),
    )


def add(visit: Visit) -> Response:
    """Add one row at once: for a code that exchanges wait for. The audit tells who did.

    Raises:
        Invalid: the table is unknown, or a code is missing.
        Forbidden: the table is not one of the institution assigned to them.
    """
    target_system, _, target_code = visit.given("target").rpartition("|")
    ends = (visit.given("system"), visit.given("code")), (target_system, target_code)
    depends = exact_json.loads((visit.given("depends") or "{}").encode())
    if not isinstance(depends, dict):
        raise Invalid(
            Issue(
                "value",
                "Ce formulaire est abîmé : rouvrez la page des codes, puis recommencez.",
                "This form is damaged: open the page of codes again, then start over.",
            )
        )
    table, given = visit.given("table"), {str(k): str(v) for k, v in depends.items()}
    person = people.of_account(visit.person)
    people.require(visit.hub, person, "code.add", table.partition("|")[0])
    row = urgent_rows.add(visit.hub, visit.actor, table, *ends, given)
    source = f"{row.source_system}|{row.source_code}"
    visit.record("code-added", f"ConceptMap/{row.concept_map}", source=source, target=target_code)
    return visit.go("/codes?done=code")


def release(visit: Visit) -> Response:
    """What would go on; sent, all of it does, as work that can be watched and left."""
    _, ready = _waiting(visit)
    if visit.request.method == "GET":
        return visit.page("codes_release.html", ready=ready, shown=ready[:SHOWN])
    if not ready:
        raise Conflict(
            Issue(
                "business-rule",
                "Plus aucun échange n'attend d'être repris : quelqu'un les a repris, ou un code "
                "manque encore. Rouvrez la page des codes.",
                "No exchange waits to be resumed any more: somebody resumed them, or a code is "
                "still missing. Open the page of codes again.",
            )
        )
    ids = [one.id for one in ready]
    job = bulk.job(visit.hub, "resume", ids, tables_needs.REASON, visit.actor)
    return visit.go(f"/jobs/{job.id}")


def _waiting(visit: Visit) -> tuple[list[Lack], list[Exchange]]:
    """Missing codes, most waited for first, and what may go on."""
    lacks, ready = tables_needs.waiting(visit.hub)
    return sorted(lacks.values(), key=lambda one: -len(one.exchanges)), ready


ROUTES = (
    route("/codes", codes, "code.read"),
    route("/codes/add", add, "code.add", post=True),
    route("/codes/release", release, "exchange.hold", post=True),
)
