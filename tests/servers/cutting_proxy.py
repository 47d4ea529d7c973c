"""A TCP proxy that cuts the line after so many bytes, for tests of lost connections."""

from __future__ import annotations

import contextlib
import socket
import threading
from types import TracebackType


class CuttingProxy:
    """Forwards to a port of this machine; each connection dies after the bytes allowed."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._allowed = 0
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        self._threads: list[threading.Thread] = []

    def cut_after(self, sent: int) -> None:
        """Bytes the client may send from the next connection on."""
        self._allowed = sent

    def __enter__(self) -> CuttingProxy:
        self._spawn(self._accept)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # a thread blocked in accept only wakes up for a connection
        with contextlib.suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        for thread in self._threads:
            thread.join(5)

    def _spawn(self, work, *arguments) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._server.accept()
                server = socket.create_connection(("127.0.0.1", self._target))
                self._spawn(self._pump, client, server, self._allowed)
                self._spawn(self._pump, server, client, 10**12)

    def _pump(self, source: socket.socket, target: socket.socket, allowed: int) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(min(4096, allowed) or 1):
                if allowed <= 0:
                    break
                target.sendall(data)
                allowed -= len(data)
        # shutdown wakes the pump of the other direction; close alone would not
        for side in (source, target):
            with contextlib.suppress(OSError):
                side.shutdown(socket.SHUT_RDWR)
            side.close()
