"""The fund's sandbox: a real openIMIS-like server with its own ledger, clock and misbehaviour.

Illustrative reference profile (« profil de référence illustratif »): describes no official
interface.
"""

from __future__ import annotations

import asyncio
import contextlib
from datetime import timedelta
from pathlib import Path

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from adapters.inamo.approvals import Approvals
from adapters.inamo.intake import BODY
from adapters.inamo.office import Office
from adapters.inamo.outputs import Outputs
from adapters.inamo.server import PATH, Counter
from adapters.inamo.tokens import Tokens
from adapters.sandbox import door
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
        with contextlib.closing(door.listen(settings.host, control_port)) as control:
            front = door.listen(settings.host, port)
            port = front.getsockname()[1]
            movements = Movements(BODY, ledger, clock)
            office = Office(World.load(), ledger, clock, timedelta(seconds=settings.review))
            orders = {"movements": movements.order, "approvals": Approvals(office).order}
            counter = _counter(settings, office, ledger, behaviour, clock, movements)
            operator = control_app("inamo", ledger, behaviour, clock, orders=orders)
            address = {
                "host": settings.host,
                "port": port,
                "control": control.getsockname()[1],
                "url": f"http://{settings.host}:{port}{PATH}",
                "username": settings.username,
                "password": settings.password.get_secret_value(),
            }
            door.publish(data / "address.json", address)
            app = counter.app()
            await door.serve(app, front, operator, control, behaviour, settings.refusal)
    finally:
        ledger.close()


def _counter(
    settings: SandboxSettings,
    office: Office,
    ledger: Ledger,
    behaviour: Behaviour,
    clock: SandboxClock,
    movements: Movements,
) -> Counter:
    payment = timedelta(seconds=settings.payment)
    outputs = Outputs(office, ledger, clock, movements, payment)
    tokens = Tokens(settings.username, settings.password.get_secret_value(), settings.token)
    return Counter(office, outputs, tokens, behaviour, clock, office.world, ledger, settings.page)
