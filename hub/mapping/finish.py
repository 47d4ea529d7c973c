"""A finished target tree: nothing empty, elements in the order of the definition.

Source: https://hl7.org/fhir/R4/json.html
"""

from __future__ import annotations

from typing import Any

from hub.mapping.schema import Schema
from hub.mapping.types import Type, suffix

_DEEPEST = 200
Order = dict[str, tuple[int, str]]


class Finisher:
    """Keeps the order of each type once computed."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self._orders: dict[str, Order] = {}

    def _order(self, made: Type) -> Order:
        if made.key not in self._orders:
            order: Order = {"resourceType": (-1, "")}
            for index, element in enumerate(made.elements.values()):
                only = element.types[0] if len(element.types) == 1 else ""
                order[element.name] = (index, only)
                order["_" + element.name] = (index, "")
                if element.choice:
                    for key in element.types:
                        order[element.name + suffix(key)] = (index, key)
                        order["_" + element.name + suffix(key)] = (index, "")
            self._orders[made.key] = order
        return self._orders[made.key]

    def finish(self, tree: Any, made: Type | None, depth: int = 0) -> Any:
        """The tree pruned and sorted; None when nothing is left of it."""
        if type(tree) is list:
            kept = [self.finish(item, made, depth + 1) for item in tree]
            kept = [item for item in kept if item is not None]
            return kept or None
        if type(tree) is not dict:
            return tree
        if depth > _DEEPEST:
            return tree
        name = tree.get("resourceType")
        if isinstance(name, str):
            made = self.schema.type(name) or made
        order = self._order(made) if made is not None else {}
        found: dict[str, Any] = {}
        last, sorted_ = -2, True
        for key, value in tree.items():
            place, inner = order.get(key, (10_000, ""))
            beside = key[1:] if key.startswith("_") else "_" + key
            if type(value) is list and None in value and tree.get(beside):
                found[key] = value  # null keeps a primitive and its extensions in the same place
                continue
            if type(value) in (dict, list):
                value = self.finish(value, self.schema.type(inner) if inner else None, depth + 1)
            if value is None or value == "":
                continue
            found[key] = value
            sorted_ = sorted_ and place >= last
            last = place
        if not sorted_:
            found = dict(sorted(found.items(), key=lambda kv: order.get(kv[0], (10_000, ""))[0]))
        return found or None
