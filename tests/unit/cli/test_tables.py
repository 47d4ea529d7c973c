"""`benkan map table`: a ConceptMap out to a spreadsheet and in again."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import mappings
from hub.cli import main
from hub.formats import exact_json

TABLE = Path(mappings.__file__).parent / "cmss" / "concepts" / "cmss-acte-inverse.json"


@pytest.fixture
def benkan(monkeypatch, capsys):
    """Runs a command in this process: exit status, standard output, standard error."""

    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["benkan", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capsys.readouterr()
        return int(ended.value.code or 0), printed.out, printed.err

    return run


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_table_goes_out_and_comes_in_unchanged(benkan, tmp_path, form):
    sheet = tmp_path / f"actes.{form}"
    assert benkan("map", "table", "export", str(TABLE), "--out", str(sheet))[0] == 0
    status, printed, _ = benkan("map", "table", "import", str(sheet))
    assert status == 0
    assert "16 rows" in printed
    assert (tmp_path / "actes.json").read_bytes().startswith(b'{\n "resourceType"')
    made = exact_json.loads((tmp_path / "actes.json").read_bytes())
    assert made == exact_json.loads(TABLE.read_bytes())


def test_wrong_rows_are_told_in_both_languages_and_nothing_is_written(benkan, tmp_path):
    sheet = tmp_path / "t.csv"
    rows = "source_code;relationship;target_code\na;equal;x\na;equal;y\n"
    sheet.write_text("#url;urn:t\n#status;draft\n" + rows, encoding="utf-8")
    status, _, complained = benkan("map", "table", "import", str(sheet))
    assert status == 1
    assert "ligne 5 : la ligne 4 traduit déjà a par x" in complained
    assert "row 4 already translates a to x" in complained
    assert not (tmp_path / "t.json").exists()


def test_an_imported_table_must_be_good_fhir(benkan, tmp_path):
    sheet = tmp_path / "t.csv"
    sheet.write_text("#url;urn:t\nsource_code;relationship;target_code\na;equal;x\n", "utf-8")
    status, _, complained = benkan("map", "table", "import", str(sheet))
    assert status == 1
    assert "status" in complained


def test_only_csv_and_xlsx_are_tables(benkan, tmp_path):
    status, _, complained = benkan("map", "table", "import", str(TABLE))
    assert status == 2
    assert "a table ends in .csv or .xlsx" in complained


@pytest.mark.parametrize("text", ["[]", '{"resourceType": "Patient"}'])
def test_only_concept_maps_become_tables(benkan, tmp_path, text):
    (tmp_path / "x.json").write_text(text, encoding="utf-8")
    status, _, complained = benkan("map", "table", "export", str(tmp_path / "x.json"))
    assert status == 1
    assert "this file is no ConceptMap" in complained
    assert not (tmp_path / "x.csv").exists()
