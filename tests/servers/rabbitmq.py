"""A private RabbitMQ with its own epmd, both on the loopback interface only.

https://www.rabbitmq.com/docs/configure, https://www.erlang.org/doc/apps/erts/epmd_cmd.html
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from servers import processes

_LOOPBACK = "{127,0,0,1}"


@pytest.fixture(scope="session")
def rabbitmq_url() -> Iterator[str]:
    """The address of a RabbitMQ server for the whole run."""
    # Debian's program in the path changes user with su; the one beside the libraries does not.
    server = processes.binary("rabbitmq-server", "/usr/lib/rabbitmq/bin/rabbitmq-server")
    epmd = processes.binary("epmd", "/usr/lib/erlang/erts-*/bin/epmd")
    port, names = processes.free_port(), processes.free_port()
    with processes.folder("rabbitmq") as home:
        log = home / "rabbitmq.log"
        env = _environment(home, port, names)
        # Started first and by hand: the one Erlang would start listens on every interface.
        mapper = processes.start([epmd, "-address", "127.0.0.1", "-port", str(names)], log)
        try:
            processes.wait_until(lambda: processes.listens(names), mapper, log, "epmd")
            broker = processes.start([server], log, env)
            try:
                processes.wait_until(lambda: processes.listens(port), broker, log, "RabbitMQ")
                yield f"amqp://guest:guest@127.0.0.1:{port}//"
            finally:
                processes.stop(broker)
        finally:
            processes.stop(mapper)


def _environment(home: Path, port: int, names: int) -> dict[str, str]:
    return {
        "HOME": str(home),
        "ERL_EPMD_PORT": str(names),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODENAME": f"benkan-{port}@localhost",
        "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODE_PORT": str(port),
        "RABBITMQ_DIST_PORT": str(processes.free_port()),
        "RABBITMQ_MNESIA_BASE": str(home / "mnesia"),
        "RABBITMQ_LOG_BASE": str(home / "log"),
        "RABBITMQ_LOGS": "-",
        "RABBITMQ_PID_FILE": str(home / "pid"),
        "RABBITMQ_CONFIG_FILE": str(home / "rabbitmq"),
        "RABBITMQ_CONF_ENV_FILE": str(home / "rabbitmq-env.conf"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(home / "enabled_plugins"),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": f"-kernel inet_dist_use_interface {_LOOPBACK}",
    }
