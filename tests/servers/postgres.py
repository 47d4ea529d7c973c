"""A private PostgreSQL. https://www.postgresql.org/docs/current/app-initdb.html"""

from __future__ import annotations

import itertools
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from servers import processes

APPLICATION = "benkan_app"
_PLACES = "/usr/lib/postgresql/*/bin/"


class Postgres:
    """One server with its data in `data`; databases are made on demand."""

    def __init__(self, data: Path, durable: bool = False) -> None:
        self._data = data
        self._log = data.parent / "postgres.log"
        self._durable = durable
        self._numbers = itertools.count(1)
        self._process: subprocess.Popen[bytes] | None = None
        self.port = processes.free_port()

    def start(self) -> None:
        """Start, on first use with an empty data folder, and wait until it answers."""
        if not self._data.exists():
            initdb = processes.binary("initdb", f"{_PLACES}initdb")
            options = ["--auth=trust", "--username=benkan", "--encoding=UTF8", "--locale=C"]
            made = subprocess.run(
                processes.unprivileged([initdb, *options, "--no-sync", f"--pgdata={self._data}"]),
                capture_output=True,
                text=True,
                cwd=self._data.parent,
            )
            assert made.returncode == 0, made.stderr
        server = processes.binary("postgres", f"{_PLACES}postgres")
        sync = "on" if self._durable else "off"
        settings = {
            "port": self.port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "fsync": sync,
            "full_page_writes": sync,
            "max_connections": 200,
            "shared_buffers": "32MB",
        }
        options = [f"--{name}={value}" for name, value in settings.items()]
        self._process = processes.start([server, "-D", str(self._data), *options], self._log)
        processes.wait_until(self._answers, self._process, self._log, "PostgreSQL")

    def _answers(self) -> bool:
        try:
            psycopg.connect(self._conninfo("postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def stop(self) -> None:
        """End it; SIGINT does not wait for clients."""
        if self._process is not None:
            processes.stop(self._process, signal.SIGINT)

    def kill(self) -> None:
        """As if the machine had died."""
        if self._process is not None:
            processes.kill(self._process)

    def database(self, template: str = "template0") -> str:
        """A new database, empty or a copy of another; gives its name."""
        name = f"test_{next(self._numbers)}"
        self.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return name

    def drop(self, name: str) -> None:
        """Remove a database, whoever still uses it."""
        self.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def empty(self, name: str) -> None:
        """Remove all rows, whoever still works on them: quicker than another database."""
        self.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            f"WHERE datname = '{name}' AND backend_type = 'client backend'"
        )
        with psycopg.connect(self._conninfo(name)) as connection:
            tables = connection.execute(
                "SELECT quote_ident(tablename) FROM pg_tables "
                "WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
            ).fetchall()
            names = ", ".join(table for (table,) in tables)
            # Only a superuser can: the audit chain refuses to be emptied.
            connection.execute("SET session_replication_role = replica")
            connection.execute(f"TRUNCATE {names} RESTART IDENTITY")

    def execute(self, sql: str) -> None:
        """One statement outside of any test's database."""
        with psycopg.connect(self._conninfo("postgres"), autocommit=True) as connection:
            connection.execute(sql)

    def url(self, name: str) -> str:
        """The address of a database, as BENKAN_DATABASE_URL takes it."""
        return f"postgresql://benkan@127.0.0.1:{self.port}/{name}"

    def application(self, name: str) -> str:
        """The address for serve and worker: a role that does not own the tables."""
        known = f"SELECT FROM pg_roles WHERE rolname = '{APPLICATION}'"
        made = f"IF NOT EXISTS ({known}) THEN CREATE ROLE {APPLICATION} LOGIN; END IF;"
        self.execute(f"DO $$ BEGIN {made} END $$")
        return f"postgresql://{APPLICATION}@127.0.0.1:{self.port}/{name}"

    def _conninfo(self, name: str) -> str:
        return f"host=127.0.0.1 port={self.port} user=benkan dbname={name}"


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server for the whole run, started by the first test that needs it."""
    with processes.folder("postgres") as home:
        server = Postgres(home / "data")
        try:
            server.start()
            yield server
        finally:
            server.stop()


@pytest.fixture
def postgres_url(postgres: Postgres) -> Iterator[str]:
    """An empty database of the test's own."""
    name = postgres.database()
    yield postgres.url(name)
    postgres.drop(name)
