"""Hard text through the hub to each body: what a message loses is told in its story.

CMSS's XML carries every character (as references), INPS's records are in ISO-8859-1, and
transliterated; the dialect of the CNPS keeps five diagnoses and has few codes for them.
Illustrative reference profiles.
"""

from __future__ import annotations

import html
from collections.abc import Iterator
from typing import Any

import pytest
from flow_judge import claim, when
from servers.benkan import Up

from hub.cli import sample
from hub.formats import exact_json
from hub.model import Tree

NAME = "Dr Ŋɛnɛ N’Golo Fictif"
ICD = "http://hl7.org/fhir/sid/icd-10"
BODIES = {"cmss": ("CMSS", "cmss"), "inps": ("INPS", "inps"), "inamo": ("CNPS", "cnps")}


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    started = Up(tmp_path_factory.mktemp("losses")).start()
    yield started
    assert started.stop() == 0


def sheet(partner: str, number: int) -> Tree:
    """A sample sheet of this body's insured with a prescriber."""
    code, organization = BODIES[partner]
    found = [
        made
        for _, made in sample.generate(60, 80 + number, {code})
        if made["insurer"]["reference"] == f"Organization/{organization}" and "careTeam" in made
    ]
    return found[0]


def translated(up: Up, made: Tree) -> tuple[dict[str, Any], str]:
    """Post it; the event that tells of its translation, and the claim's reference."""
    with up.client() as client:
        answer = client.post(
            "/Claim/$submit",
            content=exact_json.dumps(made),
            headers={"Prefer": "respond-async"},
        )
    assert answer.status_code < 300, answer.text
    reference = answer.json()["request"]["reference"]
    story = when(
        lambda: claim(up, reference),
        lambda one: one["held"] or "translated" in [e["what"] for e in one["events"]],
    )
    assert not story["held"], story["reason"]
    [event] = [e for e in story["events"] if e["what"] == "translated"]
    return event, str(reference)


def test_letters_that_inps_cannot_carry_are_named_with_their_field_and_no_name(up: Up) -> None:
    made = sheet("inps", 1)
    made["careTeam"][0]["provider"]["display"] = NAME
    event, _ = translated(up, made)
    [loss] = event["detail"]["losses"]
    assert loss.startswith("Facture.prescripteur.nom : « Ŋ » écrit « N », « ɛ » écrit « e »")
    assert f"Signalé comme perte : {loss}" in event["text"]
    assert not [word for word in ("Golo", "Fictif", "Nene", "Ŋɛnɛ") if word in event["text"]]


def test_cmss_carries_the_same_letters_and_its_story_tells_of_no_loss(up: Up) -> None:
    made = sheet("cmss", 2)
    made["careTeam"][0]["provider"]["display"] = NAME
    event, reference = translated(up, made)
    assert "losses" not in event["detail"]
    assert "perte" not in event["text"]
    deposits = when(
        lambda: [m for m in claim(up, reference)["messages"] if m["kind"] == "deposit"],
        lambda found: found,
    )
    assert "&#330;" in deposits[0]["body"]
    assert NAME in html.unescape(deposits[0]["body"])


def test_a_sixth_diagnosis_at_the_cnps_is_told_and_five_are_not(up: Up) -> None:
    for number, codes in ((3, ["B50", "J06", "J18", "A09", "I10"]), (4, [*["B50"] * 5, "I10"])):
        made = sheet("inamo", number)
        made["diagnosis"] = [
            {
                "sequence": n,
                "diagnosisCodeableConcept": {"coding": [{"system": ICD, "code": code}]},
            }
            for n, code in enumerate(codes, 1)
        ]
        event, _ = translated(up, made)
        if len(codes) == 5:
            assert "losses" not in event["detail"]
            continue
        [loss] = event["detail"]["losses"]
        assert loss.startswith("Claim.diagnosis : 5 au plus")
        assert loss in event["text"]
        assert not {"B50", "I10"} & set(event["text"].replace(",", " ").split())


def test_a_diagnosis_the_cnps_has_no_code_for_is_told(up: Up) -> None:
    made = sheet("inamo", 5)
    snomed = {"system": "http://snomed.info/sct", "code": "386661006", "display": "Fièvre"}
    made["diagnosis"] = [
        {"sequence": 1, "diagnosisCodeableConcept": {"coding": [snomed], "text": "Fièvre"}}
    ]
    event, _ = translated(up, made)
    [loss] = event["detail"]["losses"]
    assert "AF99" in loss
    assert "Fièvre" not in event["text"]
