"""Rows added at once, for a code and what it depends on."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import pytest

from hub import wiring
from hub.authoring import tables_needs, urgent_rows
from hub.errors import Invalid
from hub.mapping.library import Library
from hub.model import Exchange, Operation, State
from hub.ports import Acceptance
from hub.settings import Settings

TABLE = "https://benkan.example/fhir/ConceptMap/cmss-acte-inverse"
LETTERS = "https://benkan.example/fhir/CodeSystem/cmss-lettre-cle"
ACTS = "https://benkan.example/fhir/CodeSystem/acte"
COEFFICIENT = "https://benkan.example/fhir/concept-property/coefficient"
NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)


@pytest.fixture
def hub(packaged):
    return packaged


def held(hub: wiring.Hub, id: str, coefficient: str) -> None:
    depends = json.dumps({COEFFICIENT: coefficient})
    missing = {"map": TABLE, "system": LETTERS, "code": "Z", "path": "ligne[0]", "depends": depends}
    day = date(2026, 11, 3)
    ends = (f"Claim/{id}", "s|p", f"s|{id}", "0" * 64, id, id, id, day, NOW, NOW)
    told = {"partner": "cmss", "held": True, "detail": {"missing": [missing]}}
    made = Exchange(id, State.ACCEPTED, Operation.CLAIM, *ends, **told)
    hub.store.accept([Acceptance((), (made,))])


def test_a_row_for_one_coefficient_releases_only_what_waits_for_it(hub) -> None:
    held(hub, "H77", "77")
    held(hub, "H78", "78")
    lacks, ready = tables_needs.waiting(hub)
    assert (sorted(lack.depends[-5:] for lack in lacks.values()), ready) == (['"77"}', '"78"}'], [])
    depends = {COEFFICIENT: "77.0"}
    row = urgent_rows.add(hub, "person|awa", TABLE, (LETTERS, "Z"), (ACTS, "irm"), depends)
    assert urgent_rows.told(row.depends) == "coefficient = 77"
    lacks, ready = tables_needs.waiting(hub)
    assert [one.id for one in ready] == ["H77"]
    assert [lack.depends[-5:] for lack in lacks.values()] == ['"78"}']


def test_a_row_for_one_coefficient_leaves_the_others_of_its_letter(hub, tmp_path) -> None:
    depends = {COEFFICIENT: "77"}
    row = urgent_rows.add(hub, "person|awa", TABLE, (LETTERS, "Z"), (ACTS, "irm"), depends)
    assert hub.store.concept_rows() == [row]
    text = (
        "/// url = 'urn:m'\n/// name = 'm'\ngroup main(source src, target tgt) {\n"
        f"src.c as c, src.n as n -> tgt.act = translate(c, '{TABLE}', 'code', '{COEFFICIENT}', n) "
        '"act"; }'
    )
    (tmp_path / "m.fml").write_text(text, encoding="utf-8")
    packs = [*wiring.map_folders(Settings(data=tmp_path, access="open")), tmp_path / "m.fml"]
    library = Library(packs, hub.store.concept_rows())
    coding = {"system": LETTERS, "code": "Z"}
    made = [library.run("urn:m", {"c": coding, "n": n}).tree["act"] for n in (20, 77)]
    assert made == ["img-echo-obs", "irm"]
    traced = [library.trace("urn:m", {"c": coding, "n": n}, lenient=True) for n in (20, 77)]
    assert [each.steps[0].rows[0].by_hand for each in traced] == [False, True]


@pytest.mark.parametrize(
    ("depends", "said"),
    [({"urn:colour": "red"}, "concept-property/coefficient"), ({COEFFICIENT: ""}, "--depends")],
)
def test_a_row_that_could_never_apply_is_refused(hub, depends, said) -> None:
    with pytest.raises(Invalid) as refused:
        urgent_rows.add(hub, "person|awa", TABLE, (LETTERS, "Z"), (ACTS, "irm"), depends)
    assert said in refused.value.issues[0].fr
    assert hub.store.concept_rows() == []


def test_the_command_for_a_missing_code_names_the_coefficient() -> None:
    missing = {"map": "urn:t", "system": "urn:s", "code": "Z'1", "depends": '{"urn:c": "20"}'}
    told = urgent_rows.command(missing)
    assert told == "benkan map add-code 'urn:t' 'urn:s|Z'\\''1' CODE --depends 'urn:c=20'"
