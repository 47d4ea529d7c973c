"""Each unsafe setting of the start-up self-check keeps the hub from starting, by its own code.

Source: reliability rule §3.6. `benkan serve`, `worker`, `console` and `up` all pass
`doctor.refuse_unsafe` before they open a door: the last test starts them.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
import redis
from servers.production import Process

from hub import wiring
from hub.authoring import two_people
from hub.cli import checks, doctor
from hub.errors import Misconfigured
from hub.evidence.checkpoints import new_private_key
from hub.settings import Settings
from hub.store import posture

Patch = pytest.MonkeyPatch
Unsafe = Callable[[wiring.Hub, Patch], dict[str, Any]]


@pytest.fixture
def hub(tmp_path: Path, migrated_file: Path, monkeypatch: Patch) -> Iterator[wiring.Hub]:
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    shutil.copy(migrated_file, data / "hub.sqlite")
    monkeypatch.chdir(tmp_path)
    made = wiring.build(Settings(data=data), adapters={})
    yield made
    made.close()


def trigger(hub: wiring.Hub, _: Patch) -> dict[str, Any]:
    with hub.store.db.engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER audit_no_delete")
    return {}


def clock(_: wiring.Hub, patch: Patch) -> dict[str, Any]:
    class Late:
        @staticmethod
        def now(zone: object) -> datetime:
            return datetime.now(UTC) - timedelta(seconds=61)

    patch.setattr(posture, "datetime", Late)
    return {}


def doors(_: wiring.Hub, patch: Patch) -> dict[str, Any]:
    return {"access": "open", "host": "0.0.0.0"}


def http(_: wiring.Hub, patch: Patch) -> dict[str, Any]:
    return {"url": "http://plateforme.example"}


def readable_key(hub: wiring.Hub, _: Patch) -> dict[str, Any]:
    path = hub.settings.data / "audit-key.pem"
    path.write_bytes(new_private_key())
    path.chmod(0o644)
    return {}


def other_signer(hub: wiring.Hub, _: Patch) -> dict[str, Any]:
    hub.store.tell_key("key-made", "x-1", "test", {})
    hub.sign()
    path = hub.settings.data / "other.pem"
    path.write_bytes(new_private_key())
    path.chmod(0o600)
    hub.__dict__.pop("audit_key", None)
    hub.settings = hub.settings.model_copy(update={"audit_key": str(path)})
    return {"audit_key": str(path)}


def folder(hub: wiring.Hub, _: Patch) -> dict[str, Any]:
    hub.settings.data.chmod(0o755)
    return {}


def _redis(patch: Patch, **told: Any) -> dict[str, Any]:
    fine = {"aof_enabled": 1, "maxmemory_policy": "noeviction"}
    patch.setattr(redis.Redis, "info", lambda self: fine | told)
    return {"broker_url": "redis://127.0.0.1:6379/0"}


def forgets(_: wiring.Hub, patch: Patch) -> dict[str, Any]:
    return _redis(patch, aof_enabled=0)


def evicts(_: wiring.Hub, patch: Patch) -> dict[str, Any]:
    return _redis(patch, maxmemory_policy="allkeys-lru")


def unconfirmed(_: wiring.Hub, patch: Patch) -> dict[str, Any]:
    patch.setattr("hub.worker.queues._transport", lambda *_: {"confirm_publish": False})
    return {"broker_url": "amqp://guest:guest@127.0.0.1:1//"}


def old(package: str, version: str) -> Unsafe:
    def make(_: wiring.Hub, patch: Patch) -> dict[str, Any]:
        real = metadata.version
        patch.setattr(metadata, "version", lambda n: version if n == package else real(n))
        return {}

    return make


def partner(setting: str, value: str) -> Unsafe:
    def make(_: wiring.Hub, patch: Patch) -> dict[str, Any]:
        patch.setenv(setting, value)
        return {"partners": ["canam"]}

    return make


def alone(_: wiring.Hub, patch: Patch) -> dict[str, Any]:
    patch.setattr("hub.cli.release_checks.alone", lambda hub: ["https://x/StructureMap/m|2"])
    assert two_people.alone  # what the check asks, which has its own tests
    return {}


def keyless(hub: wiring.Hub, _: Patch) -> dict[str, Any]:
    hub.store.keys.make("canam")
    (hub.store.keys.folder / "canam-1.key").unlink()
    return {}


REFUSED: dict[str, tuple[Unsafe, str]] = {
    "triggers of the audit are gone": (trigger, "audit-rights"),
    "clock a minute off": (clock, "clock"),
    "open doors that others reach": (doors, "access"),
    "public address without TLS": (http, "https"),
    "audit key others can read": (readable_key, "audit-key"),
    "two processes sign with different keys": (other_signer, "audit-signer"),
    "data folder others can read": (folder, "data-folder"),
    "a Redis that forgets": (forgets, "broker"),
    "a Redis that evicts": (evicts, "broker"),
    "a RabbitMQ that does not confirm": (unconfirmed, "broker"),
    "old lxml": (old("lxml", "6.0.9"), "packages"),
    "old starlette": (old("starlette", "1.3.0"), "packages"),
    "old python-multipart": (old("python-multipart", "0.0.26"), "packages"),
    "a partner without a deadline": (partner("BENKAN_CANAM_DEADLINE", "inf"), "partner-deadline"),
    "a partner by plain http": (partner("BENKAN_CANAM_URL", "http://p.example"), "partner-http"),
    "a setting of a partner that is none": (
        partner("BENKAN_CANAM_READ", "soon"),
        "partner-settings",
    ),
    "a map with one approver": (alone, "two-people"),
    "a key that is missing": (keyless, "payload-keys"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_the_hub_does_not_start(hub: wiring.Hub, monkeypatch: Patch, name: str) -> None:
    doctor.refuse_unsafe(hub.settings, hub)
    unsafe, code = REFUSED[name]
    settings = hub.settings.model_copy(update=unsafe(hub, monkeypatch))
    with pytest.raises(Misconfigured) as refused:
        doctor.refuse_unsafe(settings, hub)
    assert [one.fr.split("]")[0] for one in refused.value.issues] == [f"[{code}"]
    accepted = settings.model_copy(update={"accept": [code]})
    doctor.refuse_unsafe(accepted, hub)
    assert f'"accepted":["{code}"]' in hub.store.audit_search(action="unsafe-start")[0].content


def test_money_is_never_a_float_in_any_column() -> None:
    """§3.6 « Numeric on SQLite for money » cannot be set: there is no such column."""
    import sqlalchemy as sa

    from hub.store.tables import metadata as tables

    kinds = {type(column.type) for table in tables.sorted_tables for column in table.c}
    assert not {kind for kind in kinds if issubclass(kind, sa.Numeric | sa.Float)}


def test_two_processes_with_different_keys_do_not_both_sign(hub: wiring.Hub) -> None:
    other_signer(hub, pytest.MonkeyPatch())
    hub.store.tell_key("key-made", "x-2", "test", {})
    with pytest.raises(Misconfigured, match="BENKAN_AUDIT_KEY"):
        hub.sign()
    assert len(hub.store.checkpoints()) == 1
    hub.settings = hub.settings.model_copy(update={"accept": ["audit-signer"]})
    hub.sign()
    assert len({one.key for one in hub.store.checkpoints()}) == 2
    assert [c.code for c in doctor._all(hub.settings, hub) if c.wrong] == []


def test_a_check_that_nothing_exercises_is_seen(hub: wiring.Hub) -> None:
    known = {check.code for check in doctor._all(hub.settings, hub) if check.blocks}
    assert known - {"schema"} <= {code for _, code in REFUSED.values()} | {"access"}
    assert checks.OLDEST.keys() == {"lxml", "starlette", "python-multipart"}


@pytest.mark.parametrize("command", ["console", "serve"])
def test_the_process_ends_before_it_opens_a_door(command: str, tmp_path: Path) -> None:
    environment = {"BENKAN_DATA": str(tmp_path / "data"), "BENKAN_URL": "http://hub.example"}
    process = Process(tmp_path, command, [command, "--port", "0"], environment).start()
    assert process.process is not None
    assert process.process.wait(90) == 2
    assert "[https]" in process.said
    assert "Traceback" not in process.said
    assert "ready" not in process.said
