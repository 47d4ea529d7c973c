"""What we emit is checked twice and keeps its digits."""

from __future__ import annotations

import subprocess
import sys
from decimal import Decimal

import pytest
from fhir_samples import CLAIM, EXAMPLES, PATIENT, changed

from hub.errors import Problem
from hub.fhir.emit import finish, second_opinion
from hub.formats.exact_json import dumps, loads


@pytest.mark.parametrize(
    "file", sorted(EXAMPLES.glob("ClaimResponse-*.json")), ids=lambda file: file.stem
)
def test_official_responses_are_emitted_as_they_are(file: object) -> None:
    tree = loads(file.read_bytes())  # type: ignore[attr-defined]
    assert loads(finish(tree)) == tree
    assert finish(tree) == dumps(tree)


def test_digits_are_not_lost() -> None:
    claim = changed(CLAIM, "item", [CLAIM["item"][1]])
    claim["item"][0]["factor"] = Decimal("1.0000")
    claim["total"]["value"] = 2500
    assert b'"factor":1.0000' in finish(claim)


def test_a_fault_is_never_emitted() -> None:
    with pytest.raises(Problem) as caught:
        finish(changed(CLAIM, "status", "bogus"))
    assert [issue.path for issue in caught.value.issues] == ["Claim.status"]
    assert type(caught.value) is Problem


def test_the_second_opinion_names_the_place() -> None:
    issues = second_opinion("Patient", dumps(changed(PATIENT, "name.0.familly", "x")))
    assert [issue.path for issue in issues] == ["Patient.name[0].familly"]
    assert second_opinion("Claim", dumps(changed(CLAIM, "contained", [{"resourceType": "Foo"}])))
    assert second_opinion("MedicinalProduct", b"{}") == []


def test_fhir_resources_is_only_imported_when_something_is_emitted() -> None:
    code = (
        "import sys, hub.fhir.emit, hub.fhir.validate, hub.fhir.search_index;"
        "sys.exit(any(name.startswith('fhir.') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
