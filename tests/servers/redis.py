"""A private Redis, append-only as production must have it. https://redis.io/docs/latest/"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from servers import processes


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """The address of a Redis server for the whole run."""
    port = processes.free_port()
    options = {"bind": "127.0.0.1", "port": str(port), "appendonly": "yes", "save": ""}
    with processes.folder("redis") as home:
        settings = {**options, "dir": str(home), "maxmemory-policy": "noeviction"}
        command = [processes.binary("redis-server")]
        command += [part for name, value in settings.items() for part in (f"--{name}", value)]
        log = home / "redis.log"
        server = processes.start(command, log)
        try:
            processes.wait_until(lambda: processes.listens(port), server, log, "Redis")
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            processes.stop(server)
