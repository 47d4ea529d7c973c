"""Signing in with a password and a one-time code, and signing out.

https://cheatsheetseries.owasp.org/cheatsheets/Session_Management_Cheat_Sheet.html
"""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

from starlette.responses import Response

from hub.access import passwords, tokens
from hub.access.accounts import Account
from hub.console import openid
from hub.console.entering import enter, inside
from hub.console.gate import route, set_cookie
from hub.console.visit import SESSION, Visit

#: Each check of a password takes 64 MiB: so many at a time.
_CHECKS = threading.BoundedSemaphore(4)


def sign_in(visit: Visit) -> Response:
    """The form, and what it sends."""
    if visit.request.method == "GET":
        return _form(visit, visit.asked("next"))
    now = datetime.now(UTC)
    name = visit.given("account")[:64]
    account = visit.hub.store.account(name)
    if not _proved(visit, account, now) or account is None:
        # A name nobody has may be a password typed into the wrong field: it is not kept.
        visit.hub.store.attempt_failed(account.id if account else "unknown", "visitor")
        return _form(visit, visit.given("next"), name, refused=True)
    response = visit.go(inside(visit.given("next")))
    enter(visit, response, account)
    return response


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


def _proved(visit: Visit, account: Account | None, now: datetime) -> bool:
    # Who signs in at the OpenID provider has no password here: as if there were no account.
    kept = (account.password if account else "") or passwords.NOBODYS
    with _CHECKS:
        right = passwords.is_right(kept, visit.form.get("password", ""))
    if account is None or not account.password:
        return False
    open_ = account.disabled is None and (account.locked is None or account.locked <= now)
    step = passwords.step_of(account.totp, visit.given("code"), now)
    if not (right and open_ and step is not None):
        return False
    until = now + timedelta(seconds=4 * passwords.STEP)
    return visit.hub.store.use_once("totp", f"{account.id}|{step}", until)


ROUTES = (
    *openid.ROUTES,
    route("/sign-in", sign_in, post=True, free=True),
    route("/sign-out", sign_out, post=True),
)
