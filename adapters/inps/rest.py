"""INPS's REST service: calls with an access token (OAuth2 client credentials).

Spec: https://www.rfc-editor.org/rfc/rfc6749#section-4.4 (grant), #section-5 (answers and
errors); https://www.rfc-editor.org/rfc/rfc6750#section-2.1 (Authorization header).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from pydantic import SecretStr

from adapters.transports.https import Answer, Limits, Poster
from hub import errors
from hub.formats import exact_json

_EARLY = 10.0  #: seconds before its end that a token is no longer used
_FORM = "application/x-www-form-urlencoded"


class RestClient:
    """One account. Keeps nothing between calls but the access token it was last given."""

    def __init__(self, url: str, client: str, secret: SecretStr, limits: Limits) -> None:
        self._poster = Poster(url, limits)
        self._client = client
        self._secret = secret
        self._lock = threading.Lock()
        self._token: tuple[str, float] = ("", 0.0)  #: the token, and when it is no longer used

    def call(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        content_type: str = "application/json",
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """One call; a token that is refused is replaced once.

        Raises:
            Unreachable: nothing left, or no token is given to this account now.
            Unconfirmed: something may have left: no whole answer, or HTTP 5xx.
        """
        token = self._current()
        answer = self._call(token, method, path, body, content_type, headers or {})
        if answer.status == 401:
            token = self._current(refused=token)
            answer = self._call(token, method, path, body, content_type, headers or {})
        if answer.status == 401:
            raise _not_admitted("le jeton neuf est refusé", "the fresh token is refused")
        if answer.status >= 500:
            raise _broken(answer.status)
        return answer

    def _call(
        self,
        token: str,
        method: str,
        path: str,
        body: bytes,
        content_type: str,
        headers: Mapping[str, str],
    ) -> Answer:
        sent = {"Authorization": f"Bearer {token}", "Accept": "application/json", **headers}
        if body:
            sent["Content-Type"] = content_type
        return self._poster.call(method, path, body, sent)

    def _current(self, refused: str = "") -> str:
        """A token that may still be used, and is not the one just refused."""
        with self._lock:
            token, until = self._token
            if not token or token == refused or time.monotonic() >= until:
                token, lifetime = self._fetch()
                self._token = token, time.monotonic() + max(lifetime - _EARLY, lifetime / 2)
            return token

    def _fetch(self) -> tuple[str, float]:
        """A new token and its seconds. Nothing of a message has left while this goes wrong."""
        form = {
            "grant_type": "client_credentials",
            "client_id": self._client,
            "client_secret": self._secret.get_secret_value(),
        }
        headers = {"Content-Type": _FORM, "Accept": "application/json"}
        try:
            answer = self._poster.call("POST", "/oauth2/token", urlencode(form).encode(), headers)
        except errors.Unconfirmed as silent:
            raise errors.Unreachable(*silent.issues) from None
        if answer.status != 200:
            told = f"HTTP {answer.status}"
            raise _not_admitted(f"le compte est refusé ({told})", f"account refused ({told})")
        try:
            given: Any = exact_json.loads(answer.body)
            bearer = str(given["token_type"]).lower() == "bearer"
            token, lifetime = given["access_token"], given.get("expires_in", 60)
            if not (bearer and isinstance(token, str) and token.isascii() and token.isprintable()):
                raise ValueError
            return token, max(int(lifetime), 0)
        except (errors.Invalid, KeyError, TypeError, ValueError, AttributeError):
            raise _not_admitted(
                "la réponse du service de jetons est illisible", "the token answer is unreadable"
            ) from None


def _not_admitted(fr: str, en: str) -> errors.Unreachable:
    return errors.Unreachable(
        errors.Issue(
            "login",
            f"L'INPS n'admet pas le hub : {fr}. Rien n'est parti. Vérifiez BENKAN_INPS_CLIENT et "
            "BENKAN_INPS_SECRET ; le hub réessaiera de lui-même.",
            f"INPS does not admit the hub: {en}. Nothing left. Check BENKAN_INPS_CLIENT and "
            "BENKAN_INPS_SECRET; the hub will try again.",
        )
    )


def _broken(status: int) -> errors.Unconfirmed:
    return errors.Unconfirmed(
        errors.Issue(
            "transient",
            f"L'INPS a répondu HTTP {status} sans dire ce qu'il a fait. Le hub va lui demander ce "
            "qu'est devenu le message.",
            f"INPS answered HTTP {status} without saying what it did. The hub will ask what became "
            "of the message.",
        )
    )
