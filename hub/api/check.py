"""Validation at the door: a resource is stored only when R4 has nothing to say against it.

https://hl7.org/fhir/R4/validation.html
"""

from __future__ import annotations

from hub.errors import Invalid
from hub.fhir import identifiers
from hub.fhir.validate import validate
from hub.model import Tree


def check(resource: Tree, expected: str | None = None) -> None:
    """Validate against R4, and against the forms of numbers that are known.

    Raises:
        Invalid: 422 with every finding, warnings among them, when one is an error.
    """
    found = [*validate(resource, expected), *identifiers.findings(resource)]
    if any(issue.severity in ("error", "fatal") for issue in found):
        raise Invalid(*found)
