"""Any map survives printing: parse(print(x)) = x; R4, R5 and STU3 forms become each other."""

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from hub.mapping.parse import parse
from hub.mapping.structure_map import normal, r4
from hub.mapping.write_text import write

NAME = st.sampled_from(
    ["a", "src", "tgt", "type", "where", "then", "source", "été", "a b", "x.y", "step-1", "group!"]
)
PLAIN = st.sampled_from(["a", "src", "tgt", "type", "été", "first", "log", "share", "check"])
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=12)
PATH = st.sampled_from(
    ["a.b", "a = 'x'", "a.where(b > 1).first()", "%a & 'é'", "iif(a, 1, 2.50)", "a is Patient"]
)
PARAMETER = st.one_of(
    st.builds(lambda v: {"valueId": v}, PLAIN),
    st.builds(lambda v: {"valueId": v}, st.sampled_from(["a.b", "a.b.first()", "a + 1"])),
    st.builds(lambda v: {"valueString": v}, TEXT),
    st.builds(lambda v: {"valueInteger": v}, st.integers(-999, 999)),
    st.builds(lambda v: {"valueBoolean": v}, st.booleans()),
    st.builds(lambda v: {"valueDecimal": Decimal(v) / 100}, st.integers(1, 9999)).filter(
        lambda p: "." in str(p["valueDecimal"])
    ),
    st.just({"valueDate": "2026-11-22"}),
    st.just({"valueDateTime": "2026-11-22T01:05:00Z"}),
    st.just({"valueTime": "01:05:00"}),
)


def members(required, **optional):
    """A dict with these keys, the optional ones sometimes left out."""
    return st.fixed_dictionaries(required, optional=optional)


SOURCE = members(
    {"context": PLAIN},
    element=NAME,
    type=st.sampled_from(["Patient", "Bundle.entry", "http://x/y"]),
    min=st.integers(0, 3),
    max=st.sampled_from(["1", "*"]),
    defaultValue=PATH,
    listMode=st.sampled_from(["first", "last", "not_first", "not_last", "only_one"]),
    variable=NAME,
    condition=PATH,
    check=PATH,
    logMessage=PATH,
).map(lambda s: {**s, "min": s.get("min", 0), "max": s["max"]} if "max" in s else s)
SOURCE = SOURCE.map(lambda s: {**s, "max": "*"} if "min" in s and "max" not in s else s)


def with_transform(target):
    """Parameters only go with a transform that takes them."""
    name = target.get("transform")
    if name in (None, "uuid"):
        target.pop("parameter", None)
    elif name == "copy":
        target["parameter"] = target.get("parameter", [{"valueString": "x"}])[:1]
        copied = target["parameter"][0].get("valueId", "")
        if "(" in copied or "+" in copied:
            target["parameter"] = [{"valueId": "a.b"}]
    elif name == "evaluate":
        target["parameter"] = [{"valueString": "a.b.first()"}]
    if "share" in target.get("listMode", ()):
        target["listRuleId"] = "k"
    return target


TARGET = members(
    {"context": PLAIN},
    element=NAME,
    transform=st.sampled_from(
        ["create", "copy", "append", "evaluate", "uuid", "cc", "truncate", "toDate"]
    ),
    parameter=st.lists(PARAMETER, min_size=1, max_size=3),
    variable=NAME,
    listMode=st.lists(
        st.sampled_from(["first", "last", "single", "share"]), min_size=1, max_size=1
    ),
).map(with_transform)
DEPENDENT = members({"name": NAME, "parameter": st.lists(PARAMETER, min_size=1, max_size=3)})


def settled(rule):
    """The parser writes the short form `src.a -> tgt.b` with the names the reference uses."""
    targets = rule.get("target", [])
    alone = len(rule["source"]) == len(targets) == 1 and not {"rule", "dependent"} & set(rule)
    if alone and set(targets[0]) == {"context", "element"} and "element" in rule["source"][0]:
        targets[0]["transform"] = "uuid"
    return rule


RULE = st.recursive(
    members(
        {"source": st.lists(SOURCE, min_size=1, max_size=2)},
        target=st.lists(TARGET, min_size=1, max_size=3),
        name=TEXT,
        dependent=st.lists(DEPENDENT, min_size=1, max_size=2),
    ).map(settled),
    lambda inner: members(
        {"source": st.lists(SOURCE, min_size=1, max_size=2)},
        rule=st.lists(inner, min_size=1, max_size=2),
        name=TEXT,
    ),
    max_leaves=4,
)
GROUP = members(
    {
        "name": NAME,
        "input": st.lists(
            members({"name": PLAIN, "mode": st.sampled_from(["source", "target"])}, type=NAME),
            min_size=1,
            max_size=3,
        ),
        "rule": st.lists(RULE, max_size=3),
    },
    extends=NAME,
    typeMode=st.sampled_from(["types", "type-and-types"]),
)
TABLE = st.builds(
    lambda codes: {
        "resourceType": "ConceptMap",
        "id": "c",
        "status": "draft",
        "group": [
            {
                "source": "urn:s",
                "target": "urn:t",
                "element": [
                    {"code": c, "target": [{"code": t, "relationship": "equivalent"}]}
                    for c, t in codes.items()
                ],
            }
        ],
    },
    st.dictionaries(TEXT, TEXT, min_size=1, max_size=3),
)
MAP = members(
    {
        "resourceType": st.just("StructureMap"),
        "url": st.just("http://example.org/m"),
        "name": TEXT.filter(bool),
        "status": st.just("draft"),
        "group": st.lists(GROUP, min_size=1, max_size=2),
    },
    title=TEXT.filter(bool),
    experimental=st.booleans(),
    contained=st.lists(TABLE, min_size=1, max_size=1),
    structure=st.lists(
        members(
            {
                "url": st.just("http://example.org/s"),
                "mode": st.sampled_from(["source", "target", "queried", "produced"]),
            },
            alias=NAME,
        ),
        min_size=1,
        max_size=2,
    ),
    const=st.lists(members({"name": PLAIN, "value": PATH}), min_size=1, max_size=2),
    **{"import": st.lists(st.sampled_from(["http://x/*", "http://x/y"]), min_size=1, max_size=2)},
)


@settings(max_examples=100, deadline=None)
@given(MAP)
def test_a_printed_map_reads_as_the_same_map(resource):
    text = write(resource)
    again = parse(text).resource
    assert again == resource
    assert write(again) == text


@settings(max_examples=100, deadline=None)
@given(MAP)
def test_the_shape_of_r4_is_stable(resource):
    once = r4(resource)
    assert r4(normal(once)) == once
    assert "const" not in once
    assert all(group["typeMode"] for group in once["group"])


OLD = """map "http://example.org/m" = "Observation, R4 to R3"
uses "http://hl7.org/fhir/StructureDefinition/Observation" alias O4 as source
uses "http://hl7.org/fhir/3.0/StructureDefinition/Observation" alias O3 as target
group for type+types Observation extends DomainResource
  input src : O4 as source
  input tgt : O3 as target

  "id-1" : for src.identifier as vs make tgt.identifier as vt
  effective : for src.effective : dateTime as vs where vs > @2020 make tgt.effective = vs
  "range" : for src.referenceRange as vs0 make tgt.referenceRange as vt0 then {
    low : for vs0.low make vt0.low
  }
endgroup
group for types Other
  input a : O4 as source
  input b : O3 as target
  "x" : for a.code as c make b.code = create("CodeableConcept") as d then Code(c, d)
endgroup
"""
NEW = """/// url = 'http://example.org/m'
/// name = 'Observation, R4 to R3'
/// status = 'draft'
uses "http://hl7.org/fhir/StructureDefinition/Observation" alias O4 as source
uses "http://hl7.org/fhir/3.0/StructureDefinition/Observation" alias O3 as target
group Observation(source src : O4, target tgt : O3) extends DomainResource <<type+>> {
  src.identifier as vs -> tgt.identifier = create() as vt "id-1";
  src.effective : dateTime as vs where (vs > @2020) -> tgt.effective = vs "effective";
  src.referenceRange as vs0 -> tgt.referenceRange as vt0 then { vs0.low -> vt0.low "low"; } "range";
}
group Other(source a : O4, target b : O3) <<types>> {
  a.code as c -> b.code = create('CodeableConcept') as d then Code(c, d) "x";
}
"""


def test_the_form_of_stu3_says_the_same_as_the_form_of_today():
    assert parse(OLD).resource == parse(NEW).resource


def test_comments_metadata_and_names_are_read_as_published_maps_write_them():
    text = """\ufeff/// url = "http://example.org/m"
/// name = don't // a comment
/// status = active
/// just a remark isn't it
//// banner '''
group step-1(source a, target b) {
  /// it's a comment
  a.x as x -> b.x = x my-rule;;
  a.y as y where y.length() > 3 and a.z = 'c' check y.exists() log 'm' -> b.y = y.first();
  a.z default 'q' as z -> b.z = append(z.lower(), (1 + 1));
}
"""
    resource = parse(text).resource
    assert (resource["name"], resource["status"]) == ("don't", "active")
    rules = resource["group"][0]["rule"]
    assert rules[0]["name"] == "my-rule"
    assert rules[1]["source"][0]["condition"] == "y.length() > 3 and a.z = 'c'"
    assert rules[1]["target"][0]["parameter"] == [{"valueString": "y.first()"}]
    assert [p["valueId"] for p in rules[2]["target"][0]["parameter"]] == ["z.lower()", "(1 + 1)"]
