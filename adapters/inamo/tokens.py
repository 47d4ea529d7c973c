"""The sandbox's tokens: signed JSON web tokens that expire, as openIMIS gives them.

Spec: https://www.rfc-editor.org/rfc/rfc7519, HS256 of RFC 7518 section 3.2.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import time

from hub import errors
from hub.formats import exact_json


class Tokens:
    """Gives tokens for the one account and knows its own again. Uses the machine's clock."""

    def __init__(self, username: str, password: str, seconds: float) -> None:
        self._username = username
        self._password = password.encode()
        self._seconds = seconds
        self._secret = secrets.token_bytes(32)  # a restart makes all tokens void

    def give(self, username: str, password: str) -> tuple[str, int] | None:
        """(token, instant of expiry in seconds since 1970); None for a wrong account."""
        known = hmac.compare_digest(username.encode(), self._username.encode())
        right = hmac.compare_digest(password.encode(), self._password)
        if not (known and right):
            return None
        expires = int(time.time() + self._seconds)
        head = _encoded(exact_json.dumps({"alg": "HS256", "typ": "JWT"}))
        claims = {"username": username, "exp": expires, "jti": secrets.token_hex(8)}
        signed = f"{head}.{_encoded(exact_json.dumps(claims))}"
        return f"{signed}.{self._signature(signed)}", expires

    def admits(self, authorization: str) -> bool:
        """Is this a token of ours that has not expired?"""
        kind, _, token = authorization.partition(" ")
        signed, _, signature = token.rpartition(".")
        if kind != "Bearer" or not hmac.compare_digest(
            signature.encode(), self._signature(signed).encode()
        ):
            return False
        payload = signed.partition(".")[2]
        try:
            claims = exact_json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        except (errors.Invalid, ValueError):
            return False
        return int(claims["exp"]) > time.time()

    def _signature(self, signed: str) -> str:
        return _encoded(hmac.new(self._secret, signed.encode(), hashlib.sha256).digest())


def _encoded(body: bytes) -> str:
    return base64.urlsafe_b64encode(body).rstrip(b"=").decode()
