"""A small OpenID provider of its own: one person, who signs in by asking; it can be made to lie."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey

CLIENT, SECRET = "benkan", "secret-du-fournisseur"


class OpenId:
    """The provider; a context manager."""

    def __init__(self) -> None:
        self.person: dict[str, Any] = {"sub": "u-1", "name": "Awa Exemple", "roles": []}
        self.lies: dict[str, Any] = {}  #: claims of the next ID tokens, whatever is true
        self.claimed_issuer = ""  #: what discovery says instead of the truth
        self.padding = 0  #: bytes too many in the discovery document
        self.key = ECKey.generate_key("P-256", {"kid": "k1"})
        self.signing = self.key  #: what it signs with, whichever key it shows
        self.codes: dict[str, dict[str, str]] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> OpenId:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def rotate(self) -> None:
        """Another key from now on."""
        self.key = self.signing = ECKey.generate_key("P-256", {"kid": secrets.token_hex(4)})

    def sign_in(self, address: str) -> str:
        """What the browser of the person does there; gives where it is sent back to."""
        asked = dict(parse_qsl(urlsplit(address).query))
        assert asked["response_type"] == "code"
        assert (asked["client_id"], asked["code_challenge_method"]) == (CLIENT, "S256")
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def told(self, path: str) -> dict[str, Any]:
        """What it says of itself."""
        if path == "/jwks":
            return {"keys": [self.key.as_dict(private=False)]}
        return {
            "issuer": self.claimed_issuer or self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/jwks",
            "padding": "x" * self.padding,
        }

    def token(self, form: dict[str, str], basic: str) -> dict[str, Any] | None:
        """The answer to a code, once; None when something is wrong with it."""
        asked = self.codes.pop(form.get("code", ""), None)
        if asked is None or basic != base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode():
            return None
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if challenge != asked["code_challenge"] or form["redirect_uri"] != asked["redirect_uri"]:
            return None
        now = int(time.time())
        claims = {"iss": self.url, "aud": CLIENT, "iat": now, "exp": now + 300}
        claims |= {"nonce": asked["nonce"], **self.person, **self.lies}
        head = {"alg": "ES256", "kid": self.signing.kid}
        return {"id_token": jwt.encode(head, claims, self.signing, algorithms=["ES256"])}


def _handler(provider: OpenId) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(200, provider.told(self.path))

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["content-length"])).decode()
            form = {name: values[0] for name, values in parse_qs(raw).items()}
            basic = self.headers.get("authorization", "").removeprefix("Basic ")
            given = provider.token(form, basic)
            self._answer(200 if given else 400, given or {"error": "invalid_grant"})

        def _answer(self, status: int, tree: dict[str, Any]) -> None:
            body = json.dumps(tree).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    return Handler
