"""The sandbox's check of WS-Security: one UsernameToken digest, one Timestamp, no replay.

Spec: OASIS WS-Security UsernameToken Profile 1.1 section 3.1. Written here and strict on purpose:
libraries that verify tend to accept a second header, a stale message or a missing nonce.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import threading
from datetime import datetime, timedelta

from lxml import etree

from adapters.transports.soap_names import LIFETIME, SOAP, WSSE, WSU

_DIGEST = (
    "http://docs.oasis-open.org/wss/2004/01/"
    "oasis-200401-wss-username-token-profile-1.0#PasswordDigest"
)
_SKEW = timedelta(seconds=60)


class Denied(Exception):
    """Not let in; `code` is the WS-Security fault code, the text is French."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


class Guard:
    """Checks credentials and remembers nonces for as long as a message may live.

    Nonces are kept in memory, so nothing created before `started` is taken: a message replayed
    after a restart is refused as stale. Security follows the machine's clock, never the
    sandbox's own.
    """

    def __init__(self, username: str, password: str, started: datetime) -> None:
        self._username = username
        self._password = password.encode()
        self._started = started.replace(microsecond=0)
        self._seen: dict[str, datetime] = {}
        self._lock = threading.Lock()

    def check(self, envelope: etree._Element, now: datetime) -> None:
        """Let the message in.

        Args:
            envelope: the whole SOAP envelope.
            now: the machine's instant, UTC.

        Raises:
            Denied: with what is wrong.
        """
        security = _only(envelope, f"{{{SOAP}}}Header/{{{WSSE}}}Security")
        timestamp = _only(security, f"{{{WSU}}}Timestamp")
        token = _only(security, f"{{{WSSE}}}UsernameToken")
        created = self._fresh(_text(timestamp, WSU, "Created"), now)
        expires = _instant(_text(timestamp, WSU, "Expires"))
        if not now < expires <= created + timedelta(seconds=LIFETIME):
            raise Denied("MessageExpired", "Le message a expiré : envoyez-en un nouveau.")
        self._fresh(_text(token, WSU, "Created"), now)
        self._digest(token)
        self._once(_text(token, WSSE, "Nonce"), now)

    def _fresh(self, text: str, now: datetime) -> datetime:
        created = _instant(text)
        oldest = max(now - timedelta(seconds=LIFETIME), self._started)
        if not oldest <= created <= now + _SKEW:
            raise Denied(
                "MessageExpired",
                "L'horodatage est trop ancien ou dans le futur : vérifiez l'heure.",
            )
        return created

    def _digest(self, token: etree._Element) -> None:
        password = _only(token, f"{{{WSSE}}}Password")
        if password.get("Type") != _DIGEST:
            raise Denied("UnsupportedSecurityToken", "Seul PasswordDigest est admis.")
        try:
            nonce = base64.b64decode(_text(token, WSSE, "Nonce"), validate=True)
        except (binascii.Error, ValueError):
            raise Denied("InvalidSecurity", "Le nonce n'est pas en base64.") from None
        if len(nonce) < 16:
            raise Denied("InvalidSecurity", "Le nonce a moins de 16 octets.")
        created = _text(token, WSU, "Created").encode()
        # the profile prescribes SHA-1
        expected = hashlib.sha1(nonce + created + self._password, usedforsecurity=False).digest()
        given = (password.text or "").encode()
        right = hmac.compare_digest(base64.b64encode(expected), given)
        known = hmac.compare_digest(
            _text(token, WSSE, "Username").encode(), self._username.encode()
        )
        if not (right and known):
            raise Denied("FailedAuthentication", "Identifiant ou mot de passe refusé.")

    def _once(self, nonce: str, now: datetime) -> None:
        with self._lock:
            limit = now - timedelta(seconds=LIFETIME) - 2 * _SKEW
            for old in [n for n, at in self._seen.items() if at < limit]:
                del self._seen[old]
            if nonce in self._seen:
                raise Denied("InvalidSecurity", "Ce message a déjà été reçu (nonce rejoué).")
            self._seen[nonce] = now


def _only(parent: etree._Element, path: str) -> etree._Element:
    found = parent.findall(path)
    if len(found) != 1:
        name = path.rpartition("}")[2]
        raise Denied("InvalidSecurity", f"Il faut exactement un élément {name}.")
    return found[0]


def _text(parent: etree._Element, namespace: str, name: str) -> str:
    return (_only(parent, f"{{{namespace}}}{name}").text or "").strip()


def _instant(text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise Denied("InvalidSecurity", "Un instant doit être en ISO 8601, avec son fuseau.")
    return instant
