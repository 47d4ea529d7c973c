"""A finished target tree: nothing empty, elements in the order of the definition.

Source: https://hl7.org/fhir/R4/json.html
"""

from __future__ import annotations

from typing import Any, NamedTuple

from hub.mapping.schema import Schema
from hub.mapping.types import Type, suffix

_DEEPEST = 200
_MOST_PLANS = 10_000
LAST = (10_000, "")  #: of members the definition does not have
Order = dict[str, tuple[int, str]]


def definition_order(made: Type) -> Order:
    """Each JSON member of a type: its place in the definition, and the key of its only type."""
    order: Order = {"resourceType": (-1, "")}
    for index, element in enumerate(made.elements.values()):
        only = element.types[0] if len(element.types) == 1 else ""
        order[element.name] = (index, only)
        order["_" + element.name] = (index, "")
        if element.choice:
            for key in element.types:
                order[element.name + suffix(key)] = (index, key)
                order["_" + element.name + suffix(key)] = (index, "")
    return order


class _Plan(NamedTuple):
    """Trees of one shape."""

    order: tuple[str, ...]  #: their keys in the definition's order; empty when they are in it
    inner: dict[str, Type | None]
    deep: tuple[str, ...]  #: keys that may hold trees or lists
    paired: frozenset[str]  #: keys of primitives with extensions, and of their extensions


class Finisher:
    """Keeps the order of each type once computed."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self._orders: dict[str, Order] = {}
        self._plans: dict[tuple[str, ...], _Plan] = {}

    def _order(self, made: Type) -> Order:
        if made.key not in self._orders:
            self._orders[made.key] = definition_order(made)
        return self._orders[made.key]

    def finish(self, tree: Any, made: Type | None, depth: int = 0) -> Any:
        """The tree pruned and sorted, or itself; None when nothing is left of it."""
        if type(tree) is list:
            finish = self.finish
            kept = [done for item in tree if (done := finish(item, made, depth + 1)) is not None]
            return kept or None
        if type(tree) is not dict:
            return tree
        if depth > _DEEPEST:
            return tree
        name = tree.get("resourceType")
        if type(name) is str and (made is None or made.name != name):
            made = self.schema.type(name) or made
        shape = made.key if made is not None else "", *tree
        plan = self._plans.get(shape) or self._plan(shape, made)
        # Where every value holds something, only trees and lists need a look.
        looked = plan.deep if all(tree.values()) else tree
        emptied = False
        for key in looked:
            value = tree[key]
            kind = value.__class__
            if kind is dict or kind is list:
                if key in plan.paired and kind is list and None in value:
                    continue  # null keeps a primitive and its extensions in the same place
                tree[key] = left = self.finish(value, plan.inner[key], depth + 1)
                emptied = emptied or left is None
            elif not value and (value is None or value == ""):
                emptied = True
        return _kept(tree, emptied, plan.order) if emptied or plan.order else tree or None

    def _plan(self, shape: tuple[str, ...], made: Type | None) -> _Plan:
        """What is the same for every tree of this type with these keys in this order."""
        order = self._order(made) if made is not None else {}
        keys = shape[1:]
        sorted_ = sorted(keys, key=lambda key: (order.get(key, LAST)[0], key[:1] == "_"))
        types = {key: order.get(key, LAST)[1] for key in keys}
        inner = {key: self.schema.type(name) if name else None for key, name in types.items()}
        deep = tuple(key for key in keys if made is None or not self._plain(made, key))
        paired = frozenset(k for k in keys if (k[1:] if k[:1] == "_" else "_" + k) in keys)
        plan = _Plan(() if tuple(sorted_) == keys else tuple(sorted_), inner, deep, paired)
        if len(self._plans) < _MOST_PLANS:
            self._plans[shape] = plan
        return plan

    def _plain(self, made: Type, key: str) -> bool:
        """Does the definition give it one primitive value?"""
        element = made.elements.get(key)
        if element is None or element.many or element.choice or len(element.types) != 1:
            return False
        kind = self.schema.type(element.types[0])
        return kind is not None and kind.primitive


def _kept(tree: dict[str, Any], emptied: bool, order: tuple[str, ...]) -> Any:
    if emptied:
        tree = {key: v for key, v in tree.items() if v is not None and v != ""}
    return ({key: tree[key] for key in order if key in tree} if order else tree) or None
