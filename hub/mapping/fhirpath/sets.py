"""Collections as sets: what is in both, what appears once, in linear time where values allow it.

Source: https://hl7.org/fhirpath/N1/#subsetting and #combining
"""

from __future__ import annotations

from collections.abc import Hashable
from decimal import Decimal
from typing import Any

from hub.mapping.fhirpath import limits
from hub.mapping.fhirpath.temporal import Quantity, Temporal
from hub.mapping.fhirpath.values import Collection, one, same


class Seen:
    """Values met so far. Dates and quantities equal others that are written differently."""

    def __init__(self, items: Collection | None = None) -> None:
        self._keys: set[Hashable] = set()
        self._rest: Collection = []  #: values without a key
        self._met: dict[int, Any] = {}  #: the very same tree again needs no comparison
        self._texts = False
        for item in items or ():
            self.add(item)

    def __contains__(self, item: Any) -> bool:
        if id(item) in self._met:
            return True
        if isinstance(item, (Temporal, Quantity)):
            texts = [k for k in self._keys if type(k) is str]
            return any(same(item, other) is True for other in [*self._rest, *texts])
        if key_of(item) in self._keys:
            return True
        return any(same(item, other) is True for other in self._rest)

    def add(self, item: Any) -> bool:
        """Keep the value; was it new?"""
        if item in self:
            return False
        if isinstance(item, (Temporal, Quantity)):
            self._rest.append(item)
            if len(self._rest) > limits.MOST_COMPARED:
                raise limits.too_long("dates to compare", len(self._rest), limits.MOST_COMPARED)
        else:
            self._keys.add(key_of(item))
            if type(item) is dict:
                self._met[id(item)] = item
        return True


def key_of(item: Any) -> Hashable:
    """The same for equal values; true is not 1."""
    if type(item) is str:
        return item
    if isinstance(item, bool):
        return ("b", item)
    if isinstance(item, (int, Decimal)):
        return ("n", item)
    if type(item) is dict:
        return frozenset((name, key_of(value)) for name, value in item.items())
    if type(item) is list:
        return tuple(key_of(value) for value in item)
    return ("", item)


def distinct(items: Collection) -> Collection:
    """Each once, in order of appearance."""
    if len(items) < 2:
        return items
    seen = Seen()
    return [item for item in items if seen.add(item)]


def is_distinct(items: Collection) -> Collection:
    """Does no item appear twice?"""
    return [len(distinct(items)) == len(items)]


def union(left: Collection, right: Collection) -> Collection:
    """`|`"""
    return distinct(limits.items(left + right))


def intersect(left: Collection, right: Collection) -> Collection:
    """What is in both."""
    other = Seen(right)
    return [item for item in distinct(left) if item in other]


def exclude(left: Collection, right: Collection) -> Collection:
    """What is not in the other."""
    other = Seen(right)
    return [item for item in left if item not in other]


def subset_of(left: Collection, right: Collection) -> Collection:
    """Is every item in the other?"""
    other = Seen(right)
    return [all(item in other for item in left)]


def superset_of(left: Collection, right: Collection) -> Collection:
    """Does it hold every item of the other?"""
    return subset_of(right, left)


def member(left: Collection, right: Collection) -> Collection:
    """`in`"""
    item = one(left)
    return [] if item is None else [any(same(item, other) is True for other in right)]


def contained(left: Collection, right: Collection) -> Collection:
    """`contains` as an operator."""
    return member(right, left)


def combine(left: Collection, right: Collection) -> Collection:
    """Both, duplicates kept."""
    return limits.items(left + right)
