"""An INPS sandbox in its own process, and the doors to it; its fixtures are in conftest.py."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from pydantic import SecretStr

from adapters.inps.adapter import Inps
from adapters.inps.settings import Settings
from hub.model import Inbound, Reply

COMMAND = "import sys, pathlib; from adapters.inps.sandbox import main; "
COMMAND += "main(pathlib.Path(sys.argv[1]), 0, 0)"
PACE = {
    "BENKAN_INPS_SANDBOX_REFUSAL": "0.5",
    "BENKAN_INPS_SANDBOX_LIQUIDATION": "0.2",
    "BENKAN_INPS_SANDBOX_PAYMENT": "0.4",
}


@dataclass
class Sandbox:
    """A running sandbox."""

    folder: Path
    process: subprocess.Popen[bytes]
    address: dict[str, Any]

    def adapter(self, **changes: Any) -> Inps:
        settings = {
            "url": self.address["url"],
            "client": self.address["client"],
            "secret": SecretStr(self.address["secret"]),
            "callback_secret": SecretStr(self.address["callback_secret"]),
        }
        return Inps(Settings(**(settings | changes)))

    def control(self, method: str, path: str, body: Any = None) -> Any:
        url = f"http://{self.address['host']}:{self.address['control']}{path}"
        return httpx.request(method, url, json=body, trust_env=False).json()

    def misbehave(self, *kinds: str) -> None:
        self.control("POST", "/behaviour", {"next": list(kinds)})

    def booked(self) -> list[str]:
        return [entry["submission"] for entry in self.control("GET", "/ledger")]

    def files(self, count: int) -> list[Inbound]:
        """Wait for so many files; each is acknowledged after it was fetched."""
        adapter, found = self.adapter(), []
        end = time.monotonic() + 120
        while len(found) < count:
            assert time.monotonic() < end, f"only {[f.name for f in found]} came"
            for inbound in adapter.collect():
                found.append(inbound)
                adapter.dispose(inbound.name)
            time.sleep(0.05)
        return found

    def replies(self, count: int) -> list[Reply]:
        adapter = self.adapter()
        files = self.files(count)
        return [r for f in files for r in adapter.receive({"name": f.name}, f.body)]


def start(folder: Path, **environment: str) -> Sandbox:
    published = folder / "address.json"
    published.unlink(missing_ok=True)
    process = subprocess.Popen(
        [sys.executable, "-c", COMMAND, str(folder)], env=os.environ | PACE | environment
    )
    end = time.monotonic() + 120
    while not published.is_file():
        assert process.poll() is None, "the sandbox did not start"
        assert time.monotonic() < end, "the sandbox is slow to start"
        time.sleep(0.05)
    return Sandbox(folder, process, json.loads(published.read_text()))
