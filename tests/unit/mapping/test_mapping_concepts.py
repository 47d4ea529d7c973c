"""translate and ConceptMaps: https://hl7.org/fhir/R4/conceptmap.html."""

import pytest

from hub.errors import MissingCode, Unmappable
from hub.mapping.concept_map import ConceptMap
from hub.ports import ConceptRow

URL = "http://example.org/ConceptMap/sex"
SYSTEM = "http://hl7.org/fhir/administrative-gender"
RULE = f"src.gender as g -> tgt.language = translate(g, '{URL}', 'code');"


def table(unmapped=None, **rows):
    elements = [
        {"code": code, "target": [{"code": target, "equivalence": "equivalent"}]}
        for code, target in rows.items()
    ]
    group = {"source": SYSTEM, "target": "urn:t", "element": elements}
    if unmapped:
        group["unmapped"] = unmapped
    return {"resourceType": "ConceptMap", "url": URL, "group": [group]}


def test_a_row_translates_a_code(transform):
    assert transform(RULE, {"gender": "male"}, **{"c.json": table(male="M")})["language"] == "M"


def test_every_missing_code_is_reported_at_once_with_its_path(transform):
    rules = f"{RULE}\nsrc.maritalStatus as m -> tgt.birthDate = translate(m, '{URL}', 'code');"
    marital = {"coding": [{"system": "urn:x", "code": "S", "display": "Single"}]}
    with pytest.raises(Unmappable) as caught:
        transform(
            rules, {"gender": "other", "maritalStatus": marital}, **{"c.json": table(male="M")}
        )
    assert caught.value.missing == (
        MissingCode(URL, "", "other", "Patient.gender"),
        MissingCode(URL, "urn:x", "S", "Patient.maritalStatus", "Single"),
    )
    assert "ajoutez une ligne" in caught.value.issues[0].fr


def test_a_row_of_the_caller_completes_and_overrides_the_table(transform):
    rows = [
        ConceptRow(URL, SYSTEM, "other", "urn:t", "X"),
        ConceptRow(URL, SYSTEM, "male", "urn:t", "H"),
    ]
    files = {"c.json": table(male="M")}
    assert transform(RULE, {"gender": "other"}, rows=rows, **files)["language"] == "X"
    assert transform(RULE, {"gender": "male"}, rows=rows, **files)["language"] == "H"


@pytest.mark.parametrize(
    ("unmapped", "expected"),
    [({"mode": "fixed", "code": "?"}, "?"), ({"mode": "provided"}, "other")],
)
def test_unmapped_codes_follow_the_mode_of_the_table(transform, unmapped, expected):
    result = transform(RULE, {"gender": "other"}, **{"c.json": table(unmapped, male="M")})
    assert result["language"] == expected


def test_unmapped_codes_can_be_looked_up_in_another_table(transform):
    other = {**table(other="O"), "url": URL + "-2"}
    first = table({"mode": "other-map", "url": URL + "-2"}, male="M")
    result = transform(RULE, {"gender": "other"}, **{"c.json": first, "d.json": other})
    assert result["language"] == "O"


def test_two_equivalent_targets_are_ambiguous(transform):
    double = table(male="M")
    double["group"][0]["element"][0]["target"].append({"code": "H", "equivalence": "equal"})
    with pytest.raises(Unmappable, match="several codes"):
        transform(RULE, {"gender": "male"}, **{"c.json": double})


def test_an_unknown_table_is_named(transform):
    with pytest.raises(Unmappable, match="unknown ConceptMap"):
        transform(RULE, {"gender": "male"})


def test_an_embedded_table_is_found_with_or_without_the_sign(transform):
    embedded = """conceptmap "#sex" {
      prefix s = "http://hl7.org/fhir/administrative-gender"
      prefix t = "urn:t"
      s:male == t:M
      s:"fe male" - t:F
    }\n"""
    for name in ("#sex", "sex"):
        rule = f"src.gender as g -> tgt.maritalStatus = translate(g, '{name}', 'CodeableConcept');"
        result = transform(rule, {"gender": "male"}, more=embedded)
        assert result["maritalStatus"] == {"coding": [{"system": "urn:t", "code": "M"}]}


@pytest.mark.parametrize(
    ("said", "usable"),
    [
        ("wider", True),
        ("relatedto", True),
        ("equal", True),
        ("unmatched", False),
        ("disjoint", False),
    ],
)
def test_r4_equivalence_says_which_rows_may_be_used(said, usable):
    resource = table(a="b")
    resource["group"][0]["element"][0]["target"][0]["equivalence"] = said
    assert bool(ConceptMap(resource).find(SYSTEM, "a")) is usable


def test_r5_relationship_is_read_too():
    row = {"code": "b", "relationship": "not-related-to"}
    resource = {"url": URL, "group": [{"element": [{"code": "a", "target": [row]}]}]}
    assert ConceptMap(resource).find("", "a") == []
    assert ConceptMap(resource).find("", "c") is None


def test_the_path_of_a_missing_code_has_the_index_of_its_item(transform):
    rule = f"""src.communication as c then {{ c.language as l -> tgt.communication as d then {{
      l -> d.id = translate(l, '{URL}', 'code'); }}; }};"""
    coded = [{"language": {"coding": [{"system": SYSTEM, "code": code}]}} for code in ("male", "x")]
    with pytest.raises(Unmappable) as caught:
        transform(rule, {"communication": coded}, **{"c.json": table(male="M")})
    assert caught.value.missing == (
        MissingCode(URL, SYSTEM, "x", "Patient.communication[1].language"),
    )
