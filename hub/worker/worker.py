"""A Celery worker in threads of this process, with its sweep: beside the API or on its own.

https://docs.celeryq.dev/en/stable/userguide/extending.html
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from celery import bootsteps
from celery.worker import WorkController, state
from celery.worker.consumer import Consumer
from celery.worker.consumer.tasks import Tasks

from hub.wiring import Hub
from hub.worker import queues, tasks

#: Seconds the steps under way have to finish; engines send SIGKILL after 10.
STOP_SECONDS = 8.0
#: Seconds after which the loop looks for acknowledgements to write and for the wish to stop.
LOOK_SECONDS = 0.05


class _Consumer(Consumer):
    """Celery's, without the 28 exchanges and queues for messages that wait: ours never do."""

    class Blueprint(Consumer.Blueprint):  # type: ignore[valid-type, misc]  # wrong in the types
        """The steps of a connection."""

        default_steps = tuple(
            step for step in Consumer.Blueprint.default_steps if "delayed_delivery" not in step
        )


class Worker:
    """Starts with `start`, ends with `stop`; any number may run on one database and broker."""

    def __init__(
        self,
        hub: Hub,
        concurrency: int = 2,
        *,
        alone: bool = False,
        ready: Callable[[], None] = lambda: None,
    ) -> None:
        """`alone`: no other process works on this database. `ready`: told once it consumes."""
        self.hub = hub
        self._alone = alone
        app = queues.make_app(hub.settings.broker_url)
        app.steps["consumer"].add(_connection_step(hub))
        self._bell = tasks.attach(app, hub)
        # Not celery.apps.worker.Worker: it prints a banner and takes the signals.
        self._celery = WorkController(
            app=app,
            consumer_cls=_Consumer,
            pool="threads",
            concurrency=concurrency,
            without_gossip=True,
            without_mingle=True,
            without_heartbeat=True,
            ready_callback=lambda _consumer: ready(),
        )
        self._thread = threading.Thread(
            target=self._celery.start, name="benkan-worker", daemon=True
        )
        self._sweeper = tasks.Sweeper(hub)

    @property
    def running(self) -> bool:
        """False once it has ended, by itself or because it was told to."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Work; what the last run left first, where nobody else can be at work on it."""
        if self._alone:
            self.hub.store.recover()
        state.should_stop = None
        self._thread.start()
        self._sweeper.start()

    def stop(self) -> bool:
        """Let the steps under way finish; False when they did not within STOP_SECONDS.

        An exchange left behind is taken up again by any worker after its lease.
        """
        end = time.monotonic() + STOP_SECONDS
        self._sweeper.stop()
        # What Celery's own signal handlers set; its loop then ends in its own thread.
        state.should_stop = 0  # type: ignore[assignment]  # None until then
        for thread in (self._thread, self._sweeper):
            thread.join(timeout=max(0.0, end - time.monotonic()))
        self._bell.stop()
        return not (self._thread.is_alive() or self._sweeper.is_alive())


def _connection_step(hub: Hub) -> type[bootsteps.StartStopStep]:
    class Connected(bootsteps.StartStopStep):
        """Runs on each connection to the broker, the first and those after a loss."""

        requires = (Tasks,)

        def start(self, _consumer: Any) -> None:
            # The broker may have lost what was rung.
            hub.forget_rung()

        def register_with_event_loop(self, _consumer: Any, loop: Any) -> None:
            # Threads leave their acknowledgements for the loop, which sleeps until woken.
            loop.call_repeatedly(LOOK_SECONDS, lambda: None)

    return Connected
