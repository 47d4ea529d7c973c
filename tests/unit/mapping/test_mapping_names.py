"""Names of variables, and what old or careless maps do that the reference engine accepts.

Source: https://hl7.org/fhir/R5/mapping-language.html#rules
"""

import pytest

from hub.errors import Unmappable
from hub.mapping.parse import parse
from hub.mapping.write_text import write

PATIENT = {"resourceType": "Patient"}
HEAD = """map "http://example.org/StructureMap/main" = main
uses "http://hl7.org/fhir/StructureDefinition/Patient" alias Patient as source
"""


@pytest.fixture
def run(library_of):
    """Runs a whole text leniently, as `benkan map run` does."""

    def once(text, source):
        library = library_of({"main.map": HEAD + text})
        return library.run("http://example.org/StructureMap/main", source)

    return once


def same(rules):
    return f"group main(source src : Patient, target tgt : Patient) {{\n{rules}\n}}\n"


def test_a_source_and_a_target_may_have_the_same_name(transform):
    rules = (
        "src.name as n -> tgt.name as n then { n.family as f -> n.text = f; n.given -> n.given; };"
    )
    source = {"name": [{"family": "Ba", "given": ["Awa"]}]}
    assert transform(rules, source)["name"] == [{"text": "Ba", "given": ["Awa"]}]


def test_a_source_is_no_target(library_of, tmp_path):
    library = library_of({"test.fml": HEAD + same("src.meta -> src.meta;")})
    [found] = library.check(tmp_path / "test.fml")
    assert found.message == "unknown target variable src; it is a source"


def test_a_base_group_without_parameters_uses_the_names_of_its_heirs(run):
    text = (
        "group main(source src : Patient, target tgt : Patient) extends Any {}\n"
        "group Any() { src.id as i -> tgt.id = append('x', i); }\n"
    )
    assert run(text, {**PATIENT, "id": "1"}).tree == {**PATIENT, "id": "x1"}


def test_signs_of_stu3_concept_maps_are_read(run):
    text = (
        'conceptmap "#m" {\n  prefix s = "a"\n  prefix t = "b"\n'
        "  s:one <- t:eins\n  s:two >- t:zwei\n  s:three ~ t:drei\n  s:four --\n}\n"
        + same("src.id as i -> tgt.id = translate(i, '#m', 'code');")
    )
    for code, made in (("one", "eins"), ("two", "zwei"), ("three", "drei")):
        assert run(text, {**PATIENT, "id": code}).tree["id"] == made
    with pytest.raises(Unmappable, match="four"):
        run(text, {**PATIENT, "id": "four"})


def test_a_text_function_refuses_a_value_without_text(run):
    text = same("src.name as n -> tgt.id = evaluate(n, substring(2, 6));")
    with pytest.raises(Unmappable, match="function of texts"):
        run(text, {**PATIENT, "name": [{"family": "A"}]})


def test_a_copied_resource_has_the_elements_of_its_own_type(run):
    text = (
        'uses "http://hl7.org/fhir/StructureDefinition/Bundle" alias Bundle as source\n'
        "group main(source src : Bundle, target tgt : Bundle) {\n"
        "  src.entry as e -> tgt.entry as t then {\n"
        "    e.resource as r -> t.resource = copy(r) as c then {\n"
        "      r -> c.active = true, c.deceased = false, c.language = 'fr', c.given = 'x' 's';\n"
        "      r.name -> c.name as n, n.text = 'N' 'n';\n"
        "    } 'r';\n"
        "  } 'e';\n"
        "}\n"
    )
    patient = {**PATIENT, "active": False, "name": [{"family": "A"}]}
    bundle = {"resourceType": "Bundle", "entry": [{"resource": patient}]}
    made = run(text, bundle).tree["entry"][0]["resource"]
    assert made["active"] is True
    assert made["deceasedBoolean"] is False
    assert made["language"] == "fr"
    assert made["name"] == [{"family": "A"}, {"text": "N"}]
    assert patient["active"] is False


# Comments


def test_comments_are_the_documentation_of_rules_and_groups(run):
    text = (
        "// first\n//\n// main group\n"
        "group main(source src : Patient, target tgt : Patient) {\n"
        "  // identifies\n  src.id as i -> tgt.id = i; // as it is\n"
        "  /* two\n   * lines */\n  src.name as n -> tgt.name then { // inside\n"
        "    n.family as f -> tgt.id = f;\n  }; // behind\n  // lost\n}\n"
    )
    made = parse(HEAD + text).resource
    [group] = made["group"]
    assert group["documentation"] == "first\n\nmain group"
    first, second = group["rule"]
    assert first["documentation"] == "identifies\nas it is"
    assert second["documentation"] == "two\nlines\nbehind"
    assert second["rule"][0]["documentation"] == "inside"
    assert parse(write(made)).resource == made


def test_a_map_that_others_import_is_a_library(library_of, tmp_path):
    shared = HEAD.replace("StructureMap/main", "StructureMap/lines") + same("src.id -> tgt.id;")
    shared += same("src.name -> tgt.name;").replace("main(", "names(")
    main = (
        HEAD
        + 'imports "http://example.org/StructureMap/lines"\n'
        + same("src then names(src, tgt) 'n';").replace("main(", "start(")
    )
    alone = library_of({"lines.map": shared}).findings(tmp_path / "lines.map")
    assert "group names is never called from main" in [f.message for f in alone]
    together = library_of({"main.map": main}).findings(tmp_path / "lines.map")
    assert [f.message for f in together if "never called" in f.message] == []


# Limits, and groups without a target


def test_a_tree_copied_into_itself_without_end_is_stopped(run):
    rules = "\n".join(f"src -> tgt.x{n} = tgt 'r{n}';" for n in range(60))
    text = f"group main(source src : Patient, target tgt) {{\n{rules}\n}}\n"
    with pytest.raises(Unmappable, match="values copied"):
        run(text, {**PATIENT, "id": "1"})


def test_groups_that_extend_each_other_are_refused_also_in_a_run(run):
    text = same("").replace("main(", "a(").replace("{", "extends b {", 1)
    text += same("").replace("main(", "b(").replace("{", "extends a {", 1)
    with pytest.raises(Unmappable, match="extends itself"):
        run(text, PATIENT)


def test_a_group_without_target_gives_what_it_creates(run):
    one = "src -> create('Basic') as b, b.id = 'x' 'b';"
    text = "group main(source src : Patient) {{\n{}\n}}\n"
    assert run(text.format(one), PATIENT).tree == {"resourceType": "Basic", "id": "x"}
    made = run(text.format(one + "src -> create('Flag') as f, f.id = 'y' 'f';"), PATIENT).tree
    assert made["resourceType"] == "Bundle"
    assert [entry["resource"]["id"] for entry in made["entry"]] == ["x", "y"]
