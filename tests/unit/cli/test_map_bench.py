"""`benkan map complete` and `benkan map try`: the workbench's questions on the command line."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

import mappings
from hub.cli import main

FOLDER = Path(mappings.__file__).parent / "inps"
MAP = FOLDER / "cancellation.fml"
GIVEN = sorted((FOLDER / "examples" / "cancellation").glob("*.in.json"))[0]
WANTED = GIVEN.with_name(GIVEN.name.replace(".in.", ".out."))


@pytest.fixture
def benkan(monkeypatch, capfdbinary):
    """Runs a command in this process: exit status, standard output."""

    def run(*words: object) -> tuple[int, str]:
        monkeypatch.setenv("BENKAN_PARTNERS", "inps")
        monkeypatch.setattr(sys, "argv", ["benkan", "map", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
        sys.stdout.flush()
        return int(ended.value.code or 0), capfdbinary.readouterr().out.decode()

    return run


def test_what_may_stand_at_a_place_is_listed(benkan) -> None:
    lines = MAP.read_text(encoding="utf-8").split("\n")
    row = next(n for n, line in enumerate(lines, 1) if "src.submission" in line)
    column = lines[row - 1].index("src.") + len("src.sub") + 1
    status, told = benkan("complete", MAP, row, column)
    assert status == 0
    assert told.startswith("submission  string 1..1")
    status, told = benkan("complete", MAP, row, column, "--json")
    assert json.loads(told)["options"][0]["label"] == "submission"


def test_a_try_prints_the_partners_bytes_and_fails_on_a_difference(benkan, tmp_path) -> None:
    status, told = benkan("try", MAP, "--source", GIVEN, "--expected", WANTED)
    assert status == 0, told
    submission = json.loads(GIVEN.read_text(encoding="utf-8"))["submission"]
    assert submission in told
    other = tmp_path / "other.json"
    other.write_text("{}", encoding="utf-8")
    status, told = benkan("try", MAP, "--source", GIVEN, "--expected", other, "--json")
    assert status == 1
    assert json.loads(told)["differences"][0]["kind"] == "added"
