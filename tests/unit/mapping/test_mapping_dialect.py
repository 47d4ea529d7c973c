"""What the language means where engines differ, named in docs/mapping.md, and its transforms.

Source: https://build.fhir.org/ig/HL7/mapping-language-ig/
"""

import pytest

from hub.errors import Unmappable

NAMES = {"name": [{"family": "A"}, {"family": "B"}]}
PATIENT = {"resourceType": "Patient"}
EXTENSION = {"extension": [{"url": "urn:e", "valueString": "y"}]}
HEAD = """map "http://example.org/StructureMap/main" = main
uses "http://hl7.org/fhir/StructureDefinition/Patient" alias Patient as source
uses "http://hl7.org/fhir/StructureDefinition/Observation" alias Observation as target
"""


@pytest.fixture
def run(library_of):
    """Runs a whole text leniently, as `benkan map run` does."""

    def once(text, source, **files):
        library = library_of({"main.map": HEAD + text, **files})
        return library.run("http://example.org/StructureMap/main", source)

    return once


def same(rules, of="Patient"):
    return f"group main(source src : {of}, target tgt : {of}) {{\n{rules}\n}}\n"


# §5.6 of the decisions


def test_where_looks_at_the_item_first_and_then_at_variables(transform):
    rules = "src.name as n where (family = 'B' and src.active = true) -> tgt.name = n;"
    assert transform(rules, {"active": True, **NAMES}) == {**PATIENT, "name": [{"family": "B"}]}


def test_first_on_a_target_still_appends(transform):
    rules = "src.name as n -> tgt.name as m first then { n.family as f -> m.text = f; };"
    assert transform(rules, NAMES)["name"] == [{"text": "A"}, {"text": "B"}]


def test_last_on_a_target_appends(transform):
    rules = "src.name as n -> tgt.name = n last; src -> tgt.name as m, m.text = 'C';"
    assert transform(rules, NAMES)["name"] == [*NAMES["name"], {"text": "C"}]


@pytest.mark.parametrize("mode", ["single", "collate"])
def test_single_adds_to_the_first_item(transform, mode):
    rules = (
        "src -> tgt.name as m, m.text = 'C'; src -> tgt.name as m, m.text = 'D';"
        f"src.name as n -> tgt.name as m {mode} then {{ n.family as f -> m.given = f; }};"
    )
    assert transform(rules, NAMES)["name"] == [{"text": "C", "given": ["A", "B"]}, {"text": "D"}]


def test_an_unnamed_complex_rule_is_accepted(transform):
    rules = "src -> tgt.active = true, tgt.gender = 'male';"
    assert transform(rules, {}) == {**PATIENT, "active": True, "gender": "male"}


def test_without_a_default_group_an_identity_rule_copies(transform):
    assert transform("src.name -> tgt.name;", NAMES) == {**PATIENT, **NAMES}


def test_a_code_without_a_row_sets_nothing_and_warns(run):
    table = 'conceptmap "#m" { prefix s="urn:s" prefix t="urn:t" s:male == t:M }\n'
    text = table + same("src.gender as g -> tgt.language = translate(g, 'm', 'code');")
    outcome = run(text, {**PATIENT, "gender": "female"})
    assert outcome.tree == PATIENT
    assert "female" in outcome.warnings[0].en
    assert run(text, {**PATIENT, "gender": "male"}).tree == {**PATIENT, "language": "M"}


def test_several_results_give_one_target_each_in_a_list_and_fail_elsewhere(transform):
    rules = "src -> tgt.name as n, n.given = (src.name.family);"
    assert transform(rules, NAMES)["name"] == [{"given": ["A", "B"]}]
    with pytest.raises(Unmappable, match="2 found"):
        transform("src -> tgt.language = (src.name.family);", NAMES)


def test_groups_are_found_through_imports_of_imports(run):
    def file(name, imported, body):
        return f'map "http://example.org/{name}" = {name}\n{imported}\n{body}'

    outcome = run(
        'imports "http://example.org/b"\n' + same("src then far(src, tgt);"),
        PATIENT,
        **{
            "b.map": file("b", 'imports "http://example.org/c"', "group b(source s, target t) {}"),
            "c.map": file(
                "c",
                'imports "http://example.org/b"',
                "group far(source s, target t : Patient) { s -> t.active = true; }",
            ),
        },
    )
    assert outcome.tree == {**PATIENT, "active": True}


def test_share_lives_as_long_as_the_rules_around_it(transform):
    rules = "src.name as n -> tgt.contact as c share k then { n.family as f -> c.id = f; };"
    assert transform(rules, NAMES)["contact"] == [{"id": "B"}]
    nested = "src.name as n then { n.family as f -> tgt.contact as c share k, c.id = f; };"
    assert transform(nested, NAMES)["contact"] == [{"id": "A"}, {"id": "B"}]


def test_a_bare_name_is_an_element_before_it_is_a_variable(transform):
    rules = "src.active as family then { src.name as n where (family = 'B') -> tgt.name = n; };"
    assert transform(rules, {"active": True, **NAMES})["name"] == [{"family": "B"}]
    rules = rules.replace("(family = 'B')", "(%family)")
    assert transform(rules, {"active": True, **NAMES}) == {**PATIENT, **NAMES}


@pytest.mark.parametrize("declared", ["m", "#m"])
@pytest.mark.parametrize("used", ["m", "#m", "http://example.org/StructureMap/main#m"])
def test_an_embedded_table_is_found_with_and_without_its_sign(run, declared, used):
    table = f'conceptmap "{declared}" {{ prefix s="urn:s" prefix t="urn:t" s:male - t:"1-a" }}\n'
    text = table + same(f"src.gender as g -> tgt.language = translate(g, '{used}', 'code');")
    assert run(text, {**PATIENT, "gender": "male"}).tree["language"] == "1-a"


# what primitives carry, and what belongs to the caller


@pytest.mark.parametrize(
    "rule",
    ["src.birthDate -> tgt.birthDate;", "src.birthDate as b -> tgt.birthDate = b;"],
)
@pytest.mark.parametrize("date", [{"birthDate": "2000"}, {}])
def test_a_plain_copy_keeps_id_and_extensions(transform, rule, date):
    source = {**date, "_birthDate": EXTENSION}
    assert transform(rule, source) == {**PATIENT, **source}


def test_a_copied_list_keeps_extensions_at_their_places(transform):
    name = {"given": ["A", None], "_given": [None, {"id": "g"}]}
    rules = "src.name as n -> tgt.name as m then { n.given -> m.given; };"
    assert transform(rules, {"name": [name]})["name"] == [name]


def test_extensions_of_primitives_can_be_read_and_written(transform):
    rules = "src.birthDate.extension as e -> tgt.birthDate as d, d.extension as x, x.url = 'urn:x';"
    source = {"birthDate": "2000", "_birthDate": EXTENSION}
    expected = {**PATIENT, "_birthDate": {"extension": [{"url": "urn:x"}]}}
    assert transform(rules, source) == expected


def test_reference_gives_an_id_without_touching_the_callers_tree(library_of):
    library = library_of(
        {"main.map": HEAD + same("src -> tgt.link as l, l.other = reference(src);")}
    )
    source = {**PATIENT, "active": True}
    result = library.map("http://example.org/StructureMap/main", source)
    assert result == {**PATIENT, "link": [{"other": {"reference": "Patient/id-1"}}]}
    assert source == {**PATIENT, "active": True}


# constants


def test_constants_are_computed_when_used_and_may_use_each_other(run):
    text = "let a = b & 'z';\nlet b = 'xy';\nlet never = nonsense(1);\n"
    outcome = run(text + same("src -> tgt.language = a;"), PATIENT)
    assert outcome.tree["language"] == "xyz"


def test_constants_in_a_circle_are_an_error(run):
    with pytest.raises(Unmappable, match="uses itself"):
        run("let a = b;\nlet b = a;\n" + same("src -> tgt.language = a;"), PATIENT)


# transforms


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("toDateTime('20011231T0102+0300', 'yyyyMMddTHHmmZ')", "2001-12-31T01:02:00+03:00"),
        ("toDate('31 déc 2001', 'd MMM yyyy')", "2001-12-31"),
        ("toDate('7/4/49', 'M/d/yy')", "2049-07-04"),
        ("toDateTime('2001-12-31 12:05:06.007 am', 'yyyy-MM-dd hh:mm:ss.SSS a')",
         "2001-12-31T00:05:06.007"),
        ("toTime('0102', 'HHmm')", "01:02:00"),
        ("toDateTime('2001-02')", "2001-02"),
        ("toDate('2001-02-03T04:05:06Z')", "2001-02-03"),
        ("dateOp('2001', 'yyyy')", "2001"),
        ("unixToDateTime(86400)", "1970-01-02T00:00:00Z"),
        ("unixToDateTime(0, '-01:30')", "1969-12-31T22:30:00-01:30"),
        ("unixToDate(0)", "1970-01-01"),
        ("unixToTime(3600)", "01:00:00"),
        ("escape('<a & \"b\">', 'plain', 'html')", "&lt;a &amp; &quot;b&quot;&gt;"),
        ("escape('&lt;a&gt;', 'xml', 'json')", "<a>"),
        ("escape('a\"b', 'json')", 'a\\"b'),
        ("truncate('abcdef', 3)", "abc"),
        ("append('a', src.nothing, 1.50)", "a1.50"),
        ("src.gender & '!'", "male!"),
    ],
)  # fmt: skip
def test_a_transform_gives(transform, call, expected):
    assert transform(f"src -> tgt.language = {call};", {"gender": "male"})["language"] == expected


@pytest.mark.parametrize(
    "call",
    [
        "cast('notanumber', 'integer')",
        "cast('1.2.3', decimal)",
        "cast('yes', 'boolean')",
        "toDate('31/13/2001', 'dd/MM/yyyy')",
        "toDate('30/02/2001', 'dd/MM/yyyy')",
        "toDateTime('soon')",
        "toTime('25:00', 'HH:mm')",
        "unixToDate('x')",
        "unixToDate(0, 'Paris')",
        "escape('a', 'rtf', 'html')",
        "qty('much')",
        "nope(1)",
        "uuid(1)",
    ],
)
def test_a_transform_refuses(transform, call):
    with pytest.raises(Unmappable) as refused:
        transform(f"src -> tgt.language = {call} 'rule';", {})
    issue = refused.value.issues[0]
    assert issue.fr != issue.en
    assert ".fml:" in issue.path


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("tgt.maritalStatus = 'abc'", {"maritalStatus": {"text": "abc"}}),
        ("tgt.managingOrganization = 'Organization/1'",
         {"managingOrganization": {"reference": "Organization/1"}}),
        ("tgt.identifier = id('urn:s', 'v', 'MR')",
         {"identifier": [{"type": {"coding": [
             {"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "MR"}]},
             "system": "urn:s", "value": "v"}]}),
        ("tgt.telecom = cp('mailto:a@b.example')",
         {"telecom": [{"system": "email", "value": "a@b.example"}]}),
        ("tgt.telecom = cp('+223 20 00 00 00')",
         {"telecom": [{"system": "phone", "value": "+223 20 00 00 00"}]}),
        ("tgt.maritalStatus.coding.code = 'M'", {"maritalStatus": {"coding": [{"code": "M"}]}}),
    ],
)  # fmt: skip
def test_a_value_takes_the_form_of_its_element(transform, rule, expected):
    assert transform(f"src -> {rule};", {}) == {**PATIENT, **expected}


# types
