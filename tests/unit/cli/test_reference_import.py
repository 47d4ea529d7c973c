"""Lists and code tables at the command line: a trial writes nothing, a reason is kept."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path

import pytest
from cli_people import signed_in
from typer.testing import CliRunner

from hub import wiring
from hub.authoring import tables
from hub.cli import app
from hub.errors import Unauthenticated
from hub.settings import Settings

ACTS = "https://benkan.example/fhir/ConceptMap/inps-acte"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("BENKAN_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("BENKAN_ACCESS", "open")

    def command(*words: str, status: int = 0) -> str:
        done = CliRunner().invoke(app, list(words))
        assert done.exit_code == status, done.output
        return done.output

    return command


def test_a_tariff_is_tried_then_imported_then_taken_out(run, tmp_path: Path) -> None:
    file = tmp_path / "tarif.csv"
    file.write_bytes("code;libellé;tarif\nC;Consultation;2 000\n".encode("cp1252"))
    words = ("reference", "import", str(file), "--list", "tarifs", "--from", "2027-01-01")
    assert "Essai seulement" in run(*words, "--dry-run")
    tried = json.loads(run(*words, "--dry-run", "--json"))
    assert (tried["counts"]["new"], tried["written"]) == (1, None)
    run(*words, status=1)  # no reason
    assert "sous le numéro 1" in run(*words, "--reason", "Arrêté fictif", "--actor", "awa")
    assert "Rien ne change" in run(*words)
    [kept] = json.loads(run("reference", "history", "--json"))
    assert (kept["reason"], kept["file"]) == ("Arrêté fictif", "tarif.csv")
    assert re.fullmatch(r"account\|\S+ \(awa\)", kept["actor"])  # said, not proved
    out = tmp_path / "sortie.xlsx"
    run("reference", "export", "--list", "tarifs", "--out", str(out))
    again = ("reference", "import", str(out), "--list", "tarifs", "--from", "2027-01-01")
    assert "Rien ne change" in run(*again, "--whole")
    shown = run("reference", "show", "tarifs", "--on", date(2027, 1, 1).isoformat())
    assert "2000 XOF" in shown


def test_what_is_wrong_in_a_file_is_told_by_cell(run, tmp_path: Path) -> None:
    file = tmp_path / "tarif.csv"
    file.write_text("code;tarif\nA;dix\n")
    told = run(
        *("reference", "import", str(file), "--list", "tarifs", "--from", "2027-01-01"),
        status=1,
    )
    assert "B2: Ligne 2, cellule B2" in told
    assert "Rien n'est écrit" in told


def test_rows_go_into_the_draft_of_a_table(run, tmp_path: Path) -> None:
    file = tmp_path / "actes.csv"
    file.write_text("kine;20201\n")
    words = ["code", "import", ACTS, str(file)]
    assert isinstance(CliRunner().invoke(app, words).exception, Unauthenticated)
    hub = wiring.build(Settings(), adapters={})
    signed_in(hub, "awa", "mapping-editor")
    run(*words)
    assert hub.store.drafts()[0].editor == "person|awa"
    assert tables.opened(hub, ACTS).rows[-1]["target_code"] == "20201"
    hub.close()
    assert json.loads(run("code", "missing", "--json")) == {"missing": [], "ready": []}
    assert "0" in run("code", "release")
    assert json.loads(run("code", "uncovered", ACTS, "--json")) == []
