"""A draft map in a child process: the same result as in this one, and limits that hold."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

import mappings
from hub.errors import Unmappable
from hub.formats import exact_json
from hub.mapping import confine
from hub.mapping.confine import Limits
from hub.mapping.confined import Forbidden, refuse
from hub.mapping.library import Library
from hub.mapping.tools import MapTools
from hub.mapping.transform_file import Wanted, transform

ROOT = Path(mappings.__file__).parent
EXAMPLE = ROOT / "cmss/examples/claim/pharmacie.in.json"
HEAD = """/// url = 'http://example.org/StructureMap/draft'
/// name = 'draft'
uses "http://hl7.org/fhir/StructureDefinition/Patient" alias Patient as source
uses "http://hl7.org/fhir/StructureDefinition/Patient" as target
group g(source src : Patient, target tgt : Patient) {
"""


@pytest.fixture
def draft(tmp_path):
    """Runs rules of a draft on a Patient in a child process."""

    def run(rules, source, limits=confine.DEFAULT, **wanted):
        file = tmp_path / "draft.fml"
        file.write_text(f"{HEAD}{rules}\n}}\n", encoding="utf-8")
        body = json.dumps({"resourceType": "Patient", **source}).encode()
        return confine.run([tmp_path], Wanted(str(file), **wanted), body, limits)

    return run


def names(count, inner=1):
    return {"name": [{"given": ["x" * 10] * inner} for _ in range(count)]}


def test_a_child_gives_what_this_process_gives():
    wanted = Wanted(str(ROOT / "cmss/claim.fml"), trace=True)
    body = EXAMPLE.read_bytes()
    there, here = confine.run([ROOT], wanted, body), transform(Library([ROOT]), wanted, body)
    assert there.body == here.body
    assert json.dumps(there.trace, default=str) == json.dumps(here.trace, default=str)
    assert list(there.warnings) == list(here.warnings)


def test_evidence_from_a_child_is_the_evidence_of_this_process():
    now = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)
    tools = MapTools([ROOT], ROOT, clock=lambda: now)
    given = str(ROOT / "cmss/claim.fml"), "pharmacie", EXAMPLE.read_bytes()
    here, there = tools.explain(*given), tools.explain(*given, confined=True)
    there = replace(there, at=now)
    assert exact_json.dumps(tools.as_tree(there)) == exact_json.dumps(tools.as_tree(here))
    assert tools.page(there) == tools.page(here)


def test_what_a_map_refuses_is_said_as_in_this_process(draft):
    with pytest.raises(Unmappable) as caught:
        draft(
            'src.birthDate as b check $this = @2000-01-01 -> tgt.birthDate = b "b";',
            {
                "birthDate": "1999-01-01",
            },
        )
    (issue,) = caught.value.issues
    assert "draft.fml:6:" in issue.path
    assert "Contrôle non satisfait" in issue.fr
    assert "check failed" in issue.en


def test_a_code_without_a_row_travels_with_the_refusal(draft, tmp_path):
    url = "http://example.org/ConceptMap/sex"
    table = {"resourceType": "ConceptMap", "url": url, "group": []}
    (tmp_path / "sex.json").write_text(json.dumps(table), encoding="utf-8")
    rule = f"src.gender as g -> tgt.language = translate(g, '{url}', 'code') \"g\";"
    with pytest.raises(Unmappable) as caught:
        draft(rule, {"gender": "male"}, strict=True)
    assert [m.code for m in caught.value.missing] == ["male"]


def limit_named(caught):
    (issue,) = caught.value.issues
    assert issue.code == "too-costly"
    assert "dépassé sa limite" in issue.fr
    return issue.en


def test_wall_time_ends_a_draft(draft):
    with pytest.raises(Unmappable) as caught:
        draft('src.birthDate as b -> tgt.birthDate = b "b";', {}, Limits(wall=0.02))
    assert "(time: 0.02 s)" in limit_named(caught)


def test_processor_time_ends_a_draft(draft):
    rules = (
        "src.name as a then { src.name as b then { src.name as c -> tgt.language = "
        '(%c.given.first().replaceMatches(\'x\', \'yy\') + %a.given.first()) "c"; } "b"; } "a";'
    )
    with pytest.raises(Unmappable) as caught:
        draft(rules, names(120), Limits(cpu=1))
    assert "(processor time: 1 s)" in limit_named(caught)


def test_memory_ends_a_draft(draft):
    rules = "\n".join(f'src.name as a -> tgt.name = a "n{n}";' for n in range(120))
    with pytest.raises(Unmappable) as caught:
        draft(rules, names(20_000, 5), Limits(memory=200 << 20))
    assert "(memory: 200 MiB)" in limit_named(caught)


def test_a_result_that_is_too_large_is_not_given(draft):
    with pytest.raises(Unmappable) as caught:
        draft('src.name as n -> tgt.name = n "n";', names(100), Limits(output=2_000))
    assert "(size of the result: 2000 B)" in limit_named(caught)


@pytest.mark.parametrize(
    "attempt",
    [
        "import socket; socket.socket()",
        "import socket; socket.getaddrinfo('localhost', 80)",
        "import subprocess; subprocess.run(['true'])",
        "import os; os.system('true')",
        "import os; os.fork()",
        "open('made', 'w')",
        "import os; os.open('made', os.O_CREAT)",
        "import os; os.remove('there')",
        "import ctypes; ctypes.CDLL(None)",
    ],
)
def test_the_child_s_hook_refuses_what_leads_outside(attempt, tmp_path):
    (tmp_path / "there").write_text("x")
    program = (
        "import sys, ctypes, socket, subprocess\n"
        "from hub.mapping.confined import refuse, Forbidden\n"
        "sys.addaudithook(refuse)\n"
        f"try:\n    {attempt}\nexcept Forbidden:\n    print('refused')\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(ROOT.parent)!r})\n{program}"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.stdout == "refused\n", ran.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["there"]


def test_reading_stays_allowed():
    assert refuse("open", ("file", "r", 0)) is None
    with pytest.raises(Forbidden):
        refuse("socket.connect", (socket.SOCK_STREAM, ("localhost", 1)))


def test_a_packaged_map_runs_here_and_any_other_in_a_child(tmp_path, monkeypatch):
    file = tmp_path / "draft.fml"
    file.write_text(f'{HEAD}src.birthDate as b -> tgt.birthDate = b "b";\n}}\n', encoding="utf-8")
    started = []

    class Counted(subprocess.Popen):
        def __init__(self, *arguments, **named):
            started.append(arguments)
            super().__init__(*arguments, **named)

    monkeypatch.setattr(subprocess, "Popen", Counted)
    tools = MapTools([ROOT, tmp_path], ROOT)
    patient = b'{"resourceType": "Patient", "birthDate": "1980-01-01"}'
    MapTools([ROOT], ROOT).run(Wanted(str(ROOT / "cmss/claim.fml")), EXAMPLE.read_bytes())
    assert started == []
    made = tools.run(Wanted(str(file)), patient)
    assert len(started) == 1
    assert tools.run(Wanted(str(file)), patient, confined=False).body == made.body
    assert len(started) == 1


def test_a_text_that_doubles_without_end_is_stopped_by_the_engine(transform):
    rules = (
        'src.gender as g -> tgt.language as l, l.value = g then Twice(g, l) "first";\n}\n'
        "group Twice(source g, target l) {\n"
        '  g -> append(g, g) as h then Twice(h, l) "double";'
    )
    with pytest.raises(Unmappable, match="characters of a text"):
        transform(rules, {"gender": "x" * 1000})
