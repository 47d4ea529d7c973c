"""The CMSS sandbox as its own process, for tests."""

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

from adapters.cmss.adapter import Cmss
from adapters.cmss.settings import Settings

DELAYS = {"ACKNOWLEDGEMENT": "0", "LIQUIDATION": "0.1", "PAYMENT": "0.2"}


@dataclass
class CmssSandbox:
    """A real server on free ports; `kill` and `start` as often as one likes."""

    data: Path
    process: subprocess.Popen[bytes] | None = None
    address: dict[str, Any] = field(default_factory=dict)

    def start(self) -> None:
        path = self.data / "address.json"
        path.unlink(missing_ok=True)
        port, control = self.address.get("port", 0), self.address.get("control", 0)
        code = (
            "from pathlib import Path; from adapters.cmss.sandbox import main;"
            f"main(Path({str(self.data)!r}), {port}, {control})"
        )
        delays = {f"BENKAN_CMSS_SANDBOX_{k}": v for k, v in DELAYS.items()}
        self.process = subprocess.Popen([sys.executable, "-c", code], env=os.environ | delays)
        wait(path.exists)
        self.address = json.loads(path.read_text())

    def kill(self, how: signal.Signals = signal.SIGKILL) -> None:
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(20)
            self.process = None

    def adapter(self, **changes: Any) -> Cmss:
        """A door to this sandbox."""
        account = {k: self.address[k] for k in ("host", "port", "user", "password", "hostkey")}
        return Cmss(Settings(**(account | {"connect": 5.0, "deadline": 10.0} | changes)))

    def control(self, path: str, body: Any = None) -> Any:
        """A question to the operator's door."""
        url = f"http://127.0.0.1:{self.address['control']}{path}"
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(url, data, timeout=60) as answer:
            return json.load(answer)

    def misbehave(self, *kinds: str) -> None:
        self.control("/behaviour", {"next": list(kinds)})

    def files(self, folder: str) -> list[str]:
        return sorted(p.name for p in (self.data / "files" / folder).iterdir() if p.is_file())


def wait(ready: Callable[[], Any], seconds: float = 180) -> Any:
    """What `ready` gives as soon as it is true."""
    end = time.monotonic() + seconds
    while not (found := ready()):
        assert time.monotonic() < end, "nothing came"
        time.sleep(0.02)
    return found
