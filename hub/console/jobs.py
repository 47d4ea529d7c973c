"""Long work: how far it is, what became of it, what it made."""

from __future__ import annotations

from starlette.responses import Response

from hub.console.gate import route
from hub.console.visit import Visit
from hub.errors import Issue, NotFound
from hub.formats import exact_json
from hub.ports.watch import Job
from hub.watching import jobs

#: Whoever has one of these may watch the job of this kind.
RIGHTS = {"bulk": "exchange.hold", "certify": "partner.read"}


def found(visit: Visit, kind: str = "") -> Job:
    """The job the address names.

    Raises:
        NotFound: there is none, or this person may not see its kind.
    """
    job = visit.hub.store.job(visit.request.path_params["id"])
    allowed = job is not None and visit.may(RIGHTS.get(job.kind, "user.manage"))
    if job is None or not allowed or (kind and job.kind != kind):
        raise NotFound(
            Issue(
                "not-found",
                "Ce travail n'existe pas, ou votre rôle ne le montre pas.",
                "There is no such work, or your role does not show it.",
            )
        )
    return job


def job(visit: Visit) -> Response:
    """Its page, which refreshes itself until the work is over."""
    one = found(visit)
    made = visit.hub.store.job_result(one.id) if one.kind == "bulk" else None
    failed = exact_json.loads(made)["failed"] if made else []
    refreshed = "hx-request" in visit.request.headers
    return visit.page(
        "job_state.html" if refreshed else "job.html",
        job=one,
        died=jobs.died(one),
        failed=failed[:200],
    )


ROUTES = (route("/jobs/{id}", job),)
