"""A client proves who it is with a signed assertion (private_key_jwt).

Source: https://hl7.org/fhir/smart-app-launch/STU2.2/client-confidential-asymmetric.html, RFC 7523
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from hub.access import purposes
from hub.access.clients import Client
from hub.errors import Invalid, Issue, TokenRefused
from hub.formats import exact_json

ALGORITHMS = ("ES384", "RS384")
LONGEST = timedelta(minutes=5)
SKEW = timedelta(seconds=60)
MAX_LENGTH = 8192
_RSA_BITS = 2048


@dataclass(frozen=True, slots=True)
class Assertion:
    """What a valid assertion says."""

    client: Client
    jti: str  #: to be used once until…
    expires: datetime  #: …UTC
    purpose: str = ""  #: purpose of use it states


def verify(
    text: str,
    audience: str,
    now: datetime,
    find: Callable[[str], Client | None],
    keys: Callable[[Client, str], KeySet],
) -> Assertion:
    """Check an assertion.

    Args:
        text: the compact JWT.
        audience: the address of the token endpoint.
        now: UTC.
        find: the client of an id, None when there is none.
        keys: the public keys of a client; the key id may be new, and worth asking again for.

    Raises:
        TokenRefused: invalid_client. The answer never says which check failed first to somebody
            who does not hold the key.
    """
    name, key_id = _announced(text)
    client = find(name)
    if client is None or client.disabled is not None:
        raise _refused("client")
    try:
        token = jwt.decode(text, keys(client, key_id), algorithms=list(ALGORITHMS))
    except (JoseError, ValueError, TypeError, KeyError):
        raise _refused("signature") from None
    return _claims(client, token.claims, audience, now)


def _claims(client: Client, claims: dict[str, Any], audience: str, now: datetime) -> Assertion:
    if claims.get("iss") != client.id or claims.get("sub") != client.id:
        raise _refused("iss")
    named = claims.get("aud")
    if audience not in (named if isinstance(named, list) else [named]):
        raise _refused("aud")
    expires = _instant(claims.get("exp"))
    if expires is None or not now - SKEW < expires <= now + LONGEST + SKEW:
        raise _refused("exp")
    for name in ("nbf", "iat"):
        begins = _instant(claims[name]) if name in claims else now
        if begins is None or begins > now + SKEW:
            raise _refused(name)
    jti = claims.get("jti")
    if not isinstance(jti, str) or not 1 <= len(jti) <= 200:
        raise _refused("jti")
    return Assertion(client, jti, expires + SKEW, purposes.of_claims(claims))


def _announced(text: str) -> tuple[str, str]:
    """The client and the key that an assertion names, before anything of it is believed."""
    if len(text) > MAX_LENGTH or text.count(".") != 2 or not text.isascii():
        raise _refused("form")
    head, body, _ = text.split(".")
    header, claims = _part(head), _part(body)
    if header.get("alg") not in ALGORITHMS or "crit" in header or header.get("typ", "JWT") != "JWT":
        raise _refused("alg")
    key_id, name = header.get("kid"), claims.get("iss")
    if not isinstance(key_id, str) or not isinstance(name, str) or len(name) > 200:
        raise _refused("kid")
    return name, key_id


def _part(text: str) -> dict[str, Any]:
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        tree = exact_json.loads(raw)
    except (binascii.Error, ValueError, Invalid):
        raise _refused("form") from None
    if not isinstance(tree, dict):
        raise _refused("form")
    return tree


def _instant(seconds: object) -> datetime | None:
    if not isinstance(seconds, int) or isinstance(seconds, bool) or not 0 < seconds < 2**33:
        return None
    return datetime.fromtimestamp(seconds, UTC)


def _refused(check: str) -> TokenRefused:
    """One answer for all; the log of the hub says which check it was."""
    return TokenRefused(
        "invalid_client",
        Issue(
            "security",
            "L'assertion du client n'est pas acceptée. Vérifiez le client, la clé (kid), aud, exp "
            "(5 minutes au plus) et jti (un par demande).",
            "The client assertion is not accepted. Check the client, the key (kid), aud, exp (5 "
            "minutes at most) and jti (one per request).",
        ),
        check,
    )
