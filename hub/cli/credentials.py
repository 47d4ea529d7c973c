"""The key with which commands call the hub, and the short tokens they get for it.

https://hl7.org/fhir/smart-app-launch/STU2.2/backend-services.html
"""

from __future__ import annotations

import os
import threading
import time
import uuid
from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from hub.cli import place
from hub.errors import Invalid, Issue, Misconfigured
from hub.formats import exact_json
from hub.settings import Settings

FOLDER = "clients"  #: in the data folder: one private key a client, which only its owner can read
DEMO = "demo-prestataires"  #: the client whose key commands use when nothing else is said
ANY = "system/*.cruds"
#: A token is renewed so many seconds before it ends.
_EARLY = 60.0
_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@dataclass
class Bearer(httpx.Auth):
    """Gives every request a token of the client; safe to use from many threads."""

    url: str  #: base address of the hub, without /fhir
    client: str
    key: Path  #: its private key (JWK)
    scopes: str = ANY
    _token: str = ""
    _until: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def sync_auth_flow(
        self, request: httpx.Request
    ) -> Generator[httpx.Request, httpx.Response, None]:
        """Send it with a token, and once more with a fresh one when that was not accepted."""
        used = self.token()
        request.headers["authorization"] = f"Bearer {used}"
        answer = yield request
        if answer.status_code == 401:
            request.headers["authorization"] = f"Bearer {self.token(instead=used)}"
            yield request

    def token(self, instead: str = "") -> str:
        """A token that is good for another minute at least, and is not `instead`.

        Raises:
            Invalid: the hub gives this client none.
            httpx.TransportError: it does not answer.
        """
        with self._lock:
            if self._token in ("", instead) or time.monotonic() > self._until:
                said = ask(self.url, self.client, self.key, self.scopes)
                self._token = said["access_token"]
                self._until = time.monotonic() + said["expires_in"] - _EARLY
            return self._token


def ask(url: str, client: str, key: Path, scopes: str) -> dict[str, Any]:
    """The hub's answer to a signed request for a token: access_token, expires_in, scope.

    Raises:
        Invalid: it gives none; its own words say why.
        Misconfigured: the file holds no private key.
        httpx.TransportError: it does not answer, or not as a hub does.
    """
    address, private = f"{url}/auth/token", private_key(key)
    alg = "ES384" if isinstance(private, ECKey) else "RS384"
    claims = {"iss": client, "sub": client, "aud": address, "exp": int(time.time()) + 240}
    claims |= {"jti": uuid.uuid4().hex}
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": _ASSERTION,
        "client_assertion": jwt.encode(
            {"alg": alg, "kid": private.kid}, claims, private, algorithms=[alg]
        ),
        "scope": scopes,
    }
    answer = httpx.post(address, data=form, timeout=30, headers={"accept-language": "fr"})
    try:
        said: dict[str, Any] = exact_json.loads(answer.content)
        if answer.status_code == 200:
            return said | {"expires_in": int(said["expires_in"])}
        raise Invalid(Issue("security", said["error_description"], said["error"]))
    except (KeyError, TypeError, ValueError):
        raise httpx.RemoteProtocolError(f"HTTP {answer.status_code} from {address}") from None


def found(settings: Settings) -> Bearer | None:
    """What commands call the hub with: BENKAN_CLIENT and its key, else the demo's; None: neither.

    Raises:
        Misconfigured: BENKAN_CLIENT_KEY without BENKAN_CLIENT, or no key of that client.
    """
    if settings.client_key and not settings.client:
        raise Misconfigured(
            Issue(
                "required",
                "BENKAN_CLIENT manque : dites à quel client appartient BENKAN_CLIENT_KEY.",
                "BENKAN_CLIENT is missing: say whose key BENKAN_CLIENT_KEY is.",
            )
        )
    key = key_of(settings, settings.client or DEMO)
    if not settings.client and not key.is_file():
        return None
    return Bearer(place.base_url(settings), settings.client or DEMO, key)


def key_of(settings: Settings, client: str) -> Path:
    """Where the private key of a client is: BENKAN_CLIENT_KEY, else in the data folder."""
    return Path(settings.client_key or settings.data / FOLDER / f"{client}.json")


def private_key(path: Path) -> ECKey | RSAKey:
    """The private key of a JWK file.

    Raises:
        Misconfigured: there is none.
    """
    try:
        tree = exact_json.loads(path.read_bytes())
        return (ECKey if tree.get("kty") == "EC" else RSAKey).import_key(tree)
    except (OSError, JoseError, ValueError, TypeError, KeyError, AttributeError, Invalid):
        raise Misconfigured(
            Issue(
                "value",
                f"{path} n'est pas une clé privée (JWK). « benkan client add … --new-key FICHIER » "
                "en fait une ; nommez-la par BENKAN_CLIENT_KEY.",
                f"{path} is no private key (JWK). 'benkan client add … --new-key FILE' makes one; "
                "name it in BENKAN_CLIENT_KEY.",
            )
        ) from None


def make_key(path: Path) -> ECKey:
    """A fresh key in a file that only its owner can read; a file that is there stays.

    Raises:
        FileExistsError
    """
    key = ECKey.generate_key("P-384", {"kid": uuid.uuid4().hex[:16], "alg": "ES384"})
    made = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(made, "wb") as file:
        file.write(exact_json.dumps(key.as_dict(private=True)))
    return key
