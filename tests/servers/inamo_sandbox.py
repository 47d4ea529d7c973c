"""The INAMO/CNPS sandbox as its own process, for tests."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from adapters.inamo.adapter import Inamo
from adapters.inamo.settings import Settings

DELAYS = {"REVIEW": "0.2", "PAYMENT": "0.2", "PAGE": "2", "REFUSAL": "0.5"}


@dataclass
class InamoSandbox:
    """A real server on free ports; `kill` and `start` as often as one likes."""

    data: Path
    settings: dict[str, str] = field(default_factory=dict)  #: BENKAN_INAMO_SANDBOX_…
    process: subprocess.Popen[bytes] | None = None
    address: dict[str, Any] = field(default_factory=dict)

    def start(self) -> None:
        path = self.data / "address.json"
        path.unlink(missing_ok=True)
        port, control = self.address.get("port", 0), self.address.get("control", 0)
        code = (
            "from pathlib import Path; from adapters.inamo.sandbox import main;"
            f"main(Path({str(self.data)!r}), {port}, {control})"
        )
        chosen = {f"BENKAN_INAMO_SANDBOX_{k}": v for k, v in (DELAYS | self.settings).items()}
        self.process = subprocess.Popen([sys.executable, "-c", code], env=os.environ | chosen)
        wait(path.exists)
        self.address = json.loads(path.read_text())

    def kill(self, how: signal.Signals = signal.SIGKILL) -> None:
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(20)
            self.process = None

    def adapter(self, **changes: Any) -> Inamo:
        """A door to this sandbox."""
        given: dict[str, Any] = {
            "url": self.address["url"],
            "password": SecretStr(self.address["password"]),
            "connect": 2.0,
            "read": 5.0,
            "deadline": 10.0,
        }
        return Inamo(Settings(**(given | changes)))

    def control(self, path: str, body: Any = None) -> Any:
        """A question to the operator's door."""
        url = f"http://127.0.0.1:{self.address['control']}{path}"
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(url, data, timeout=60) as answer:
            return json.load(answer)

    def misbehave(self, *kinds: str) -> None:
        self.control("/behaviour", {"next": list(kinds)})

    def advance(self, seconds: float) -> None:
        """Move the sandbox's clock."""
        self.control("/clock", {"advance": seconds})


def wait(ready: Callable[[], Any], seconds: float = 180) -> Any:
    """What `ready` gives as soon as it is true."""
    end = time.monotonic() + seconds
    while not (found := ready()):
        assert time.monotonic() < end, "nothing came"
        time.sleep(0.02)
    return found
