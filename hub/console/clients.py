"""Systems that call the hub: keys, last use, revocation."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from hub.access.matrix import matrix
from hub.console import deciding, words
from hub.console.gate import route
from hub.console.visit import Visit
from hub.errors import Invalid, Issue, Problem
from hub.formats import exact_json
from hub.watching import clients, proposals


def listed(visit: Visit) -> Response:
    """All of them, and what waits for a decision."""
    store = visit.hub.store
    return visit.page(
        "clients.html",
        clients=store.clients(),
        last=store.last_tokens(),
        pending=proposals.pending(visit.hub, "client"),
        roles=matrix().roles,
        bodies=sorted(visit.hub.table.bodies),
        done=words.CLIENT_DONE.get(visit.asked("done"), ""),
    )


def one(visit: Visit) -> Response:
    """One client, its public keys, and what may be done about it."""
    client = clients.found(visit.hub, visit.request.path_params["id"])
    return visit.page(
        "client.html",
        one=client,
        keys=[_key(key) for key in client.jwks.get("keys", ()) if isinstance(key, dict)],
        last=visit.hub.store.last_tokens().get(client.id),
        history=visit.hub.store.proposals("client", client.id)[:20],
        roles=matrix().roles,
        done=words.CLIENT_DONE.get(visit.asked("done"), ""),
    )


def _key(key: dict[str, Any]) -> str:
    return " ".join(str(key.get(name, "")) for name in ("kid", "alg", "kty", "crv")).strip()


def add(visit: Visit) -> Response:
    """Propose a client with its public keys."""
    if visit.request.method == "GET":
        return visit.go("/clients")
    payload = {
        "name": visit.given("name"),
        "roles": [role] if (role := visit.given("role")) else [],
        "tenant": visit.given("tenant"),
        "organizations": visit.given("organizations").split(),
        "body": visit.given("body"),
        "scopes": visit.given("scopes"),
        **_keys(visit),
    }
    deciding.propose(visit, "client", "add", visit.given("id"), payload)
    return visit.go("/clients?done=proposed")


def change(visit: Visit) -> Response:
    """Revoke at once; propose new keys, or to accept it again."""
    id = clients.found(visit.hub, visit.request.path_params["id"]).id
    if visit.request.method == "GET":
        return visit.go(f"/clients/{id}")
    act = visit.given("act")
    payload = _keys(visit) if act == "rotate" else {}
    reason, who = visit.given("reason"), visit.actor
    number = proposals.change(visit.hub, "client", act, id, payload, reason, who)
    return visit.go(f"/clients/{id}?done={'proposed' if number else act}")


def _keys(visit: Visit) -> dict[str, Any]:
    text = visit.form.get("jwks", "").strip()
    try:
        jwks = exact_json.loads(text.encode()) if text else {}
    except Problem as problem:
        raise Invalid(
            Issue(
                "value",
                'Les clés ne sont pas du JSON : collez le JWKS entier, {"keys": […]}.',
                'The keys are no JSON: paste the whole JWKS, {"keys": […]}.',
            )
        ) from problem
    if not isinstance(jwks, dict) or (jwks and "keys" not in jwks):
        raise Invalid(
            Issue(
                "value",
                'Collez le JWKS entier, {"keys": […]}, et non une clé seule.',
                'Paste the whole JWKS, {"keys": […]}, not a single key.',
            )
        )
    return {"jwks": jwks, "jwks_url": visit.given("jwks_url")}


ROUTES = (
    route("/clients", listed, "client.manage"),
    route("/clients/add", add, "client.manage", post=True),
    route("/clients/{id}", one, "client.manage"),
    route("/clients/{id}/change", change, "client.manage", post=True),
)
