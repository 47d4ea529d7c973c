"""Ringing: never waits for the broker, and a broker that comes back is rung again."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import closing

import pytest
from kombu import Connection
from servers import processes

from hub.worker import queues
from hub.worker.bell import Bell

AT_ONCE = 0.5  #: seconds for a thousand rings


@pytest.fixture(params=["refuses", "is silent"])
def dead_broker(request: pytest.FixtureRequest) -> Iterator[str]:
    """An address where nobody listens, and one that accepts and then says nothing."""
    if request.param == "refuses":
        yield f"amqp://127.0.0.1:{processes.free_port()}//"
        return
    with closing(socket.create_server(("127.0.0.1", 0), backlog=64)) as silent:
        yield f"amqp://127.0.0.1:{silent.getsockname()[1]}//"


def test_whoever_rings_never_waits_for_a_dead_broker(
    dead_broker: str, caplog: pytest.LogCaptureFixture
) -> None:
    bell = Bell(queues.make_app(dead_broker))
    bell.start()
    began = time.monotonic()
    for number in range(1000):
        bell.ring(str(number))
    assert time.monotonic() - began < AT_ONCE
    end = time.monotonic() + 20
    while "the sweep will find them" not in caplog.text:
        assert time.monotonic() < end, "the dead broker was not noticed"
        time.sleep(0.05)
    bell.stop()
    assert not bell.is_alive()


@pytest.mark.parametrize("broker", ["rabbitmq_url", "redis_url"])
def test_a_ring_carries_an_id_and_nothing_else(broker: str, request: pytest.FixtureRequest) -> None:
    """reliability.md §0 rule 1: the broker is only a doorbell."""
    url: str = request.getfixturevalue(broker)
    app = queues.make_app(url)
    bell = Bell(app)
    got: list[list[object]] = []
    with Connection(url) as connection:
        queue = app.conf.task_queues[0](connection.default_channel)
        queue.declare()
        bell.start()
        bell.ring("0b0a7c1e-0000-4000-8000-000000000001")
        end = time.monotonic() + 20
        while not got and time.monotonic() < end:
            message = queue.get()
            if message is not None:
                message.ack()
                got.append(message.payload)
            time.sleep(0.02)
        queue.delete()
    bell.stop()
    ((arguments, keywords, _),) = got
    assert (arguments, keywords) == (["0b0a7c1e-0000-4000-8000-000000000001"], {})
