"""What the workbench tells of a map run on a source: values, where they come from, bytes, gaps."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest
from bench_world import EXPECTED, GIVEN, MAP, SOURCE, TEXT, Fund, lay_out

from hub import wiring
from hub.authoring import bench, bench_sources, releases
from hub.authoring.bench_mask import masked
from hub.authoring.bench_required import required
from hub.errors import Problem, Unmappable
from hub.formats import exact_json
from hub.mapping.library import Library
from hub.settings import Settings

MAPPINGS = Path(__file__).parents[3] / "mappings"


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bench")
    settings = Settings(data=folder / "data", access="open", mappings=[lay_out(folder / "essai")])
    made = wiring.build(settings, adapters={"cmss": Fund()})
    yield made
    made.close()


@pytest.fixture(scope="module")
def done(hub):
    return bench.evaluate(hub, TEXT, SOURCE, exact_json.dumps(EXPECTED).decode())


def test_a_run_tells_where_each_value_came_from_and_what_became_of_each_source(done) -> None:
    by_path = {one.path.partition(".")[2]: one for one in done.targets}
    number = by_path["numeroFeuille"]
    assert number.value == "F-0001"
    assert list(number.sources) == ["Dossier.claim.identifier[0].value"]
    assert number.rule == "Essai/valeur"
    line, column, end_line, end_column = number.place
    row = TEXT.split("\n")[line - 1]
    assert line == end_line
    assert row[column - 1 : end_column - 1] == 'i.value as v -> f.numeroFeuille = v "valeur";'
    uses = {one.path: one for one in done.sources}
    assert uses["Dossier.claim.identifier[0].value"].use == "carried"
    assert uses["Dossier.claim.identifier[0].value"].targets == [number.path]
    assert uses["Dossier.claim.use"].use == "unused"
    assert {one.use for one in done.sources} == {"carried", "unused"}


def test_a_run_counts_the_required_elements_it_did_not_fill(done) -> None:
    required = {path.partition(".")[2]: filled for path, filled in done.required}
    assert required["numeroFeuille"] is True
    assert required["ligne"] is False
    assert any(path.endswith(".ligne") for path in done.missing)


def test_what_the_format_computes_itself_is_not_asked_of_the_map() -> None:
    """Control totals and constants: the layout of records says so, docs/record-formats.md."""
    library = Library([MAPPINGS / "shared", MAPPINGS / "inps"])
    made = library.schema.type("https://benkan.example/fhir/StructureDefinition/inps-facture")
    found = dict(required(library.schema, made, {"ligne": [{}], "fin": {}}))
    assert found["InpsFacture.fin.nombreLignes"] is True
    assert found["InpsFacture.ligne[0].montant"] is False
    without = dict(required(library.schema, made, {}))
    assert (without["InpsFacture.fin"], without["InpsFacture.ligne"]) == (True, False)


def test_a_run_is_compared_with_what_was_expected(done) -> None:
    told = [(one.path, str(one.kind), one.second) for one in done.differences]
    assert ("numeroFeuille", "added", "F-0001") in told
    assert [path for path, _, _ in told if path in EXPECTED] == []


def test_the_bytes_are_those_the_adapter_writes(hub, done) -> None:
    written = hub.adapters["cmss"].encode("claim", done.tree, "S-1")
    assert done.message == written
    told = json.loads(exact_json.dumps(bench.evaluation_tree(done)), parse_float=Decimal)
    assert told["bytes"]["text"] == written.body.decode()
    assert told["compared"] is True
    assert told["differences"][0]["kind"] == "added"


def test_what_an_adapter_refuses_to_write_is_told(hub, monkeypatch) -> None:
    def refuse(operation: str, tree: object, key: str) -> object:
        raise KeyError("numeroFeuille")

    monkeypatch.setattr(hub.adapters["cmss"], "encode", refuse, raising=False)
    done = bench.evaluate(hub, TEXT, SOURCE)
    assert done.message is None
    assert "numeroFeuille" in done.refused[0].fr


def test_a_map_with_mistakes_says_its_own_line_and_not_a_folder_of_this_machine(hub) -> None:
    with pytest.raises(Unmappable) as caught:
        bench.evaluate(hub, TEXT.replace("group Essai(", "group Essai((", 1), SOURCE)
    assert caught.value.issues[0].path.startswith("brouillon.fml:9:")


def test_a_map_that_never_ends_is_stopped(hub, monkeypatch) -> None:
    loop = "  d.claim as claim then {"
    text = TEXT.replace(loop, '  d.claim as c -> f then Essai(d, f) "encore";\n' + loop, 1)
    with pytest.raises(Problem):
        bench.evaluate(hub, text, SOURCE)


def test_rows_of_an_example_and_of_administrators_are_used(hub) -> None:
    uri = "https://benkan.example/fhir/ConceptMap/cmss-sexe"
    rule = f"claim.use as v -> f.type = translate(v, '{uri}', 'code') \"sexe\";"
    text = TEXT.replace("    claim.total as t", f"    {rule}\n    claim.total as t", 1)
    held = bench.evaluate(hub, text, SOURCE)
    assert [one.code for one in held.warnings if "claim" in one.fr] == ["code-invalid"]
    row = bench_sources.AddedRow(uri, "", "claim", "", "Z")
    filled = bench.evaluate(hub, text, SOURCE, rows=[row])
    assert filled.warnings == []
    (one,) = (each for each in filled.targets if each.path.endswith(".type") and each.rows)
    assert (one.value, one.rows[0]["target_code"]) == ("Z", "Z")


def test_examples_beside_the_map_are_joined_by_those_kept_with_its_draft(hub) -> None:
    (beside,) = bench_sources.beside(hub, MAP, {})
    assert (beside.name, json.loads(beside.source)) == ("un", GIVEN)
    awa = releases.Person("person|awa", ("mapping-editor",))
    draft = releases.open_draft(hub, awa, MAP)
    kept = releases.keep_example(hub, awa, MAP, "deux", SOURCE, "{}", draft.hash)
    names = [one.name for one in bench_sources.beside(hub, MAP, kept.examples)]
    assert names == ["deux", "un"]
    gone = {"un": {"in": None, "out": "", "rows": []}}
    assert bench_sources.beside(hub, MAP, gone) == []


def test_a_masked_source_names_nobody_and_keeps_its_form() -> None:
    given = {
        "resourceType": "Patient",
        "id": "p-1",
        "identifier": [{"system": "s|nina", "value": "19001-A"}],
        "name": [{"family": "Keïta", "given": ["Awa"]}],
        "birthDate": "1967-10-05",
        "gender": "female",
        "managingOrganization": {"reference": "Organization/o-12", "display": "CSCom"},
        "code": {"coding": [{"system": "x", "code": "B50.9", "display": "Paludisme"}]},
        "amount": Decimal("12500"),
        "active": True,
        "date": "2026-11-03",
    }
    assert masked(given) == {
        "resourceType": "Patient",
        "id": "x-9",
        "identifier": [{"system": "s|nina", "value": "99999-X"}],
        "name": [{"family": "Xxxxx", "given": ["Xxx"]}],
        "birthDate": "1967-01-01",
        "gender": "female",
        "managingOrganization": {"reference": "Organization/x-99", "display": "XXXxx"},
        "code": {"coding": [{"system": "x", "code": "B50.9", "display": "Paludisme"}]},
        "amount": Decimal("12500"),
        "active": True,
        "date": "2026-11-03",
    }
