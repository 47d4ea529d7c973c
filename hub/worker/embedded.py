"""A Celery worker in threads of this process, with its sweep: the embedded default."""

from __future__ import annotations

import threading

from celery import Celery
from celery.worker import WorkController

from hub.wiring import Hub
from hub.worker import queues, tasks


class EmbeddedWorker:
    """Starts with `start`, ends with `stop`; for the memory:// broker of one process."""

    def __init__(self, hub: Hub, concurrency: int = 2) -> None:
        self._hub = hub
        self._app: Celery = queues.make_app(hub.settings.broker_url)
        tasks.attach(self._app, hub)
        self._worker = WorkController(
            app=self._app,
            pool="threads",
            concurrency=concurrency,
            without_gossip=True,
            without_mingle=True,
            without_heartbeat=True,
        )
        self._thread = threading.Thread(target=self._run, name="benkan-worker", daemon=True)
        self._sweeper = tasks.Sweeper(hub)

    def _run(self) -> None:
        self._worker.start()

    def start(self) -> None:
        """Work on what is left of the last run first."""
        self._hub.store.recover()
        self._thread.start()
        self._sweeper.start()

    def stop(self) -> None:
        """Let the steps under way finish."""
        self._sweeper.stop()
        self._worker.stop()
        self._thread.join(timeout=10)
