"""The bodies of `benkan serve` and `benkan worker`; imported only when one of them runs."""

from __future__ import annotations

import logging
import os
import signal
import threading
from collections.abc import Callable
from contextlib import suppress

import typer

from hub import wiring
from hub.app import create_app, create_console
from hub.cli import doctor, serving
from hub.settings import Settings
from hub.wiring import Hub
from hub.worker import queues, tasks
from hub.worker.worker import Worker

log = logging.getLogger(__name__)


def serve(settings: Settings, embedded: bool) -> None:
    """The web server until it is told to stop; with `embedded`, a worker beside it."""
    listening = serving.listen(settings, "serve")
    url = serving.address(settings, listening)
    hub = wiring.build(settings.model_copy(update={"url": settings.url or url}))
    doctor.refuse_unsafe(settings, hub)
    if embedded:
        beside = Worker(hub, alone=True)
        beside.start()
        stop: Callable[[], object] = beside.stop
    else:
        stop = tasks.attach(queues.make_app(settings.broker_url), hub).stop
    try:
        serving.run(create_app(hub), listening, lambda: print(f"ready {url}/fhir", flush=True))
    finally:
        stop()
        hub.close()


def console(settings: Settings) -> None:
    """The console until it is told to stop; the workers find by themselves what it releases."""
    listening = serving.listen(settings, "console")
    url = serving.address(settings, listening)
    hub = wiring.build(settings.model_copy(update={"url": settings.url or url}))
    doctor.refuse_unsafe(settings, hub)
    try:
        app = create_console(hub)
        threading.Thread(target=_warmed, args=(hub,), daemon=True).start()
        serving.run(app, listening, lambda: print(f"ready {url}/console", flush=True))
    finally:
        hub.close()


def _warmed(hub: Hub) -> None:
    """Read the maps before the first click asks for them: everybody else's would wait behind it."""
    with suppress(Exception):  # whoever clicks first is told why it cannot be done
        hub.maps.library()


def work(settings: Settings, concurrency: int) -> None:
    """A worker until SIGTERM or Ctrl-C.

    Raises:
        typer.Exit: 1, it ended by itself.
    """
    hub = wiring.build(settings)
    doctor.refuse_unsafe(settings, hub)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    working = Worker(hub, concurrency, ready=lambda: print("ready worker", flush=True))
    working.start()
    while working.running and not stop.wait(0.5):
        pass
    failed = not stop.is_set()
    finished = working.stop()
    hub.close()
    if not finished:
        log.warning("a step is still under way; a worker takes it up again after its lease")
        os._exit(0)  # a step's thread would keep the process
    if failed:
        raise typer.Exit(1)
