"""English beside the French of decisions: for each reason of the hub, whoever decided."""

from __future__ import annotations

import copy

import pytest

from hub.exchange import reason_words
from hub.model import Tree

SYSTEM = "https://benkan.example/fhir/CodeSystem/motif-rejet"


def concept(code: str, display: str = "En français") -> Tree:
    own = {"system": "https://benkan.example/fhir/CodeSystem/x-motif", "code": "R02"}
    coding = [{"system": SYSTEM, "code": code, "display": display}, own]
    return {"coding": coding, "text": "Les mots de la caisse."}


def english(tree: Tree, name: str) -> str:
    [extension] = tree[f"_{name}"]["extension"]
    assert extension["url"] == "http://hl7.org/fhir/StructureDefinition/translation"
    told = {part["url"]: part for part in extension["extension"]}
    assert told["lang"]["valueCode"] == "en"
    return str(told["content"]["valueString"])


def decision(**more: object) -> Tree:
    line = {"itemSequence": 7, "noteNumber": [7], "adjudication": [{"reason": concept("R08")}]}
    return {
        "resourceType": "ClaimResponse",
        "use": "claim",
        "insurer": {"identifier": {"value": "XYZ"}},
        "outcome": "partial",
        "disposition": "Feuille liquidée partiellement.",
        "item": [line],
        "processNote": [
            {"number": 7, "text": "Les mots de la caisse. À faire : délivrez le générique."},
            {"text": "Décision de : Dr Fictif"},
        ],
        **more,
    }


def test_what_to_do_in_guinea_is_told_in_english_as_it_is_told_in_french() -> None:
    french = "Droits fermés. À faire : faites vérifier les droits auprès de la CNPS ; s'ils sont "
    french += "rétablis, renvoyez la feuille ; sinon, le patient paie les soins."
    made = reason_words.translated(
        decision(error=[{"code": concept("R02")}], processNote=[{"text": french}])
    )
    assert "checked with the CNPS" in english(made["processNote"][0], "text")
    made = reason_words.translated(
        decision(error=[{"code": concept("R02")}], processNote=[{"text": "À faire : autre."}])
    )
    assert "AMO counter" in english(made["processNote"][0], "text")


def test_a_line_refused_has_its_reason_and_what_to_do_in_english_too() -> None:
    given = decision()
    before = copy.deepcopy(given)
    made = reason_words.translated(given)
    assert given == before
    [hub, own] = made["item"][0]["adjudication"][0]["reason"]["coding"]
    assert english(hub, "display") == reason_words.words()["R08"].name
    assert "_display" not in own
    [note, adviser] = made["processNote"]
    assert "generic" in english(note, "text")
    assert "What to do:" in english(note, "text")
    assert "_text" not in adviser
    assert english(made, "disposition") == "Claim adjudicated in part: see each line (XYZ)."
    assert made["disposition"] == before["disposition"]


def test_a_sheet_refused_as_a_whole_has_its_note_in_english_too() -> None:
    note = {"text": "Droits fermés. À faire : faites vérifier les droits."}
    made = reason_words.translated(
        decision(outcome="error", item=[], error=[{"code": concept("R02")}], processNote=[note])
    )
    assert english(made["processNote"][0], "text").startswith(reason_words.words()["R02"].name)
    assert english(made, "disposition") == "Claim rejected (XYZ)."


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"outcome": "complete", "preAuthRef": "AP-1"}, "Prior authorisation granted (XYZ)."),
        ({"outcome": "complete"}, "Prior authorisation refused (XYZ)."),
        ({"outcome": "partial", "preAuthRef": "AP-1"}, "granted in part: see each line (XYZ)."),
        ({"outcome": "queued"}, "decision pending (XYZ)."),
    ],
    ids=["granted", "refused", "part", "pending"],
)
def test_a_prior_authorisation_says_in_english_how_it_was_decided(
    changes: Tree, expected: str
) -> None:
    made = reason_words.translated(decision(use="preauthorization") | changes)
    assert english(made, "disposition").endswith(expected)


def test_an_answer_on_rights_says_in_english_why_they_are_closed() -> None:
    answer = {
        "resourceType": "CoverageEligibilityResponse",
        "disposition": "Délai de stage.",
        "insurance": [{"inforce": False}],
        "error": [{"code": concept("R03")}],
    }
    assert "ix" in english(reason_words.translated(answer), "disposition")
    opened = answer | {"insurance": [{"inforce": True}], "error": []}
    assert english(reason_words.translated(opened), "disposition") == "Rights open on that day."


def test_every_reason_has_a_name_and_an_action_in_english() -> None:
    found = reason_words.words()
    assert len(found) == 20
    assert all(one.name and one.action for one in found.values())


def test_a_reason_nobody_knows_is_left_as_it_is() -> None:
    given = decision(item=[], processNote=[], error=[{"code": concept("X42")}])
    assert reason_words.translated(given)["error"] == given["error"]
