"""The mapping workbench: a source, a map, and what the map makes of it, side by side."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from starlette.responses import Response

from hub.access.matrix import Condition, matrix
from hub.authoring import bench, bench_sources
from hub.authoring.bench_run import Evaluation, sending
from hub.authoring.bench_sources import Example
from hub.authoring.bench_turn import turn
from hub.console.exchange import nothing_to_open
from hub.console.gate import route
from hub.console.visit import Visit
from hub.console.workbench_draft import LARGEST, Opened, opened
from hub.console.workbench_json import answered, json_response, posted
from hub.console.workbench_tree import source_tree, target_tree
from hub.errors import Invalid, Issue, NotFound, Problem
from hub.formats import exact_json
from hub.model import Exchange
from hub.release_wiring import headers

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Listed:
    """One map in the list."""

    url: str
    name: str
    title: str
    version: str
    group: str  #: the partner it is for, "" for none
    examples: int


def maps(visit: Visit) -> Response:
    """Every map, by partner; without a map chosen there is nothing to show but the choice."""
    if visit.asked("map"):
        return _opened(visit)
    return visit.page("workbench_maps.html", groups=_groups(visit))


def _groups(visit: Visit) -> dict[str, list[Listed]]:
    found: dict[str, list[Listed]] = {}
    partners = sorted(visit.hub.adapters, key=len, reverse=True)
    library = visit.hub.maps.library()
    titles = {url: _short(each[-1].head.title) for url, each in visit.hub.maps.packaged.items()}
    for url in dict.fromkeys(one.partition("|")[0] for one in library.maps()):
        tail = url.rpartition("/")[2]
        group = next((name for name in partners if tail.startswith(f"{name}-")), "")
        version = library.pin(url).partition("|")[2]
        count = bench_sources.count(library, url)
        found.setdefault(group, []).append(
            Listed(url, tail, titles.get(url, ""), version, group, count)
        )
    return dict(sorted(found.items(), key=lambda pair: (not pair[0], pair[0])))


def _opened(visit: Visit) -> Response:
    """One map with one of its examples."""
    url = visit.asked("map").partition("|")[0]
    map_ = opened(visit, url)
    known = bench_sources.beside(visit.hub, url, map_.examples)
    wanted = visit.asked("example")
    chosen = next((one for one in known if one.name == wanted), known[0] if known else None)
    return _page(visit, url, map_, chosen, known)


def of_exchange(visit: Visit) -> Response:
    """The map of an exchange, with that exchange as its source.

    Raises:
        Forbidden: maps are theirs to read, exchanges are not.
    """
    found = _exchange(visit)
    whole = visit.granted("exchange.payload") not in (None, Condition.GLASS)
    return _with_exchange(visit, found, whole)


def _exchange(visit: Visit) -> Exchange:
    matrix().require(visit.person.roles, "exchange.read")
    return visit.exchange()


def whole(visit: Visit) -> Response:
    """The same with identities, for a reason that is kept.

    Raises:
        Forbidden: they have no such right, whatever the reason.
        Invalid: no reason.
    """
    found = _exchange(visit)
    if visit.request.method == "GET":
        return visit.go(f"/workbench/exchanges/{found.id}")
    if visit.granted("exchange.payload") is not Condition.GLASS:
        raise nothing_to_open()
    visit.break_glass(found, page="workbench")
    return _with_exchange(visit, found, whole=True)


def _with_exchange(visit: Visit, found: Exchange, whole: bool) -> Response:
    asked = visit.asked("role") or visit.given("role")
    role = asked if asked in ("answer", "payment") else "request"
    url = bench_sources.map_of(visit.hub, found, role)
    if not url:
        raise NotFound(
            Issue(
                "not-found",
                "Aucune carte ne traduit cet échange. Choisissez une carte dans l'atelier.",
                "No map translates this exchange. Choose a map in the workbench.",
            )
        )
    source = bench_sources.of_exchange(visit.hub, found, whole, role)
    if whole:
        visit.record("read-payload", f"Exchange/{found.id}", page="workbench")
    map_ = opened(visit, url)
    known = bench_sources.beside(visit.hub, url, map_.examples)
    roles = bench_sources.roles(visit.hub, found)
    return _page(visit, url, map_, source, known, found, whole, role=role, roles=roles)


def _page(
    visit: Visit,
    url: str,
    map_: Opened,
    chosen: Example | None,
    known: Sequence[Example],
    exchange: Exchange | None = None,
    whole: bool = False,
    **more: Any,
) -> Response:
    told: dict[str, Any] = {
        "url": url,
        "name": url.rpartition("/")[2],
        "title": _title(map_.text),
        "text": map_.text,
        "draft": map_.draft,
        "writes": map_.writes,
        "groups": _groups(visit),
        "source": bench_sources.indented(chosen.source) if chosen is not None else "",
        "chosen": chosen.name if chosen is not None and exchange is None else "",
        "known": known,
        "exchange": exchange,
        "whole": whole,
        "masked": exchange is not None and not whole,
        "glass": visit.granted("exchange.payload") is Condition.GLASS,
        "findings": None,
        "done": None,
        "role": "",
        "roles": (),
        "issues": (),
    }
    return visit.page("workbench.html", **{**told, **more})


def _title(text: str) -> str:
    """What the head of a map calls it, without what every page says at its foot."""
    return _short(headers.head(text, "fml").title)


def _short(title: str) -> str:
    return title.partition(" (profil")[0].replace("\\'", "'")


def check(visit: Visit) -> Response:
    """Findings as JSON: {"diagnostics": […]}."""
    return json_response(bench.diagnostics_tree(bench.check(visit.hub, posted(visit, "text"))))


def complete(visit: Visit) -> Response:
    """Options as JSON for the place `line`, `column`.

    Raises:
        Invalid: the place is not two numbers.
    """
    try:
        line, column = int(visit.given("line")), int(visit.given("column"))
    except ValueError:
        raise Invalid(
            Issue(
                "value",
                "Donnez la ligne et la colonne en chiffres.",
                "Give the line and the column as digits.",
            )
        ) from None
    found = bench.complete(visit.hub, posted(visit, "text"), line, column)
    return json_response(bench.completions_tree(found))


def run(visit: Visit) -> Response:
    """Run the text: as JSON, as the panes alone, or as the whole page without JavaScript."""
    url, text, source = visit.given("map"), posted(visit, "text"), posted(visit, "source")
    map_ = opened(visit, url)
    known = bench_sources.beside(visit.hub, url, map_.examples)
    chosen = next((one for one in known if one.name == visit.given("example")), None)
    kept = chosen is not None and bench_sources.indented(chosen.source) == source
    expected = chosen.expected if chosen is not None and kept else None
    rows = chosen.rows if chosen is not None and kept else ()
    form = visit.request.headers.get("accept", "")
    done: Evaluation | None = None
    issues: Sequence[Issue] = ()
    try:
        with turn():
            done = bench.evaluate(visit.hub, text, source, expected, rows)
    except Problem as problem:
        if problem.status == 503 or "json" in form:
            raise
        issues = problem.issues
    if "json" in form and done is not None:
        return json_response(bench.evaluation_tree(done))
    told = {"done": done, "issues": issues, **_shown(visit, done, url)}
    if visit.request.headers.get("x-part") == "run":
        return visit.page("workbench_run.html", **told)
    findings = bench.check(visit.hub, text)
    given = Example(visit.given("example"), source)
    shown = replace(map_, text=text)
    return _page(visit, url, shown, given, known, findings=findings, **told)


def _shown(visit: Visit, done: Evaluation | None, url: str) -> dict[str, Any]:
    """What the panes need besides the run itself."""
    found = sending(done.map if done is not None else url, visit.hub.adapters)
    told: dict[str, Any] = {
        "partner": found[0].name if found is not None else "",
        "body": "",
        "told": _told,
    }
    if done is not None:
        told |= {"from_": source_tree(done), "to": target_tree(done)}
        if done.message is not None:
            told["body"] = bench.readable(done.message.body, done.message.content_type)
    return told


def _told(value: Any) -> str:
    return exact_json.dumps(value).decode() if value is not None else "—"


ROUTES = (
    route("/workbench", maps, "mapping.read"),
    route("/workbench/check", answered(check), "mapping.read", post=True, largest=LARGEST),
    route("/workbench/complete", answered(complete), "mapping.read", post=True, largest=LARGEST),
    route("/workbench/run", answered(run), "mapping.read", post=True, largest=LARGEST),
    route("/workbench/exchanges/{id}", of_exchange, "mapping.read"),
    route("/workbench/exchanges/{id}/whole", whole, "mapping.read", post=True),
)
