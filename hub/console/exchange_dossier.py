"""The dossier of an exchange: a page to print, and the signed JSON to keep."""

from __future__ import annotations

from functools import partial

from starlette.responses import HTMLResponse, Response

from hub.console.gate import route
from hub.console.visit import Visit
from hub.evidence import dossier_page
from hub.formats import exact_json
from hub.model import Tree
from hub.watching import dossiers

#: The page has its own style sheet inside, no script, and loads nothing.
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; sandbox allow-modals; frame-ancestors 'none'"
)


def _made(visit: Visit) -> Tree:
    found = visit.exchange()
    visit.record("dossier-made", f"Exchange/{found.id}", page="console")
    redact = partial(dossiers.masked, visit.hub)
    return dossiers.made(visit.hub, found, visit.actor, redact, payload=False)


def page(visit: Visit) -> Response:
    """To print: identities masked."""
    return HTMLResponse(
        dossier_page.page(_made(visit), visit.lang),
        headers={"content-security-policy": POLICY},
    )


def signed(visit: Visit) -> Response:
    """The same as a file that can be verified anywhere."""
    tree = _made(visit)
    name = f"dossier-{visit.request.path_params['id']}.json"
    return Response(
        exact_json.dumps(tree) + b"\n",
        media_type="application/json",
        headers={"content-disposition": f'attachment; filename="{name}"'},
    )


ROUTES = (
    route("/exchanges/{id}/dossier", page, "exchange.read"),
    route("/exchanges/{id}/dossier.json", signed, "exchange.read"),
)
