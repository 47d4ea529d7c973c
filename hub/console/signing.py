"""Signing in with a password and a one-time code, and signing out.

https://cheatsheetseries.owasp.org/cheatsheets/Session_Management_Cheat_Sheet.html
"""

from __future__ import annotations

from starlette.responses import Response

from hub.access import tokens
from hub.access.accounts import Account
from hub.authoring import proving
from hub.console import openid
from hub.console.entering import enter, inside
from hub.console.gate import route, set_cookie
from hub.console.visit import SESSION, Visit
from hub.errors import Unauthenticated

#: Shows that somebody signed in from this browser before.
DEVICE = "benkan-device"
_DAYS = 180


def sign_in(visit: Visit) -> Response:
    """The form, and what it sends.

    Raises:
        Throttled: too many attempts from there.
        Busy: too many people are signing in.
    """
    if visit.request.method == "GET":
        return _form(visit, visit.asked("next"))
    name = visit.given("account")[:64]
    typed = visit.form.get("password", ""), visit.given("code")
    try:
        account = proving.prove(visit.hub, name, *typed, place(visit))
    except Unauthenticated:
        return _form(visit, visit.given("next"), name, refused=True)
    response = visit.go(inside(visit.given("next")))
    known_here(visit, response, account)
    return response


def place(visit: Visit) -> proving.Place:
    """Where this browser is, and what it was given when somebody signed in from it before."""
    request = visit.request
    address = request.client.host if request.client else ""
    return proving.Place(address, request.cookies.get(DEVICE, ""))


def known_here(visit: Visit, response: Response, account: Account) -> None:
    """Open a session for somebody who has proved who they are, in a browser that knows them."""
    enter(visit, response, account)
    set_cookie(visit, response, DEVICE, proving.device(visit.hub, account), _DAYS * 86_400)


def _form(visit: Visit, wanted: str, typed: str = "", *, refused: bool = False) -> Response:
    openid = bool(visit.hub.settings.oidc_issuer)
    told = {"refused": refused, "next": wanted, "typed": typed, "openid": openid}
    return visit.page("sign_in.html", 401 if refused else 200, **told)


def sign_out(visit: Visit) -> Response:
    """End the session, here and in the store."""
    if visit.request.method == "POST":
        digest = tokens.digest(visit.cookie)
        visit.hub.store.close_session(digest, visit.actor, visit.person.id)
    response = visit.go("/sign-in")
    if visit.request.method == "POST":
        set_cookie(visit, response, SESSION, "", 0)
    return response


ROUTES = (
    *openid.ROUTES,
    route("/sign-in", sign_in, post=True, free=True),
    route("/sign-out", sign_out, post=True),
)
