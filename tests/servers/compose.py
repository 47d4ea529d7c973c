"""docker/compose.yml without a Docker engine: its commands, by hand, on this machine.

Containers become folders, services' host names become 127.0.0.1 with a free port each, volumes
become folders that symbolic links lead to. https://docs.docker.com/reference/compose-file/
"""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import yaml

from hub.cli import credentials
from servers import processes
from servers.production import Process

DOCKER = Path(__file__).parents[2] / "docker"
PATIENCE = 180.0


class Compose:
    """The services of our own image; what the others give is named by `addresses`."""

    def __init__(self, folder: Path, addresses: dict[str, str]) -> None:
        """`addresses`: what stands in the file → what stands for it here."""
        text = (DOCKER / "compose.yml").read_text(encoding="utf-8")
        defaults = re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", text)
        self.dockerfile = (DOCKER / "Dockerfile").read_text(encoding="utf-8")
        self.services: dict[str, Any] = yaml.safe_load(defaults)["services"]
        self._folder = folder
        self._addresses = addresses
        self._ports: dict[tuple[str, str], int] = {}
        self.processes: dict[str, Process] = {}

    def port(self, service: str, port: str | int) -> int:
        """The port that stands for a container's."""
        return self._ports.setdefault((service, str(port)), processes.free_port())

    @property
    def own(self) -> list[str]:
        """Services that run our image, those that others wait for first."""
        ours = {n: s for n, s in self.services.items() if s["image"] == "benkan"}
        done: list[str] = []

        def visit(name: str) -> None:
            for before in ours[name].get("depends_on", {}):
                if before in ours:
                    visit(before)
            if name not in done:
                done.append(name)

        for name in ours:
            visit(name)
        return done

    def start(self) -> Compose:
        """Start every service once what it waits for is there."""
        for name in self.own:
            for before, how in self.services[name].get("depends_on", {}).items():
                if before in self.processes:
                    self._wait(before, how["condition"])
            self.processes[name] = self._process(name).start()
        return self

    def _wait(self, name: str, condition: str) -> None:
        process = self.processes[name].process
        assert process is not None
        if condition == "service_completed_successfully":
            assert process.wait(PATIENCE) == 0, self.processes[name].said
            return
        assert condition == "service_healthy"
        processes.wait_until(lambda: self.healthy(name), process, self.processes[name].log, name)

    def healthy(self, name: str) -> bool:
        """Run the service's health check, or that of the image."""
        check = self.services[name].get("healthcheck", {}).get("test")
        if check is None:
            found = re.search(r"HEALTHCHECK .*CMD \\\n +(\[.*\])", self.dockerfile)
            assert found is not None
            check = ["CMD", *json.loads(found[1])]
        kind, program, *arguments = (self._local(name, part) for part in check)
        assert (kind, program) == ("CMD", "python")
        done = subprocess.run([sys.executable, *arguments], capture_output=True, timeout=120)
        return done.returncode == 0

    def _process(self, name: str) -> Process:
        root = self._root(name)
        for volume in self.services[name].get("volumes", []):
            self._mount(root, *volume.split(":")[:2])
        root.joinpath("var/lib/benkan").mkdir(parents=True, exist_ok=True)
        root.joinpath("var/lib/benkan").chmod(0o700)  # as the Dockerfile does
        return Process(root, name, self._command(name), dict(self._environment(name)))

    def _root(self, name: str) -> Path:
        root = self._folder / name
        root.mkdir(parents=True, exist_ok=True)
        return root

    def _mount(self, root: Path, source: str, target: str) -> None:
        held = self._folder / "volumes" / source
        if source.startswith("."):
            held = (DOCKER / source).resolve(strict=True)
        else:
            held.mkdir(parents=True, exist_ok=True)
        place = root / target.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to(held)

    def _command(self, name: str) -> list[str]:
        command = list(self.services[name]["command"])
        for at, part in enumerate(command):
            if part in ("--port", "--control-port"):
                command[at + 1] = str(self.port(name, command[at + 1]))
        return command

    def _environment(self, name: str) -> Iterator[tuple[str, str]]:
        image = re.findall(r"\b(BENKAN_\w+)=(\S+)", self.dockerfile)
        given: dict[str, str] = {**dict(image), **self.services[name].get("environment", {})}
        for key, value in given.items():
            host = given.get(key.removesuffix("_PORT") + "_HOST") if key.endswith("_PORT") else None
            if host is not None:
                owner = host if host in self.services else name
                yield key, str(self.port(owner, value))
            elif key.endswith("_HOST"):
                yield key, "127.0.0.1"
            elif value.startswith("/"):
                yield key, str(self._root(name) / value.lstrip("/"))
            else:
                yield key, self._local(name, value)

    def _local(self, name: str, text: str) -> str:
        """With every address replaced: other services', and the service's own 127.0.0.1."""

        def here_of(found: re.Match[str]) -> str:
            host, port = found.groups()
            owner = self._published(port) or name if host == "127.0.0.1" else host
            return f"127.0.0.1:{self.port(owner, port)}" if owner in self.services else found[0]

        ours = "|".join(map(re.escape, [*self.own, "127.0.0.1"]))
        text = re.sub(rf"\b({ours}):(\d+)\b", here_of, text)
        for there, here in self._addresses.items():
            text = text.replace(there, here)
        return text

    def _published(self, port: str) -> str | None:
        """Whose port this is on the machine itself."""
        wanted = f"127.0.0.1:{port}:{port}"
        return next((n for n, s in self.services.items() if wanted in s.get("ports", [])), None)

    def client(self) -> httpx.Client:
        """A FHIR client at the address that compose publishes."""
        url, id = f"http://127.0.0.1:{self.port('serve', 8080)}", credentials.DEMO
        key = self._root("serve") / "var/lib/benkan/clients" / f"{id}.json"
        return httpx.Client(
            base_url=f"{url}/fhir",
            auth=credentials.Bearer(url, id, key),
            timeout=120.0,
            headers={"Content-Type": "application/fhir+json"},
        )

    def run(self, *arguments: str) -> str:
        """`docker compose run serve …`, with the hub's settings; gives what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", "hub.cli", *arguments],
            env=self.processes["serve"].environment,
            cwd=self._root("serve"),
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, f"{shlex.join(arguments)}: {done.stdout}{done.stderr}"
        return done.stdout

    def kill(self) -> None:
        """End what still runs; what the processes said goes into a failed test's report."""
        for process in self.processes.values():
            process.kill()
            sys.stdout.write(f"--- {process.log.name}\n{process.said}\n")
