"""Production's processes when one of them dies: the workers, the broker, the broker's data."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from flow_judge import claim, judge, rows, under_way, when
from servers import rabbitmq
from servers.postgres import Postgres
from servers.production import Production
from servers.rabbitmq import RabbitMq

CLAIMS = 60
LEASE = 8.0

#: Seconds a POST may take while the broker is away; a wait for the broker would last longer.
AT_ONCE = 4.0


@pytest.fixture(scope="module")
def broker() -> Iterator[RabbitMq]:
    with rabbitmq.running() as server:
        yield server


@pytest.fixture
def hub(postgres: Postgres, broker: RabbitMq, tmp_path: Path) -> Iterator[Production]:
    """A hub of the test's own, with an operator's short lease."""
    database = postgres.database()
    settings = {"BENKAN_LEASE": str(LEASE), "BENKAN_RETRY_FIRST": "0.5"}
    production = Production(tmp_path, postgres.url(database), broker.url, **settings)
    try:
        yield production.start()
        assert production.stop() == 0
    finally:
        production.kill()
        postgres.drop(database)


def _sample(hub: Production, number: int) -> list[Path]:
    folder = hub.folder / "claims"
    hub.run("sample", "--claims", str(number), "--seed", "11", "--out", str(folder))
    return sorted(folder.glob("*.json"))


def _post(client: httpx.Client, file: Path) -> str:
    """Posts a claim; gives "Claim/<id>"."""
    answer = client.post(
        "/Claim/$submit", content=file.read_bytes(), headers={"Prefer": "respond-async"}
    )
    assert answer.status_code == 202, answer.text
    reference: str = answer.json()["request"]["reference"]
    return reference


def _copy_is_under_way(hub: Production) -> None:
    """Wait until the scheme manager's sandbox has the request that it was asked to delay."""
    when(lambda: hub.misbehaviours("canam"), lambda waiting: not waiting)


@pytest.mark.faults
def test_killing_a_worker_and_losing_all_the_broker_knew_loses_and_doubles_nothing(
    hub: Production, broker: RabbitMq
) -> None:
    """Two web servers get the same claims; some come while the broker is away; all are done."""
    files = _sample(hub, CLAIMS)
    with hub.client() as client, hub.client(hub.add_serve()) as other:
        with ThreadPoolExecutor(2) as both:
            for file in files[:20]:
                one, same = both.map(_post, (client, other), (file, file))
                assert one == same
        when(lambda: hub.ledger("canam"), lambda booked: len(booked) >= 3)
        hub.workers[0].kill()
        for file in files[20:40]:
            _post(client, file)
        broker.kill()
        slowest = 0.0
        for file in files[40:]:
            began = time.monotonic()
            _post(client, file)
            slowest = max(slowest, time.monotonic() - began)
        assert slowest < AT_ONCE
    assert len(rows(hub, "claim")) == CLAIMS
    broker.lose_everything()
    broker.start()
    hub.add_worker()
    judge(hub, CLAIMS)


@pytest.mark.faults
def test_what_a_killed_worker_held_is_taken_up_after_its_lease(hub: Production) -> None:
    """The step under way dies with its worker; another asks the partner, and nothing is doubled."""
    hub.workers[1].stop()
    hub.misbehave("canam", "delay:60@DeclarerPrestation")
    with hub.client() as client:
        reference = _post(client, _sample(hub, 1)[0])
    _copy_is_under_way(hub)
    hub.workers[0].kill()
    killed = time.monotonic()
    hub.add_worker()
    copies = when(lambda: rows(hub, "control-copy"), lambda them: not under_way(them[0]))
    assert time.monotonic() - killed > LEASE / 2
    when(lambda: claim(hub, reference), lambda one: one["state"] == "CLOSED")
    booked = [entry["submission"] for entry in hub.ledger("canam")]
    assert booked.count(copies[0]["submission"]) == 1
    judge(hub, 1)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_told_to_stop_finishes_its_step_and_ends_well(
    hub: Production, how: signal.Signals
) -> None:
    hub.workers[1].stop()
    hub.misbehave("canam", "delay:3@DeclarerPrestation")
    with hub.client() as client:
        _post(client, _sample(hub, 1)[0])
    _copy_is_under_way(hub)
    began = time.monotonic()
    assert hub.workers[0].stop(how) == 0
    assert time.monotonic() - began < 30
    assert hub.workers[0].said.splitlines() == ["ready worker"]
    assert [copy["state"] for copy in rows(hub, "control-copy")] == ["CLOSED"]
    hub.add_worker()
    judge(hub, 1)


def test_redis_rings_as_well(
    postgres: Postgres, postgres_url: str, redis_url: str, tmp_path: Path
) -> None:
    hub = Production(tmp_path, postgres_url, redis_url)
    try:
        hub.start()
        _sample(hub, 15)
        told = json.loads(hub.run("submit", str(tmp_path / "claims"), "--json").stdout)
        assert sum(told["counts"].values()) == 15
        judge(hub, 15)
        assert hub.stop() == 0
        assert [worker.said.splitlines() for worker in hub.workers] == [["ready worker"]] * 2
    finally:
        hub.kill()
