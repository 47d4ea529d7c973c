"""Covers of a person as the bodies registered them: which one on which day, and who manages it.

A change of managing body makes two covers with adjoining periods: the earlier one is closed, not
overwritten, so that a sheet of before still goes to the body of before.
"""

from __future__ import annotations

from datetime import date, timedelta

from hub.exchange import routing
from hub.formats import exact_json
from hub.model import Tree
from hub.ports import Criterion, Store

#: The most covers one person has; a database that holds more has another problem.
MOST = 200


def of(store: Store, person: str) -> list[tuple[Tree, int]]:
    """(Coverage, version) of a person, in the order in which they were first stored."""
    mine = Criterion("beneficiary", [("eq", "", f"Patient/{person}")], "reference")
    page = store.search("Coverage", [mine], MOST, None)
    return [(exact_json.loads(r.body), r.version) for r in page.resources]


def first_day(coverage: Tree) -> str:
    """The first day of rights, "" when open; a year or month counts from its first day."""
    text = str((coverage.get("period") or {}).get("start", ""))[:10]
    return f"{text}-01-01"[:10] if text else ""


def last_day(coverage: Tree) -> str:
    """The last day of rights, "" when open; a year or month counts to its last day."""
    text = str((coverage.get("period") or {}).get("end", ""))[:10]
    return f"{text}-12-31"[:10] if len(text) == 4 else (f"{text}-31"[:10] if text else "")


def in_force(coverage: Tree, day: date) -> bool:
    """Active, and the day is within its period."""
    on, end = day.isoformat(), last_day(coverage)
    active = coverage.get("status") == "active"
    return active and first_day(coverage) <= on and (not end or on <= end)


def on(store: Store, person: str, day: date) -> Tree | None:
    """The person's cover of a day; None when there is none, or several."""
    found = [coverage for coverage, _ in of(store, person) if in_force(coverage, day)]
    return found[0] if len(found) == 1 else None


def manager(store: Store, table: routing.Routing, person: str, day: date) -> routing.Body | None:
    """The body that manages the person's cover on a day; None when none does, or two do."""
    found = {
        body.code: body
        for coverage, _ in of(store, person)
        if in_force(coverage, day) and (body := payor(table, coverage)) is not None
    }
    return next(iter(found.values())) if len(found) == 1 else None


def payor(table: routing.Routing, coverage: Tree) -> routing.Body | None:
    """The managing body that a Coverage names by identifier."""
    for reference in coverage.get("payor", []):
        body = table.named(routing.keys(reference, None))
        if body is not None and body.role == routing.MANAGER:
            return body
    return None


def regime(coverage: Tree) -> str:
    """The code of the scheme (AMO, RAMED…)."""
    coding = (coverage.get("type") or {}).get("coding") or [{}]
    return str(coding[0].get("code", ""))


def same(table: routing.Routing, known: Tree, told: Tree) -> bool:
    """Is it the same cover, told again? Same body and scheme, and periods that touch.

    The body may be named in one by reference and in the other by identifier.
    """
    names = [set(_payors(c)) for c in (known, told)]
    bodies = payor(table, known), payor(table, told)
    alike = bool(names[0] & names[1]) or (bodies[0] is not None and bodies[0] == bodies[1])
    if not alike or regime(known) != regime(told):
        return False
    starts = first_day(known), first_day(told)
    if starts[0] == starts[1] or not all(starts):
        return True
    ends = last_day(known), last_day(told)
    return (not ends[0] or starts[1] <= ends[0]) and (not ends[1] or starts[0] <= ends[1])


def _payors(coverage: Tree) -> list[str]:
    return [key for reference in coverage.get("payor", []) for key in routing.keys(reference, None)]


def adjoined(table: routing.Routing, earlier: Tree, later: Tree) -> Tree | None:
    """The earlier cover closed on the day before the later one, None when it need not be.

    Only a change of managing body closes a cover: same country, same scheme, same insured.
    """
    bodies = payor(table, earlier), payor(table, later)
    if bodies[0] is None or bodies[1] is None or bodies[0] == bodies[1]:
        return None
    start, end = first_day(later), last_day(earlier)
    apart = (
        bodies[0].country != bodies[1].country
        or regime(earlier) != regime(later)
        or {earlier.get("status"), later.get("status")} != {"active"}
        or not start
        or first_day(earlier) >= start
        or bool(end and end < start)
    )
    if apart:
        return None
    before = date.fromisoformat(start) - timedelta(days=1)
    period = {**(earlier.get("period") or {}), "end": before.isoformat()}
    return earlier | {"period": period}
