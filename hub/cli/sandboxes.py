"""The sandboxes of `benkan up`: processes of their own, started again when they die."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from typing import Any

from hub.cli import place
from hub.cli.output import console
from hub.errors import Invalid
from hub.formats import exact_json
from hub.settings import Settings

START_SECONDS = 120.0  #: on a machine that does much else
STOP_SECONDS = 10.0


class Sandboxes:
    """One process a partner. One that dies comes back on the same ports, with its own ledger."""

    def __init__(self, settings: Settings, names: Sequence[str]) -> None:
        self._settings = settings
        self._stopping = threading.Event()
        self._processes = {name: self._start(name) for name in names}
        self._watcher = threading.Thread(target=self._watch, name="benkan-sandboxes", daemon=True)
        #: what each published: host, port, control port and credentials
        self.addresses: dict[str, dict[str, Any]] = {}

    def wait(self) -> None:
        """Until all of them listen; from then on they are watched.

        Raises:
            SystemExit: 1, one of them did not start.
        """
        self.addresses = {name: self._address(name) for name in self._processes}
        self._watcher.start()

    def stop(self) -> None:
        """End all of them."""
        self._stopping.set()
        if self._watcher.is_alive():
            self._watcher.join()
        for process in self._processes.values():
            process.terminate()
        for process in self._processes.values():
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()  # its ledger survives that

    def _start(self, name: str, port: int = 0, control: int = 0) -> subprocess.Popen[bytes]:
        folder = place.sandbox_folder(self._settings, name)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "address.json").unlink(missing_ok=True)
        ports = ["--port", str(port), "--control-port", str(control)]
        command = [sys.executable, "-m", "hub.sandbox", name, "--data", str(folder), *ports]
        return subprocess.Popen(command, env=os.environ | {"BENKAN_PARENT": str(os.getpid())})  # noqa: S603

    def _address(self, name: str) -> dict[str, Any]:
        path = place.sandbox_folder(self._settings, name) / "address.json"
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end and self._processes[name].poll() is None:
            if path.is_file():
                try:
                    found: dict[str, Any] = exact_json.loads(path.read_bytes())
                    return found
                except Invalid:
                    pass  # half written: look again
            time.sleep(0.05)
        console.print(f"Le bac à sable {name} n'a pas démarré / sandbox {name} did not start.")
        raise SystemExit(1)

    def _watch(self) -> None:
        while not self._stopping.wait(1.0):
            for name, process in self._processes.items():
                if process.poll() is not None:
                    console.print(
                        f"Le bac à sable {name} s'est arrêté ; il redémarre. / "
                        f"Sandbox {name} ended; it starts again.",
                        soft_wrap=True,
                    )
                    at = self.addresses[name]
                    again = self._start(name, int(at["port"]), int(at["control"]))
                    self._processes[name] = again
