"""Signing people in with an OpenID provider: authorization code with PKCE.

Sources: https://openid.net/specs/openid-connect-core-1_0.html (3.1),
https://openid.net/specs/openid-connect-discovery-1_0.html, https://www.rfc-editor.org/rfc/rfc7636,
https://www.rfc-editor.org/rfc/rfc9700 (best current practice)
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from hub.access.fetching import Unfetched, fetch, secure
from hub.errors import Invalid
from hub.formats import exact_json

ALGORITHMS = ("ES256", "ES384", "PS256", "RS256", "RS384")
SKEW_SECONDS = 60
#: What the provider says of itself, and its keys, are asked for again after so long.
FRESH_SECONDS = 3600.0
_LONGEST = 16_384


class Refused(Exception):
    """The sign-in is not believed; the text is for the log and holds nothing of the token."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One sign-in under way: kept by the browser that began it, and used once."""

    state: str
    nonce: str
    verifier: str

    @classmethod
    def new(cls) -> Attempt:
        """A fresh one: three times 256 random bits."""
        return cls(*(secrets.token_urlsafe(32) for _ in range(3)))


@dataclass
class Provider:
    """An OpenID provider; safe to use from many threads."""

    issuer: str
    client: str  #: how it knows us
    secret: str = ""  #: what we prove it with; empty: PKCE alone
    _known: tuple[float, dict[str, Any], KeySet] | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def address(self, attempt: Attempt, back: str, scopes: Sequence[str]) -> str:
        """Where the browser is sent to sign in.

        Raises:
            Refused: the provider cannot be reached, or is not who it should be.
        """
        digest = hashlib.sha256(attempt.verifier.encode()).digest()
        asked = {
            "response_type": "code",
            "client_id": self.client,
            "redirect_uri": back,
            "scope": " ".join(scopes),
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
            "code_challenge_method": "S256",
        }
        there = self._told()[0]["authorization_endpoint"]
        return f"{there}{'&' if '?' in there else '?'}{urlencode(asked)}"

    def claims(self, attempt: Attempt, code: str, back: str) -> dict[str, Any]:
        """What the provider says of the person who came back with this code.

        Raises:
            Refused
        """
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": back,
            "client_id": self.client,
            "code_verifier": attempt.verifier,
        }
        basic = (self.client, self.secret) if self.secret else None
        told = _read(lambda: fetch(self._told()[0]["token_endpoint"], form=form, basic=basic))
        token = told.get("id_token")
        if not isinstance(token, str) or len(token) > _LONGEST:
            raise Refused("no id_token")
        return self._verified(token, attempt.nonce)

    def _verified(self, token: str, nonce: str) -> dict[str, Any]:
        claims = self._decoded(token)
        audience = claims.get("aud")
        named = audience if isinstance(audience, list) else [audience]
        now = time.time()
        checks = {
            "iss": claims.get("iss") == self.issuer,
            "aud": self.client in named,
            "azp": len(named) == 1 or claims.get("azp") == self.client,
            "exp": _number(claims.get("exp")) > now - SKEW_SECONDS,
            "iat": 0 < _number(claims.get("iat")) < now + SKEW_SECONDS,
            "nonce": claims.get("nonce") == nonce,
            "sub": isinstance(claims.get("sub"), str) and 0 < len(claims["sub"]) <= 255,
        }
        for name, holds in checks.items():
            if not holds:
                raise Refused(name)
        return claims

    def _decoded(self, token: str) -> dict[str, Any]:
        """Signed by a key of the provider; once more with its keys of now when it is not."""
        for fresh in (False, True):
            try:
                return jwt.decode(token, self._told(fresh)[1], algorithms=list(ALGORITHMS)).claims
            except (JoseError, ValueError, TypeError, KeyError):
                continue
        raise Refused("signature")

    def _told(self, fresh: bool = False) -> tuple[dict[str, Any], KeySet]:
        with self._lock:
            known = self._known
            if not fresh and known is not None and time.monotonic() - known[0] < FRESH_SECONDS:
                return known[1], known[2]
            base = self.issuer.rstrip("/")
            said = _read(lambda: fetch(f"{base}/.well-known/openid-configuration"))
            if said.get("issuer") != self.issuer:
                raise Refused("issuer")
            for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
                if not isinstance(said.get(name), str) or not secure(said[name]):
                    raise Refused(name)
            tree = _read(lambda: fetch(said["jwks_uri"]))
            try:
                signing = [k for k in tree["keys"] if k.get("kty") in ("EC", "RSA")]
                keys = KeySet.import_key_set({"keys": signing})
            except (JoseError, ValueError, TypeError, KeyError, AttributeError):
                raise Refused("jwks") from None
            self._known = (time.monotonic(), said, keys)
            return said, keys


def roles(claims: Mapping[str, Any], claim: str, mapping: Sequence[str]) -> tuple[str, ...]:
    """Our roles of somebody the provider gives these claims.

    Args:
        claims: of the ID token.
        claim: where their groups or roles are, with dots between names: realm_access.roles.
        mapping: THEIRS=OURS; what is not in it gives nothing.
    """
    node: Any = claims
    for name in claim.split("."):
        node = node.get(name) if isinstance(node, Mapping) else None
    theirs = {one for one in (node if isinstance(node, list) else [node]) if isinstance(one, str)}
    pairs = (one.rpartition("=")[::2] for one in mapping)
    return tuple(dict.fromkeys(ours for name, ours in pairs if name in theirs))


def _read(get: Any) -> dict[str, Any]:
    try:
        tree = exact_json.loads(get())
    except Unfetched as error:
        raise Refused(str(error)) from None
    except Invalid:
        raise Refused("no JSON") from None
    if not isinstance(tree, dict):
        raise Refused("no JSON object")
    return tree


def _number(value: object) -> float:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
