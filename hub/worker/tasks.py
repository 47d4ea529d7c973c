"""The one task: take an exchange as far as it can go."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from celery import Celery

from hub.wiring import Hub

log = logging.getLogger(__name__)

ADVANCE = "benkan.advance"


def attach(app: Celery, hub: Hub) -> None:
    """Give the task its hub, and the hub its bell."""

    @app.task(name=ADVANCE)
    def advance(exchange_id: str) -> None:
        hub.trip.advance(exchange_id)

    hub.bell = ringer(app)


def ringer(app: Celery) -> Callable[[str], None]:
    """Rings without waiting for a broken broker: the sweep finds what was not rung."""

    def ring(exchange_id: str) -> None:
        try:
            app.send_task(ADVANCE, (exchange_id,), retry=False, ignore_result=True)
        except Exception as error:
            log.warning("doorbell not rung (%s); the sweep will find it", type(error).__name__)

    return ring


class Sweeper(threading.Thread):
    """Every few moments looks for work nobody was rung for."""

    def __init__(self, hub: Hub) -> None:
        super().__init__(name="benkan-sweep", daemon=True)
        self._hub = hub
        self._stop_asked = threading.Event()

    def run(self) -> None:
        """Sweep until told to stop; a failing sweep is told and the next one comes anyway."""
        while not self._stop_asked.wait(self._hub.settings.sweep):
            try:
                self._hub.sweep()
            except Exception:
                log.exception("sweep failed; the next one comes in a moment")

    def stop(self) -> None:
        """Finish the sweep under way and end."""
        self._stop_asked.set()
        self.join(timeout=10)
