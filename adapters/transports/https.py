"""HTTP calls with a total deadline, a size cap, no redirect, and one host only.

TLS 1.2 or newer with a certificate of that host; no proxy, netrc or other setting of the
environment; answers are not compressed: a few compressed bytes can be gigabytes.
Spec: https://www.rfc-editor.org/rfc/rfc9112
"""

from __future__ import annotations

import http.client
import queue
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from hub.errors import Issue, Problem, Unconfirmed, Unreachable


@dataclass(frozen=True, slots=True)
class Limits:
    """How long and how much, for one call."""

    connect: float = 5.0  #: seconds to open the connection
    read: float = 15.0  #: seconds between two pieces of the answer
    total: float = 30.0  #: seconds for the whole call, whatever arrives in between
    size: int = 5_000_000  #: bytes of the largest answer


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(slots=True)
class _Call:
    """One call under way."""

    method: str
    target: str  #: path and query
    body: bytes
    headers: Mapping[str, str]
    deadline: float  #: instant of time.monotonic
    line: socket.socket | None = None  #: once it is connected
    over: bool = False  #: nobody waits any more
    done: queue.SimpleQueue[Answer | Problem] = field(default_factory=queue.SimpleQueue)

    def cut(self) -> None:
        """End it wherever it is: a server that trickles would keep its thread for ever."""
        self.over = True
        if self.line is not None:
            try:
                self.line.shutdown(socket.SHUT_RDWR)
            except OSError:
                return  # it ended by itself


class Poster:
    """Calls one address and what lies below it. Proxies of the environment are ignored.

    `authority` is the file of the authority that signed the server's certificate, when it is none
    of those this machine trusts.
    """

    def __init__(self, url: str, limits: Limits, authority: Path | None = None) -> None:
        """Raises ValueError for an address that is neither http nor https."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
            raise ValueError(f"{parts.scheme}://{parts.hostname} is no http or https address")
        self._path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        self._name, self._port = parts.hostname, parts.port
        self._tls = _context(authority) if parts.scheme == "https" else None
        self._limits = limits
        self._host = parts.netloc

    def post(self, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Post and read the whole answer.

        Raises:
            Unreachable: no connection was made; nothing left.
            Unconfirmed: something left, and no whole answer came in time.
        """
        return self.call("POST", "", body, headers)

    def call(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """One request to a path below the address (query included), and its whole answer.

        Raises:
            Unreachable: no connection was made; nothing left.
            Unconfirmed: something left, and no whole answer came in time.
        """
        if path and path[0] not in "/?":
            raise ValueError(f"{path} would lead to another host")
        target = (self._path + path) or "/"
        sent = {"Accept-Encoding": "identity", "User-Agent": "benkan", **headers}
        call = _Call(method, target, body, sent, time.monotonic() + self._limits.total)
        threading.Thread(target=self._run, args=(call,), daemon=True).start()
        try:
            outcome = call.done.get(timeout=self._limits.total)
        except queue.Empty:
            call.cut()
            raise self._unconfirmed("délai total dépassé", "total deadline exceeded") from None
        if isinstance(outcome, Problem):
            raise outcome
        return outcome

    def _run(self, call: _Call) -> None:
        line = self._connection()
        try:
            try:
                line.connect()
            except (OSError, UnicodeError) as error:
                call.done.put(self._unreachable(error))
                return
            call.line = line.sock
            if call.over:
                return  # connected after the deadline: nothing is sent any more
            call.done.put(self._exchange(line, call))
        except Problem as problem:
            call.done.put(problem)
        except Exception as error:  # the caller must never wait for a dead thread
            told = type(error).__name__
            call.done.put(self._unconfirmed(told, told))
        finally:
            line.close()

    def _connection(self) -> http.client.HTTPConnection:
        timeout = self._limits.connect
        if self._tls is None:
            return http.client.HTTPConnection(self._name, self._port, timeout=timeout)
        return http.client.HTTPSConnection(
            self._name, self._port, timeout=timeout, context=self._tls
        )

    def _exchange(self, line: http.client.HTTPConnection, call: _Call) -> Answer:
        line.sock.settimeout(self._limits.read)
        line.request(call.method, call.target, call.body or None, dict(call.headers))
        with line.getresponse() as response:
            if response.getheader("Content-Encoding", "identity").lower() != "identity":
                raise self._unconfirmed("réponse compressée", "compressed answer")
            content = self._whole(response, call.deadline)
            return Answer(response.status, dict(response.getheaders()), content)

    def _whole(self, response: http.client.HTTPResponse, deadline: float) -> bytes:
        content = bytearray()
        while piece := response.read1(65536):
            content += piece
            if len(content) > self._limits.size:
                raise self._unconfirmed("réponse trop longue", "answer too long")
            if time.monotonic() > deadline:
                raise self._unconfirmed("réponse trop lente", "answer too slow")
        if response.length:
            raise self._unconfirmed("réponse coupée", "answer cut short")
        return bytes(content)

    def _unreachable(self, error: Exception) -> Unreachable:
        told = type(error).__name__
        return Unreachable(
            Issue(
                "transient",
                f"« {self._host} » ne répond pas ({told}) ; rien n'est parti. "
                "Le hub réessaiera de lui-même.",
                f"{self._host} cannot be reached ({told}); nothing left. The hub will try again.",
            )
        )

    def _unconfirmed(self, fr: str, en: str) -> Unconfirmed:
        return Unconfirmed(
            Issue(
                "timeout",
                f"Pas de réponse complète de « {self._host} » ({fr}). Le message est peut-être "
                "arrivé : le hub va le demander au partenaire avant tout nouvel envoi.",
                f"No whole answer from {self._host} ({en}). The message may have arrived: "
                "the hub will ask the partner before sending again.",
            )
        )


def _context(authority: Path | None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(authority) if authority else None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
