"""`benkan up`: the hub, its worker and the sandboxes, with a demo world, in one go."""

from __future__ import annotations

import os
import shlex
import socket
import sys
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from hub import wiring
from hub.app import create_app
from hub.cli import demo, demo_accounts, demo_clients, doctor, place, sample, serving
from hub.cli.output import console
from hub.cli.sandboxes import Sandboxes
from hub.formats import exact_json
from hub.settings import Settings
from hub.worker.worker import Worker


def run(settings: Settings) -> None:
    """Start all parts, say where they are, and stop all of them when interrupted.

    Raises:
        Misconfigured: another process works in the data folder, or the port is taken.
    """
    with place.alone(settings):
        _run(settings)


def _run(settings: Settings) -> None:
    listening = serving.listen(settings, "up")
    url = serving.address(settings, listening)
    names = sorted(e.name for e in entry_points(group="benkan.sandboxes"))
    sandboxes = Sandboxes(settings, names)
    try:
        sandboxes.wait()
        _introduce(sandboxes.addresses)
        chosen = settings.model_copy(
            update={
                "partners": list(dict.fromkeys([*names, *settings.partners])),
                "url": url,
                "routing": [*settings.routing, wiring.packaged("demo/routing.json")],
            }
        )
        _serve(chosen, url, sandboxes.addresses, listening)
    finally:
        sandboxes.stop()


def _serve(
    settings: Settings, url: str, sandboxes: dict[str, Any], listening: socket.socket
) -> None:
    hub = wiring.build(settings)
    doctor.refuse_unsafe(settings, hub)
    demo.load(hub, demo_clients.TENANTS)
    demo_clients.load(hub)
    people = demo_accounts.load(hub)
    worker = Worker(hub, alone=True)
    worker.start()
    try:
        serving.run(create_app(hub), listening, lambda: _tell(settings, url, sandboxes, people))
    finally:
        worker.stop()
        hub.close()


def _introduce(sandboxes: dict[str, Any]) -> None:
    """Each adapter finds its sandbox by the same BENKAN_<PARTNER>_… settings as a real partner."""
    for name, address in sandboxes.items():
        for key, value in address.items():
            os.environ[f"BENKAN_{name.upper()}_{key.upper()}"] = str(value)


def _tell(settings: Settings, url: str, sandboxes: dict[str, Any], people: list[str]) -> None:
    place.write(settings, {"url": url, "pid": os.getpid(), "sandboxes": sandboxes})
    example = (settings.data / "exemple.json").absolute()
    _, claim = next(iter(sample.generate(1, 2026, set(sample.connected()[:1]))))
    example.write_bytes(exact_json.dumps(claim))
    token = f"BENKAN_DATA={shlex.quote(str(settings.data.absolute()))} {_command()} token"
    lines = [f"FHIR R4        {url}/fhir   (metadata: {url}/fhir/metadata)"]
    for name, address in sandboxes.items():
        where = address.get("url") or f"{address['host']}:{address['port']}"
        lines.append(f"{name:<14} {where}   (profil de référence illustratif, bac à sable)")
    lines += [
        f"données        {settings.data.absolute()}",
        f"console        {url}/console",
        *people,
        "",
        "À coller dans un autre terminal / paste in another terminal:",
        "",
        f"curl -sS '{url}/fhir/Claim/$submit' -H \"Authorization: Bearer $({token})\" "
        f"-H 'Content-Type: application/fhir+json' -d @{shlex.quote(str(example))}",
        "",
        "Un jeton vaut cinq minutes ; en demander un / a token is good for five minutes; get one:",
        token,
        "Un autre prestataire ne verra rien de cette feuille / another provider sees none of it:",
        f"curl -sS '{url}/fhir/Claim' -H \"Authorization: Bearer "
        f'$({token} --client {demo_clients.OTHER})"',
        "",
    ]
    console.print("\n".join(lines), markup=False, soft_wrap=True)
    console.print(f"ready {url}/fhir")
    sys.stdout.flush()


def _command() -> str:
    """The command that is running, so that it can be pasted from any folder."""
    called = Path(sys.argv[0]).absolute()
    if called.name == "benkan" and os.access(called, os.X_OK):
        return shlex.quote(str(called))
    return f"{shlex.quote(sys.executable)} -m hub.cli"
