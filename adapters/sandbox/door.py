"""A sandbox's two HTTP doors: the partner's, which can be shut a while, and the operator's."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import Iterator
from pathlib import Path

import uvicorn
from starlette.applications import Starlette

from adapters.sandbox.behaviour import Behaviour

#: Connections that wait to be accepted.
BACKLOG = 512


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes a free one."""
    return socket.create_server((host, port), backlog=BACKLOG)


def publish(path: Path, address: dict[str, object]) -> None:
    """Tell others where this sandbox is, all at once."""
    part = path.with_suffix(".part")
    part.write_text(json.dumps(address), encoding="utf-8")
    part.replace(path)


async def serve(
    app: Starlette,
    door: socket.socket,
    operator: Starlette,
    control: socket.socket,
    behaviour: Behaviour,
    refusal: float,
) -> None:
    """Serve both until SIGINT or SIGTERM; `refuse` closes the partner's for `refusal` seconds."""
    config = uvicorn.Config(app, log_level="warning", lifespan="off", timeout_graceful_shutdown=1)
    counter = asyncio.create_task(_counter(config, door, behaviour, refusal))
    last = uvicorn.Config(operator, log_level="warning", lifespan="off")
    await uvicorn.Server(last).serve(sockets=[control])
    counter.cancel()
    await asyncio.gather(counter, return_exceptions=True)


class _Quiet(uvicorn.Server):
    """A server that leaves the process's signals alone."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """The operator's server takes them and ends the process."""
        yield


async def _counter(
    config: uvicorn.Config, door: socket.socket, behaviour: Behaviour, refusal: float
) -> None:
    host, port = door.getsockname()
    while True:
        server = _Quiet(config)
        task = asyncio.create_task(server.serve(sockets=[door]))
        try:
            while behaviour.take("", {"refuse"}) is None:
                await asyncio.sleep(0.05)
        finally:
            server.should_exit = True
            await task
            door.close()
        door = _shut(host, port)
        await asyncio.sleep(refusal)
        door.listen(BACKLOG)


def _shut(host: str, port: int) -> socket.socket:
    """A socket that keeps the port, for nobody else to take, and refuses every connection."""
    door = socket.socket()
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    door.bind((host, port))
    return door
