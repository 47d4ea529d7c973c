"""What every answer says to browsers and caches: health data is kept and guessed at by nobody.

https://cheatsheetseries.owasp.org/cheatsheets/REST_Security_Cheat_Sheet.html#security-headers
"""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: An edge that knows better says so itself: the console's pages have a policy of their own.
ALWAYS = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
#: Said on a hub that is reached by https; https://www.rfc-editor.org/rfc/rfc6797
TLS = {"strict-transport-security": "max-age=31536000"}


class Headers:
    """Adds to each answer what it does not say itself."""

    def __init__(self, app: ASGIApp, base: str) -> None:
        """`base`: the public address of the hub."""
        self.app = app
        self.said = ALWAYS | (TLS if base.startswith("https://") else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self.said.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, told if scope["type"] == "http" else send)
