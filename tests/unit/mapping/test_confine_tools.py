"""Examples and comparisons of drafts: in a child process, with the verdicts of this one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import mappings
from hub.errors import Unmappable
from hub.mapping import confine, tools
from hub.mapping.confine import Limits
from hub.mapping.tools import MapTools

ROOT = Path(mappings.__file__).parent
TEXT = """/// url = 'http://example.org/StructureMap/draft'
/// name = 'draft'
uses "http://hl7.org/fhir/StructureDefinition/Patient" alias Patient as source
uses "http://hl7.org/fhir/StructureDefinition/Patient" as target
group g(source src : Patient, target tgt : Patient) {{
{rules}
}}
"""
PATIENT = {"resourceType": "Patient", "name": [{"family": "Ba"}], "multipleBirthInteger": 2}


@pytest.fixture
def folder(tmp_path):
    """A draft with one example that passes and one that does not."""
    text = TEXT.format(rules="src.name -> tgt.name; src.multipleBirth -> tgt.multipleBirth;")
    (tmp_path / "draft.fml").write_text(text, encoding="utf-8")
    examples = tmp_path / "examples" / "draft"
    examples.mkdir(parents=True)
    for name, made in (("good", PATIENT), ("bad", {**PATIENT, "multipleBirthInteger": 3})):
        (examples / f"{name}.in.json").write_text(json.dumps(PATIENT), encoding="utf-8")
        (examples / f"{name}.out.json").write_text(json.dumps(made), encoding="utf-8")
    return tmp_path


def test_examples_of_a_draft_run_in_a_child_with_the_same_verdicts(folder, monkeypatch):
    made = MapTools([folder], ROOT)
    here = list(made.test(folder, confined=False))
    asked = []
    run = confine.run
    monkeypatch.setattr(
        tools.confine, "run", lambda *given: asked.append(given[1].form) or run(*given)
    )
    there = list(made.test(folder))
    assert asked == ["examples"]
    assert [(v.example, v.passed, v.backwards) for v in there] == [
        (v.example, v.passed, v.backwards) for v in here
    ]
    assert [list(v.differences) for v in there] == [list(v.differences) for v in here]
    assert [v.passed for v in there] == [False, True]


def test_two_drafts_are_compared_in_a_child_with_the_same_result(folder):
    other = folder / "other.fml"
    text = TEXT.format(rules="src.multipleBirth -> tgt.multipleBirth;")
    other.write_text(text.replace("draft'", "other'"), encoding="utf-8")
    made = MapTools([folder], ROOT)
    first = folder / "draft.fml"
    assert made.compare(first, other, folder / "examples") == made.compare(
        first, other, folder / "examples", confined=False
    )


def test_examples_of_a_draft_without_end_are_stopped(folder, monkeypatch):
    rules = "src.name as n where (1 | 2 | 3).repeat($this + 1).exists() -> tgt.name = n 'x';"
    (folder / "draft.fml").write_text(TEXT.format(rules=rules), encoding="utf-8")
    monkeypatch.setattr(confine, "MANY", Limits(cpu=600, wall=0.2))
    with pytest.raises(Unmappable, match="time"):
        list(MapTools([folder], ROOT).test(folder))
