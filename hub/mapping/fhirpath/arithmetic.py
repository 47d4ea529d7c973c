"""`+ - * / div mod` and sums: exact to 28 digits, division by zero gives nothing.

Source: https://hl7.org/fhirpath/N1/#math
"""

from __future__ import annotations

from decimal import Context, Decimal
from typing import Any

from hub.mapping.fhirpath import limits
from hub.mapping.fhirpath.quantities import number, quantity, scaled, unlike
from hub.mapping.fhirpath.temporal import Quantity, shift, temporal, time_unit
from hub.mapping.fhirpath.values import Collection, one
from hub.mapping.findings import Failure

_EXACT = Context(prec=28)
_SUMMABLE = frozenset({int, Decimal})
_LARGEST = 1 << 256


def _no_time(amount: Quantity) -> Failure:
    return Failure(
        f"{amount.value:f} {amount.unit} cannot be added to a date; use years, months, days…",
        f"On ne peut pas ajouter {amount.value:f} {amount.unit} à une date : "
        "employez years, months, days…",
    )


def arithmetic(left: Collection, right: Collection, operator: str) -> Collection:
    """`+ - * / div mod`; decimals stay exact to 28 digits, division by zero gives nothing."""
    a, b = one(left), one(right)
    if a is None or b is None:
        return []
    if number(a) and number(b):
        return _numbers(a, b, operator)
    if operator in "+-" and isinstance(a, str) and isinstance(b, (Quantity, dict)):
        moment, amount = temporal(a), quantity(b)
        moved = shift(moment, amount, 1 if operator == "+" else -1) if moment and amount else None
        if moment is not None and amount is not None and not time_unit(amount):
            raise _no_time(amount)
        return [] if moved is None else [moved]
    if operator == "+" and isinstance(a, str) and isinstance(b, str):
        return [limits.text(str(a) + str(b))]
    return _quantities(a, b, operator)


def _numbers(a: Any, b: Any, operator: str) -> Collection:
    whole = type(a) is int and type(b) is int
    if operator in ("/", "div", "mod"):
        return _divided(Decimal(a), Decimal(b), operator, whole) if b else []
    if whole:
        result = a + b if operator == "+" else a - b if operator == "-" else a * b
        return [result] if -_LARGEST < result < _LARGEST else []
    x, y = Decimal(a), Decimal(b)
    try:
        if operator == "+":
            return [_EXACT.add(x, y)]
        return [_EXACT.subtract(x, y) if operator == "-" else _EXACT.multiply(x, y)]
    except ArithmeticError:
        return []


def _divided(a: Decimal, b: Decimal, operator: str, whole: bool) -> Collection:
    try:
        if operator == "/":
            return [_EXACT.divide(a, b)]
        if operator == "div":
            return [int(_EXACT.divide_int(a, b))]
        rest = _EXACT.remainder(a, b)
        return [int(rest) if whole else rest]
    except ArithmeticError:
        return []


def _quantities(a: Any, b: Any, operator: str) -> Collection:
    left, right = quantity(a), quantity(b)
    if left is None or right is None or isinstance(a, (str, bool)) or isinstance(b, (str, bool)):
        raise unlike(a, b)
    if operator in ("+", "-"):
        return _added(left, right, operator)
    result = _numbers(left.value, right.value, operator) if operator in ("*", "/") else []
    return [Quantity(number_, _unit(left.unit, right.unit, operator)) for number_ in result]


def _added(left: Quantity, right: Quantity, operator: str) -> Collection:
    """In the unit of the left one."""
    other = right.value
    if left.unit != right.unit or left.calendar != right.calendar:
        one_left, kind = scaled(Quantity(Decimal(1), left.unit, left.calendar))
        size, other_kind = scaled(right)
        if kind != other_kind:
            return []
        other = _EXACT.divide(size, one_left)
    result = _numbers(left.value, other, operator)
    return [Quantity(number_, left.unit, left.calendar) for number_ in result]


def _unit(left: str, right: str, operator: str) -> str:
    if right == "1":
        return left
    if operator == "*":
        return right if left == "1" else f"{left}.{right}"
    if left == right:
        return "1"
    below = f"({right})" if "/" in right or "." in right else right
    return f"/{below}" if left == "1" else f"{left}/{below}"


def negative(items: Collection) -> Collection:
    """`-a`"""
    return arithmetic(items, [-1], "*")


def absolute(items: Collection) -> Collection:
    """abs() of a number or a quantity."""
    value = one(items)
    if isinstance(value, Quantity):
        return [Quantity(abs(value.value), value.unit, value.calendar)]
    return [abs(value)] if number(value) else []


def total(items: Collection) -> Collection:
    """sum(): exact; 0 when there is nothing."""
    if _SUMMABLE.issuperset(map(type, items)):
        result = sum(items)
        return [result] if abs(result) < _LARGEST else []
    found: Collection = items[:1]
    for item in items[1:]:
        found = arithmetic(found, [item], "+")
    return found


def average(items: Collection) -> Collection:
    """avg()"""
    return arithmetic(total(items), [Decimal(len(items))], "/") if items else []
