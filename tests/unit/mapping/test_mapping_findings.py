"""What `check` finds before a map ever runs, and what each finding says."""

import json

import pytest
from typer.testing import CliRunner

from hub.cli import maps
from hub.mapping.findings import MOST
from hub.mapping.parse import MapParser

HEAD = """map "http://example.org/StructureMap/main" = main
uses "http://hl7.org/fhir/StructureDefinition/Patient" alias Patient as source
uses "http://hl7.org/fhir/StructureDefinition/Basic" alias Basic as target
"""
GENDERS = 'conceptmap "#g" { prefix s = "http://hl7.org/fhir/administrative-gender" prefix t = "t" '


@pytest.fixture
def findings(library_of, tmp_path):
    def found(text):
        return library_of({"main.map": HEAD + text}).findings(tmp_path / "main.map")

    return found


def group(rules, name="main", mode=""):
    return f"group {name}(source src : Patient, target tgt : Basic) {mode} {{\n{rules}\n}}\n"


FULL = "src -> tgt.code as c;"


@pytest.mark.parametrize(
    ("text", "severity", "message"),
    [
        (group(FULL + "src.nom -> tgt.code;"), "error", "Patient has no element nom"),
        (group(FULL + "src -> tgt.name = 'a' 'r';"), "error", "Basic has no element name"),
        (group(FULL + "src.name : Nom as n -> tgt.id = 'a';"), "error", "unknown type Nom"),
        (group(FULL + "src.name as n then far(n);"), "error", "unknown group far"),
        (group(FULL + "src then main(src);"), "error", "main takes 2 parameters, not 1"),
        (group(FULL + "src -> tgt.id = truncate('a');"), "error", "truncate takes 2"),
        (group(FULL + "src -> tgt.id = b;"), "error", "unknown variable b"),
        (group(FULL + "zzz -> tgt.id = 'a';"), "error", "unknown variable zzz"),
        (group(FULL + "src -> tgt.id = (nope());"), "error", "unknown function nope"),
        (group(FULL) + group(FULL), "error", "two groups are called main"),
        (group(FULL) + group(FULL, "a", "<<types>>") + group(FULL, "b", "<<types>>"), "error",
         "a and b are both the default group"),
        (group(FULL) + group(FULL, "alone"), "warning", "group alone is never called"),
        (group("src.id -> tgt.id;"), "warning", "no rule fills Basic.code"),
        (GENDERS + "s:male == t:M }\n" + group(
            FULL + "src.gender as g -> tgt.id = translate(g, '#g', 'code');"), "warning",
         "has no row for female, other, unknown"),
    ],
)  # fmt: skip
def test_a_mistake_is_found_with_its_place_its_rule_and_its_specification(
    findings, text, severity, message
):
    found = [f for f in findings(text) if message in f.message]
    assert [f.severity for f in found] == [severity]
    finding = found[0]
    assert finding.line > 3
    assert finding.rule.split("/")[0] in ("main", "alone", "b")
    assert finding.spec.startswith("https://")
    assert finding.fr != finding.message


def test_a_map_without_mistakes_has_no_findings(findings):
    assert (
        findings(group(FULL + "src then more(src, tgt);") + group("src.id -> tgt.id;", "more"))
        == []
    )


def test_what_a_called_group_fills_counts(findings):
    text = group("src then more(src, tgt);") + group(FULL, "more")
    assert findings(text) == []


def test_a_file_gives_up_to_fifty_findings():
    text = HEAD + group("\n".join("src. -> ;" for _ in range(80)))
    errors = MapParser(text, "x.map").parse().errors
    assert len(errors) == MOST == 50
    assert len({e.line for e in errors}) == 50
    assert all("expected" in e.message and "Attendu" in e.fr for e in errors)


def test_the_command_prints_one_object_a_line(tmp_path):
    (tmp_path / "good.map").write_text(HEAD + group(FULL), encoding="utf-8")
    (tmp_path / "bad.map").write_text(HEAD + group("src.x -> ;"), encoding="utf-8")
    files = [str(tmp_path / "good.map"), str(tmp_path / "bad.map")]
    result = CliRunner().invoke(maps.app, ["check", "--json", "--syntax-only", *files])
    good, bad = (json.loads(line) for line in result.stdout.splitlines())
    assert result.exit_code == 1
    assert good == {"file": files[0], "ok": True, "errors": [], "warnings": []}
    error = bad["errors"][0]
    assert {"line", "column", "message", "rule", "spec"} <= set(error)
    assert (bad["ok"], error["line"], error["rule"]) == (False, 5, "main")


def test_the_command_transforms_xml_to_json_and_json_to_xml(tmp_path):
    rules = "src.birthDate as b -> tgt.created = b;"
    (tmp_path / "m.map").write_text(HEAD + group(rules), encoding="utf-8")
    (tmp_path / "p.xml").write_text(
        '<Patient xmlns="http://hl7.org/fhir"><birthDate value="2000"/></Patient>', encoding="utf-8"
    )
    (tmp_path / "p.json").write_text('{"resourceType":"Patient","birthDate":"2000"}', "utf-8")
    command = ["run", str(tmp_path / "m.map"), "--source"]
    to_json = CliRunner().invoke(maps.app, [*command, str(tmp_path / "p.xml")])
    assert json.loads(to_json.stdout) == {"resourceType": "Basic", "created": "2000"}
    to_xml = CliRunner().invoke(maps.app, [*command, str(tmp_path / "p.json"), "--to", "xml"])
    assert '<created value="2000"/>' in to_xml.stdout
    same_form = CliRunner().invoke(maps.app, [*command, str(tmp_path / "p.xml"), "--to", "bytes"])
    assert '<Basic xmlns="http://hl7.org/fhir">' in same_form.stdout


@pytest.mark.parametrize(
    "broken",
    [
        {"group": [{}]},
        {"group": [{"name": "g", "input": [{"name": "a"}]}]},
        {"group": [{"name": "g", "input": [{"name": "a", "mode": "source"}], "rule": [{}]}]},
        {"group": 5},
        {"group": [{"name": "g", "input": [{"name": "a", "mode": "source"}],
                    "rule": [{"source": [{"context": "a"}], "target": [{"parameter": [3]}]}]}]},
        {"group": [{"name": "g", "typeMode": "all", "input": [{"name": "a", "mode": "source"}]}]},
        {"group": [{"name": "g", "input": [{"name": "a", "mode": "queried"}]}]},
        {"group": [{"name": "g", "input": [{"name": "a", "mode": "source"}],
                    "rule": [{"source": [{"context": "a", "listMode": "second"}]}]}]},
        {"group": [{"name": "g", "input": [{"name": "a", "mode": "source"}],
                    "rule": [{"source": [{"context": "a"}], "target": [{"listMode": ["x"]}]}]}]},
    ],
)  # fmt: skip
def test_a_structure_map_that_lacks_what_it_must_say_is_refused(library_of, tmp_path, broken):
    resource = {"resourceType": "StructureMap", "url": "http://example.org/m", **broken}
    library = library_of({"m.json": resource})
    assert library.check(tmp_path / "m.json")[0].message.startswith("group")


def test_a_structure_map_in_json_names_the_line_of_each_mistake(library_of, tmp_path):
    rule = """{"name": "r", "source": [{"context": "src", "element": "id", "variable": "i"}],
       "target": [{"context": "tgt", "element": "id", "transform": "copy",
                   "parameter": [{"valueId": "i"}]},
                  {"context": "tgt", "element": "name[0]", "transform": "copy",
                   "parameter": [{"valueId": "é\\"}{"}]}]}"""
    text = f"""{{"resourceType": "StructureMap", "url": "http://x.org/j", "structure": [],
 "group": [{{"name": "g", "typeMode": "none",
  "input": [{{"name": "src", "type": "Patient", "mode": "source"}},
            {{"name": "tgt", "type": "Patient", "mode": "target"}}],
  "rule": [{rule},
           {{"name": "s", "source": [{{"context": "nix"}}], "documentation": "x"}}]}}]}}"""
    library = library_of({"j.json": text})
    found = [(e.line, e.column) for e in library.check(tmp_path / "j.json")]
    assert found == [(8, 19), (8, 19), (10, 37)]
    odd = library_of({"k.json": text.replace('"context": "nix"', '"context": "src", "min": "1"')})
    [wrong] = odd.check(tmp_path / "k.json")
    assert (wrong.line, wrong.message.split(":")[0]) == (10, "group[0].rule[1].source[0].min")


IN_XML = """<?xml version="1.0"?>
<!-- a <rule> in a comment is none -->
<StructureMap xmlns="http://hl7.org/fhir">
  <url value="http://example.org/sm/a"/><name value="A"/><status value="draft"/>
  <structure><url value="http://hl7.org/fhir/StructureDefinition/Patient"/><mode value="source"/>
    <alias value="P"/></structure>
  <group><name value="main"/><typeMode value="none"/>
    <input><name value="src"/><type value="P"/><mode value="source"/></input>
    <rule><name value="good"/><source><context value="src"/><element value="name"/></source></rule>
    <rule><name value="bad"/>
      <source><context value="src"/><element value="birthDay"/></source></rule>
  </group>
</StructureMap>
"""


@pytest.mark.parametrize(
    ("change", "place", "told"),
    [
        (("", ""), (11, 7), "Patient has no element birthDay"),
        (('<name value="main"/>', ""), (7, 3), "group[0].name: a required part is missing"),
        (("</StructureMap>", ""), (1, 1), "malformed XML, line 14"),
    ],
)
def test_a_structure_map_in_xml_does_too(library_of, tmp_path, change, place, told):
    library = library_of({"m.xml": IN_XML.replace(*change) if change[0] else IN_XML})
    [first] = library.check(tmp_path / "m.xml")
    assert (first.line, first.column) == place
    assert first.message.startswith(told)
