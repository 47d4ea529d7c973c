"""docker/compose.yml: its commands, started by hand with its settings, carry a claim."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flow_judge import when
from pydantic_settings import BaseSettings
from servers.compose import Compose
from servers.postgres import Postgres

from adapters.canam.sandbox import SandboxSettings as CanamSandbox
from adapters.canam.settings import Settings as Canam
from adapters.cmss.sandbox import Settings as CmssSandbox
from adapters.cmss.settings import Settings as Cmss
from adapters.inamo.sandbox import SandboxSettings as InamoSandbox
from adapters.inamo.settings import Settings as Inamo
from adapters.inps.sandbox import SandboxSettings as InpsSandbox
from adapters.inps.settings import Settings as Inps
from hub.settings import Settings as Hub

EVERY: tuple[type[BaseSettings], ...] = (
    *(Hub, Canam, Cmss, Inamo, Inps),
    *(CanamSandbox, CmssSandbox, InamoSandbox, InpsSandbox),
)


@pytest.fixture(scope="module")
def compose(
    postgres: Postgres, rabbitmq_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Compose]:
    database = postgres.database()
    private = {
        "postgresql://benkan:benkan@postgres:5432/benkan": postgres.url(database),
        "postgresql://benkan_app:benkan@postgres:5432/benkan": postgres.application(database),
        "amqp://benkan:benkan@rabbitmq:5672//": rabbitmq_url,
    }
    started = Compose(tmp_path_factory.mktemp("compose"), private)
    try:
        yield started.start()
    finally:
        started.kill()
        postgres.drop(database)


def test_every_setting_in_the_file_exists() -> None:
    """A name nobody reads would be passed over in silence."""
    known = {
        f"{kind.model_config.get('env_prefix', '')}{field}".upper()
        for kind in EVERY
        for field in kind.model_fields
    }
    file = Compose(Path(), {})
    named = {name for s in file.services.values() for name in s.get("environment", {})}
    named |= set(re.findall(r"\bBENKAN_\w+(?==)", file.dockerfile))
    assert {name for name in named if name.startswith("BENKAN_")} <= known


def test_the_image_runs_the_same_command_without_roots_rights() -> None:
    dockerfile = Compose(Path(), {}).dockerfile
    last = dockerfile[dockerfile.rindex("\nFROM ") :]
    assert 'ENTRYPOINT ["benkan"]' in last
    user = re.search(r"^USER (\w+)$", last, re.MULTILINE)
    assert user is not None
    assert user[1] not in {"root", "0"}


@pytest.mark.parametrize(
    ("body", "seed", "travelling"),
    [
        ("CMSS", "3", {"claim", "control-copy", "liquidation-copy"}),
        ("INPS", "4", {"claim", "control-copy", "liquidation-copy"}),
        ("CNPS", "5", {"claim"}),
    ],
)
def test_a_claim_of_each_body_travels_through_the_services(
    compose: Compose, tmp_path: Path, body: str, seed: str, travelling: set[str]
) -> None:
    serve = compose.processes["serve"].wait("ready ")
    compose.processes["worker"].wait("ready worker")
    assert compose.healthy("serve"), serve.said
    sample = ("sample", "--claims", "1", "--seed", seed, "--partner", body)
    compose.run(*sample, "--out", str(tmp_path))
    (file,) = tmp_path.glob("*.json")
    with compose.client() as client:
        answer = client.post("/Claim/$submit", content=file.read_bytes()).json()
    assert answer["outcome"] in {"complete", "partial", "error"}, answer

    def stories() -> list[dict[str, object]]:
        return json.loads(compose.run("exchange", "show", answer["request"]["reference"], "--json"))

    ends = when(stories, lambda them: {story["state"] for story in them} == {"CLOSED"})
    assert {story["operation"] for story in ends} == travelling
    assert json.loads(compose.run("exchange", "totals", "--json"))["equal"]
