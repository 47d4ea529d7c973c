"""Which source elements a FHIRPath expression looks at: its navigation, walked once more.

A filter's criteria are noted as read and let every item through: what is told may be more than
what decided, never less. Source: https://hl7.org/fhirpath/N1/
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from hub.mapping.fhirpath.parse import Node

_ITEM_BY_ITEM = {"where", "all", "exists", "any", "trace", "sort"}
_COLLECTED = {"select", "repeat", "repeatAll"}
_KEPT = {"distinct", "ofType", "as", "trace", "resolve", "where", "combine", "union", "sort"}
_KEPT |= {"intersect", "exclude", "single"}
_ROOTS = {"resource", "context", "rootResource"}


class Item(NamedTuple):
    """A value and the source path where it stands."""

    path: str
    value: Any


class Reader:
    """Walks one expression; `note` hears the path of every value it looks at."""

    def __init__(
        self,
        variables: Mapping[str, Sequence[Item]],
        root: Item,
        note: Callable[[str], None],
    ) -> None:
        self._variables, self._root, self._note = variables, root, note

    def walk(self, node: Node, focus: Sequence[Item]) -> list[Item]:
        """The items an expression navigates to from these."""
        if node.kind == "name":
            inside = any(isinstance(f.value, dict) and node.value in f.value for f in focus)
            if not node.args and node.value in self._variables and not inside:
                return self._noted(list(self._variables[str(node.value)]))
            return self._children(self._owner(node, focus), str(node.value))
        if node.kind == "this":
            here = self._owner(node, focus) if node.value in ("$this", "$focus") else []
            return self._noted(here) if node.value == "$this" else here
        if node.kind == "variable":
            name = str(node.value)
            found = self._variables.get(name)
            if found is None:
                return [self._root] if name in _ROOTS else []
            return self._noted(list(found))
        if node.kind == "call":
            return self._call(node, focus)
        if node.kind == "index":
            return self._indexed(node, focus)
        inner = [self.walk(arg, focus) for arg in node.args]
        together = node.kind == "type" or (node.kind == "binary" and node.value == "|")
        return [item for items in inner for item in items] if together else []

    def _owner(self, node: Node, focus: Sequence[Item]) -> list[Item]:
        return self.walk(node.args[0], focus) if node.args else list(focus)

    def _children(self, owners: Sequence[Item], name: str) -> list[Item]:
        found: list[Item] = []
        for owner in owners:
            if isinstance(owner.value, dict):
                if owner.value.get("resourceType") == name and name not in owner.value:
                    found.append(owner)
                    continue
                found += children(owner, name)
            elif name == "value":
                found.append(owner)
        return self._noted(found)

    def _noted(self, items: list[Item]) -> list[Item]:
        for item in items:
            if not isinstance(item.value, dict):
                self._note(item.path)
        return items

    def _indexed(self, node: Node, focus: Sequence[Item]) -> list[Item]:
        items, place = self.walk(node.args[0], focus), node.args[1]
        if place.kind == "literal" and place.value[0] == "integer":
            start = int(place.value[1])
            return items[start : start + 1]
        self.walk(place, focus)
        return items

    def _call(self, node: Node, focus: Sequence[Item]) -> list[Item]:
        name, items = str(node.value), self.walk(node.args[0], focus)
        arguments = node.args[1:]
        if name in _COLLECTED:
            return [each for item in items for arg in arguments for each in self.walk(arg, [item])]
        if name in _ITEM_BY_ITEM:
            for item in items:
                for arg in arguments:
                    self.walk(arg, [item])
            return items if name in _KEPT else []
        if name == "iif":
            branches = [self.walk(arg, focus) for arg in arguments]
            return [item for branch in branches[1:] for item in branch]
        if name in ("first", "last"):
            return items[:1] if name == "first" else items[-1:]
        if name in ("children", "descendants"):
            return self._below(items, name == "descendants")
        if name in ("tail", "skip", "take", "extension"):
            return items if name != "extension" else self._children(items, "extension")
        given = [item for arg in arguments for item in self.walk(arg, focus)]
        return [*items, *given] if name in _KEPT else []

    def _below(self, items: Sequence[Item], deep: bool) -> list[Item]:
        found: list[Item] = []
        for item in items:
            if isinstance(item.value, dict):
                found += [inner for name in item.value for inner in members(item, name)]
        self._noted(found)
        return [*found, *self._below(found, True)] if deep and found else found


def children(owner: Item, name: str) -> list[Item]:
    """The members of a name; `value` finds valueQuantity too."""
    tree = owner.value
    if name not in tree:
        chosen = (k for k in tree if k.startswith(name) and k[len(name) :][:1].isupper())
        name = next(chosen, name)
    return members(owner, name)


def members(owner: Item, name: str) -> list[Item]:
    """The values under exactly this name, with their paths."""
    value = owner.value.get(name)
    path = member_path(owner.path, name)
    if isinstance(value, list):
        return [Item(f"{path}[{n}]", each) for n, each in enumerate(value) if each is not None]
    return [] if value is None else [Item(path, value)]


def member_path(path: str, name: str) -> str:
    """The path of a member; the id and extensions of a primitive stand below the primitive."""
    return f"{path}.{name.removeprefix('_')}"
