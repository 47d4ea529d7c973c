"""A CANAM sandbox in its own process, and the doors to it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from adapters.canam.adapter import Canam
from adapters.canam.settings import Settings
from adapters.transports.wssecurity import Trust

COMMAND = "import sys, pathlib; from adapters.canam.sandbox import main; "
COMMAND += "main(pathlib.Path(sys.argv[1]), 0, 0)"


@dataclass
class Sandbox:
    """A running sandbox."""

    folder: Path
    process: subprocess.Popen[bytes]
    address: dict[str, Any]

    def adapter(self, believes: Trust | None = None, **changes: Any) -> Canam:
        settings = {
            "url": self.address["url"],
            "username": self.address["username"],
            "password": SecretStr(self.address["password"]),
            "trust": self.address["trust"],
        }
        return Canam(Settings(**(settings | changes)), believes)

    def control(self, method: str, path: str, body: Any = None) -> Any:
        url = f"http://{self.address['host']}:{self.address['control']}{path}"
        return httpx.request(method, url, json=body, trust_env=False).json()

    def misbehave(self, *kinds: str) -> None:
        self.control("POST", "/behaviour", {"next": list(kinds)})

    def entries(self, submission: str) -> list[dict[str, Any]]:
        return [e for e in self.control("GET", "/ledger") if e["submission"] == submission]


def start(folder: Path) -> Sandbox:
    published = folder / "address.json"
    published.unlink(missing_ok=True)
    process = subprocess.Popen(
        [sys.executable, "-c", COMMAND, str(folder)],
        env=os.environ | {"BENKAN_CANAM_SANDBOX_REFUSAL": "0.5"},
    )
    end = time.monotonic() + 120
    while not published.is_file():
        assert process.poll() is None, "the sandbox did not start"
        assert time.monotonic() < end, "the sandbox is slow to start"
        time.sleep(0.05)
    return Sandbox(folder, process, json.loads(published.read_text()))


@pytest.fixture(scope="session")
def shared_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    running = start(tmp_path_factory.mktemp("canam"))
    yield running
    running.process.kill()
    running.process.wait()


@pytest.fixture
def sandbox(shared_sandbox: Sandbox) -> Sandbox:
    shared_sandbox.control("DELETE", "/behaviour")
    return shared_sandbox


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Callable[[], Sandbox]]:
    """Starts a sandbox on the same folder again and again."""
    running: list[Sandbox] = []

    def go() -> Sandbox:
        running.append(start(tmp_path))
        return running[-1]

    yield go
    for one in running:
        one.process.kill()
        one.process.wait()
