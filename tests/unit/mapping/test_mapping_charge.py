"""A map cannot run without end, whichever of its groups count their calls."""

import pytest

from hub.errors import Unmappable
from hub.mapping import charge, run

URL = "http://example.org/StructureMap/charge"
HEAD = f"""/// url = '{URL}'
/// name = 'charge'
uses "http://hl7.org/fhir/StructureDefinition/Patient" alias Patient as source
uses "http://hl7.org/fhir/StructureDefinition/Patient" as target
group main(source src : Patient, target tgt : Patient) {{ src then G0(src, tgt); }}
"""


def chain(levels, rule):
    """Groups G0…Gn, each of which calls the next as the rule says."""
    calls = [
        f"group G{n}(source s : Patient, target t : Patient) {{ {rule.format(f'G{n + 1}(s, t)')} }}"
        for n in range(levels)
    ]
    last = f"group G{levels}(source s : Patient, target t : Patient) {{ s.id as i -> t.id = i; }}"
    return HEAD + "\n".join([*calls, last, ""])


def test_groups_that_double_their_calls_end_at_the_budget(library_of, monkeypatch):
    monkeypatch.setattr(run, "MOST_STEPS", 20_000)
    library = library_of({"a.fml": chain(40, "s then {0}; s then {0};")})
    with pytest.raises(Unmappable, match="steps"):
        library.map(URL, {"id": "x"})


def test_loops_of_groups_within_loops_end_at_the_budget(library_of, monkeypatch):
    monkeypatch.setattr(run, "MOST_STEPS", 20_000)
    library = library_of({"a.fml": chain(6, "s.name as n then {{ s then {0}; }};")})
    source = {"id": "x", "name": [{"text": "x"}] * 40}
    with pytest.raises(Unmappable, match="steps"):
        library.map(URL, source)


def test_a_group_that_calls_itself_ends_at_the_depth(library_of):
    text = HEAD + "group G0(source s, target t) { s then G0(s, t); }\n"
    with pytest.raises(Unmappable, match="deep"):
        library_of({"a.fml": text}).map(URL, {"id": "x"})


def test_a_long_chain_of_groups_compiles_and_ends_at_the_depth(library_of):
    library = library_of({"a.fml": chain(1500, "s then {0};")})
    with pytest.raises(Unmappable):
        library.map(URL, {"id": "x"})


def test_few_calls_are_not_counted(library_of):
    library = library_of({"a.fml": chain(3, "s then {0};")})
    assert library.map(URL, {"id": "x"}) == {"resourceType": "Patient", "id": "x"}
    assert "R.enter" not in library.python(URL)


def test_every_item_of_a_list_is_a_step(library_of, monkeypatch):
    library = library_of({"a.fml": chain(1, "s.name as n then {0};")})
    monkeypatch.setattr(run, "MOST_STEPS", 10)
    assert library.map(URL, {"id": "x", "name": [{"text": "x"}] * 10})["id"] == "x"
    with pytest.raises(Unmappable, match="steps"):
        library.map(URL, {"id": "x", "name": [{"text": "x"}] * 11})


def test_only_groups_with_many_calls_below_them_count():
    calls = {"a": ["b"] * 3, "b": ["c"] * charge.FEW, "d": ["e"], "e": ["d"], "f": ["b", "e"]}
    assert charge.counting(calls) == {"b", "d", "e"}
