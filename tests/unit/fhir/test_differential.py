"""Three validators over the official examples: ours, fhir.resources (R4B) and fhirkit-rs.

Every file on which they disagree stands in DISAGREEMENTS with its explanation; a disagreement
that is not there, or one that has gone, fails.
"""

from __future__ import annotations

from pathlib import Path

import fhirkit
import pytest
from fhir_samples import CLAIM, EXAMPLES, changed

from hub.fhir.emit import second_opinion
from hub.fhir.validate import validate
from hub.formats.exact_json import dumps, loads

FILES = sorted(EXAMPLES.glob("*.json"))

#: file → (ours, fhir.resources, fhirkit) accept it, and why they differ
DISAGREEMENTS: dict[str, tuple[tuple[bool, bool, bool], str]] = {
    "ActivityDefinition-blood-tubes-supply": (
        (False, True, True),
        "its narrative is an empty div (txt-2); the others do not read narratives",
    ),
    "EventDefinition-example": (
        (False, True, True),
        "its narrative is an empty div (txt-2); the others do not read narratives",
    ),
    "Media-1.2.840.11361907579238403408700.3.1.04.19970327150033": (
        (False, True, True),
        "its narrative loads a picture from another server, which tells that server who reads the "
        "record: a rule of ours",
    ),
    "Basic-referral": (
        (False, True, True),
        "modifier extensions the hub does not know change the meaning of the resource: R4 "
        "(extensibility.html#modifierExtension) forbids to process it; the others ignore them",
    ),
    "DeviceMetric-example": (
        (False, True, True),
        "parent refers to a DeviceDefinition where R4 only allows a Device",
    ),
    "DeviceUseStatement-example": (
        (False, True, True),
        "reasonReference refers to a Procedure, which R4 does not list",
    ),
    "MedicationRequest-medrx0301": (
        (False, True, True),
        "dispenseRequest.performer refers to a Practitioner where R4 only allows an Organization",
    ),
    "Observation-clinical-gender": (
        (False, True, True),
        "performer refers to an Encounter, which R4 does not list",
    ),
    "Bundle-10bb101f-a121-4264-a920-67be9cb82c74": (
        (False, True, True),
        "an entry with fullUrl …/Patient/pat12 holds Patient/pat2: R4 says they SHALL NOT disagree",
    ),
    "Evidence-example": (
        (True, False, True),
        "R4B changed Evidence; the file is right in R4",
    ),
}

#: Files all three refuse, and why.
REFUSED = {"Questionnaire-qs1": "items without linkId, which is 1..1"}


def verdicts(body: bytes) -> tuple[bool, bool, bool]:
    tree = loads(body)
    ours = not validate(tree)
    pydantic = not second_opinion(tree["resourceType"], body)
    rust = not [issue for issue in fhirkit.validate(body) if issue.severity == "error"]
    return ours, pydantic, rust


@pytest.mark.parametrize("file", FILES, ids=lambda f: f.stem)
def test_the_three_agree_or_the_difference_is_explained(file: Path) -> None:
    expected = (True, True, True)
    if file.stem in REFUSED:
        expected = (False, False, False)
    elif file.stem in DISAGREEMENTS:
        expected = DISAGREEMENTS[file.stem][0]
    assert verdicts(file.read_bytes()) == expected


def test_every_explanation_is_about_a_file_we_have() -> None:
    assert DISAGREEMENTS.keys() | REFUSED.keys() <= {file.stem for file in FILES}


#: what was done to a good Claim → (path, value), and who refuses it: we always do
SPOILED: dict[str, tuple[str, object, tuple[bool, bool]]] = {
    "status is no code of its value set": ("status", "bogus", (True, True)),
    "currency is not in ISO 4217": ("total.currency", "XXQ", (True, True)),
    "reference to a wrong type": ("patient.reference", "Organization/1", (True, True)),
    "reference is garbage": ("patient.reference", "x y z", (True, True)),
    "coding.system is no URI": ("priority.coding.0.system", "hello world", (True, False)),
    "empty array": ("item", [], (True, False)),
    "string for a number": ("item.0.sequence", "1", (True, False)),
    "string for a boolean": ("insurance.0.focal", "true", (True, False)),
    "id of 65 characters": ("id", "x" * 65, (True, True)),
    "contained without resourceType": ("contained", [{"id": "x"}], (True, False)),
    "contained of an unknown type": ("contained", [{"resourceType": "Foo"}], (False, False)),
    "two of a choice": ("item.0.servicedPeriod", {"start": "2026"}, (False, False)),
    "unknown element": ("statut", "active", (False, False)),
    "date that does not exist": ("created", "2026-02-30", (False, True)),
    "wrong total": ("total.value", 1, (True, True)),
}


@pytest.mark.parametrize("name", SPOILED)
def test_what_the_other_validators_let_through_we_refuse(name: str) -> None:
    path, value, others = SPOILED[name]
    ours, pydantic, rust = verdicts(dumps(changed(CLAIM, path, value)))
    assert not ours
    assert (pydantic, rust) == others
