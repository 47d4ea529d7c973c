"""A worker on each broker: it says when it listens, and ends when told to."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from amqp.exceptions import NotFound
from kombu import Connection

from hub import wiring
from hub.exchange.trip import Trip
from hub.settings import Settings
from hub.worker.worker import Worker


@pytest.fixture(params=["memory", "rabbitmq_url", "redis_url"])
def broker(request: pytest.FixtureRequest) -> str:
    """Every broker that may be named in BENKAN_BROKER_URL."""
    if request.param == "memory":
        return "memory://localhost/"
    url: str = request.getfixturevalue(request.param)
    return url


@pytest.fixture
def start(tmp_path: Path) -> Callable[[str], Worker]:
    """Starts a worker of a hub without partners, once it listens."""

    def listening(broker: str) -> Worker:
        ready = threading.Event()
        hub = wiring.build(Settings(data=tmp_path, broker_url=broker), adapters={})
        worker = Worker(hub, ready=ready.set)
        worker.start()
        assert ready.wait(30)
        return worker

    return listening


def test_a_worker_steps_when_rung_and_ends_when_told_to(
    broker: str, start: Callable[[str], Worker], monkeypatch: pytest.MonkeyPatch
) -> None:
    stepped: queue.Queue[str] = queue.Queue()
    monkeypatch.setattr(Trip, "advance", lambda _trip, id: stepped.put(id))
    worker = start(broker)
    assert worker.running
    worker.hub.ring(["one", "two"])
    assert {stepped.get(timeout=20), stepped.get(timeout=20)} == {"one", "two"}
    began = time.monotonic()
    assert worker.stop()
    assert time.monotonic() - began < 5
    assert not worker.running


def test_a_worker_makes_no_queues_that_nobody_uses(
    rabbitmq_url: str, start: Callable[[str], Worker]
) -> None:
    """Celery's native delayed delivery would make 28; retries wait in the database."""
    worker = start(rabbitmq_url)
    with Connection(rabbitmq_url) as connection:
        channel = connection.channel()
        channel.queue_declare("benkan", passive=True)
        with pytest.raises(NotFound):
            channel.queue_declare("celery_delayed_0", passive=True)
    assert worker.stop()
