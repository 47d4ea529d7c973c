"""Rings the workers without ever making the caller wait for the broker."""

from __future__ import annotations

import logging
import queue
import threading

from celery import Celery

log = logging.getLogger(__name__)

ADVANCE = "benkan.advance"

#: Rings that may wait to be published; more are dropped, for the sweep finds their work.
MOST_WAITING = 10_000
#: Seconds a broker has to confirm one ring.
CONFIRM_SECONDS = 5.0
#: Seconds of silence after a broker failed.
REST_SECONDS = 1.0


class Bell(threading.Thread):
    """Publishes exchange ids from a thread of its own.

    A ring that cannot be published is dropped: the database is the queue, and the sweep finds
    whatever nobody was rung for.
    """

    def __init__(self, app: Celery) -> None:
        super().__init__(name="benkan-bell", daemon=True)
        self._app = app
        self._waiting: queue.Queue[str] = queue.Queue(MOST_WAITING)
        self._over = threading.Event()

    def ring(self, exchange_id: str) -> None:
        """Ask for a worker to look at this exchange; comes back at once."""
        try:
            self._waiting.put_nowait(exchange_id)
        except queue.Full:
            log.warning("too many rings are waiting; the sweep will find exchange %s", exchange_id)

    def run(self) -> None:
        """Publish until told to stop."""
        while (exchange_id := self._waiting.get()) and not self._over.is_set():
            try:
                self._publish(exchange_id)
            except Exception as error:
                dropped = 1 + self._drop()
                log.warning(
                    "the broker cannot be reached (%s): %d rings dropped, the sweep will find them",
                    type(error).__name__,
                    dropped,
                )
                self._over.wait(REST_SECONDS)

    def _publish(self, exchange_id: str) -> None:
        self._app.send_task(
            ADVANCE,
            (exchange_id,),
            ignore_result=True,
            # one more try at once: a connection that was idle may have died unnoticed
            retry=True,
            retry_policy={"max_retries": 1, "interval_start": 0, "interval_max": 0},
            confirm_timeout=CONFIRM_SECONDS,
        )

    def _drop(self) -> int:
        dropped = 0
        while True:
            try:
                self._waiting.get_nowait()
            except queue.Empty:
                return dropped
            dropped += 1

    def stop(self) -> None:
        """Publish nothing more."""
        self._over.set()
        self.ring("")  # wakes it
        self.join(timeout=CONFIRM_SECONDS)
