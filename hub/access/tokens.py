"""Access tokens: opaque, short, kept only as a digest.

Source: https://hl7.org/fhir/smart-app-launch/STU2.2/backend-services.html (expires_in ≤ 300).
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

LIFE = timedelta(seconds=300)
_PREFIX = "bk_"  #: lets secret scanners know one when they see it
_LENGTH = len(_PREFIX) + 43


@dataclass(frozen=True, slots=True)
class Token:
    """What the hub remembers of a token it gave."""

    digest: str
    client: str
    scopes: str
    expires: datetime  #: UTC
    certificate: str = ""  #: sha256 of the TLS certificate it is bound to, base64url
    purpose: str = ""  #: purpose of use stated when it was asked for


def new(
    client: str, scopes: str, now: datetime, certificate: str = "", purpose: str = ""
) -> tuple[str, Token]:
    """A fresh token, to be given once, and what to remember of it."""
    text = _PREFIX + secrets.token_urlsafe(32)
    return text, Token(digest(text), client, scopes, now + LIFE, certificate, purpose)


def digest(text: str) -> str:
    """How a token is looked up. It has 256 random bits: a plain digest is enough."""
    return hashlib.sha256(text.encode()).hexdigest()


def plausible(text: str) -> bool:
    """Could this be a token of ours? Everything else is refused before the database is asked."""
    return len(text) == _LENGTH and text.startswith(_PREFIX) and text.isascii()
