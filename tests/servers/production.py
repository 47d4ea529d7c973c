"""Production's processes as compose starts them: serve, workers and sandboxes, each on its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import psycopg
import sqlalchemy as sa

from hub.cli import credentials
from servers import processes
from servers.postgres import APPLICATION

ROUTING = Path(__file__).parents[2] / "mappings" / "demo" / "routing.json"
READY_SECONDS = 180.0
PARTNERS = ("canam", "cmss", "inamo", "inps")


class Process:
    """One `benkan …` with its log; started, killed, started again."""

    def __init__(self, folder: Path, name: str, command: list[str], env: Mapping[str, str]) -> None:
        self.log = folder / f"{name}.log"
        self.command = command
        self.environment = {**os.environ, **env}
        self._folder = folder
        self._from = 0
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> Process:
        with self.log.open("ab") as log:
            self._from = log.tell()
            self.process = subprocess.Popen(
                [sys.executable, "-m", "hub.cli", *self.command],
                cwd=self._folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return self

    @property
    def said(self) -> str:
        """What it wrote since it was started last."""
        return self.log.read_bytes()[self._from :].decode()

    def wait(self, line: str) -> Process:
        """Until it has written a line that begins so."""
        return self.expect(f"\n{line}")

    def expect(self, words: str) -> Process:
        """Until it has written these words."""
        end = time.monotonic() + READY_SECONDS
        while words not in f"\n{self.said}":
            assert self.process is not None
            if self.process.poll() is not None or time.monotonic() > end:
                raise AssertionError(f"{self.command} did not say {words!r}:\n{self.said}")
            time.sleep(0.05)
        return self

    def kill(self) -> None:
        """SIGKILL, as a machine that dies."""
        if self.process is not None:
            processes.kill(self.process)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to end; gives the exit status."""
        assert self.process is not None
        self.process.send_signal(how)
        return self.process.wait(timeout=120)


class Production:
    """The hub on PostgreSQL and a broker, with all sandboxes; the same doors as `Up`."""

    def __init__(self, folder: Path, database: str, broker: str, **settings: str) -> None:
        self.folder = folder
        self.environment = {
            "BENKAN_DATA": str(folder / "benkan-data"),
            "BENKAN_DATABASE_URL": database,
            "BENKAN_BROKER_URL": broker,
            "BENKAN_ROUTING": str(ROUTING),
            "BENKAN_PARTNERS": ",".join(PARTNERS),
            "COLUMNS": "200",
            **settings,
        }
        self.sandboxes: dict[str, Process] = {}
        self.workers: list[Process] = []
        self.others: list[Process] = []
        self.hub = self._process("serve", "serve", "--port", "0")

    def _process(self, name: str, *command: str) -> Process:
        return Process(self.folder, name, list(command), self.environment)

    def start(self) -> Production:
        """Bring the database up to date, load the demo people, start every process."""
        for partner in PARTNERS:
            command = ["sandbox", partner, "--data", str(self.folder / partner)]
            self.sandboxes[partner] = self._process(f"sandbox-{partner}", *command).start()
        self._make_database()
        self.run("db", "demo")
        found = {partner: self._address(partner) for partner in self.sandboxes}
        for partner, at in found.items():
            for key, value in at.items():
                self.environment[f"BENKAN_{partner.upper()}_{key.upper()}"] = str(value)
        controls = {p: f"http://127.0.0.1:{at['control']}" for p, at in found.items()}
        self.environment["BENKAN_SANDBOXES"] = ",".join(f"{p}={u}" for p, u in controls.items())
        self.controls = controls
        self.hub = self._process("serve", "serve", "--port", "0").start()
        self.add_worker(wait=False)
        self.add_worker(wait=False)
        self.hub.wait("ready ")
        for worker in self.workers:
            worker.wait("ready worker")
        self.url = _url(self.hub)
        self.environment["BENKAN_URL"] = self.url
        return self

    def _make_database(self) -> None:
        """As its owner; from then on every process is a role that cannot change the audit."""
        url = sa.make_url(self.environment["BENKAN_DATABASE_URL"])
        if url.username == APPLICATION:
            return  # started before
        with psycopg.connect(url.render_as_string(hide_password=False)) as owner:
            if not owner.execute("SELECT FROM pg_roles WHERE rolname = %s", [APPLICATION]).rowcount:
                owner.execute(f"CREATE ROLE {APPLICATION} LOGIN")
        self.run("db", "upgrade", "--grant", APPLICATION)
        url = url.set(username=APPLICATION)
        self.environment["BENKAN_DATABASE_URL"] = url.render_as_string(hide_password=False)

    def _address(self, partner: str) -> dict[str, Any]:
        path = self.folder / partner / "address.json"
        process = self.sandboxes[partner]
        assert process.process is not None
        processes.wait_until(path.is_file, process.process, process.log, f"sandbox {partner}")
        address: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return address

    def add_worker(self, wait: bool = True) -> Process:
        """One worker more."""
        worker = self._process(f"worker-{len(self.workers)}", "worker").start()
        self.workers.append(worker)
        return worker.wait("ready worker") if wait else worker

    def add_serve(self) -> str:
        """One web server more; gives its address."""
        other = self._process(f"serve-{len(self.others) + 2}", "serve", "--port", "0").start()
        self.others.append(other)
        return _url(other.wait("ready "))

    def client(self, url: str | None = None) -> httpx.Client:
        """A FHIR client of this hub, asking for French, as the demo's providers."""
        hub, id = url or self.url, credentials.DEMO
        key = self.folder / "benkan-data" / "clients" / f"{id}.json"
        return httpx.Client(
            base_url=f"{hub}/fhir",
            auth=credentials.Bearer(self.url, id, key),  # one public address, whichever answers
            timeout=120.0,
            headers={"Content-Type": "application/fhir+json", "Accept-Language": "fr"},
        )

    def run(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """A `benkan` command with production's settings."""
        done = subprocess.run(
            [sys.executable, "-m", "hub.cli", *arguments],
            cwd=self.folder,
            env={**os.environ, **self.environment},
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert not check or done.returncode == 0, f"{arguments}: {done.stdout}\n{done.stderr}"
        return done

    def ledger(self, partner: str) -> list[dict[str, Any]]:
        """What the sandbox of a partner has booked."""
        answer = httpx.get(f"{self.controls[partner]}/ledger", timeout=120)
        entries: list[dict[str, Any]] = answer.json()
        return entries

    def misbehave(self, partner: str, *kinds: str) -> None:
        """Ask a sandbox for these misbehaviours next."""
        body = {"next": list(kinds)}
        httpx.post(f"{self.controls[partner]}/behaviour", json=body).raise_for_status()

    def misbehaviours(self, partner: str) -> list[str]:
        """Those asked for that no request has met yet."""
        answer = httpx.get(f"{self.controls[partner]}/behaviour", timeout=120)
        waiting: list[str] = answer.json()["waiting"]
        return waiting

    @property
    def all(self) -> list[Process]:
        """Every process, in the order in which production ends them."""
        return [self.hub, *self.others, *self.workers, *self.sandboxes.values()]

    def stop(self) -> int:
        """SIGTERM to those that still run; gives the worst exit status, 0 when all ended well."""
        running = [p for p in self.all if p.process is not None and p.process.poll() is None]
        return max((abs(p.stop()) for p in running), default=0)

    def kill(self) -> None:
        """What is left after a failed test; what the processes said goes into its report."""
        for process in self.all:
            process.kill()
            if process.process is not None:
                sys.stdout.write(f"--- {process.log.name}\n{process.said}\n")


def _url(serve: Process) -> str:
    return serve.said.split("ready ")[1].split("/fhir")[0]
