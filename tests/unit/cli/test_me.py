"""`benkan me`: one's own account, password and secret for codes."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from cli_people import account, sit
from typer.testing import CliRunner

from hub import wiring
from hub.access import passwords
from hub.cli import app
from hub.errors import Invalid, Unauthenticated
from hub.settings import Settings

OLD, NEW = "correct horse battery", "une autre phrase longue"


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, migrated_file: Path):
    monkeypatch.setenv("BENKAN_DATA", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")
    shutil.copy(migrated_file, tmp_path / "hub.sqlite")
    made = wiring.build(Settings(), adapters={})
    account(made, "awa", "operator")
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(OLD)
    made.store.put_account(replace(own(made), password=cheap), "test", "password-set")
    sit(made, "awa")
    yield made
    made.close()


def own(hub):
    found = hub.store.account("awa")
    assert found is not None
    return found


def run(*words: str, typed: tuple[str, ...] = ()) -> str:
    done = CliRunner().invoke(app, ["me", *words], input="".join(f"{line}\n" for line in typed))
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done.output


def code(hub) -> str:
    return passwords.code_at(own(hub).totp, datetime.now(UTC))


def test_one_sees_who_one_is(hub) -> None:
    assert json.loads(run("show", "--json"))["roles"] == ["operator"]
    assert "Exploitant" in run("show")


def test_one_changes_ones_password_with_the_present_one_and_a_code(hub) -> None:
    with pytest.raises(Unauthenticated):
        run("password", "--stdin", typed=("faux", code(hub), NEW))
    with pytest.raises(Invalid):
        run("password", "--stdin", typed=(OLD, code(hub), "court"))
    assert "benkan sign-in" in run("password", "--stdin", typed=(OLD, code(hub), NEW))
    assert passwords.is_right(own(hub).password, NEW)
    assert hub.store.sessions() == {}
    with pytest.raises(Unauthenticated):
        run("show")


def test_one_renews_ones_secret_for_codes(hub) -> None:
    before = own(hub).totp
    told = run("codes", "--stdin", typed=(OLD, code(hub)))
    assert own(hub).totp != before
    assert own(hub).totp in told
