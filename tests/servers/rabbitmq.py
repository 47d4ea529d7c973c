"""A private RabbitMQ with its own epmd, both on the loopback interface only.

https://www.rabbitmq.com/docs/configure, https://www.erlang.org/doc/apps/erts/epmd_cmd.html
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from servers import processes

_LOOPBACK = "{127,0,0,1}"


class RabbitMq:
    """One server with its data in `home`; stopped, killed, emptied and started at will."""

    def __init__(self, home: Path) -> None:
        # Debian's program in the path changes user with su; the one beside the libraries does not.
        self._program = processes.binary("rabbitmq-server", "/usr/lib/rabbitmq/bin/rabbitmq-server")
        self._home = home
        self._log = home / "rabbitmq.log"
        self._port, self._names = processes.free_port(), processes.free_port()
        self._environment = _environment(home, self._port, self._names)
        self._mapper: subprocess.Popen[bytes] | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"amqp://guest:guest@127.0.0.1:{self._port}//"

    def start(self) -> None:
        """Start, and wait until it accepts connections."""
        if self._mapper is None:
            self._mapper = self._start_epmd()
        self._process = processes.start([self._program], self._log, self._environment)
        up = self._process
        processes.wait_until(lambda: processes.listens(self._port), up, self._log, "RabbitMQ")

    def _start_epmd(self) -> subprocess.Popen[bytes]:
        # Started first and by hand: the one Erlang would start listens on every interface.
        epmd = processes.binary("epmd", "/usr/lib/erlang/erts-*/bin/epmd")
        command = [epmd, "-address", "127.0.0.1", "-port", str(self._names)]
        mapper = processes.start(command, self._log)
        processes.wait_until(lambda: processes.listens(self._names), mapper, self._log, "epmd")
        return mapper

    def kill(self) -> None:
        """As if its machine had died."""
        if self._process is not None:
            processes.kill(self._process)

    def lose_everything(self) -> None:
        """Remove its data while it is dead: queues and messages are gone."""
        shutil.rmtree(self._home / "mnesia")

    def stop(self) -> None:
        """End the server and its epmd."""
        for process in (self._process, self._mapper):
            if process is not None:
                processes.stop(process)


@contextmanager
def running() -> Iterator[RabbitMq]:
    """A server of one's own, for tests that kill it."""
    with processes.folder("rabbitmq") as home:
        server = RabbitMq(home)
        try:
            server.start()
            yield server
        finally:
            server.stop()


@pytest.fixture(scope="session")
def rabbitmq_url() -> Iterator[str]:
    """The address of a RabbitMQ server for the whole run."""
    with running() as server:
        yield server.url


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
