"""Commands given something wrong: a sentence in both languages and exit status 1 or 2."""

from __future__ import annotations

import socket
import sys
import time
from decimal import Decimal

import pytest

from hub.cli import main
from hub.cli.sums import compare, merged

TABLE = "https://benkan.example/fhir/ConceptMap/cmss-acte"


@pytest.fixture
def benkan(monkeypatch, capsys, tmp_path):
    """Runs a command in this process, in a folder of its own: exit status, output, errors."""
    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["benkan", *words])
        status = 0
        try:
            main()
        except SystemExit as ended:
            status = int(ended.code or 0)
        printed = capsys.readouterr()
        return status, printed.out, printed.err

    return run


def test_samples_cannot_be_written_over_a_file(benkan, tmp_path):
    (tmp_path / "taken").write_text("x", encoding="utf-8")
    status, _, complained = benkan("sample", "--claims", "1", "--out", "taken")
    assert status == 1
    assert complained.startswith("benkan: taken : lecture ou écriture impossible.")


@pytest.mark.parametrize("command", ["submit", "validate"])
def test_a_folder_without_json_is_not_a_success(benkan, tmp_path, command):
    (tmp_path / "empty").mkdir()
    status, _, complained = benkan(command, "empty")
    assert status == 1
    assert "Aucun fichier .json dans empty" in complained


def test_a_file_that_is_not_json_is_named_once(benkan, tmp_path):
    (tmp_path / "bad.json").write_text("pas du JSON", encoding="utf-8")
    status, printed, _ = benkan("validate", "bad.json")
    assert status == 1
    assert printed.startswith("bad.json: JSON, ligne 1, colonne 1 : ")


def test_validate_speaks_french_and_english_only(benkan, tmp_path):
    (tmp_path / "p.json").write_text('{"resourceType":"Patient"}', encoding="utf-8")
    assert benkan("validate", "p.json", "--language", "de")[0] == 2
    assert benkan("validate", "p.json", "--language", "en")[0] == 0


@pytest.mark.parametrize(
    ("table", "source", "target"),
    [("nowhere", "s|a", "b"), (TABLE, "a", "b"), (TABLE, "s|", "b"), (TABLE, "s|a", "")],
)
def test_a_row_that_could_never_be_used_is_not_added(benkan, table, source, target):
    assert benkan("db", "upgrade")[0] == 0
    assert benkan("map", "add-code", table, source, target)[0] == 1
    assert benkan("map", "add-code", TABLE, "s|a", "b")[0] == 0


def test_resume_wants_to_know_what(benkan):
    assert benkan("db", "upgrade")[0] == 0
    assert benkan("exchange", "resume")[0] == 2
    assert benkan("exchange", "resume", "x", "--all")[0] == 2
    assert benkan("exchange", "resume", "--all")[0] == 0


def test_sums_keep_every_digit():
    amount = "123456789012345678901234567890"
    book = {"XOF": {"count": 1, "sum": amount}}
    assert merged([book, {"XOF": {"count": 1, "sum": "1"}}])["XOF"]["sum"] == amount[:-1] + "1"
    places = {"received": book, "stored": {"XOF": {"count": 1, "sum": amount[:-1] + "1"}}}
    found, equal = compare(places, None, [])
    assert not equal
    assert [s.amount for s in found] == [Decimal(amount), Decimal(amount[:-1] + "1")]


def test_a_hub_that_is_down_is_told_in_seconds_however_many_files(benkan, tmp_path, monkeypatch):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    monkeypatch.setenv("BENKAN_URL", f"http://127.0.0.1:{port}")
    for number in range(60):
        (tmp_path / f"{number}.json").write_text('{"resourceType":"Claim"}', encoding="utf-8")
    start = time.monotonic()
    status, printed, _ = benkan("submit", ".")
    assert time.monotonic() - start < 15
    assert status == 1
    assert "60 feuille(s)" in printed
    assert "lancez-le (benkan up), puis relancez la même commande" in " ".join(printed.split())


def test_help_is_wrapped_to_the_terminal_not_where_the_source_is(benkan, monkeypatch):
    monkeypatch.setenv("TERMINAL_WIDTH", "80")
    monkeypatch.setenv("COLUMNS", "80")
    status, printed, _ = benkan("submit", "--help")
    assert status == 0
    assert "recognised and not sent a second time." in printed
