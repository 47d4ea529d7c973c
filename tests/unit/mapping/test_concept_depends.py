"""Rows that depend on more than a code: https://hl7.org/fhir/R4/conceptmap.html."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from hub.mapping.concept_map import ConceptMap
from hub.mapping.concept_translate import translate
from hub.mapping.findings import Failure
from hub.ports import ConceptRow

LETTER = "urn:letter"
ACT = "urn:act"
COEFFICIENT = "urn:coefficient"
URL = "urn:table"


def r4(*rows: tuple[str, str, str], **more: Any) -> dict[str, Any]:
    """(letter, coefficient or "", act) rows."""
    elements = []
    for letter, coefficient, act in rows:
        target: dict[str, Any] = {"code": act, "equivalence": "equivalent"}
        if coefficient:
            target["dependsOn"] = [{"property": COEFFICIENT, "value": coefficient}]
        elements.append({"code": letter, "target": [target]})
    group = {"source": LETTER, "target": ACT, "element": elements, **more}
    return {"resourceType": "ConceptMap", "url": URL, "group": [group]}


def r5(value: dict[str, Any]) -> dict[str, Any]:
    target = {
        "code": "echo",
        "relationship": "equivalent",
        "dependsOn": [{"attribute": "coef", **value}],
    }
    return {
        "url": URL,
        "additionalAttribute": [{"code": "coef", "uri": COEFFICIENT, "type": "string"}],
        "group": [
            {"source": LETTER, "target": ACT, "element": [{"code": "Z", "target": [target]}]}
        ],
    }


TABLE = r4(("Z", "20", "echo"), ("Z", "150", "scanner"))


def found(resource: dict[str, Any], code: str, **given: Any) -> list[str] | None:
    named = {{"coefficient": COEFFICIENT}.get(name, name): v for name, v in given.items()}
    targets = ConceptMap(resource).find(LETTER, code, named)
    return None if targets is None else [t.code for t in targets]


@pytest.mark.parametrize(
    ("coefficient", "act"),
    [("20", "echo"), (20, "echo"), (Decimal("20.0"), "echo"), ("150", "scanner")],
)
def test_a_coefficient_tells_two_acts_of_one_letter_apart(coefficient: Any, act: str) -> None:
    assert found(TABLE, "Z", coefficient=coefficient) == [act]


@pytest.mark.parametrize("coefficient", ["33", "2", "200", "020", "", "20 ", Decimal("20.5")])
def test_another_coefficient_has_no_row(coefficient: Any) -> None:
    assert found(TABLE, "Z", coefficient=coefficient) is None


def test_a_row_for_one_coefficient_goes_before_a_row_for_any() -> None:
    table = r4(("C", "", "other"), ("C", "1", "general"))
    assert found(table, "C", coefficient=1) == ["general"]
    assert found(table, "C", coefficient=7) == ["other"]
    assert found(table, "C") == ["other"]


@pytest.mark.parametrize(
    "value",
    [
        {"valueString": "20"},
        {"valueCode": "20"},
        {"valueQuantity": {"value": Decimal("20.0")}},
        {"valueCoding": {"system": "urn:s", "code": "20"}},
    ],
)
def test_r5_attributes_are_found_by_code_and_by_uri(value: dict[str, Any]) -> None:
    assert found(r5(value), "Z", coefficient=20) == ["echo"]
    assert found(r5(value), "Z", coef="20") == ["echo"]
    assert found(r5(value), "Z", coef="21") is None


def test_codings_of_another_system_are_not_the_same_value() -> None:
    table = r5({"valueCoding": {"system": "urn:s", "code": "20"}})
    assert found(table, "Z", coef={"system": "urn:other", "code": "20"}) is None
    concept = {"coding": [{"system": "urn:other", "code": "1"}, {"system": "urn:s", "code": "20"}]}
    assert found(table, "Z", coef=concept) == ["echo"]


def test_booleans_are_compared_as_fhir_writes_them() -> None:
    assert found(r5({"valueBoolean": True}), "Z", coef=True) == ["echo"]
    assert found(r5({"valueBoolean": True}), "Z", coef=False) is None


def test_a_row_that_depends_on_a_value_set_never_applies_by_itself() -> None:
    assert found(r5({"valueSet": "urn:vs"}), "Z", coef="20") is None


def test_a_row_is_taken_only_in_its_period() -> None:
    table = r4(("Z", "", "old"), ("Z", "", "new"))
    url = "https://benkan.example/fhir/StructureDefinition/concept-map-period"
    periods = [{"end": "2024-07-31"}, {"start": "2024-08-01"}]
    for element, period in zip(table["group"][0]["element"], periods, strict=True):
        element["target"][0]["extension"] = [{"url": url, "valuePeriod": period}]
    assert found(table, "Z", date="2024-07-31") == ["old"]
    assert found(table, "Z", date="2024-08-01T00:00:00Z") == ["new"]
    assert found(table, "Z") == ["old", "new"]


def test_no_map_gives_a_row_without_a_usable_target() -> None:
    table = {"group": [{"source": LETTER, "element": [{"code": "Z", "noMap": True}]}]}
    assert found(table, "Z") == []


def test_a_row_added_by_hand_leaves_rows_with_a_condition_alone() -> None:
    table = ConceptMap(TABLE, [ConceptRow(URL, LETTER, "Z", ACT, "imaging")])
    assert [t.code for t in table.find(LETTER, "Z", {COEFFICIENT: "20"}) or ()] == ["echo"]
    assert [t.code for t in table.find(LETTER, "Z", {COEFFICIENT: "33"}) or ()] == ["imaging"]


def test_a_missing_row_names_the_value_it_lacked() -> None:
    coding = {"system": LETTER, "code": "Z", "display": "Imagerie"}
    result = translate(coding, ConceptMap(TABLE), lambda _: None, {COEFFICIENT: 33}, "ligne.code")
    assert result.targets == []
    (missing,) = result.missing
    assert (missing.code, missing.path) == ("Z", "ligne.code")
    assert missing.display == "Imagerie ; urn:coefficient = 33"


def test_a_map_that_forgets_the_coefficient_is_told_so() -> None:
    with pytest.raises(Failure, match="depend on urn:coefficient") as caught:
        translate("Z", ConceptMap(TABLE), lambda _: None)
    assert "donnez cette valeur" in caught.value.fr


def test_two_rows_for_the_same_coefficient_are_ambiguous() -> None:
    table = ConceptMap(r4(("Z", "20", "echo"), ("Z", "20.0", "scanner")))
    with pytest.raises(Failure, match="several codes"):
        translate("Z", table, lambda _: None, {COEFFICIENT: 20})


@pytest.mark.parametrize(
    ("unmapped", "expected"),
    [
        ({"mode": "provided"}, (ACT, "Q")),
        ({"mode": "use-source-code"}, (ACT, "Q")),
        ({"mode": "fixed", "code": "autre"}, (ACT, "autre")),
        ({"mode": "other-map", "url": "urn:other"}, ("urn:act", "echo")),
        ({"mode": "other-map", "otherMap": "urn:other"}, ("urn:act", "echo")),
    ],
)
def test_codes_without_a_row_follow_the_unmapped_mode(
    unmapped: dict[str, str], expected: tuple[str, str]
) -> None:
    other = {"urn:other": ConceptMap(r4(("Q", "", "echo")))}
    table = ConceptMap(r4(("Z", "", "x"), unmapped=unmapped))
    (target,) = translate("Q", table, other.get).targets
    assert (target.system, target.code) == expected


def test_an_unknown_other_table_is_named() -> None:
    table = ConceptMap(r4(unmapped={"mode": "other-map", "url": "urn:nowhere"}))
    with pytest.raises(Failure, match="urn:nowhere"):
        translate("Q", table, lambda _: None)


def test_tables_that_send_on_to_each_other_come_to_an_end() -> None:
    table = ConceptMap(r4(unmapped={"mode": "other-map", "url": URL}))
    with pytest.raises(Failure, match="send on to each other"):
        translate("Q", table, lambda _: table)


def test_what_a_lookup_gives_belongs_to_the_caller() -> None:
    table = ConceptMap(r4(("C", "", "consult")))
    found = table.find(LETTER, "C") or []
    found.clear()
    assert [t.code for t in table.find(LETTER, "C") or ()] == ["consult"]
