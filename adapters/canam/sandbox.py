"""CANAM's sandbox: a real SOAP server with its own ledger, clock and misbehaviour.

Illustrative reference profile (« profil de référence illustratif »): describes no official
interface.
"""

from __future__ import annotations

import asyncio
import contextlib
from datetime import UTC, datetime
from pathlib import Path

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from adapters.canam.office import Office
from adapters.canam.security import Guard
from adapters.canam.server import PATH, soap_app
from adapters.sandbox import door
from adapters.sandbox.behaviour import Behaviour
from adapters.sandbox.clock import SandboxClock
from adapters.sandbox.control import control_app
from adapters.sandbox.ledger import Ledger
from adapters.sandbox.world import World
from adapters.transports.wssecurity_sign import Signer


class SandboxSettings(BaseSettings):
    """Settings of the CANAM sandbox (BENKAN_CANAM_SANDBOX_…)."""

    model_config = SettingsConfigDict(env_prefix="BENKAN_CANAM_SANDBOX_")

    host: str = "127.0.0.1"  #: address to listen on
    username: str = "benkan"  #: the account it admits
    password: SecretStr = SecretStr("demo")  #: password of that account
    refusal: float = 2.0  #: seconds the door stays closed after the misbehaviour `refuse`


def main(data: Path, port: int, control_port: int) -> None:
    """Run until SIGINT or SIGTERM. Port 0 takes a free one.

    Once it listens, `data/address.json` holds host, port, control, url, username, password, and
    trust: the file of the certificate that answers are signed with.
    """
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(data.resolve(), port, control_port, SandboxSettings()))


async def _serve(data: Path, port: int, control_port: int, settings: SandboxSettings) -> None:
    data.mkdir(parents=True, exist_ok=True)
    ledger, behaviour, clock = Ledger(data / "ledger.sqlite"), Behaviour(), SandboxClock()
    try:
        with contextlib.closing(door.listen(settings.host, control_port)) as control:
            partner = door.listen(settings.host, port)
            port = partner.getsockname()[1]
            url = f"http://{settings.host}:{port}{PATH}"
            password = settings.password.get_secret_value()
            guard = Guard(settings.username, password, datetime.now(UTC))
            office = Office(World.load(), ledger, clock)
            signer = Signer.kept(data / "signature.pem", "CANAM, bac à sable", datetime.now(UTC))
            app = soap_app(office, guard, behaviour, url, signer)
            operator = control_app("canam", ledger, behaviour, clock, orders=office.orders)
            address: dict[str, object] = {
                "host": settings.host,
                "port": port,
                "control": control.getsockname()[1],
                "url": url,
                "username": settings.username,
                "password": password,
                "trust": str(data / "signature.crt"),
            }
            door.publish(data / "address.json", address)
            await door.serve(app, partner, operator, control, behaviour, settings.refusal)
    finally:
        ledger.close()
