"""CANAM's sandbox: a real SOAP server with its own ledger, clock and misbehaviour.

Illustrative reference profile (« profil de référence illustratif »): describes no official
interface.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import uvicorn
from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from adapters.canam.office import Office
from adapters.canam.security import Guard
from adapters.canam.server import PATH, soap_app
from adapters.sandbox.behaviour import Behaviour
from adapters.sandbox.clock import SandboxClock
from adapters.sandbox.control import control_app
from adapters.sandbox.ledger import Ledger
from adapters.sandbox.world import World


class SandboxSettings(BaseSettings):
    """Settings of the CANAM sandbox (BENKAN_CANAM_SANDBOX_…)."""

    model_config = SettingsConfigDict(env_prefix="BENKAN_CANAM_SANDBOX_")

    host: str = "127.0.0.1"  #: address to listen on
    username: str = "benkan"  #: the account it admits
    password: SecretStr = SecretStr("demo")  #: password of that account
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
            url = f"http://{settings.host}:{port}{PATH}"
            password = settings.password.get_secret_value()
            guard = Guard(settings.username, password, datetime.now(UTC))
            office = Office(World.load(), ledger, clock)
            app = uvicorn.Config(
                soap_app(office, guard, behaviour, url),
                log_level="warning",
                lifespan="off",
                timeout_graceful_shutdown=1,
            )
            operator = uvicorn.Server(
                uvicorn.Config(
                    control_app("canam", ledger, behaviour, clock, orders=office.orders),
                    log_level="warning",
                    lifespan="off",
                )
            )
            address = {
                "host": settings.host,
                "port": port,
                "control": control.getsockname()[1],
                "url": url,
                "username": settings.username,
                "password": password,
            }
            _publish(data / "address.json", address)
            counter = asyncio.create_task(_counter(app, door, behaviour, settings.refusal))
            await operator.serve(sockets=[control])
            counter.cancel()
            await asyncio.gather(counter, return_exceptions=True)
    finally:
        ledger.close()


class _Quiet(uvicorn.Server):
    """A server that leaves the process's signals alone."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """The operator's server takes them and ends the process."""
        yield


async def _counter(
    config: uvicorn.Config, door: socket.socket, behaviour: Behaviour, refusal: float
) -> None:
    """Serve SOAP; on `refuse`, close the door for a while so that connecting really fails."""
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
        await asyncio.sleep(refusal)
        door = _listen(host, port)


def _listen(host: str, port: int) -> socket.socket:
    return socket.create_server((host, port), backlog=512)


def _publish(path: Path, address: dict[str, object]) -> None:
    part = path.with_suffix(".part")
    part.write_text(json.dumps(address), encoding="utf-8")
    part.replace(path)
