"""What `check` says of rules that can never do what they say, and of texts that are cut short.

Source: https://build.fhir.org/ig/HL7/mapping-language-ig/fml.html
"""

import pytest

from hub.errors import Invalid
from hub.mapping import documents
from hub.mapping.library import Library

HEAD = """map "http://x.org/m" = m
uses "http://hl7.org/fhir/StructureDefinition/Patient" alias Patient as source
uses "http://hl7.org/fhir/StructureDefinition/Patient" as target
"""
GROUP = "group g(source src : Patient, target tgt : Patient) {{\n  {}\n}}\n"


def found(library_of, tmp_path, text):
    errors = library_of({"m.map": text}).check(tmp_path / "m.map")
    return [(f"{e.line}:{e.column}", e.message, e.fr) for e in errors[:1]]


@pytest.mark.parametrize(
    ("rule", "place", "en", "fr"),
    [
        ("src.birthDate : Quantity as b -> tgt.id = 'x';", "5:3", "never Quantity", "jamais"),
        ("src.deceased : Quantity as b -> tgt.id = 'x';", "5:3", "never Quantity", "jamais"),
        ("src.active default ('maybe') as a -> tgt.active = a;", "5:3", "'maybe' is not", "type"),
        ("src.birthDate default ('x') as a -> tgt.birthDate = a;", "5:3", "not a date", "date"),
        ("src.name default ('x') as n -> tgt.name = n;", "5:3", "HumanName is not a", "primitif"),
        ("src.id as i -> tgt.name = cast(i, 'HumanName');", "5:18", "cast() gives", "cast() ne"),
        ("src.id as i -> tgt.id = reference(i);", "5:18", "reference() needs", "reference() a"),
        ("src.name as n -> tgt.id = pointer(n);", "5:20", "not HumanName", "HumanName"),
        ("src.id as i -> tgt.id.foo = i;", "5:18", "no element foo", "foo"),
        ("src.id as i -> tgt = i;", "5:18", "tgt takes Patient, not", "tgt attend Patient"),
        ("src.id as i -> tgt.extension = i;", "5:18", "takes Extension", "attend Extension"),
        ("src -> tgt.extension as e, e.value as v;", "5:30", "several types", "Plusieurs types"),
        ("src.id as i -> tgt.id = translate(i, 'urn:m', 'foo');", "5:18", "not foo", "et non foo"),
        ("src.id as i -> tgt.name[0].id = i;", "5:26", "takes no index", "ne prend pas d’indice"),
        ("src.id -> tgt.id", "6:1", "; after the rule", "fin de la règle"),
        ("src.id -> tgt.id; /* no end", "5:21", "closing */ of this comment", "commentaire n’est"),
        ("src.id -> tgt.id; \x01", "5:21", "found U+0001", "« U+0001 »"),
    ],
)
def test_check_names_a_rule_that_cannot_do_what_it_says(library_of, tmp_path, rule, place, en, fr):
    [(where, said, dit)] = found(library_of, tmp_path, HEAD + GROUP.format(rule))
    assert (where, en in said, fr in dit) == (place, True, True), (where, said, dit)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("let a = 'x'\n" + GROUP.format("src -> tgt.id = (a);"), "; after the constant"),
        ('map "urn:two" = two\n' + GROUP.format("src.id -> tgt.id;"), "one map in a file"),
        ("/// status = 'foo'\n" + GROUP.format("src.id -> tgt.id;"), "status foo is none of"),
        ("group g(source a, target b) <<types>> { a.id -> b.id; }", "default group g takes"),
        (
            "group g(target b : Patient, source a : Patient) <<type+>> { a.id -> b.id; }",
            "default group g takes",
        ),
    ],
)
def test_check_names_a_declaration_of_another_form(library_of, tmp_path, text, said):
    assert said in found(library_of, tmp_path, HEAD + text)[0][1]


@pytest.mark.parametrize(
    "rule",
    [
        "src.deceased : boolean as d -> tgt.deceased = d;",
        "src.id : string as i -> tgt.id = i;",
        "src.active default (true) as a -> tgt.active = a;",
        "src.birthDate default (@2000-01-01) as a -> tgt.birthDate = a;",
        "src.language default ('fr') as l -> tgt.language = l;",
        "src -> tgt.extension as e, e.value as v then q(src, v);",
        "src.id as i -> tgt.id as v, v.value = i;",
        "src.id as i -> tgt.maritalStatus = i;",
        "src.link as l, l.other as o -> tgt.link as m, m.other = o;",
    ],
)
def test_check_lets_pass_what_may_be_right(library_of, tmp_path, rule):
    more = "group q(source s, target t : Quantity) { s -> t.unit = 'a'; }\n"
    assert found(library_of, tmp_path, HEAD + GROUP.format(rule) + more) == []


@pytest.mark.parametrize(
    ("rule", "source", "made"),
    [
        ("src.i as i where m < 2 -> tgt.j = i;", {"i": "a", "m": 1}, {"j": "a"}),
        ("src.i as i where m < 2 -> tgt.j = i;", {"i": "a", "m": 3}, {}),
        ("src.i as i first where m < 2 -> tgt.j = i;", {"i": ["a", "b"], "m": 1}, {"j": "a"}),
        ("src.i as i where i.length() < 2 -> tgt.j = i;", {"i": ["a", "bc"]}, {"j": ["a"]}),
        ("src.i as i where m < 2 -> tgt.j = (i.k);", {"i": {"k": 5}, "m": 1}, {}),
        ("src -> tgt.resourceType = 'Patient', tgt.id = 'a';", {}, {"id": "a"}),
    ],
)
def test_trees_nothing_defines_are_read_by_what_they_hold(library_of, rule, source, made):
    """The tutorial names the elements beside a value barely: a condition then looks there."""
    text = f'map "urn:u" = u\ngroup g(source src : L, target tgt : R) {{ {rule} }}\n'
    if "resourceType" in rule:
        text = text.replace(": R)", ": Patient)")
        made = {"resourceType": "Patient", **made}
    tree = library_of({"u.map": text}).run("urn:u", source).tree
    assert tree == ({"j": made["j"][0]} if isinstance(made.get("j"), list) else made)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"[{}]", "no JSON object"),
        (b"", "empty"),
        (b"a,b\n1,2\n", "record layout"),
        (b"null", "neither a JSON object nor XML"),
    ],
)
def test_a_source_that_is_no_document_says_what_to_give(tmp_path, body, said):
    (tmp_path / "m.map").write_text(HEAD + GROUP.format("src.id -> tgt.id;"), encoding="utf-8")
    with pytest.raises(Invalid) as refused:
        documents.read(Library([tmp_path]), "http://x.org/m", body)
    assert said in refused.value.issues[0].en


def test_xml_of_a_type_nothing_defines_is_read_as_it_stands(tmp_path):
    text = 'map "urn:u" = u\ngroup g(source src : L, target tgt : R) { src.a as a -> tgt.b = a; }\n'
    (tmp_path / "m.map").write_text(text, encoding="utf-8")
    library = Library([tmp_path])
    tree = documents.read(library, "urn:u", b"<L><a>1</a></L>")
    assert library.run("urn:u", tree).tree == {"b": tree["a"]}


def test_a_model_of_a_guide_is_not_fhirs_type_of_the_same_name(library_of):
    text = (
        'map "urn:u" = u\n'
        'uses "http://hl7.org/fhir/uv/omop/StructureDefinition/Observation" alias Row as target\n'
        "group g(source src : Patient, target tgt : Row) { src.id as i -> tgt.row_id = i; }\n"
    )
    outcome = library_of({"u.map": text}).run("urn:u", {"resourceType": "Patient", "id": "a"})
    assert outcome.tree == {"row_id": "a"}
    assert "unknown type Row" in outcome.warnings[0].en
