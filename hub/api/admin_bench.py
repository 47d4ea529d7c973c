"""The mapping workbench for programs: check a text, complete it, run it; real exchanges as sources.

Saving and examples are those of releases: POST /admin/releases/save, /admin/releases/example.
"""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from hub.access.matrix import Condition, matrix
from hub.api.admin_door import doors, number, record, said, text, wrong
from hub.authoring import bench, bench_sources
from hub.authoring.bench_turn import turn
from hub.authoring.people import Person
from hub.errors import Forbidden, Issue, NotFound
from hub.formats import exact_json
from hub.model import Exchange, Tree
from hub.watching import reading
from hub.wiring import Hub

ROLES = ("request", "answer", "payment")


def _exact(tree: Any) -> Response:
    """As it is: amounts keep their digits."""
    return Response(exact_json.dumps(tree), 200, {"cache-control": "no-store"}, "application/json")


def _check(hub: Hub, person: Person, asked: Tree) -> Any:
    return _exact(bench.diagnostics_tree(bench.check(hub, text(asked, "text"))))


def _complete(hub: Hub, person: Person, asked: Tree) -> Any:
    line, column = number(asked, "line", 0, 10**6), number(asked, "column", 0, 10**6)
    return _exact(bench.completions_tree(bench.complete(hub, text(asked, "text"), line, column)))


def _run(hub: Hub, person: Person, asked: Tree) -> Any:
    written, source = text(asked, "text"), text(asked, "source")
    expected = said(asked, "expected") or None
    with turn():
        return _exact(bench.evaluation_tree(bench.evaluate(hub, written, source, expected)))


def _examples(hub: Hub, person: Person, asked: Tree) -> Any:
    url = text(asked, "url")
    written = bench_sources.text(hub, url)
    known = bench_sources.beside(hub, url, {})
    told = [{"name": one.name, "in": one.source, "out": one.expected} for one in known]
    return _exact({"url": url, "text": written, "examples": told})


def _named(hub: Hub, person: Person, asked: Tree) -> tuple[Exchange, str]:
    """The exchange and which of its messages.

    Raises:
        Forbidden: maps are theirs to read, exchanges are not.
    """
    matrix().require(person.roles, "exchange.read")
    role = said(asked, "role", "request")
    if role not in ROLES:
        known = ", ".join(ROLES)
        raise wrong(f"« role » est l'un de : {known}.", f"'role' is one of: {known}.")
    reach = reading.reach(hub, person.roles, person.body)
    return reading.exchange(hub, text(asked, "exchange"), reach), role


def _source(hub: Hub, person: Person, asked: Tree) -> Any:
    found, role = _named(hub, person, asked)
    return _as_source(hub, person, found, role, reading.sees_whole(person.roles), asked)


def _whole(hub: Hub, person: Person, asked: Tree) -> Any:
    found, role = _named(hub, person, asked)
    if matrix().granted(person.roles, "exchange.payload") is not Condition.GLASS:
        raise Forbidden(Issue("forbidden", "Rien à ouvrir ici.", "There is nothing to open here."))
    reading.break_glass(hub, found, said(asked, "reason"), person.id, page="workbench")
    return _as_source(hub, person, found, role, True, asked)


def _as_source(
    hub: Hub, person: Person, found: Exchange, role: str, whole: bool, asked: Tree
) -> Any:
    url = bench_sources.map_of(hub, found, role)
    if not url:
        raise NotFound(
            Issue(
                "not-found",
                "Aucune carte ne traduit cet échange : donnez un autre « role », ou prenez un "
                "exemple.",
                "No map translates this exchange: give another 'role', or take an example.",
            )
        )
    source = bench_sources.of_exchange(hub, found, whole, role)
    if whole:
        purpose = asked["purpose"]
        record(
            hub, person, "read-payload", f"Exchange/{found.id}", page="workbench", purpose=purpose
        )
    told = {"map": url, "role": role, "masked": not whole, "source": source.source}
    return _exact(told | {"roles": list(bench_sources.roles(hub, found))})


ROUTES = doors(
    {
        ("POST", "/workbench/check"): (_check, "mapping.read"),
        ("POST", "/workbench/complete"): (_complete, "mapping.read"),
        ("POST", "/workbench/run"): (_run, "mapping.read"),
        ("GET", "/workbench/examples"): (_examples, "mapping.read"),
        ("GET", "/workbench/source"): (_source, "mapping.read"),
        ("POST", "/workbench/source"): (_whole, "mapping.read"),
    }
)
