"""Three-valued logic, sums and counts over collections.

Source: https://hl7.org/fhirpath/N1/#boolean-logic and #aggregates
"""

from __future__ import annotations

from typing import Any

from hub.mapping.fhirpath import values
from hub.mapping.fhirpath.values import Collection, truth
from hub.mapping.findings import Failure


def and_(left: Collection, right: Collection) -> Collection:
    """`and`"""
    a, b = truth(left), truth(right)
    if a is False or b is False:
        return [False]
    return [] if a is None or b is None else [True]


def or_(left: Collection, right: Collection) -> Collection:
    """`or`"""
    a, b = truth(left), truth(right)
    if a or b:
        return [True]
    return [] if a is None or b is None else [False]


def xor(left: Collection, right: Collection) -> Collection:
    """`xor`"""
    a, b = truth(left), truth(right)
    return [] if a is None or b is None else [a != b]


def implies(left: Collection, right: Collection) -> Collection:
    """`implies`"""
    a, b = truth(left), truth(right)
    if a is False or b is True:
        return [True]
    return [] if a is None or b is None else [False]


def says(item: Any, name: str, literal: str | int) -> Collection:
    """`name = 'text'`, the most frequent condition of a map, without the general machinery."""
    value = item.get(name) if type(item) is dict else None
    if type(value) is type(literal):
        return [value == literal]
    return values.equal(values.get(item, name), [literal])


def holds(item: Any, name: str, literal: str | int) -> bool:
    """As says(), as a criterion."""
    value = item.get(name) if type(item) is dict else None
    if type(value) is type(literal):
        return bool(value == literal)
    return values.true(values.equal(values.get(item, name), [literal]))


def not_(items: Collection) -> Collection:
    """true for false and false for true."""
    value = values.truth(items)
    return [] if value is None else [not value]


def _booleans(items: Collection) -> Collection:
    for item in items:
        if not isinstance(item, bool):
            raise Failure(
                f"only booleans are expected here, not {str(item)[:40]}",
                f"Seuls des booléens sont attendus ici, et non {str(item)[:40]} : filtrez d’abord",
            )
    return items


def all_true(items: Collection) -> Collection:
    """Is every item true?"""
    return [all(item is True for item in _booleans(items))]


def any_true(items: Collection) -> Collection:
    """Is any item true?"""
    return [any(item is True for item in _booleans(items))]


def all_false(items: Collection) -> Collection:
    """Is every item false?"""
    return [all(item is False for item in _booleans(items))]


def any_false(items: Collection) -> Collection:
    """Is any item false?"""
    return [any(item is False for item in _booleans(items))]


def extreme(items: Collection, operator: str) -> Collection:
    """min() and max()."""
    best: Collection = items[:1]
    for item in items[1:]:
        if values.order([item], best, operator) == [True]:
            best = [item]
    return best
