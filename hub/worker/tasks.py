"""The one task, take an exchange as far as it can go, and the sweep for what nobody rang for."""

from __future__ import annotations

import logging
import threading
import time

from celery import Celery

from hub.watching import settings
from hub.wiring import Hub
from hub.worker.bell import ADVANCE, Bell

log = logging.getLogger(__name__)

#: Seconds after which settings given at run time are looked for again.
SETTINGS_SECONDS = 5.0


def attach(app: Celery, hub: Hub) -> Bell:
    """Give the task its hub, and the hub its bell, which is started."""

    # A shared task would be registered with every later application of this process too.
    @app.task(name=ADVANCE, shared=False)
    def advance(exchange_id: str) -> None:
        hub.trip.advance(exchange_id)

    bell = Bell(app)
    bell.start()
    hub.bell = bell.ring
    return bell


class Sweeper(threading.Thread):
    """Every few moments looks for work nobody was rung for."""

    def __init__(self, hub: Hub) -> None:
        super().__init__(name="benkan-sweep", daemon=True)
        self._hub = hub
        self._stop_asked = threading.Event()
        self._looked = 0.0

    def run(self) -> None:
        """Sweep until told to stop; a failing sweep is told and the next one comes anyway."""
        while not self._stop_asked.wait(self._hub.settings.sweep):
            try:
                self._hub.sweep()
                self._take_settings()
            except Exception:
                log.exception("sweep failed; the next one comes in a moment")

    def _take_settings(self) -> None:
        """Partners' settings that two persons changed hold here too."""
        if time.monotonic() - self._looked > SETTINGS_SECONDS:
            self._looked = time.monotonic()
            settings.apply(self._hub)

    def stop(self) -> None:
        """Begin no further sweep."""
        self._stop_asked.set()
