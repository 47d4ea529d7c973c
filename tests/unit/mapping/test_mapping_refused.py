"""Maps and sources that must fail: at their place, by their rule, in both languages.

Source: https://build.fhir.org/ig/HL7/mapping-language-ig/
"""

import pytest

from hub.errors import Unmappable

PATIENT = {"resourceType": "Patient"}
SOURCE = {**PATIENT, "gender": "male", "name": [{"family": "A"}, {"family": "B"}]}
HEAD = """map "http://x.org/m" = m
uses "http://hl7.org/fhir/StructureDefinition/Patient" alias Patient as source
uses "http://hl7.org/fhir/StructureDefinition/Patient" as target
"""
OTHER = """group o(source a : Patient, target b : Patient) { a.gender -> b.gender; }
let text = (1).toString();
"""


def text(rule, more=""):
    return f"{HEAD}group main(source src : Patient, target tgt : Patient) {{\n  {rule}\n}}\n{more}"


@pytest.mark.parametrize(
    ("rule", "place", "en", "fr"),
    [
        ('src then nope(src, tgt) "r";', "5:12", "unknown group nope", "Groupe inconnu : nope"),
        ('src then o(src) "r";', "5:12", "o takes 2 parameters, not 1", "o prend 2"),
        ('src then o(tgt, src) "r";', "5:12", "src is a source", "src est une source"),
        ("src.gender tgt.gender;", "5:14", "expected -> or ;, found tgt", "« -> » ou « ; »"),
        ("src.gender as g -> tgt.id = 'x;", "5:31", "the closing ' of this text", "pas fermé"),
        ("src.gender as g -> tgt.id = nix(g);", "5:22", "unknown transform nix", "inconnue : nix"),
        ("nix.gender as g -> tgt.id = g;", "5:3", "unknown variable nix", "inconnue : nix"),
        ("src.nix as g -> tgt.id = g;", "5:3", "Patient has no element nix", "pas d’élément nix"),
        ("text.nix as g -> tgt.id = g;", "5:3", "string has no element nix", "pas d’élément nix"),
        ("src -> tgt.id = uuid('x');", "5:10", "uuid takes no parameters, not 1", "prend 0"),
        ("src -> tgt.id = cc();", "5:10", "cc takes 1 to 3 parameters, not 0", "prend 1 à 3"),
    ],
)
def test_check_refuses_a_rule(library_of, tmp_path, rule, place, en, fr):
    [found] = library_of({"m.map": text(rule, OTHER)}).check(tmp_path / "m.map")[:1]
    assert f"{found.line}:{found.column}" == place
    assert (en in found.message, fr in found.fr, found.rule[:4]) == (True, True, "main")
    assert found.spec.startswith("https://")


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("src.gender as g check (g = 'x') -> tgt.id = g;", "check failed: g = 'x'"),
        ("src.name only_one as n -> tgt.name = n;", "only_one: 2 values found"),
        ("src.photo 1..1 as p -> tgt.photo = p;", "0 values found where the rule wants 1..1"),
        ("src.gender as g -> tgt.multipleBirth = cast(g, 'integer');", "'male' is not a integer"),
        ("src.gender as g -> tgt.contact = g;", "Patient.contact has elements of its own"),
        ("src.gender as g -> tgt.id = truncate(g, 'x');", "needs a number of characters, not 'x'"),
        ("src.name as n -> tgt.id = reference(n);", "reference() needs a resource"),
        ("src.gender as g -> tgt.id = pointer(g);", "pointer() needs a resource"),
        (
            "src.gender as g -> tgt.id = translate(g, 'urn:no', 'code');",
            "unknown ConceptMap urn:no",
        ),
        ('src then a(src, tgt) "r";', "groups call each other more than 80 deep"),
        ('src -> tgt.id = (loop) "r";', "a constant uses itself"),
    ],
)
def test_a_run_stops_at_the_rule(library_of, rule, said):
    more = "let loop = back;\nlet back = loop;\ngroup a(source s, target t) { s then a(s, t); }\n"
    library = library_of({"m.map": text(rule, more)})
    with pytest.raises(Unmappable) as raised:
        library.run("http://x.org/m", SOURCE)
    [issue] = raised.value.issues
    assert said in issue.en
    assert issue.fr.replace("’", "'") != issue.en
    assert issue.path.rpartition("m.map:")[2].startswith(("5:", "9:"))
    assert "http://x.org/m " in issue.en


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("src.address as a -> tgt.name = a;", "tgt.name takes HumanName, not Address"),
        ("src.address -> tgt.name;", "tgt.name takes HumanName, not Address"),
        ("src -> tgt.name = (src.address);", "tgt.name takes HumanName, not Address"),
        ("src -> tgt.name = create('Address') as a;", "tgt.name takes HumanName, not Address"),
        ("src -> tgt.name = qty('5 mg');", "tgt.name takes HumanName, not Quantity"),
        ("src.name as n -> tgt.gender = n;", "tgt.gender takes code, not HumanName"),
        ("src -> tgt.managingOrganization = src;", "not Patient: write reference(…)"),
    ],
)
def test_check_refuses_a_value_of_another_type(library_of, tmp_path, rule, said):
    library = library_of({"m.map": text(rule)})
    [found] = library.check(tmp_path / "m.map")
    assert said in found.message
    assert " attend " in found.fr
    if " n " not in rule:  # a name in a code fails
        made = library.run("http://x.org/m", {**PATIENT, "address": [{"city": "Ségou"}]})
        assert said in made.warnings[0].en


@pytest.mark.parametrize(
    "rule",
    [
        "src.maritalStatus.coding as c -> tgt.maritalStatus = c;",
        "src.extension as e -> tgt.extension as x, x.value = create('Age') as q, q.unit = 'a';",
        "src.contained as r -> tgt.contained = r;",
        "src.address as a -> tgt.extension as x, x.value = a;",
        "src.contact as c -> tgt.link = c;",
    ],
)
def test_a_value_that_fits_or_may_fit_is_not_refused(library_of, tmp_path, rule):
    assert library_of({"m.map": text(rule)}).check(tmp_path / "m.map") == []


def test_a_choice_that_takes_no_value_of_a_type_names_a_few(library_of):
    rule = "src -> tgt.extension as e, e.value = src;"
    with pytest.raises(Unmappable) as raised:
        library_of({"m.map": text(rule)}).run("http://x.org/m", PATIENT)
    assert "valueDate, … takes this value (Patient)" in raised.value.issues[0].en


def test_a_group_that_extends_none_there_is_stops_a_run(library_of):
    extended = text("src.gender -> tgt.gender;").replace(") {", ") extends Nix {")
    with pytest.raises(Unmappable, match=r"m.map:4:1: cannot extend Nix: no such group"):
        library_of({"m.map": extended}).run("http://x.org/m", SOURCE)
    elsewhere = extended.replace("group", 'imports "http://x.org/none"\ngroup')
    assert library_of({"m.map": elsewhere}).run("http://x.org/m", SOURCE).tree["gender"] == "male"


def test_constants_that_need_each_other_are_told_by_check(library_of, tmp_path):
    more = "let loop = back & '1';\nlet back = loop;\nlet fine = 'x';\n"
    found = library_of({"m.map": text("src.gender -> tgt.gender;", more)}).check(tmp_path / "m.map")
    assert [e.message.split(";")[0] for e in found] == [
        "let loop needs its own value",
        "let back needs its own value",
    ]


@pytest.mark.parametrize("source", [[1], {"gender": {"a": 1}}])
def test_a_source_of_another_shape_is_refused_without_words_of_python(library_of, source):
    rule = "src.gender as g where g.startsWith('m') -> tgt.gender = g;"
    library = library_of({"m.map": text(rule)})
    with pytest.raises(Unmappable) as raised:
        library.run("http://x.org/m", source)
    assert "object" not in raised.value.issues[0].en.replace("texts or objects", "")


def test_another_resource_than_the_map_takes(library_of):
    library = library_of({"m.map": text("src.gender -> tgt.gender;")})
    wrong = {"resourceType": "Observation", "status": "final"}
    with pytest.raises(
        Unmappable, match="the source is of type Observation, the map takes Patient"
    ):
        library.map("http://x.org/m", wrong)
    [warning] = library.run("http://x.org/m", wrong).warnings
    assert "Observation" in warning.fr
    assert not library.run("http://x.org/m", {"resourceType": "Own"}).warnings
