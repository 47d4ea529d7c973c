"""Bulk acts, partners' switches, quarantine, long work and figures at the command line."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cli_people import signed_in
from plain_exchange import exchange
from typer.testing import CliRunner

from hub import wiring
from hub.cli import app
from hub.errors import Conflict, Invalid, NotFound
from hub.ports import Acceptance
from hub.ports.watch import Job
from hub.settings import Settings
from hub.watching import bulk, jobs


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, migrated_file: Path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BENKAN_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("COLUMNS", "200")
    (tmp_path / "data").mkdir()
    shutil.copy(migrated_file, tmp_path / "data" / "hub.sqlite")
    made = wiring.build(Settings(), adapters={})
    for id, partner in (("X1", "cmss"), ("X2", "cmss"), ("X3", "inps")):
        made.store.accept([Acceptance((), (exchange(id, partner),))])
    yield made
    made.close()


def run(*words: str, status: int = 0) -> str:
    done = CliRunner().invoke(app, list(words))
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == status, done.output
    return done.output


def test_a_bulk_act_tells_first_and_acts_when_told_to(hub) -> None:
    words = ("exchange", "bulk", "hold", "--partner", "cmss")
    told = json.loads(run(*words, "--json"))
    assert (told["able"], sorted(told["ids"])) == (2, ["X1", "X2"])
    assert "Rien n'est fait" in run(*words)
    assert not hub.store.exchange("X1").held
    with pytest.raises(Invalid):
        run(*words, "--yes")
    signed_in(hub, "awa", "operator")
    done = json.loads(run(*words, "--yes", "--reason", "Contrôle", "--json"))
    assert done == {"done": 2, "changed": 0, "failed": []}
    assert hub.store.events("X1")[-1].actor == "person|awa"
    assert not hub.store.exchange("X3").held
    again = json.loads(run(*words, "--yes", "--reason", "Contrôle", "--json"))
    assert again["done"] == 0  # a replay finds nothing to do
    for wrong in (("exchange", "bulk", "jeter"), ("exchange", "bulk", "hold")):
        run(*wrong, status=2)
    run("exchange", "bulk", "hold", "personne", status=1)


def test_a_partner_is_paused_drained_and_resumed(hub) -> None:
    run("partner", "pause", "cmss", "--reason", "Arrêt annoncé")
    assert hub.store.switch("cmss").mode == "paused"
    assert hub.store.switch("cmss").actor.startswith("account|")
    with pytest.raises(Invalid):
        run("partner", "pause", "cmss", "--reason", "Arrêt annoncé")
    with pytest.raises(Invalid):
        run("partner", "drain", "cmss", "--reason", "x")
    with pytest.raises(NotFound):
        run("partner", "pause", "personne", "--reason", "Arrêt annoncé")
    run("partner", "drain", "cmss", "--reason", "Arrêt annoncé")
    run("partner", "resume", "cmss", "--reason", "Arrêt fini")
    assert hub.store.switch("cmss").mode == ""
    with pytest.raises(NotFound):
        run("partner", "misbehave", "cmss", "refuse")  # no sandbox runs here


def test_quarantine_is_listed_shown_matched_and_discarded(hub) -> None:
    hub.store.quarantine("cmss", b"?", "Illisible.", "L-1")
    [item] = json.loads(run("quarantine", "list", "--json"))
    assert json.loads(run("quarantine", "list", "--partner", "inps", "--json")) == []
    assert "Illisible." in run("quarantine", "show", item["id"])
    with pytest.raises(Invalid):
        run("quarantine", "discard", item["id"], "--reason", "x")
    run("quarantine", "match", item["id"], "X3", status=2)  # another partner's exchange
    for act in (["show"], ["again"], ["discard", "--reason", "Envoyé par erreur"]):
        with pytest.raises(NotFound):
            run("quarantine", act[0], "999", *act[1:])
    run("quarantine", "discard", item["id"], "--reason", "Envoyé par erreur")
    assert json.loads(run("quarantine", "list", "--json")) == []
    with pytest.raises(NotFound):
        run("quarantine", "discard", item["id"], "--reason", "Envoyé par erreur")


def stopped(hub, ids: list[str], done: int) -> str:
    """A job whose process went after so many."""
    then = datetime.now(UTC) - jobs.SILENT - timedelta(seconds=5)
    job = Job("J1", bulk.JOB, "hold", "person|awa", then, then, total=len(ids), done=done)
    hub.store.job_begun(replace(job, done=0))
    plan = {"action": "hold", "ids": ids, "reason": "Contrôle", "failed": []}
    hub.store.job_moved(job, json.dumps(plan).encode())
    return job.id


def test_interrupted_work_is_continued_once(hub) -> None:
    id = stopped(hub, ["X1", "X2", "X3"], done=1)
    [listed] = json.loads(run("job", "list", "--json"))
    assert (listed["id"], listed["died"]) == (id, True)
    assert json.loads(run("job", "show", id))["done"] == 1
    assert "Échanges traités : 2" in run("job", "continue", id)
    assert [hub.store.exchange(x).held for x in ("X1", "X2", "X3")] == [False, True, True]
    assert "continué par" in json.loads(run("job", "show", id))["told"]
    with pytest.raises(Conflict):
        run("job", "continue", id)
    with pytest.raises(NotFound):
        run("job", "continue", "personne")
    with pytest.raises(NotFound):
        run("job", "show", "personne")


def test_two_who_continue_the_same_work_do_it_once(hub) -> None:
    id = stopped(hub, ["X1"], done=0)
    started = [bulk.carry_on(hub, id, "person|awa")]
    with pytest.raises(Conflict):
        bulk.carry_on(hub, id, "person|fanta")
    assert started[0].total == 1


def test_messages_that_are_printed_are_written_down(hub) -> None:
    run("exchange", "show", "X1", "--no-body")
    assert hub.store.audit_search(action="read-payload") == []
    run("exchange", "show", "X1")
    [row] = hub.store.audit_search(action="read-payload")
    assert json.loads(row.content)["object"] == "Exchange/X1"


def test_the_rights_matrix_is_printed_by_role() -> None:
    told = json.loads(run("rights", "--role", "auditor", "--json"))["rights"]
    assert told["audit.verify"] == {"auditor": "all"}
    assert "exchange.hold" not in told
    run("rights", "--role", "roi", status=2)
