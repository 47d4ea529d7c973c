"""Conditional references of a transaction: "Patient?identifier=…" instead of an id.

https://hl7.org/fhir/R4/http.html#trules (Conditional References): exactly one match, or the whole
transaction fails with 412.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hub.api.call import Call
from hub.api.create import existing
from hub.api.offer import SERVED
from hub.errors import Invalid, Issue


def addresses(this: Call, tree: Any) -> dict[str, str]:
    """Each conditional reference of a tree, and the "Type/id" it leads to.

    Raises:
        Invalid: 400, the condition cannot be read; 412, none or several match.
    """
    return {text: _address(this, text) for text in set(_conditions(tree))}


def _address(this: Call, text: str) -> str:
    type_name, _, condition = text.partition("?")
    found = existing(this.hub, type_name, condition, this.base)
    if found is None:
        raise Invalid(
            Issue(
                "not-found",
                f"La référence « {text[:120]} » ne désigne aucune ressource d’ici : envoyez la "
                "ressource dans la transaction, ou corrigez la condition.",
                f'The reference "{text[:120]}" finds no resource here: send the resource in the '
                "transaction, or correct the condition.",
            ),
            status=412,
        )
    return f"{found.type}/{found.id}"


def _conditions(node: Any) -> Iterator[str]:
    if isinstance(node, list):
        for item in node:
            yield from _conditions(item)
    elif isinstance(node, dict):
        target = node.get("reference")
        if isinstance(target, str) and target.partition("?")[0] in SERVED and "?" in target:
            yield target
        for value in node.values():
            yield from _conditions(value)
