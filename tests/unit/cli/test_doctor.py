"""`benkan doctor`, and what the hub refuses to start on."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
import redis
from servers.postgres import Postgres
from servers.production import Process

from hub import wiring
from hub.cli import checks, doctor
from hub.errors import Misconfigured
from hub.settings import Settings
from hub.store import migrate, open_store

Benkan = Callable[..., tuple[int, str]]


def failed(benkan: Benkan) -> set[str]:
    status, printed = benkan("doctor", "--json")
    codes = {check["code"] for check in json.loads(printed) if not check["ok"]}
    assert status == (1 if codes else 0)
    return codes


def test_a_fresh_hub_may_start(benkan: Benkan) -> None:
    status, printed = benkan("doctor")
    assert status == 0
    for code in ("schema", "audit-rights", "clock", "audit-key", "data-folder", "broker"):
        assert f"ok   {code}" in printed
    assert Path("benkan-data").stat().st_mode & 0o777 == 0o700


def test_a_folder_and_a_key_others_can_read_are_named(benkan: Benkan) -> None:
    assert benkan("audit", "key")[0] == 0
    Path("benkan-data").chmod(0o755)
    Path("benkan-data/audit-key.pem").chmod(0o640)
    assert failed(benkan) == {"data-folder", "audit-key"}
    assert "chmod 700" in benkan("doctor")[1]


def test_a_chain_without_its_triggers_is_named(benkan: Benkan) -> None:
    hub = wiring.build(adapters={})
    with hub.store.db.engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER audit_no_update")
    hub.close()
    assert failed(benkan) == {"audit-rights"}
    assert "audit_no_update missing" in benkan("doctor")[1]


@pytest.mark.parametrize(("ahead", "fails"), [(61, True), (-61, True), (59, False)])
def test_a_clock_that_is_off_is_named(
    benkan: Benkan, monkeypatch: pytest.MonkeyPatch, ahead: int, fails: bool
) -> None:
    import hub.store.posture as posture

    class Clock:
        @staticmethod
        def now(zone: object) -> datetime:
            return datetime.now(UTC) - timedelta(seconds=ahead)

    monkeypatch.setattr(posture, "datetime", Clock)
    assert failed(benkan) == ({"clock"} if fails else set())


@pytest.mark.parametrize(
    ("setting", "value", "code"),
    [
        ("BENKAN_CANAM_URL", "http://partner.example/amo", "partner-http"),
        ("BENKAN_CANAM_DEADLINE", "0", "partner-deadline"),
        ("BENKAN_CANAM_DEADLINE", "inf", "partner-deadline"),
        ("BENKAN_CANAM_DEADLINE", "soon", "partner-settings"),
        ("BENKAN_CANAM_URL", "http://127.0.0.1:8181/amo", ""),
        ("BENKAN_CANAM_URL", "https://partner.example/amo", ""),
    ],
)
def test_a_partners_settings_are_looked_at(
    benkan: Benkan, monkeypatch: pytest.MonkeyPatch, setting: str, value: str, code: str
) -> None:
    monkeypatch.setenv("BENKAN_PARTNERS", "canam")
    monkeypatch.setenv("BENKAN_CANAM_PASSWORD", "tres-secret-7")
    monkeypatch.setenv(setting, value)
    assert failed(benkan) == ({code} if code else set())
    status, printed = benkan("doctor")
    assert "tres-secret-7" not in printed
    assert (setting in printed or "partner show" in printed) == (status == 1)


def test_old_libraries_are_named() -> None:
    versions = {"lxml": "6.0.9", "starlette": "1.3.1", "python-multipart": "0.0.26"}
    wrong = checks.packages(versions.__getitem__).wrong
    assert [fr.split(" est ")[0] for fr, _ in wrong] == ["lxml 6.0.9", "python-multipart 0.0.26"]

    def none(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    assert checks.packages(none).wrong == []
    fine = {"lxml": "6.1", "starlette": "2.0", "python-multipart": "0.1.0rc1"}
    assert checks.packages(fine.__getitem__).wrong == []


@pytest.fixture
def settings_of(redis_url: str) -> Iterator[Callable[..., None]]:
    """Changes settings of a real Redis, and puts them back."""
    with redis.Redis.from_url(redis_url) as client:
        yield lambda **wanted: [
            client.config_set(k.replace("_", "-"), v) for k, v in wanted.items()
        ]
        client.config_set("appendonly", "yes")
        client.config_set("maxmemory-policy", "noeviction")


def test_a_redis_that_forgets_or_evicts_is_named(
    redis_url: str, settings_of: Callable[..., None]
) -> None:
    assert checks.broker(redis_url).wrong == []
    settings_of(maxmemory_policy="allkeys-lru")
    [(fr, _)] = checks.broker(redis_url).wrong
    assert "noeviction" in fr
    settings_of(appendonly="no")
    assert len(checks.broker(redis_url).wrong) == 2


def test_a_redis_that_is_away_does_not_keep_the_hub_from_starting() -> None:
    check = checks.broker("redis://:tres-secret-7@127.0.0.1:1/0")
    assert check.wrong
    assert not check.blocks
    assert "tres-secret-7" not in str(check)


def test_publishing_is_confirmed(monkeypatch: pytest.MonkeyPatch) -> None:
    url = "amqp://guest:guest@127.0.0.1:1//"
    assert checks.broker(url).wrong == []
    monkeypatch.setattr("hub.worker.queues._transport", lambda *_: {"confirm_publish": False})
    assert len(checks.broker(url).wrong) == 1


def test_postgresql_starts_only_with_a_role_that_cannot_change_the_audit(
    postgres: Postgres,
    postgres_url: str,
    benkan: Benkan,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("BENKAN_DATABASE_URL", postgres_url)
    assert "schema" in failed(benkan)
    migrate.upgrade(postgres_url)
    assert failed(benkan) == {"audit-rights"}
    environment = {"BENKAN_DATABASE_URL": postgres_url}
    serve = Process(tmp_path, "serve", ["serve", "--port", "0"], environment).start()
    assert serve.process is not None
    assert serve.process.wait(60) == 2
    assert "[audit-rights]" in serve.said
    application = postgres.application(postgres_url.rpartition("/")[2])
    assert benkan("db", "grant", "benkan_app")[0] == 0
    monkeypatch.setenv("BENKAN_DATABASE_URL", application)
    assert failed(benkan) == set()


def test_what_is_accepted_by_its_code_is_a_row_of_the_audit(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir(0o755)
    (tmp_path / "data").chmod(0o755)
    settings = Settings(data=tmp_path / "data", accept=["data-folder"])
    hub = wiring.build(settings, adapters={})
    doctor.refuse_unsafe(settings, hub)
    assert "data-folder" in hub.store.audit_search(action="unsafe-start")[0].content
    with pytest.raises(Misconfigured, match="chmod 700"):
        doctor.refuse_unsafe(settings.model_copy(update={"accept": []}), hub)


@pytest.mark.parametrize(
    ("reached", "starts"),
    [
        ({}, True),
        ({"host": "0.0.0.0"}, False),
        ({"url": "https://hub.example"}, False),  # a proxy stands before it
        ({"host": "0.0.0.0", "accept": ["access"]}, True),
    ],
)
def test_open_doors_are_for_one_machine_alone(
    tmp_path: Path, reached: dict[str, Any], starts: bool
) -> None:
    (tmp_path / "data").mkdir(0o700)
    settings = Settings(data=tmp_path / "data", access="open", **reached)
    told = [check.code for check in checks.of_machine(settings) if check.wrong]
    assert told == ["access"]
    hub = wiring.build(settings, adapters={})
    try:
        with nullcontext() if starts else pytest.raises(Misconfigured, match="BENKAN_ACCESS=open"):
            doctor.refuse_unsafe(settings, hub)
    finally:
        hub.close()


@pytest.mark.parametrize("command", ["up", "serve"])
def test_it_does_not_start_on_what_is_unsafe(command: str, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    data.chmod(0o755)
    process = Process(tmp_path, command, [command, "--port", "0"], {"BENKAN_DATA": str(data)})
    process.start()
    assert process.process is not None
    assert process.process.wait(60) == 2
    assert "[data-folder]" in process.said
    assert "Traceback" not in process.said
    assert "\nready" not in process.said


def test_the_database_of_a_store_is_open_to_no_one_else(tmp_path: Path) -> None:
    os.umask(os.umask(0o022))
    settings = Settings(data=tmp_path / "made")
    wiring.build(settings, adapters={}).close()
    assert (tmp_path / "made").stat().st_mode & 0o077 == 0
    open_store(f"sqlite:///{tmp_path}/made/hub.sqlite").close()
