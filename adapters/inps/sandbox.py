"""INPS's sandbox: a real REST service with a back office behind it (illustrative profile)."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from pathlib import Path

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from adapters.inps.backoffice import BackOffice, Delays
from adapters.inps.office import Office
from adapters.inps.pushes import Pushes
from adapters.inps.server import Tokens, rest_app
from adapters.sandbox import door
from adapters.sandbox.behaviour import Behaviour
from adapters.sandbox.clock import SandboxClock
from adapters.sandbox.control import control_app
from adapters.sandbox.ledger import Ledger


class SandboxSettings(BaseSettings):
    """Settings of the sandbox (BENKAN_INPS_SANDBOX_…)."""

    model_config = SettingsConfigDict(env_prefix="BENKAN_INPS_SANDBOX_")

    host: str = "127.0.0.1"  #: address to listen on
    client: str = "benkan"  #: the account it admits
    secret: SecretStr = SecretStr("demo")  #: secret of that account
    callback: str = ""  #: where files are pushed (the hub's /partners/inps); empty: only collected
    callback_secret: SecretStr = SecretStr("demo-callback")  #: signs what is pushed
    token: float = 300.0  #: seconds an access token is good for
    liquidation: float = 0.5  #: seconds from a deposit's arrival to its liquidation
    payment: float = 1.0  #: seconds from a deposit's arrival to its payment notice
    refusal: float = 2.0  #: seconds the door stays closed after the misbehaviour `refuse`


def main(data: Path, port: int, control_port: int) -> None:
    """Run until SIGINT or SIGTERM. Port 0 takes a free one.

    Once it listens, `data/address.json` holds host, port, control, url, client, secret and
    callback_secret.
    """
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(data.resolve(), port, control_port, SandboxSettings()))


async def _serve(data: Path, port: int, control_port: int, settings: SandboxSettings) -> None:
    data.mkdir(parents=True, exist_ok=True)
    ledger, behaviour, clock = Ledger(data / "ledger.sqlite"), Behaviour(), SandboxClock()
    delays = Delays(settings.liquidation, settings.payment)
    back = BackOffice(ledger, behaviour, clock, delays)
    pushes = Pushes(back, ledger, settings.callback_secret, settings.callback)
    tokens = Tokens(settings.client, settings.secret, settings.token)
    office = Office(back, ledger, clock)
    stop = threading.Event()
    worker = threading.Thread(target=back.run, args=(stop, pushes.push), name="back-office")
    worker.start()
    orders = {
        "movements": back.publish,
        "callback": pushes.order,
        "revoke": lambda body: {"revoked": tokens.revoke() if body else 0},
    }
    operator = control_app("inps", ledger, behaviour, clock, worker.is_alive, orders)
    app = rest_app(office, back, ledger, tokens, behaviour)
    try:
        with contextlib.closing(door.listen(settings.host, control_port)) as control:
            listening = door.listen(settings.host, port)
            port = listening.getsockname()[1]
            address: dict[str, object] = {
                "host": settings.host,
                "port": port,
                "control": control.getsockname()[1],
                "url": f"http://{settings.host}:{port}",
                "client": settings.client,
                "secret": settings.secret.get_secret_value(),
                "callback_secret": settings.callback_secret.get_secret_value(),
            }
            door.publish(data / "address.json", address)
            await door.serve(app, listening, operator, control, behaviour, settings.refusal)
    finally:
        stop.set()
        worker.join()
        ledger.close()
