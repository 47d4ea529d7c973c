"""One partner's sandbox as a process of its own, without the rest of the hub.

`benkan sandbox` and `benkan up` run it. It imports no store, no maps, no web application of the
hub: four sandboxes start beside the hub, and each import is paid four times.
"""

from __future__ import annotations

import argparse
import logging
import os
import signal
import threading
from collections.abc import Callable
from importlib.metadata import entry_points
from pathlib import Path

#: `main` of a sandbox: folder of its ledger and files, port, control port (0: a free one).
Main = Callable[[Path, int, int], None]


def installed() -> list[str]:
    """Names of the partners that have a sandbox."""
    return sorted(entry.name for entry in entry_points(group="benkan.sandboxes"))


def run(partner: str, folder: Path, port: int, control_port: int) -> None:
    """Serve until SIGTERM or SIGINT.

    Args:
        partner: one of `installed`.
        folder: where it keeps its ledger and its files; made when it is not there.
        port: its port; 0 takes a free one.
        control_port: that of the operator's door; 0 takes a free one.

    Raises:
        KeyError: there is no such sandbox.
    """
    found = {entry.name: entry for entry in entry_points(group="benkan.sandboxes")}
    main: Main = found[partner].load()
    folder.mkdir(parents=True, exist_ok=True)
    stop_with_parent()
    for number in (signal.SIGTERM, signal.SIGINT):
        # uvicorn raises the signal again once it has stopped: what follows it must still run
        signal.signal(number, lambda *_: None)
    main(folder, port, control_port)


def stop_with_parent() -> None:
    """A sandbox started by `benkan up` ends when its parent is gone, however it went."""
    if os.environ.get("BENKAN_PARENT") != str(os.getppid()):
        return
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            pause.wait(0.5)
        os._exit(0)

    pause = threading.Event()
    threading.Thread(target=watch, daemon=True).start()


def log() -> None:
    """Log to standard error from the level of BENKAN_LOG on; a level that is none is WARNING."""
    wanted = os.environ.get("BENKAN_LOG", "").upper()
    logging.basicConfig(
        level=logging.getLevelNamesMapping().get(wanted, logging.WARNING),
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )


def main() -> None:
    """`python -m hub.sandbox PARTNER --data FOLDER`, as `benkan up` calls it."""
    words = argparse.ArgumentParser(prog="python -m hub.sandbox")
    words.add_argument("partner", choices=installed())
    words.add_argument("--data", type=Path, required=True)
    words.add_argument("--port", type=int, default=0)
    words.add_argument("--control-port", type=int, default=0)
    given = words.parse_args()
    log()
    run(given.partner, given.data, given.port, given.control_port)


if __name__ == "__main__":
    main()
