"""Numbers whose form is known are checked at the door."""

from __future__ import annotations

import pytest

from hub.api.check import check
from hub.errors import Invalid
from hub.fhir import identifiers

NINA = "https://benkan.example/fhir/sid/nina"


def patient(value: str, system: str = NINA) -> dict[str, object]:
    other = {"system": "https://benkan.example/fhir/sid/numero-amo", "value": "quelconque"}
    return {"resourceType": "Patient", "identifier": [other, {"system": system, "value": value}]}


@pytest.mark.parametrize(
    "value", ["12012345678901", "1201234567890A", "12012345678901a", "12012345678901AB", "٣"]
)
def test_a_nina_without_its_letter_is_refused_with_its_place(value: str) -> None:
    """domain.md T24."""
    with pytest.raises(Invalid) as caught:
        check(patient(value))
    [issue] = caught.value.issues
    assert issue.path == "Patient.identifier[1].value"
    assert value in issue.fr
    assert "14 chiffres puis une lettre" in issue.fr


NPI = "https://benkan.example/fhir/sid/npi"


@pytest.mark.parametrize("value", ["38311ZZZ9999000300", "18313ZZZ9999000300", "1831ZZZ9999000300"])
def test_an_npi_with_another_sex_month_or_length_is_refused(value: str) -> None:
    """domain.md §4: 18 characters, of a birth in Guinea or abroad; its key is not verified."""
    with pytest.raises(Invalid) as caught:
        check(patient(value, NPI))
    assert "18 caractères" in caught.value.issues[0].fr
    check(patient("18311ZZZ9999000300", NPI))
    check(patient("28311012SEN1234567"[:18], NPI))


def test_a_whole_nina_and_numbers_of_other_systems_pass() -> None:
    check(patient("12012345678901A"))
    check(patient("12012345678901", "https://example.org/numbers"))


def test_numbers_are_found_wherever_they_stand() -> None:
    claim = {
        "resourceType": "Claim",
        "contained": [patient("1")],
        "patient": {"identifier": {"system": NINA, "value": "2"}},
    }
    assert [issue.path for issue in identifiers.findings(claim)] == [
        "Claim.contained[0].identifier[1].value",
        "Claim.patient.identifier.value",
    ]
