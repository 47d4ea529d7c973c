"""The fund's sandbox: a real openIMIS-like server with its own ledger, clock and misbehaviour.

Illustrative reference profile (« profil de référence illustratif »): describes no official
interface.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import uvicorn
from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict
from starlette.applications import Starlette

from adapters.inamo.intake import BODY
from adapters.inamo.office import Office
from adapters.inamo.outputs import Outputs
from adapters.inamo.server import PATH, Counter
from adapters.inamo.tokens import Tokens
from adapters.sandbox.behaviour import Behaviour
from adapters.sandbox.clock import SandboxClock
from adapters.sandbox.control import control_app
from adapters.sandbox.ledger import Ledger
from adapters.sandbox.movements import Movements
from adapters.sandbox.world import World


class SandboxSettings(BaseSettings):
    """Settings of the INAMO/CNPS sandbox (BENKAN_INAMO_SANDBOX_…)."""

    model_config = SettingsConfigDict(env_prefix="BENKAN_INAMO_SANDBOX_")

    host: str = "127.0.0.1"  #: address to listen on
    username: str = "benkan"  #: the account it admits
    password: SecretStr = SecretStr("demo")  #: password of that account
    token: float = 3600.0  #: seconds a token is good for
    review: float = 0.5  #: seconds from a claim's arrival to its decision
    payment: float = 1.0  #: seconds from a decision to its order of payment
    page: int = 50  #: resources on one page of a list
    refusal: float = 2.0  #: seconds the door stays closed after the misbehaviour `refuse`


def main(data: Path, port: int, control_port: int) -> None:
    """Run until SIGINT or SIGTERM. Port 0 takes a free one.

    Once it listens, `data/address.json` holds host, port, control, url, username, password.
    """
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(data.resolve(), port, control_port, SandboxSettings()))


async def _serve(data: Path, port: int, control_port: int, settings: SandboxSettings) -> None:
    data.mkdir(parents=True, exist_ok=True)
    ledger, behaviour, clock = Ledger(data / "ledger.sqlite"), Behaviour(), SandboxClock()
    try:
        with contextlib.closing(_listen(settings.host, control_port)) as control:
            door = _listen(settings.host, port)
            port = door.getsockname()[1]
            movements = Movements(BODY, ledger, clock)
            orders = {"movements": movements.order}
            counter = _counter(settings, ledger, behaviour, clock, movements)
            operator = _server(
                control_app("inamo", ledger, behaviour, clock, orders=orders), uvicorn.Server
            )
            address = {
                "host": settings.host,
                "port": port,
                "control": control.getsockname()[1],
                "url": f"http://{settings.host}:{port}{PATH}",
                "username": settings.username,
                "password": settings.password.get_secret_value(),
            }
            _publish(data / "address.json", address)
            opened = asyncio.create_task(_open(counter, door, behaviour, settings.refusal))
            await operator.serve(sockets=[control])
            opened.cancel()
            await asyncio.gather(opened, return_exceptions=True)
    finally:
        ledger.close()


def _counter(
    settings: SandboxSettings,
    ledger: Ledger,
    behaviour: Behaviour,
    clock: SandboxClock,
    movements: Movements,
) -> Counter:
    world = World.load()
    office = Office(world, ledger, clock, timedelta(seconds=settings.review))
    payment = timedelta(seconds=settings.payment)
    outputs = Outputs(office, ledger, clock, movements, payment)
    tokens = Tokens(settings.username, settings.password.get_secret_value(), settings.token)
    return Counter(office, outputs, tokens, behaviour, clock, world, ledger, settings.page)


class _Quiet(uvicorn.Server):
    """A server that leaves the process's signals alone."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """The operator's server takes them and ends the process."""
        yield


def _server(app: Starlette, kind: type[uvicorn.Server]) -> uvicorn.Server:
    config = uvicorn.Config(
        app,
        log_level="warning",
        lifespan="off",
        timeout_graceful_shutdown=1,
    )
    return kind(config)


async def _open(
    counter: Counter, door: socket.socket, behaviour: Behaviour, refusal: float
) -> None:
    """Serve; on `refuse`, close the door for a while so that connecting really fails."""
    host, port = door.getsockname()
    while True:
        server = _server(counter.app(), _Quiet)
        task = asyncio.create_task(server.serve(sockets=[door]))
        try:
            while behaviour.take("", {"refuse"}) is None:
                await asyncio.sleep(0.05)
        finally:
            server.should_exit = True
            await task
            door.close()
        await asyncio.sleep(refusal)
        door = _listen(host, port)


def _listen(host: str, port: int) -> socket.socket:
    return socket.create_server((host, port), backlog=512)


def _publish(path: Path, address: dict[str, object]) -> None:
    part = path.with_suffix(".part")
    part.write_text(json.dumps(address), encoding="utf-8")
    part.replace(path)
