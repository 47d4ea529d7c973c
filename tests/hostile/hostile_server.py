"""The hub's own web server on a free port, in a thread, and raw bytes to and from it."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from typing import Any

import uvicorn

from hub.cli.heads import Heads


class Hasty(Heads):
    """As in production, with less patience."""

    seconds = 0.5


@contextlib.contextmanager
def serving(app: Any) -> Iterator[tuple[str, int]]:
    """The address at which it answers."""
    door = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(app, http=Hasty, ws="none", log_level="critical", access_log=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [door]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield door.getsockname()
    finally:
        server.should_exit = True
        thread.join(10)
        door.close()


def say(address: tuple[str, int], pieces: Sequence[bytes], pause: float = 0.0) -> bytes:
    """Send these bytes and give all that comes back until the server ends the connection."""
    with socket.create_connection(address, 10) as line:
        with contextlib.suppress(OSError):
            for piece in pieces:
                line.sendall(piece)
                if pause:
                    time.sleep(pause)
        heard = b""
        with contextlib.suppress(ConnectionError):
            while piece := line.recv(65536):
                heard += piece
        return heard


def status(heard: bytes) -> int:
    """The status of an answer; 0: none came."""
    words = heard.split(b" ", 2)
    return int(words[1]) if len(words) > 2 and words[1].isdigit() else 0
