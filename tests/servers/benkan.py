"""`benkan up` as its user starts it: its own process group, folder and port."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx

from hub.cli import credentials

READY_SECONDS = 180.0


class Up:
    """One `benkan up` in a folder of its own; survives being killed and started again."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder = folder
        self.log = folder / "up.log"
        self.environment = {
            **os.environ,
            "BENKAN_DATA": str(folder / "benkan-data"),
            "COLUMNS": "200",
            **settings,
        }
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> Up:
        """Start it and wait for its line `ready`."""
        with self.log.open("ab") as log:
            offset = log.tell()
            self.process = subprocess.Popen(
                [sys.executable, "-m", "hub.cli", "up", "--port", "0"],
                cwd=self.folder,
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        end = time.monotonic() + READY_SECONDS
        while time.monotonic() < end:
            if b"\nready " in self.log.read_bytes()[offset:]:
                return self
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        raise AssertionError(f"benkan up did not get ready:\n{self.log.read_text()}")

    def kill(self) -> None:
        """SIGKILL the whole process group, as a power cut would."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> int:
        """Ctrl-C; gives the exit status."""
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(timeout=120)

    @property
    def state(self) -> dict[str, Any]:
        """What it wrote for the other commands: url, sandboxes."""
        path = self.folder / "benkan-data" / "up.json"
        state: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return state

    def client(self, id: str = credentials.DEMO) -> httpx.Client:
        """A FHIR client of this hub, asking for French, as one of the demo's clients."""
        url, key = self.state["url"], self.folder / "benkan-data" / "clients" / f"{id}.json"
        return httpx.Client(
            base_url=f"{url}/fhir",
            auth=credentials.Bearer(url, id, key),
            timeout=120.0,
            headers={"Content-Type": "application/fhir+json", "Accept-Language": "fr"},
        )

    def run(
        self, *arguments: str, check: bool = True, seconds: float = 300
    ) -> subprocess.CompletedProcess[str]:
        """A `benkan` command beside it."""
        done = subprocess.run(
            [sys.executable, "-m", "hub.cli", *arguments],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=seconds,
        )
        assert not check or done.returncode == 0, f"{arguments}: {done.stdout}\n{done.stderr}"
        return done

    def ledger(self, partner: str) -> list[dict[str, Any]]:
        """What the sandbox of a partner has booked."""
        address = self.state["sandboxes"][partner]
        control = f"http://{address['host']}:{address['control']}"
        entries: list[dict[str, Any]] = httpx.get(f"{control}/ledger", timeout=120).json()
        return entries
