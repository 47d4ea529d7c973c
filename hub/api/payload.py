"""What an operation was given: the resource itself, or Parameters around it.

https://hl7.org/fhir/R4/operations.html#executing
"""

from __future__ import annotations

from collections.abc import Sequence

from hub.api import body
from hub.errors import Invalid, Issue
from hub.formats import exact_json
from hub.model import Tree


def operand(raw: bytes, expected: Sequence[str]) -> tuple[Tree, bytes]:
    """The resource an operation works on, and its bytes.

    Parameters must carry it in one parameter named ``resource``; its bytes are then written anew
    with every digit kept.

    Raises:
        Invalid: 400, unreadable or of another type than those expected.
    """
    tree = body.resource(raw)
    if tree["resourceType"] == "Parameters":
        given = tree.get("parameter")
        found = [
            part.get("resource")
            for part in (given if isinstance(given, list) else [])
            if isinstance(part, dict) and part.get("name") == "resource"
        ]
        if len(found) != 1 or not isinstance(found[0], dict):
            raise _refused(
                "Parameters doit contenir exactement un paramètre « resource » avec la ressource.",
                'Parameters must hold exactly one parameter "resource" with the resource.',
                "Parameters.parameter",
            )
        tree, raw = found[0], exact_json.dumps(found[0])
    if tree.get("resourceType") not in expected:
        wanted = " ou ".join(expected), " or ".join(expected)
        shown = str(tree.get("resourceType"))[:64]
        raise _refused(
            f"Cette opération attend {wanted[0]}, non « {shown} ».",
            f'This operation takes {wanted[1]}, not "{shown}".',
            "resourceType",
        )
    return tree, raw


def _refused(fr: str, en: str, path: str) -> Invalid:
    return Invalid(Issue("invalid", fr, en, path), status=400)
