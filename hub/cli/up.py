"""`benkan up`: the hub, its worker and the sandboxes, with a demo world, in one go."""

from __future__ import annotations

import json
import os
import shlex
import socket
import subprocess
import sys
import time
from importlib.metadata import entry_points
from typing import Any

from hub import wiring
from hub.app import create_app
from hub.cli import demo, place, sample, serving
from hub.cli.output import console
from hub.formats import exact_json
from hub.settings import Settings
from hub.worker.worker import Worker

START_SECONDS = 30.0


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
    started = {name: _start(settings, name) for name in names}
    try:
        sandboxes = {name: _address(settings, name, p) for name, p in started.items()}
        _introduce(sandboxes)
        chosen = settings.model_copy(
            update={
                "partners": names,
                "url": url,
                "routing": [*settings.routing, wiring.packaged("demo/routing.json")],
            }
        )
        _serve(chosen, url, sandboxes, listening)
    finally:
        for process in started.values():
            process.terminate()
        for process in started.values():
            process.wait(timeout=10)


def _serve(
    settings: Settings, url: str, sandboxes: dict[str, Any], listening: socket.socket
) -> None:
    hub = wiring.build(settings)
    demo.load(hub)
    worker = Worker(hub, alone=True)
    worker.start()
    try:
        serving.run(create_app(hub), listening, lambda: _tell(settings, url, sandboxes))
    finally:
        worker.stop()
        hub.close()


def _start(settings: Settings, name: str) -> subprocess.Popen[bytes]:
    folder = place.sandbox_folder(settings, name)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "address.json").unlink(missing_ok=True)
    command = [sys.executable, "-m", "hub.cli", "sandbox", name, "--data", str(folder)]
    return subprocess.Popen(command, env=os.environ | {"BENKAN_PARENT": str(os.getpid())})  # noqa: S603


def _address(settings: Settings, name: str, process: subprocess.Popen[bytes]) -> dict[str, Any]:
    """Wait until the sandbox listens."""
    path = place.sandbox_folder(settings, name) / "address.json"
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        if path.is_file():
            try:
                found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
                return found
            except ValueError:
                pass
        time.sleep(0.05)
    console.print(f"Le bac à sable {name} n'a pas démarré / sandbox {name} did not start.")
    raise SystemExit(1)


def _introduce(sandboxes: dict[str, Any]) -> None:
    """Each adapter finds its sandbox by the same BENKAN_<PARTNER>_… settings as a real partner."""
    for name, address in sandboxes.items():
        for key, value in address.items():
            os.environ[f"BENKAN_{name.upper()}_{key.upper()}"] = str(value)


def _tell(settings: Settings, url: str, sandboxes: dict[str, Any]) -> None:
    place.write(settings, {"url": url, "pid": os.getpid(), "sandboxes": sandboxes})
    example = (settings.data / "exemple.json").absolute()
    _, claim = next(iter(sample.generate(1, 2026, None)))
    example.write_bytes(exact_json.dumps(claim))
    lines = [f"FHIR R4        {url}/fhir   (metadata: {url}/fhir/metadata)"]
    for name, address in sandboxes.items():
        where = address.get("url") or f"{address['host']}:{address['port']}"
        lines.append(f"{name:<14} {where}   (profil de référence illustratif, bac à sable)")
    lines += [
        f"données        {settings.data.absolute()}",
        "",
        "À coller dans un autre terminal / paste in another terminal:",
        "",
        f"curl -sS '{url}/fhir/Claim/$submit' -H 'Content-Type: application/fhir+json' "
        f"-d @{shlex.quote(str(example))}",
        "",
    ]
    console.print("\n".join(lines), markup=False, soft_wrap=True)
    console.print(f"ready {url}/fhir")
    sys.stdout.flush()
