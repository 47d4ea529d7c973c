"""A CMSS of our own: a real SFTP server with a back office behind it (illustrative profile)."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import threading
from pathlib import Path

import uvicorn
from pydantic_settings import BaseSettings, SettingsConfigDict

from adapters.cmss import server
from adapters.cmss.backoffice import BackOffice, Delays
from adapters.sandbox.behaviour import Behaviour
from adapters.sandbox.clock import SandboxClock
from adapters.sandbox.control import control_app
from adapters.sandbox.ledger import Ledger


class Settings(BaseSettings):
    """Settings of the sandbox (BENKAN_CMSS_SANDBOX_…)."""

    model_config = SettingsConfigDict(env_prefix="BENKAN_CMSS_SANDBOX_")

    host: str = "127.0.0.1"  #: address to listen on
    acknowledgement: float = 0.2  #: seconds from a lot's arrival to its receipt
    liquidation: float = 0.5  #: seconds from a lot's arrival to its liquidation
    payment: float = 1.0  #: seconds from a lot's arrival to its payment notice


def main(data: Path, port: int, control_port: int) -> None:
    """Run until SIGINT or SIGTERM. Port 0 takes a free one.

    Once it listens, `data/address.json` holds host, port, control, hostkey, user, password.
    `data/hostkey.pub` is for the other side: BENKAN_CMSS_HOSTKEY may name it.
    """
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(data.resolve(), port, control_port, Settings()))


async def _serve(data: Path, port: int, control_port: int, settings: Settings) -> None:
    behaviour, clock = Behaviour(), SandboxClock()
    ledger = Ledger(data / "ledger.sqlite")
    delays = Delays(settings.acknowledgement, settings.liquidation, settings.payment)
    office = BackOffice(data / "files", ledger, behaviour, clock, delays)
    stop = threading.Event()
    worker = threading.Thread(target=office.run, args=(stop,), name="back-office")
    worker.start()
    try:
        hostkey = server.host_key(data / "hostkey")
        (data / "hostkey.pub").write_text(hostkey + "\n", encoding="ascii")
        key, files = data / "hostkey", data / "files"
        sftp = await server.listen(settings.host, port, files, key, behaviour)
        with contextlib.closing(socket.create_server((settings.host, control_port))) as control:
            address = {
                "host": settings.host,
                "port": sftp.get_port(),
                "control": control.getsockname()[1],
                "hostkey": hostkey,
                "user": server.USER,
                "password": server.PASSWORD,
            }
            _publish(data / "address.json", address)
            orders = {"movements": office.movements}
            app = control_app("cmss", ledger, behaviour, clock, worker.is_alive, orders)
            config = uvicorn.Config(app, log_level="warning", lifespan="off")
            await uvicorn.Server(config).serve(sockets=[control])
        sftp.close()
    finally:
        stop.set()
        worker.join()
        ledger.close()


def _publish(path: Path, address: dict[str, object]) -> None:
    part = path.with_suffix(".part")
    part.write_text(json.dumps(address), encoding="utf-8")
    part.replace(path)
