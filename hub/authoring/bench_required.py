"""Which required elements of the target a map has filled, and which it has not.

Source: https://hl7.org/fhir/R4/elementdefinition.html#min-max
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hub.mapping.schema import Schema
from hub.mapping.types import Element, Type

_DEEPEST = 20


def required(schema: Schema, made: Type | None, tree: Any) -> list[tuple[str, bool]]:
    """Every required element whose parent is there: its path, and is it filled?

    What the target's format computes itself (control totals, constants) counts as filled.

    Args:
        schema: where the types of elements are found.
        made: the type of the tree; None when nothing defines it.
        tree: what a map gave.
    """
    if made is None:
        return []
    root = str(tree.get("resourceType") or made.name) if isinstance(tree, dict) else made.name
    return list(_walk(schema, made, tree, root, 0))


def _walk(
    schema: Schema, made: Type, tree: Any, path: str, depth: int
) -> Iterator[tuple[str, bool]]:
    if not isinstance(tree, dict) or depth > _DEEPEST:
        return
    for element in made.elements.values():
        names = [name for name, _ in made.keys(element)] if element.choice else [element.name]
        held = next((name for name in names if name in tree), None)
        if element.least:
            place = f"{path}.{held or element.name}{'[x]' if element.choice and not held else ''}"
            yield place, held is not None or _computed(schema, element, depth)
        if held is None:
            continue
        inner = _type(schema, made, element, held)
        value = tree[held]
        for index, item in enumerate(value if isinstance(value, list) else [value]):
            place = f"{path}.{held}[{index}]" if isinstance(value, list) else f"{path}.{held}"
            if inner is not None:
                yield from _walk(schema, inner, item, place, depth + 1)


def _computed(schema: Schema, element: Element, depth: int) -> bool:
    """Does its format fill it in, or, of a record, all that it must hold?"""
    if element.computed or element.choice or not element.types or depth > _DEEPEST:
        return element.computed
    inner = schema.type(element.types[0])
    must = [one for one in inner.elements.values() if one.least] if inner is not None else []
    return bool(must) and all(_computed(schema, one, depth + 1) for one in must)


def _type(schema: Schema, made: Type, element: Element, held: str) -> Type | None:
    if element.choice:
        return next((schema.type(key) for name, key in made.keys(element) if name == held), None)
    return schema.type(element.types[0]) if element.types else None
