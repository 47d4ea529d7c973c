"""Signing in at the organisation's OpenID provider (BENKAN_OIDC_…), beside local accounts.

https://openid.net/specs/openid-connect-core-1_0.html, 3.1. What the provider says of a person's
roles is believed at each sign-in; their account can be disabled here (`benkan user disable`).
"""

from __future__ import annotations

import hashlib
import hmac
import logging
from dataclasses import replace
from functools import cache
from typing import Any

from starlette.responses import RedirectResponse, Response

from hub.access import oidc
from hub.access.accounts import Account
from hub.access.matrix import matrix
from hub.console.entering import enter, inside
from hub.console.gate import route
from hub.console.visit import BASE, Visit
from hub.errors import Forbidden, Issue, NotFound
from hub.settings import Settings

log = logging.getLogger(__name__)

COOKIE = "benkan-openid"
_SECONDS = 600  #: to come back from the provider in
#: Roles of systems, which no person has.
_SYSTEMS = frozenset({"provider", "partner"})


def begin(visit: Visit) -> Response:
    """To the provider's page; what must come back stays in a cookie of this browser.

    Raises:
        NotFound: this hub has no OpenID provider.
    """
    settings = _settings(visit)
    attempt = oidc.Attempt.new()
    try:
        there = _provider(settings).address(attempt, _back(settings), settings.oidc_scopes)
    except oidc.Refused as refused:
        raise _not_believed(visit, refused) from None
    response = RedirectResponse(there, 303)
    kept = "|".join((attempt.state, attempt.nonce, attempt.verifier, visit.asked("next")))
    _cookie(visit, response, kept.encode("ascii", "ignore").decode(), _SECONDS)
    return response


def come_back(visit: Visit) -> Response:
    """From the provider's page with a code; gives the session, or says that it was not believed.

    Raises:
        NotFound: this hub has no OpenID provider.
        Forbidden: what came back is not of this browser's sign-in, or gives no right here.
    """
    settings = _settings(visit)
    kept = visit.request.cookies.get(COOKIE, "").split("|", 3)
    try:
        if len(kept) != 4 or not hmac.compare_digest(
            visit.request.query_params.get("state", "").encode(), kept[0].encode()
        ):
            raise oidc.Refused("state")
        attempt = oidc.Attempt(*kept[:3])
        code = visit.request.query_params.get("code", "")[:2000]
        claims = _provider(settings).claims(attempt, code, _back(settings))
    except oidc.Refused as refused:
        raise _not_believed(visit, refused) from None
    account = _account(visit, settings, claims)
    # A strict cookie is not sent on a way that began at the provider: this page goes on by itself.
    response = visit.page("signed_in.html", onward=BASE + inside(kept[3]))
    enter(visit, response, account)
    _cookie(visit, response, "", 0)
    return response


def _settings(visit: Visit) -> Settings:
    settings = visit.hub.settings
    if not settings.oidc_issuer:
        raise NotFound(
            Issue(
                "not-found",
                "Cette plateforme n'a pas de fournisseur OpenID : connectez-vous avec un compte "
                "local.",
                "This hub has no OpenID provider: sign in with a local account.",
            )
        )
    return settings


def _provider(settings: Settings) -> oidc.Provider:
    secret = settings.oidc_secret.get_secret_value()
    return _made(settings.oidc_issuer, settings.oidc_client, secret)


@cache
def _made(issuer: str, client: str, secret: str) -> oidc.Provider:
    return oidc.Provider(issuer, client, secret)


def _back(settings: Settings) -> str:
    return f"{settings.base.removesuffix('/fhir')}{BASE}/openid/back"


def _account(visit: Visit, settings: Settings, claims: dict[str, Any]) -> Account:
    """The person's account here, made or changed to what the provider says now."""
    given = oidc.roles(claims, settings.oidc_roles_claim, settings.oidc_roles)
    roles = tuple(role for role in given if role in matrix().roles and role not in _SYSTEMS)
    person = hashlib.sha256(f"{claims['iss']}|{claims['sub']}".encode()).hexdigest()[:20]
    store, id = visit.hub.store, f"openid-{person}"
    name = next((str(claims[n]) for n in ("name", "preferred_username") if claims.get(n)), id)
    body = str(claims.get(settings.oidc_body_claim) or "")[:40]
    told = Account(id, name[:200], roles, password="", totp="", body=body)
    known = store.account(id)
    if not roles or (known is not None and known.disabled is not None):
        store.attempt_failed(id if known else "unknown", "visitor")
        raise Forbidden(
            Issue(
                "forbidden",
                "Votre compte ne donne aucun droit ici. Demandez-le à l'administrateur de "
                "sécurité : un rôle chez votre fournisseur d'identité, ou la réactivation.",
                "Your account gives no right here. Ask the security administrator for it: a role "
                "at your identity provider, or to be enabled again.",
            )
        )
    if known is None:
        store.put_account(told, "hub", "account-added")
    elif (known.name, known.roles, known.body) != (told.name, told.roles, told.body):
        store.put_account(replace(told, created=known.created), "hub", "account-changed")
    return told


def _not_believed(visit: Visit, refused: oidc.Refused) -> Forbidden:
    log.warning("sign-in by OpenID refused: %s", refused)
    visit.hub.store.attempt_failed("unknown", "visitor")
    return Forbidden(
        Issue(
            "login",
            "La connexion n'a pas abouti. Recommencez depuis la page de connexion ; si l'échec "
            "persiste, prévenez l'exploitant.",
            "Signing in did not succeed. Start again from the sign-in page; if it keeps failing, "
            "tell the operator.",
        )
    )


def _cookie(visit: Visit, response: Response, value: str, seconds: int) -> None:
    """Lax: it must come along when the provider sends the browser back."""
    secure = visit.hub.settings.base.startswith("https://")
    response.set_cookie(
        COOKIE,
        value,
        max_age=seconds,
        path=f"{BASE}/openid",
        secure=secure,
        httponly=True,
        samesite="lax",
    )


ROUTES = (
    route("/openid", begin, free=True),
    route("/openid/back", come_back, free=True),
)
