"""R4 and R5 shapes of one ConceptMap, and the same table read from its other end."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import mappings
from hub.mapping.concept_map import ConceptMap
from hub.mapping.concept_relations import EQUIVALENCE, OPPOSITE, RELATIONSHIP
from hub.mapping.concept_versions import as_r4, as_r5, inverted, is_r5

ROOT = Path(mappings.__file__).parent
TABLES = sorted(ROOT.glob("*/concepts/*.json"))
BASE = "https://benkan.example/fhir"
ACT = f"{BASE}/CodeSystem/acte"
LETTER = f"{BASE}/CodeSystem/cmss-lettre-cle"
COEFFICIENT = f"{BASE}/concept-property/coefficient"

#: domain.md §14.2, illustrative: act, letter, coefficient.
ACTS = [
    ("consult-gen", "C", "1"),
    ("consult-spec", "CS", "1"),
    ("consult-ctrl", "C", "0"),
    ("consult-sf", "SF", "1"),
    ("soins-inf-pansement", "AMI", "3"),
    ("bio-nfs", "B", "32"),
    ("bio-glycemie", "B", "12"),
    ("bio-tdr-palu", "B", "8"),
    ("img-radio-thorax", "Z", "15"),
    ("img-echo-obs", "Z", "20"),
    ("img-scanner", "Z", "150"),
    ("acc-eutocique", "KC", "15"),
    ("cesarienne", "KC", "75"),
    ("appendicectomie", "KC", "90"),
    ("dent-extraction", "D", "6"),
    ("journee-hosp", "JH", "1"),
]


def read(path: Path) -> dict[str, Any]:
    resource: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return resource


def answers(resource: dict[str, Any]) -> list[tuple[str, str, str]]:
    """What a table says for every code it has, without conditions."""
    table = ConceptMap(resource)
    return [
        (element["code"], target.code, target.relationship)
        for group in resource["group"]
        for element in group["element"]
        for target in table.find(group.get("source", ""), element["code"]) or ()
    ]


def test_every_word_of_r4_has_one_in_r5_and_back() -> None:
    assert {RELATIONSHIP[word] for word in EQUIVALENCE.values()} == set(EQUIVALENCE)
    assert set(RELATIONSHIP.values()) == set(EQUIVALENCE)
    assert all(OPPOSITE[OPPOSITE[word]] == word for word in OPPOSITE)


def test_wider_in_r4_means_that_the_source_is_narrower() -> None:
    assert RELATIONSHIP["wider"] == "source-is-narrower-than-target"
    assert EQUIVALENCE["source-is-narrower-than-target"] == "wider"


@pytest.mark.parametrize("path", TABLES, ids=lambda p: p.stem)
def test_a_table_says_the_same_in_r5_and_again_in_r4(path: Path) -> None:
    resource = read(path)
    newer = as_r5(resource)
    assert not is_r5(resource)
    assert is_r5(newer)
    assert answers(newer) == answers(resource)
    assert as_r4(newer) == resource


def test_unmatched_becomes_no_map_and_a_typed_value_its_text() -> None:
    newer = {
        "additionalAttribute": [{"code": "urgent", "type": "boolean"}],
        "group": [
            {
                "element": [
                    {"code": "a", "noMap": True},
                    {
                        "code": "b",
                        "target": [
                            {
                                "code": "c",
                                "relationship": "related-to",
                                "dependsOn": [{"attribute": "urgent", "valueBoolean": True}],
                            }
                        ],
                    },
                ],
                "unmapped": {"mode": "use-source-code", "relationship": "related-to"},
            }
        ],
    }
    older = as_r4(newer)
    first, second = older["group"][0]["element"]
    assert first["target"] == [{"equivalence": "unmatched"}]
    assert second["target"][0]["equivalence"] == "relatedto"
    assert second["target"][0]["dependsOn"] == [{"property": "urgent", "value": "true"}]
    assert older["group"][0]["unmapped"] == {"mode": "provided"}
    assert as_r5(older)["group"][0]["element"][0] == {"code": "a", "noMap": True}


def test_r4_cannot_speak_of_value_sets() -> None:
    target = {"relationship": "equivalent", "dependsOn": [{"attribute": "x", "valueSet": "urn:v"}]}
    with pytest.raises(ValueError, match="urn:v"):
        as_r4({"group": [{"element": [{"code": "a", "target": [target]}]}]})
    whole = {"valueSet": "urn:v", "target": [{"code": "b", "relationship": "equivalent"}]}
    with pytest.raises(ValueError, match="value set"):
        as_r4({"group": [{"element": [whole]}]})


def test_scopes_and_versions_of_systems_move_with_the_shape_and_the_end() -> None:
    older = {
        "url": "urn:m",
        "sourceUri": "urn:vs-a",
        "targetCanonical": "urn:vs-b",
        "group": [
            {
                "source": "urn:a",
                "sourceVersion": "2",
                "target": "urn:b",
                "element": [{"code": "x", "target": [{"code": "y", "equivalence": "equivalent"}]}],
            }
        ],
    }
    newer = as_r5(older)
    assert (newer["sourceScopeUri"], newer["targetScopeCanonical"]) == ("urn:vs-a", "urn:vs-b")
    assert newer["group"][0]["source"] == "urn:a|2"
    assert as_r4(newer) == older
    for turned in (inverted(older, "urn:n"), as_r4(inverted(newer, "urn:n"))):
        assert (turned["targetUri"], turned["sourceCanonical"]) == ("urn:vs-a", "urn:vs-b")
        assert (turned["group"][0]["source"], turned["group"][0]["targetVersion"]) == ("urn:b", "2")


@pytest.mark.parametrize(("act", "letter", "coefficient"), ACTS)
def test_letter_and_coefficient_give_the_act_and_the_act_gives_both_back(
    act: str, letter: str, coefficient: str
) -> None:
    resource = read(ROOT / "cmss" / "concepts" / "cmss-acte-inverse.json")
    (there,) = ConceptMap(resource).find(LETTER, letter, {COEFFICIENT: coefficient}) or []
    assert (there.system, there.code) == (ACT, act)
    (back,) = ConceptMap(inverted(resource, "urn:back")).find(ACT, act) or []
    assert (back.system, back.code, back.produced(COEFFICIENT)) == (LETTER, letter, coefficient)


@pytest.mark.parametrize(("act", "letter", "coefficient"), ACTS)
def test_the_outgoing_table_gives_the_same_letter_and_coefficient(
    act: str, letter: str, coefficient: str
) -> None:
    table = ConceptMap(read(ROOT / "cmss" / "concepts" / "cmss-acte.json"))
    (target,) = table.find(ACT, act) or []
    assert target.code == letter + coefficient
    assert target.produced(f"{BASE}/concept-property/lettre-cle") == letter
    assert target.produced(COEFFICIENT) == coefficient
    assert target.produced("urn:nothing") is None


def test_the_inverse_table_has_no_row_more_than_the_outgoing_one() -> None:
    back = inverted(read(ROOT / "cmss" / "concepts" / "cmss-acte-inverse.json"), "urn:back")
    there = read(ROOT / "cmss" / "concepts" / "cmss-acte.json")
    assert sorted(a[0] for a in answers(back)) == sorted(a[0] for a in answers(there))
    assert len(ACTS) == len(answers(there))


def test_turning_a_table_twice_gives_what_it_says_back() -> None:
    resource = read(ROOT / "cmss" / "concepts" / "cmss-acte-inverse.json")
    twice = inverted(inverted(resource, "urn:x"), resource["url"])
    assert twice["group"][0]["source"] == LETTER
    for _, letter, coefficient in ACTS:
        given = {COEFFICIENT: coefficient}
        assert ConceptMap(twice).find(LETTER, letter, given) == ConceptMap(resource).find(
            LETTER, letter, given
        )


def test_narrower_is_wider_from_the_other_end() -> None:
    target = {"code": "b", "equivalence": "narrower"}
    group = {"source": "s", "target": "t", "element": [{"code": "a", "target": [target]}]}
    turned = inverted({"url": "u", "group": [group]}, "v")["group"][0]
    assert (turned["source"], turned["target"]) == ("t", "s")
    assert turned["element"][0]["target"][0] == {"code": "a", "equivalence": "wider"}
