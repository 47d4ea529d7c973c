"""Validation at the door: a resource against FHIR R4 and the rules of the hub.

Source: https://hl7.org/fhir/R4/validation.html; the checks are compiled once from the official
definitions (hub/formats/definitions) and kept.
"""

from __future__ import annotations

from hub.errors import Issue
from hub.fhir import messages
from hub.fhir.findings import MOST, Node, fault
from hub.fhir.shapes import OUTSIDE, check_resource, place_of


def validate(resource: Node, expected: str | None = None) -> list[Issue]:
    """Every fault of a resource at once, with its path; an empty list when it is good.

    After MOST of them it only says that there are more.

    Args:
        resource: what exact_json.loads gave; anything else than a good tree is only a finding.
        expected: the resource type this place takes, when there is only one.

    Never raises: whatever comes is answered with a list.
    """
    name = resource.get("resourceType") if isinstance(resource, dict) else None
    root = name if isinstance(name, str) else ""
    try:
        found = check_resource(resource, place_of(resource, OUTSIDE)) or []
    except RecursionError:
        found = fault(
            "too-long",
            "La structure est trop imbriquée. Simplifiez-la.",
            "The structure is nested too deeply. Make it flatter.",
        )
    if expected is not None and root and root != expected:
        found = messages.unexpected_resource(root, expected) + found
    if len(found) >= MOST:
        found = found[:MOST] + messages.more()
    return [Issue(f.code, f.fr, f.en, _path(root, f.path)) for f in found]


def _path(root: str, path: str) -> str:
    return root + path if root else path.lstrip(".")
