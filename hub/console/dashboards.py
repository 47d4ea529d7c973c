"""Dashboards: a month's figures as charts, each with its table and its file for a spreadsheet."""

from __future__ import annotations

from datetime import UTC, datetime

from starlette.responses import Response

from hub.access.matrix import Condition
from hub.console.gate import route
from hub.console.visit import Visit
from hub.exchange import routing
from hub.watching import regions, statistics
from hub.watching.figures import HIDDEN, Figure

#: Shades of the map, from no claim to the most.
SHADES = 5


def dashboards(visit: Visit) -> Response:
    """All figures of a month."""
    hub = visit.hub
    month = statistics.month_of(visit.asked("month"))
    body = _body(visit)
    managers = [b.code for b in hub.table.bodies.values() if b.role == routing.MANAGER]
    figures = statistics.figures(hub, month, body)
    return visit.page(
        "dashboards.html",
        figures=figures,
        month=month,
        months=_months(),
        body=body,
        bodies=[] if _own(visit) else managers,
        threshold=hub.settings.masking,
        shades={f.key: _shades(f) for f in figures if f.kind == "map"},
        tiles=regions.TILES,
        hidden=HIDDEN,
    )


def file(visit: Visit) -> Response:
    """One figure as CSV."""
    key = visit.request.path_params["key"]
    month = statistics.month_of(visit.asked("month"))
    [figure] = statistics.figures(visit.hub, month, _body(visit), key)
    # The mark tells spreadsheets that it is UTF-8.
    return Response(
        ("\ufeff" + figure.csv()).encode(),
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": f'attachment; filename="benkan-{key}-{month}.csv"'},
    )


def _own(visit: Visit) -> bool:
    return visit.granted("statistics.read") is not Condition.ALL


def _body(visit: Visit) -> str:
    """Whose figures: a supervisor's are those of the own institution, whatever is asked."""
    if _own(visit):
        return visit.person.body or "-"
    asked = visit.asked("body")
    return asked if asked in visit.hub.table.bodies else ""


def _months() -> list[str]:
    """The last thirteen months, the present one first."""
    now = datetime.now(UTC)
    numbers = [now.year * 12 + now.month - 1 - back for back in range(13)]
    return [f"{number // 12}-{number % 12 + 1:02}" for number in numbers]


def _shades(figure: Figure) -> dict[str, tuple[int, str]]:
    """Region → (shade, how many as shown)."""
    counts = {str(row[0]): row[1] for row in figure.rows}
    most = max((n for n in counts.values() if isinstance(n, int)), default=0)
    found = {}
    for name, number in counts.items():
        if isinstance(number, int):
            shade = -(-number * SHADES // most) if most else 0
            found[name] = (shade, str(number))
        else:
            found[name] = (1, "·")
    return found


ROUTES = (
    route("/dashboards", dashboards, "statistics.read"),
    route("/dashboards/{key}.csv", file, "statistics.read"),
)
