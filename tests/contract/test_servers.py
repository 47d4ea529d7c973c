"""The private servers of the tests: they answer, and only on this machine."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

import psycopg
import pytest
from kombu import Connection
from servers import processes
from servers.postgres import Postgres


def is_local_only(port: int) -> bool:
    """Does it listen on the loopback address and nowhere else?"""
    listening = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with open(table) as lines:
            rows = [line.split() for line in list(lines)[1:]]
        listening |= {row[1] for row in rows if row[3] == "0A"}
    here = [one for one in listening if int(one.rpartition(":")[2], 16) == port]
    loopback = socket.inet_aton("127.0.0.1")[::-1].hex().upper()
    return [one.rpartition(":")[0] for one in here] == [loopback]


def test_postgresql_makes_and_drops_databases(postgres: Postgres) -> None:
    name = postgres.database()
    with psycopg.connect(postgres.url(name)) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    postgres.drop(name)
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(postgres.url(name))
    assert is_local_only(postgres.port)


@pytest.mark.parametrize("broker", ["rabbitmq_url", "redis_url"])
def test_a_broker_carries_a_message(broker: str, request: pytest.FixtureRequest) -> None:
    url = request.getfixturevalue(broker)
    with Connection(url) as connection:
        queue = connection.SimpleQueue("bell")
        queue.put({"id": "e1"})
        message = queue.get(timeout=10)
        message.ack()
        queue.close()
    assert message.payload == {"id": "e1"}
    assert is_local_only(urlsplit(url).port or 0)


def test_a_missing_server_fails_and_says_how_to_install_it() -> None:
    with pytest.raises(pytest.fail.Exception, match="make system"):
        processes.binary("no-such-server", "/nowhere/*/bin/no-such-server")
