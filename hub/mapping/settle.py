"""Does a map fill its target in the order of the definition? Then no pass puts it in order later.

The compiler notes here, statement by statement, which element of which target object is written.
What is not known to be in order makes the whole map unsettled: its trees are finished by
hub.mapping.finish. Whether an object stayed empty is only known at the run, see Run.look.
Source: https://hl7.org/fhir/R4/json.html
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from hub.mapping.finish import LAST, Order, definition_order
from hub.mapping.schema import Schema
from hub.mapping.types import Type

Loops = tuple[str, ...]
_DEEPEST = 80  #: groups calling groups; beyond, nothing is proven
_LOOK = re.compile(r" *if not \(\w+ and all\(\w+\.values\(\)\)\): R\.look\(\w+\)")


@dataclass(frozen=True, slots=True)
class _Event:
    loops: Loops  #: those that have begun since the object is there
    place: int = 0  #: the element's place in the definition
    single: bool = False  #: makes an object that may stand there once
    passed: tuple[str, int] | None = None  #: to this parameter of this function


@dataclass(slots=True)
class _Object:
    type: Type
    loops: Loops
    events: list[_Event] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Filled:
    """The places a statement, or all of an object's statements, write."""

    places: frozenset[int] = frozenset()
    singles: frozenset[int] = frozenset()


class Ledger:
    """The writes to every target object, by the Python local that holds it."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._objects: dict[str, _Object] = {}
        self._parameters: dict[tuple[str, int], str] = {}
        self._done: dict[str, _Filled | None] = {}
        self._orders: dict[str, Order] = {}
        self._depth = 0

    def parameter(self, function: str, position: int, local: str, made: Type | None) -> None:
        """A group begins to fill the object it is given."""
        if made is not None and not made.open:
            self._objects[local] = _Object(made, ())
            self._parameters[function, position] = local

    def opened(self, owner: str, local: str, key: str, made: Type | None, loops: Loops) -> bool:
        """A new object below a known one; False when it may be finished as another type."""
        parent = self._objects.get(owner)
        if parent is None or made is None or made.open or not self._fits(parent.type, key, made):
            return False
        self._objects[local] = _Object(made, loops)
        return True

    def wrote(self, owner: str, key: str, loops: Loops, single: bool = False) -> bool:
        """An element is written; False when nothing is known of the object."""
        known = self._objects.get(owner)
        if known is None or key == "resourceType":
            return False
        place = self._order(known.type).get(key, LAST)[0]
        known.events.append(_Event(loops[len(known.loops) :], place, single))
        return True

    def passed(self, local: str, function: str, position: int, loops: Loops) -> bool:
        """An object is given to a group; False when nothing is known of it."""
        known = self._objects.get(local)
        if known is None:
            return False
        passed = (function, position)
        known.events.append(_Event(loops[len(known.loops) :], passed=passed))
        return True

    def settled(self, function: str, inputs: Sequence[tuple[str, Type | None]]) -> bool:
        """Is all in order when this function fills its first target?"""
        first = next((n for n, (mode, _) in enumerate(inputs) if mode == "target"), -1)
        root = self._objects.get(self._parameters.get((function, first), ""))
        if root is None or not self._named(root.type):
            return False
        return all(self._filled(local) is not None for local in self._objects)

    def _order(self, made: Type) -> Order:
        if made.key not in self._orders:
            self._orders[made.key] = definition_order(made)
        return self._orders[made.key]

    def _named(self, made: Type) -> bool:
        """Is a resource finished as this type when its resourceType says its name?"""
        if made.kind != "resource":
            return True
        found = self._schema.type(made.name)
        return found is not None and found.key == made.key

    def _fits(self, parent: Type, key: str, made: Type) -> bool:
        name = self._order(parent).get(key, LAST)[1]
        declared = self._schema.type(name) if name else None
        return declared is not None and declared.key == made.key and self._named(made)

    def _filled(self, local: str) -> _Filled | None:
        """What is written to an object; None when not in order."""
        if local not in self._done:
            self._done[local] = None  # for groups that call themselves
            self._depth += 1
            if self._depth <= _DEEPEST:
                self._done[local] = self._in_order(self._objects[local])
            self._depth -= 1
        return self._done[local]

    def _in_order(self, known: _Object) -> _Filled | None:
        places: set[int] = set()
        singles: set[int] = set()
        looped: dict[str, set[int]] = {}
        for event in known.events:
            made = self._of(event, known.type)
            if made is None:
                return None
            if made.places and places and min(made.places) < max(places):
                return None
            if made.singles & places or made.places & singles or (made.singles and event.loops):
                return None
            for loop in event.loops:
                inside = looped.setdefault(loop, set())
                inside |= made.places
                if len(inside) > 1:
                    return None
            places |= made.places
            singles |= made.singles
        return _Filled(frozenset(places), frozenset(singles))

    def _of(self, event: _Event, made: Type) -> _Filled | None:
        if event.passed is None:
            one = frozenset((event.place,))
            return _Filled(one, one if event.single else frozenset())
        local = self._parameters.get(event.passed, "")
        given = self._objects.get(local)
        return self._filled(local) if given is not None and given.type.key == made.key else None


def unlooked(lines: Sequence[str]) -> list[str]:
    """The lines of a module that is finished anyway: without those that look for empty objects."""
    return [line for line in lines if not _LOOK.fullmatch(line)]
