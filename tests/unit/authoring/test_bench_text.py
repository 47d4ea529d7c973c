"""What the workbench says of a map's text while it is being written."""

from __future__ import annotations

from pathlib import Path

import pytest
from bench_world import TEXT as SMALL

from hub import wiring
from hub.authoring import bench
from hub.errors import Invalid
from hub.mapping.library import Library


class Maps:
    """The packaged maps."""

    def __init__(self) -> None:
        self._library = Library([wiring.packaged(".")])

    def library(self) -> Library:
        return self._library


@pytest.fixture(scope="module")
def maps():
    class Hub:
        maps = Maps()

    return Hub()


BODY = '    claim.total as t then { t.currency as v -> f.devise = v "devise"; } "total";\n'


def options(hub, text: str) -> list[str]:
    """The labels offered at the mark ¦."""
    before, _, after = text.partition("¦")
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    return [one.label for one in bench.complete(hub, before + after, line, column).options]


def within(rule: str, below: str = "") -> str:
    """The small map with another rule in the place of one, and groups below it."""
    assert BODY in SMALL
    return SMALL.replace(BODY, f"    {rule}\n") + below


def test_a_text_without_mistakes_has_no_finding(maps) -> None:
    assert [one for one in bench.check(maps, SMALL) if one.severity == "error"] == []


def test_a_mistake_is_underlined_from_its_first_sign_to_its_last(maps) -> None:
    found = bench.check(maps, within('claim.totl as t -> f.devise = t "devise";'))
    (one,) = (each for each in found if each.severity == "error")
    line = within("").split("\n").index("    ") + 1
    assert (one.line, one.column, one.end_line, one.end_column) == (line, 5, line, 15)
    assert "totl" in one.fr
    assert "totl" in one.en
    assert one.rule == "Essai/devise"


def test_columns_count_as_a_browser_counts_them(maps) -> None:
    """The sign 𝛼 is two UTF-16 units."""
    found = bench.check(maps, within('claim.id as v -> f.devise = "𝛼𝛼", f.devse = v "d";'))
    (one,) = (each for each in found if each.severity == "error")
    row = 'claim.id as v -> f.devise = "𝛼𝛼", '
    assert one.column == 5 + len(row) + 2


def test_a_syntax_error_at_the_very_end_has_a_place(maps) -> None:
    (one, *_) = bench.check(maps, SMALL.rstrip().rstrip("}"))
    assert one.severity == "error"
    assert one.line >= 1
    assert (one.end_line, one.end_column) > (one.line, one.column)


@pytest.mark.parametrize(
    ("rule", "offered", "not_offered"),
    [
        ("claim.tot¦", {"total"}, {"identifier", "claim"}),
        ("d.¦", {"claim", "careDate"}, {"total"}),
        ("claim.total as t then { t.¦", {"value", "currency"}, {"total"}),
        ("claim.id as v -> f.¦", {"devise", "numeroFeuille"}, {"careDate"}),
        ("claim.id as v -> f.devise = ¦", {"translate", "create", "v"}, {"f"}),
        ("¦", {"claim", "d"}, {"f"}),
        ("claim.id as v -> ¦", {"f"}, {"claim"}),
        ("claim.id ¦", {"as", "where", "then"}, {"group"}),
        ("claim.identifier as i where (¦", {"system", "value", "$this", "%claim"}, {"total"}),
        ("claim.item as i where (net.¦", {"value", "currency", "exists"}, {"sequence"}),
        ("claim as c where (item.where(¦", {"sequence", "net"}, {"insurer"}),
        ("claim -> f.devise = (%claim.item.first().net.¦", {"value"}, {"sequence"}),
        ("claim.total then ¦", {"Essai", "Autre"}, {"claim"}),
        ("claim.gender as v -> f.type = translate(¦", {"v", "claim"}, {"translate"}),
        (
            "claim.id as v -> f.type = translate(v, 'cmss-se¦",
            {"https://benkan.example/fhir/ConceptMap/cmss-sexe"},
            {"https://benkan.example/fhir/ConceptMap/cmss-acte"},
        ),
        ("claim.id as v -> f.type = create('Cod¦", {"Coding", "CodeableConcept"}, {"Claim"}),
        ("// claim.¦", set(), {"total"}),
    ],
)
def test_completion_knows_what_may_stand_there(
    maps, rule: str, offered: set[str], not_offered: set[str]
) -> None:
    other = "\ngroup Autre(source x, target y) { x.identifier as i; }\n"
    found = set(options(maps, within(rule, other)))
    assert offered <= found
    assert not_offered & found == set()


def test_a_group_without_types_takes_those_of_its_caller(maps) -> None:
    below = "\ngroup Autre(source x, target y) { x.¦ }\n"
    found = options(maps, within('claim.total as t then Autre(t, f) "autre";', below))
    assert {"value", "currency"} <= set(found)


def test_an_option_says_its_type_and_what_its_model_says_of_it(maps) -> None:
    text = within("d.care¦")
    line, column = text.split("¦")[0].count("\n") + 1, 11
    (one,) = bench.complete(maps, text.replace("¦", ""), line, column).options
    assert (one.label, one.detail, one.told) == ("careDate", "date 1..1", "Date des soins")


def test_the_heads_of_a_text_are_completed_too(maps) -> None:
    assert {"uses", "group"} <= set(options(maps, "¦"))
    offered = options(maps, 'uses "StructureDefinition/Doss¦')
    assert offered == ["https://benkan.example/fhir/StructureDefinition/Dossier"]


def test_every_place_of_a_real_map_can_be_completed_and_every_cut_of_it_checked(maps) -> None:
    text = Path(wiring.packaged("demo")).parent.joinpath("cmss/claim.fml").read_text("utf-8")
    for cut in range(0, len(text), 397):
        before = text[:cut]
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        bench.complete(maps, before, line, column)
        for one in bench.check(maps, before):
            assert (one.line, one.column) <= (one.end_line, one.end_column)


def test_a_text_larger_than_any_map_is_refused(maps) -> None:
    with pytest.raises(Invalid):
        bench.check(maps, " " * 2_000_001)
