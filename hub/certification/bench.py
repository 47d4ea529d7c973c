"""Where adapters are tried without their partner: closed, silent and scripted ports."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TypeVar

from hub.certification.findings import NotConcerned
from hub.model import Message
from hub.ports import Adapter
from hub.ports.certification import Case

Wanted = TypeVar("Wanted")

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Bench:
    """One adapter under offline checks."""

    name: str
    case: Case

    def adapter(self) -> Adapter:
        """A fresh one whose partner is not there."""
        return self.case.make(closed_port())

    def message(self, key: str = "s-1") -> Message:
        """The case's message under this key."""
        return self.adapter().encode(self.case.operation, self.case.tree, key)

    def by_line(self) -> bool:
        """Does the partner answer over HTTP, not by files?"""
        return bool(self.case.served)

    @contextmanager
    def answering(self, body: bytes) -> Iterator[Adapter]:
        """An adapter whose partner answers this to every request."""
        with scripted(self.case.served, body, self.case.token) as port:
            yield self.case.make(port)

    def need(self, wanted: Wanted | None, what_fr: str, what_en: str) -> Wanted:
        """What the case tells; leave the check when that is nothing.

        Raises:
            NotConcerned: it does not.
        """
        if not wanted:
            raise NotConcerned(f"sans objet : {what_fr}", f"not concerned: {what_en}")
        return wanted


def closed_port() -> int:
    """A port where nobody listens."""
    with socket.create_server((HOST, 0)) as server:
        port: int = server.getsockname()[1]
    return port


@contextmanager
def silent_port() -> Iterator[int]:
    """A port that takes connections and never says a word."""
    with socket.create_server((HOST, 0)) as server:
        yield server.getsockname()[1]


@contextmanager
def scripted(content_type: str, body: bytes, token: bytes) -> Iterator[int]:
    """A port that answers every HTTP request with these bytes, one for a token with a token."""

    class Answers(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            asks_token = bool(token) and "token" in self.path
            content = token if asks_token else body
            self.send_response(200)
            self.send_header("Content-Type", "application/json" if asks_token else content_type)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = _answer

        def log_message(self, format: str, *args: object) -> None:
            """Nothing: its log is nobody's business."""

    server = ThreadingHTTPServer((HOST, 0), Answers)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
