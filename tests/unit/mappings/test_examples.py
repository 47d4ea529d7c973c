"""Every example beside a map is a test of that map."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import pytest

import mappings
from hub.errors import Unmappable
from hub.fhir.validate import validate
from hub.formats import exact_json
from hub.mapping.library import Library
from hub.ports import ConceptRow

ROOT = Path(mappings.__file__).parent
MAPS = "https://benkan.example/fhir/StructureMap/"
EXAMPLES = sorted(ROOT.glob("*/examples/*/*.in.json"))
#: Maps that are only imported by others.
SHARED = {"demande", "mouvement", "canam-lignes", "inamo-feuille", "inamo-reponse"}


@cache
def library(rows: tuple[ConceptRow, ...] = ()) -> Library:
    return Library([ROOT], rows)


def canonical(example: Path) -> str:
    return f"{MAPS}{example.parts[-4]}-{example.parent.name}"


def rows(example: Path) -> tuple[ConceptRow, ...]:
    """Rows an administrator added before, when the example says so."""
    file = example.with_name(example.name.replace(".in.", ".rows."))
    if not file.exists():
        return ()
    return tuple(ConceptRow(**row) for row in json.loads(file.read_text(encoding="utf-8")))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda p: "/".join(p.parts[-4:]))
def test_a_map_makes_what_its_example_says(example: Path) -> None:
    source = exact_json.loads(example.read_bytes())
    made = library(rows(example)).map(canonical(example), source)
    expected = exact_json.loads(
        example.with_name(example.name.replace(".in.", ".out.")).read_bytes()
    )
    assert exact_json.dumps(made) == exact_json.dumps(expected)


@pytest.mark.parametrize(
    "example", [e for e in EXAMPLES if rows(e)], ids=lambda p: "/".join(p.parts[-4:])
)
def test_without_the_added_rows_every_missing_code_is_named_at_once(example: Path) -> None:
    with pytest.raises(Unmappable) as caught:
        library().map(canonical(example), exact_json.loads(example.read_bytes()))
    missing = {(m.concept_map, m.system, m.code) for m in caught.value.missing}
    added = rows(example)
    assert missing == {(r.concept_map, r.source_system, r.source_code) for r in added}


def test_every_map_has_at_least_two_examples() -> None:
    counted = {url.partition("|")[0].removeprefix(MAPS): 0 for url in library().maps()}
    for example in EXAMPLES:
        counted[canonical(example).removeprefix(MAPS)] += 1
    assert {m for m, n in counted.items() if n < 2} == SHARED


def test_every_map_compiles_without_a_finding() -> None:
    found = [str(e) for f in sorted(ROOT.rglob("*.fml")) for e in library().check(f)]
    assert found == []


@pytest.mark.parametrize(
    "answer",
    [e for e in ROOT.glob("*/examples/*/*.out.json") if b'"resourceType"' in e.read_bytes()],
    ids=lambda p: "/".join(p.parts[-4:]),
)
def test_what_an_incoming_map_makes_is_good_fhir(answer: Path) -> None:
    assert validate(exact_json.loads(answer.read_bytes())) == []
