"""Code tables: codes that held exchanges lack, the form that adds them, and their release."""

from __future__ import annotations

from dataclasses import dataclass, field

from starlette.responses import Response

from hub.console.gate import route
from hub.console.visit import Visit
from hub.errors import Conflict, Invalid, Issue, Problem
from hub.model import Exchange
from hub.ports import ConceptRow

Code = tuple[str, str, str]  #: (table, system, code)


@dataclass
class Lack:
    """One code without a row, and the held exchanges that wait for it."""

    table: str
    system: str
    code: str
    display: str = ""
    exchanges: list[Exchange] = field(default_factory=list)


def codes(visit: Visit) -> Response:
    """What is missing first, then the tables with their added rows."""
    rows = visit.hub.store.concept_rows()
    added: dict[str, list[ConceptRow]] = {}
    for one in rows:
        added.setdefault(one.concept_map, []).append(one)
    lacks, ready = _waiting(visit, rows)
    tables = sorted({name.partition("|")[0] for name in visit.hub.maps.library().concept_maps()})
    return visit.page(
        "codes.html",
        lacks=sorted(lacks.values(), key=lambda one: -len(one.exchanges)),
        ready=ready,
        tables=tables,
        added=added,
        done=visit.asked("done"),
        released=visit.asked("released"),
    )


def add(visit: Visit) -> Response:
    """Add one row.

    Raises:
        Invalid: the table is unknown, or a code is missing.
    """
    table = visit.given("table").partition("|")[0]
    known = {name.partition("|")[0] for name in visit.hub.maps.library().concept_maps()}
    code, target = visit.given("code"), visit.given("target")
    system, (target_system, _, target_code) = visit.given("system"), target.rpartition("|")
    if table not in known or not code or not target_code:
        raise Invalid(
            Issue(
                "value",
                "Il faut une table connue, le code source et le code cible. Revenez en arrière et "
                "complétez le formulaire.",
                "A known table, the source code and the target code are needed. Go back and "
                "complete the form.",
            )
        )
    row = ConceptRow(table, system, code, target_system, target_code)
    visit.hub.store.add_concepts([row], visit.actor)
    visit.record("code-added", f"ConceptMap/{table}", source=f"{system}|{code}", target=target)
    return visit.go("/codes?done=code")


def release(visit: Visit) -> Response:
    """Resume every held exchange that lacks no code any more."""
    _, ready = _waiting(visit, visit.hub.store.concept_rows())
    count = 0
    for one in ready:
        try:
            visit.hub.control.resume(one.id, visit.actor)
        except (Conflict, Invalid) as problem:  # somebody else has just taken it
            visit.record("not-resumed", f"Exchange/{one.id}", why=type(problem).__name__)
        except Problem:
            raise
        else:
            count += 1
    visit.hub.ring([one.id for one in ready])
    return visit.go(f"/codes?released={count}")


def _waiting(visit: Visit, rows: list[ConceptRow]) -> tuple[dict[Code, Lack], list[Exchange]]:
    """Codes still missing, and exchanges held for codes of which none is missing any more."""
    filled = {(row.concept_map, row.source_system, row.source_code) for row in rows}
    lacks: dict[Code, Lack] = {}
    ready = []
    for exchange in visit.hub.store.browse(held=True, limit=10_000):
        missing = exchange.detail.get("missing") or []
        still = [one for one in missing if _key(one) not in filled]
        if missing and not still:
            ready.append(exchange)
        for one in still:
            lack = lacks.setdefault(_key(one), Lack(*_key(one), one.get("display", "")))
            lack.exchanges.append(exchange)
    return lacks, ready


def _key(missing: dict[str, str]) -> Code:
    return missing["map"].partition("|")[0], missing.get("system", ""), missing["code"]


ROUTES = (
    route("/codes", codes, "code.read"),
    route("/codes/add", add, "code.add", post=True),
    route("/codes/release", release, "exchange.hold", post=True),
)
