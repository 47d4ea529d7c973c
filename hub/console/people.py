"""People who sign in: accounts, their roles and sessions; and the rights matrix to read."""

from __future__ import annotations

from starlette.responses import Response

from hub.access.matrix import matrix
from hub.console import deciding, words
from hub.console.gate import route
from hub.console.visit import Visit
from hub.watching import accounts, proposals


def people(visit: Visit) -> Response:
    """All accounts, and what waits for a decision."""
    store = visit.hub.store
    return visit.page(
        "people.html",
        accounts=store.accounts(),
        state=accounts.state,
        sessions=store.sessions(),
        pending=proposals.pending(visit.hub, "account"),
        roles=matrix().roles,
        choices=accounts.roles(),
        bodies=sorted(visit.hub.table.bodies),
        done=words.PERSON_DONE.get(visit.asked("done"), ""),
    )


def person(visit: Visit) -> Response:
    """One account, and what may be done about it."""
    account = accounts.found(visit.hub, visit.request.path_params["id"])
    return visit.page(
        "person.html",
        one=account,
        state=accounts.state(account),
        sessions=visit.hub.store.sessions().get(account.id, 0),
        oneself=visit.actor == f"person|{account.id}",
        history=[p for p in visit.hub.store.proposals("account", account.id)][:20],
        roles=matrix().roles,
        choices=accounts.roles(),
        bodies=sorted(visit.hub.table.bodies),
        done=words.PERSON_DONE.get(visit.asked("done"), ""),
    )


def add(visit: Visit) -> Response:
    """Propose an account."""
    if visit.request.method == "GET":
        return visit.go("/people")
    payload = {"name": visit.given("name"), "roles": _roles(visit), "body": visit.given("body")}
    deciding.propose(visit, "account", "add", visit.given("id").lower(), payload)
    return visit.go("/people?done=proposed")


def change(visit: Visit) -> Response:
    """Do at once what takes away, propose what gives."""
    id = accounts.found(visit.hub, visit.request.path_params["id"]).id
    if visit.request.method == "GET":
        return visit.go(f"/people/{id}")
    act = visit.given("act")
    payload = {"roles": _roles(visit), "body": visit.given("body")} if act == "roles" else {}
    reason, who = visit.given("reason"), visit.actor
    number = proposals.change(visit.hub, "account", act, id, payload, reason, who)
    return visit.go(f"/people/{id}?done={'proposed' if number else act}")


def _roles(visit: Visit) -> list[str]:
    return [name.removeprefix("role-") for name in visit.form if name.startswith("role-")]


def rights(visit: Visit) -> Response:
    """The rights matrix as people read it."""
    known = matrix()
    return visit.page(
        "rights.html",
        matrix=known,
        areas={
            right: words.AREAS.get(right.partition(".")[0], right.partition(".")[0])
            for right in known.rights
        },
    )


ROUTES = (
    route("/people", people, "user.manage"),
    route("/people/add", add, "user.manage", post=True),
    route("/people/{id}", person, "user.manage"),
    route("/people/{id}/change", change, "user.manage", post=True),
    route("/rights", rights, "metadata.read"),
)
