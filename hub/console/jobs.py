"""Long work: how far it is, what became of it, what it made."""

from __future__ import annotations

from starlette.responses import Response

from hub.console.gate import route
from hub.console.visit import Visit
from hub.formats import exact_json
from hub.watching import bulk, jobs


def job(visit: Visit) -> Response:
    """Its page, which refreshes itself until the work is over."""
    one = jobs.seen(visit.hub, visit.request.path_params["id"], visit.may)
    made = visit.hub.store.job_result(one.id) if one.kind == bulk.JOB else None
    failed = exact_json.loads(made)["failed"] if made else []
    refreshed = "hx-request" in visit.request.headers
    return visit.page(
        "job_state.html" if refreshed else "job.html",
        job=one,
        died=jobs.died(one),
        continues=jobs.died(one) and one.kind == bulk.JOB and visit.may("exchange.hold"),
        failed=failed[:200],
    )


def carry_on(visit: Visit) -> Response:
    """What a job had not done when its process went."""
    id = str(visit.request.path_params["id"])
    if visit.request.method == "GET":
        return visit.go(f"/jobs/{id}")
    return visit.go(f"/jobs/{bulk.carry_on(visit.hub, id, visit.actor).id}")


ROUTES = (
    route("/jobs/{id}", job),
    route("/jobs/{id}/continue", carry_on, "exchange.hold", post=True),
)
