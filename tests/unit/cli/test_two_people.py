"""`benkan user`, `client`, `partner set`, `proposal`: what gives rights takes two people, as in the
console; until two could decide, and in an emergency, one acts alone and it shows."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from cli_people import account, signed_in, sit
from typer.testing import CliRunner

from hub import wiring
from hub.access import passwords
from hub.cli import app
from hub.errors import Conflict, Forbidden, Invalid, NotFound, Unauthenticated
from hub.settings import Settings


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, migrated_file: Path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BENKAN_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("COLUMNS", "200")
    (tmp_path / "data").mkdir()
    shutil.copy(migrated_file, tmp_path / "data" / "hub.sqlite")
    made = wiring.build(Settings(), adapters={})
    yield made
    made.close()


def run(*words: str) -> str:
    done = CliRunner().invoke(app, list(words))
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done.output


def audited(hub, action: str) -> list[dict]:
    return [json.loads(e.content) for e in hub.store.audit_search(action=action)]


def test_the_first_accounts_are_made_at_once(hub) -> None:
    told = run("user", "add", "awa", "--role", "security", "--name", "Awa Exemple")
    assert "mot de passe" in told
    run("user", "add", "fanta", "--role", "security")
    assert {one.id for one in hub.store.accounts()} == {"awa", "fanta"}
    with pytest.raises(Unauthenticated):
        run("user", "add", "oumar", "--role", "operator", "--reason", "Arrivée")
    assert hub.store.account("oumar") is None
    assert audited(hub, "break-glass") == []


def test_afterwards_one_proposes_and_another_accepts(hub) -> None:
    account(hub, "awa", "security")
    account(hub, "fanta", "security")
    sit(hub, "awa")
    with pytest.raises(Invalid, match="reason"):
        run("user", "add", "oumar", "--role", "operator")
    assert "Proposition n° 1" in run(
        *("user", "add", "oumar", "--role", "operator", "--reason", "Arrivée")
    )
    assert hub.store.account("oumar") is None
    with pytest.raises(Forbidden):
        run("proposal", "accept", "1")
    [listed] = json.loads(run("proposal", "list", "--json"))
    assert (listed["proposer"], listed["subject"]) == ("person|awa", "oumar")
    sit(hub, "fanta")
    told = run("proposal", "accept", "1")
    made = hub.store.account("oumar")
    assert passwords.is_right(made.password, told.split("password : ")[1].split()[0])
    with pytest.raises(NotFound):
        run("proposal", "accept", "1")  # a replay
    assert json.loads(run("user", "show", "oumar"))["history"][0]["decider"] == "person|fanta"


def test_a_proposal_is_refused_or_taken_back_and_changes_nothing(hub) -> None:
    account(hub, "awa", "security")
    account(hub, "fanta", "security")
    account(hub, "oumar", "operator")
    sit(hub, "awa")
    run("user", "roles", "oumar", "--role", "auditor", "--reason", "Autre poste")
    run("proposal", "refuse", "1")
    assert hub.store.account("oumar").roles == ("operator",)
    sit(hub, "oumar")
    with pytest.raises(Forbidden):
        run("user", "enable", "fanta", "--reason", "Sans droit")
    with pytest.raises(NotFound):
        run("proposal", "refuse", "1")
    for number in ("0", "9", "-1"):
        assert CliRunner().invoke(app, ["proposal", "accept", number]).exit_code != 0


def test_what_takes_rights_away_is_done_at_once_but_not_about_oneself(hub) -> None:
    account(hub, "awa", "security")
    account(hub, "fanta", "security")
    account(hub, "oumar", "operator")
    sit(hub, "awa")
    run("user", "end-sessions", "oumar")
    run("user", "unlock", "oumar")
    run("user", "disable", "oumar")
    assert hub.store.account("oumar").disabled is not None
    assert audited(hub, "account-disabled")[0]["actor"] == "person|awa"
    with pytest.raises(Forbidden):
        run("user", "disable", "awa")
    with pytest.raises(NotFound):
        run("user", "disable", "personne")


def test_an_emergency_acts_alone_and_others_are_told(hub) -> None:
    account(hub, "awa", "security")
    account(hub, "fanta", "security")
    account(hub, "oumar", "operator")
    with pytest.raises(Invalid):
        run("user", "totp", "oumar", "--new", "--emergency", "vite")
    before = hub.store.account("oumar").totp
    run("user", "totp", "oumar", "--new", "--emergency", "Téléphone perdu, nuit, panne en cours")
    assert hub.store.account("oumar").totp != before
    [glass] = audited(hub, "break-glass")
    assert (glass["object"], glass["detail"]["act"]) == ("Account/oumar", "totp")
    assert glass["actor"].startswith("account|")
    assert "Téléphone perdu" in run("audit", "alerts")


def test_clients_follow_the_same_rule(hub) -> None:
    lab = ("client", "add", "labo", "--role", "provider", "--organization", "s|v")
    run(*lab, "--new-key", "one.json")
    account(hub, "awa", "security")
    account(hub, "fanta", "security")
    with pytest.raises(Unauthenticated):
        run("client", "rotate", "labo", "--new-key", "two.json", "--reason", "Clé perdue")
    sit(hub, "awa")
    run("client", "rotate", "labo", "--new-key", "three.json", "--reason", "Clé perdue")
    before = hub.store.client("labo").jwks
    with pytest.raises(Conflict):
        run(*lab, "--new-key", "four.json", "--reason", "Encore")
    run("client", "disable", "labo")
    assert hub.store.client("labo").disabled is not None
    sit(hub, "fanta")
    run("proposal", "accept", "1")
    assert hub.store.client("labo").jwks != before
    with pytest.raises(Invalid):
        run("client", "enable", "labo")


def test_a_partners_setting_is_proposed_and_accepted(hub) -> None:
    signed_in(hub, "awa", "security")
    account(hub, "fanta", "security")
    listed = json.loads(run("partner", "settings", "inps", "--json"))
    assert {one["name"] for one in listed} >= {"url", "connect"}
    run("partner", "set", "inps", "connect", "7.5", "--reason", "Nouveau serveur")
    sit(hub, "fanta")
    run("proposal", "accept", "1")
    listed = json.loads(run("partner", "settings", "inps", "--json"))
    assert {one["name"]: one["value"] for one in listed}["connect"] == "7.5"
    for words in (
        ("inps", "rien", "1"),
        ("personne", "connect", "1"),
        ("inps", "connect", "beaucoup"),
    ):
        done = CliRunner().invoke(app, ["partner", "set", *words, "--reason", "Essai"])
        assert done.exit_code != 0
        assert "Traceback" not in done.output


def test_alone_a_setting_holds_too(hub) -> None:
    run("partner", "set", "inps", "connect", "8.5")
    listed = json.loads(run("partner", "settings", "inps", "--json"))
    assert {one["name"]: one["value"] for one in listed}["connect"] == "8.5"
