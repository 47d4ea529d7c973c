"""Public keys of clients: registered by value, or fetched from the one address registered.

A key that was removed there stops working within a minute; a new one is looked for at once.
"""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from hub.access.clients import Client
from hub.access.fetching import Unfetched, fetch
from hub.errors import Invalid, Issue, TokenRefused
from hub.formats import exact_json

FRESH_SECONDS = 60.0
#: An unknown key id makes us ask again, but a caller cannot make us ask all the time.
PATIENCE_SECONDS = 5.0
#: Callers that may wait for one address at a time; the others are told to try again.
MOST_WAITING = 4
_PRIVATE = {"d", "p", "q", "dp", "dq", "qi", "k", "oth"}


@dataclass
class _Address:
    """What is known of one address; its own lock, for the one who asks there."""

    at: float = 0.0  #: when `keys` came
    keys: KeySet | None = None
    failed: float | None = None  #: when it last gave nothing
    asking: threading.Lock = field(default_factory=threading.Lock)
    turns: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(MOST_WAITING))


@dataclass
class KeySets:
    """The keys of all clients; safe to use from many threads."""

    verify: ssl.SSLContext | bool = True
    _known: dict[str, _Address] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def of(self, client: Client, key_id: str) -> KeySet:
        """The public keys of a client.

        Whoever calls has not proved anything yet: an address that is slow or silent may keep only
        a few of them waiting, and is asked at most every PATIENCE_SECONDS.

        Raises:
            TokenRefused: they cannot be had now.
        """
        if not client.jwks_url:
            return key_set(client.jwks)
        with self._lock:
            address = self._known.setdefault(client.jwks_url, _Address())
        found = _remembered(address, key_id)
        if found is not None:
            return found
        if not address.turns.acquire(blocking=False):
            raise _unavailable()
        try:
            with address.asking:
                return _remembered(address, key_id) or self._ask(address, client.jwks_url)
        finally:
            address.turns.release()

    def _ask(self, address: _Address, url: str) -> KeySet:
        try:
            found = key_set(exact_json.loads(fetch(url, self.verify)))
        except (Unfetched, Invalid) as error:
            address.failed = time.monotonic()
            raise _unavailable() from error
        address.at, address.keys, address.failed = time.monotonic(), found, None
        return found


def _remembered(address: _Address, key_id: str) -> KeySet | None:
    """The keys that came not long ago; None: ask there.

    Raises:
        TokenRefused: it was asked a moment ago and gave nothing.
    """
    now, keys = time.monotonic(), address.keys
    if keys is not None:
        known = any(key.kid == key_id for key in keys.keys)
        if now - address.at < (FRESH_SECONDS if known else PATIENCE_SECONDS):
            return keys
    if address.failed is not None and now - address.failed < PATIENCE_SECONDS:
        raise _unavailable()
    return None


def key_set(tree: Any) -> KeySet:
    """The keys of a JWKS.

    Raises:
        Invalid: it is none, a key has no kid, is of no use here, or is not public.
    """
    keys = tree.get("keys") if isinstance(tree, Mapping) else None
    usable = isinstance(keys, list) and all(_is_public(key) for key in keys)
    if not usable or not keys:
        raise _no_keys()
    try:
        return KeySet.import_key_set({"keys": keys})
    except (JoseError, ValueError, TypeError, KeyError):
        raise _no_keys() from None


def _is_public(key: object) -> bool:
    if not isinstance(key, dict) or _PRIVATE & set(key) or not isinstance(key.get("kid"), str):
        return False
    if key.get("kty") == "EC":
        return key.get("crv") == "P-384"
    return key.get("kty") == "RSA" and len(str(key.get("n", ""))) >= 2048 // 6


def _no_keys() -> Invalid:
    return Invalid(
        Issue(
            "value",
            "Ce n'est pas un jeu de clés publiques (JWKS) utilisable : il faut au moins une clé, "
            "chacune publique, avec kid, EC P-384 ou RSA de 2048 bits au moins.",
            "This is no usable set of public keys (JWKS): at least one key, each public, with kid, "
            "EC P-384 or RSA of at least 2048 bits.",
        )
    )


def _unavailable() -> TokenRefused:
    return TokenRefused(
        "invalid_client",
        Issue(
            "transient",
            "Les clés publiques du client ne peuvent pas être lues à l'adresse enregistrée. "
            "Vérifiez cette adresse (https, 5 secondes, sans redirection), puis réessayez.",
            "The client's public keys cannot be read at the registered address. Check that address "
            "(https, 5 seconds, no redirect), then try again.",
        ),
        "jwks_url",
    )
