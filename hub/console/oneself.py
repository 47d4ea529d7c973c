"""One's own account: who one is here, what one may, one's password and secret for codes."""

from __future__ import annotations

from starlette.responses import Response

from hub.access.matrix import matrix
from hub.authoring import oneself as service
from hub.console import words
from hub.console.gate import route
from hub.console.signing import known_here, place
from hub.console.visit import Visit
from hub.errors import Invalid, Issue


def shown(visit: Visit) -> Response:
    """The page of whoever is signed in."""
    known = matrix()
    return visit.page(
        "me.html",
        one=visit.person,
        roles=known.roles,
        rights=[
            (right, reach)
            for right in known.rights
            if (reach := known.granted(visit.person.roles, right)) is not None
        ],
        done=words.ME_DONE.get(visit.asked("done"), ""),
    )


def password(visit: Visit) -> Response:
    """Change one's password; this browser stays in, every other session ends."""
    if visit.request.method == "GET":
        return visit.go("/me")
    new = visit.form.get("new", "")
    if new != visit.form.get("again", ""):
        raise Invalid(
            Issue(
                "value",
                "Les deux saisies du nouveau mot de passe diffèrent : rien n'est changé. Revenez "
                "en arrière et tapez-le deux fois.",
                "The new password was typed in two ways: nothing has changed. Go back and type it "
                "twice.",
            )
        )
    service.change_password(visit.hub, visit.person, *_proof(visit), new, place(visit))
    response = visit.go("/me?done=password")
    known_here(visit, response, visit.hub.store.account(visit.person.id) or visit.person)
    return response


def codes(visit: Visit) -> Response:
    """Another secret for codes, told once; every session ends."""
    if visit.request.method == "GET":
        return visit.go("/me")
    address = service.renew_codes(visit.hub, visit.person, *_proof(visit), place(visit))
    return visit.page("me_codes.html", address=address, secret=service.secret_of(address))


def _proof(visit: Visit) -> tuple[str, str]:
    return visit.form.get("password", ""), visit.given("code")


ROUTES = (
    route("/me", shown),
    route("/me/password", password, post=True),
    route("/me/codes", codes, post=True),
)
