"""HTTP connections with a deadline and a size for the head of a request.

uvicorn waits for ever for a head that never ends, and keeps what came of it in memory. The body is
measured by hub.api.limits. https://www.rfc-editor.org/rfc/rfc9112#section-3
"""

from __future__ import annotations

import asyncio
import json

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from hub.api.limits import LARGEST_HEAD, LONGEST_ADDRESS

#: Seconds a connection has to send the head of a request, from its first byte on.
SECONDS = 10.0
LARGEST = LARGEST_HEAD + LONGEST_ADDRESS


class Heads(HttpToolsProtocol):
    """One connection: a silent, slow or endless head ends it."""

    seconds = SECONDS
    _size = 0  #: bytes so far of the head, or since the last of a body: chunk ends and trailers
    _heard = False  #: did the last bytes bring some of a body, or its end?
    _ahead = True  #: is a head under way?
    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The first head begins with the connection."""
        super().connection_made(transport)  # type: ignore[arg-type]
        self._begin()

    def connection_lost(self, exc: Exception | None) -> None:
        """The client is gone."""
        self._end()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Some more bytes."""
        if self.transport.is_closing():
            return
        self._heard = False
        super().data_received(data)
        self._size = 0 if self._heard else self._size + len(data)
        if self._size > LARGEST and not self.transport.is_closing():
            self._refuse(431, "The head of the request is too long.")

    def on_message_begin(self) -> None:
        """The parser saw the first byte of a request."""
        super().on_message_begin()
        self._begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header; what comes after the body is none, and would be kept for as long as it lasts.

        https://www.rfc-editor.org/rfc/rfc9110#section-6.5.1
        """
        if self._ahead:
            super().on_header(name, value)

    def on_body(self, body: bytes) -> None:
        """Bytes of the body: hub.api.limits measures those."""
        self._heard = True
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is whole."""
        self._heard = True
        super().on_message_complete()

    def on_headers_complete(self) -> None:
        """The head is whole; raising here is answered with 400."""
        self._end()
        if self.parser.get_http_version() not in ("1.0", "1.1"):
            raise ValueError("neither HTTP/1.0 nor HTTP/1.1")
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        """What is no HTTP."""
        self._refuse(400, msg)

    def _begin(self) -> None:
        self._end()
        self._size, self._ahead = 0, True
        self._timer = self.loop.call_later(self.seconds, self._late)

    def _end(self) -> None:
        self._ahead = False
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _late(self) -> None:
        if not self.transport.is_closing():
            self._refuse(408, "The head of the request did not arrive in time.")

    def _refuse(self, status: int, said: str) -> None:
        issue = {"severity": "error", "code": "structure", "diagnostics": said}
        body = json.dumps({"resourceType": "OperationOutcome", "issue": [issue]}).encode()
        head = [
            STATUS_LINE[status],
            b"content-type: application/fhir+json; charset=utf-8\r\n",
            b"content-length: %d\r\nconnection: close\r\n\r\n" % len(body),
        ]
        self._end()
        self.transport.write(b"".join([*head, body]))
        self.transport.close()
