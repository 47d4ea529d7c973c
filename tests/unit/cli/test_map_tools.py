"""`benkan map explain`, `test`, `diff`, `export`, `import`, `run --trace`: what a person sees."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import mappings
from hub.cli import main
from hub.formats import exact_json

ROOT = Path(mappings.__file__).parent
MAP = str(ROOT / "cmss" / "claim.fml")
SHEET = str(ROOT / "cmss" / "examples" / "claim" / "pharmacie.in.json")


@pytest.fixture
def benkan(monkeypatch, capfdbinary):
    """Runs a command in this process: exit status, standard output, standard error."""

    def run(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["benkan", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
        sys.stdout.flush()
        printed = capfdbinary.readouterr()
        return int(ended.value.code or 0), printed.out.decode(), printed.err.decode()

    return run


@pytest.fixture
def draft(tmp_path):
    """A second version of the map, which carries another number."""
    file = tmp_path / "maps" / "claim.fml"
    file.parent.mkdir()
    text = Path(MAP).read_text(encoding="utf-8")
    changed = text.replace("f.identifiantDepot = v ", "f.identifiantDepot = (%v + '-bis') ")
    assert changed != text
    file.write_text(changed, encoding="utf-8")
    return file


def test_an_explanation_fits_into_100_columns(benkan):
    status, printed, _ = benkan("map", "explain", MAP, "--source", SHEET)
    assert status == 0
    assert max(map(len, printed.splitlines())) <= 100
    assert "Ce qui a été produit / What was made" in printed
    assert "table cmss-medicament" in printed


def test_an_explanation_is_json_and_a_page_when_asked(benkan, tmp_path):
    page = tmp_path / "preuve.html"
    status, printed, _ = benkan("map", "explain", MAP, "--source", SHEET, "--json", "--html", page)
    assert status == 0
    told = exact_json.loads(printed.encode())
    assert told["map"].endswith("cmss-claim|0.1.0")
    assert told["source"]["sha256"] in page.read_text(encoding="utf-8")


def test_a_run_tells_its_trace_on_standard_error_and_the_target_alone_on_output(benkan):
    plain = benkan("map", "run", MAP, "--source", SHEET)
    status, printed, told = benkan("map", "run", MAP, "--source", SHEET, "--trace")
    assert status == 0
    assert printed == plain[1]
    assert "    ← Dossier.claim.total.value = 2510" in told
    status, printed, _ = benkan("map", "run", MAP, "--source", SHEET, "--trace", "--json")
    said = exact_json.loads(printed.encode())
    assert exact_json.dumps(said["target"]) == plain[1].strip().encode()
    assert {"targets", "sources", "complete"} == set(said["trace"])


def test_a_draft_gives_the_same_confined_or_not(benkan, draft):
    status, confined, _ = benkan("map", "run", draft, "--source", SHEET)
    assert status == 0
    assert "sub-0001-bis" in confined
    assert benkan("map", "run", draft, "--source", SHEET, "--direct")[1] == confined


def test_examples_end_with_status_1_as_soon_as_one_differs(benkan, tmp_path):
    status, printed, _ = benkan("map", "test", ROOT / "canam")
    assert status == 0
    assert "0 en écart" in printed
    folder = tmp_path / "examples" / "claim"
    folder.mkdir(parents=True)
    (tmp_path / "claim.fml").write_bytes(Path(MAP).read_bytes())
    (folder / "a.in.json").write_bytes(Path(SHEET).read_bytes())
    wrong = Path(SHEET.replace(".in.", ".out.")).read_bytes().replace(b"2510", b"2511")
    (folder / "a.out.json").write_bytes(wrong)
    status, printed, _ = benkan("map", "test", tmp_path)
    assert status == 1
    assert "montantTotal\n        attendu / expected : 2511\n        obtenu  / got      : 2510" in (
        printed
    )
    status, printed, _ = benkan("map", "test", tmp_path, "--json")
    (told,) = exact_json.loads(printed.encode())
    assert (told["ok"], told["differences"][0]["path"]) == (False, "montantTotal")


def test_a_folder_without_examples_is_not_a_success(benkan, tmp_path):
    status, _, told = benkan("map", "test", tmp_path)
    assert status == 1
    assert "Aucun exemple" in told


def test_two_versions_differ_with_status_1_and_are_alike_with_0(benkan, draft):
    folder = Path(SHEET).parent
    assert benkan("map", "diff", MAP, MAP, "--source", folder)[0] == 0
    status, printed, _ = benkan("map", "diff", MAP, draft, "--source", folder, "--json")
    assert status == 1
    told = exact_json.loads(printed.encode())
    sources = len(list(folder.glob("*.in.json")))
    assert (told["sources"], told["alike"]) == (sources, 0)
    (group,) = told["groups"]
    assert (group["path"], group["count"], group["inputs"]) == (
        "identifiantDepot",
        sources,
        sources,
    )
    assert group["example"]["b"] == group["example"]["a"] + "-bis"


def test_a_pack_goes_out_and_comes_in_and_can_be_imported_as_it_is(benkan, tmp_path):
    file = tmp_path / "cmss.tgz"
    status, printed, _ = benkan("map", "export", ROOT / "cmss", file)
    assert status == 0
    assert "sha256" in printed
    assert benkan("map", "import", file, "--to", tmp_path / "out")[0] == 0
    assert (tmp_path / "out" / "claim.fml").read_bytes() == Path(MAP).read_bytes()
    status, _, told = benkan("map", "import", file, "--to", tmp_path / "out")
    assert status == 1
    assert "n’est pas vide" in told
    other = "https://benkan.example/fhir/StructureMap/cmss-claim"
    status, made, _ = benkan("map", "run", other, "--source", SHEET, "--import", file)
    assert status == 0
    assert "0042-0000062" in made


def test_a_map_that_does_not_exist_is_said_in_both_languages(benkan):
    status, _, told = benkan("map", "explain", "http://example.org/none", "--source", SHEET)
    assert status == 1
    assert "Carte inconnue" in told
    assert "unknown map" in told
