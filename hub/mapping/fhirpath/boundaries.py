"""lowBoundary(), highBoundary() and precision(): how far a value written with so many digits goes.

A dateTime that stops at the hour is taken at its minute 00, for FHIR has no hour precision.
Source: https://hl7.org/fhirpath/#boundary-functions
"""

from __future__ import annotations

from calendar import monthrange
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal, localcontext
from typing import Any

from hub.mapping.fhirpath.quantities import number, quantity
from hub.mapping.fhirpath.temporal import Quantity, Temporal, parts, temporal
from hub.mapping.fhirpath.values import Collection, one

_MOST_DIGITS = 28  #: decimals a boundary may be asked with
_DATE_DIGITS = {4: 1, 6: 2, 8: 3, 10: 4, 12: 5, 14: 6, 17: 7}  #: precision → fields
_TIME_DIGITS = {2: 1, 4: 2, 6: 3, 9: 4}
_ZONES = {-1: "+14:00", 1: "-12:00"}  #: where a moment of unknown zone is earliest, latest


def low_boundary(items: Collection, precision: Collection | None = None) -> Collection:
    """The lowest value the item can stand for, with so many digits."""
    return _boundary(items, precision, -1)


def high_boundary(items: Collection, precision: Collection | None = None) -> Collection:
    """The highest value the item can stand for."""
    return _boundary(items, precision, 1)


def precision(items: Collection) -> Collection:
    """Digits of a number after the point, or of a date or time."""
    value = one(items)
    if number(value):
        return [_places(value)]
    moment = temporal(value) if isinstance(value, str) else None
    if moment is None:
        return []
    text = str(moment).split("+")[0].removesuffix("Z")
    head, _, clock = text.partition("T")
    clock = clock.split("-")[0]
    return [sum(sign.isdigit() for sign in head + clock)]


def _boundary(items: Collection, precision: Collection | None, side: int) -> Collection:
    value = one(items)
    digits = one(precision) if precision is not None else None
    if value is None or isinstance(value, bool) or (digits is not None and digits < 0):
        return []
    if number(value):
        return _decimal(value, 8 if digits is None else digits, side)
    if isinstance(value, str):
        moment = temporal(value)
        return [] if moment is None else _moment(moment, digits, side)
    amount = quantity(value)
    if amount is None:
        return []
    bound = _decimal(amount.value, 8 if digits is None else digits, side)
    return [Quantity(b, amount.unit, amount.calendar) for b in bound]


def _places(value: Decimal | int) -> int:
    return max(-int(Decimal(value).as_tuple().exponent), 0)


def _decimal(value: Decimal | int, digits: int, side: int) -> Collection:
    if digits > _MOST_DIGITS:
        return []
    with localcontext() as context:
        context.prec = 80
        half = Decimal(5).scaleb(-_places(value) - 1)
        rounding = ROUND_FLOOR if side < 0 else ROUND_CEILING
        return [(Decimal(value) + half * side).quantize(Decimal(1).scaleb(-digits), rounding)]


def _moment(moment: Temporal, digits: int | None, side: int) -> Collection:
    fields, zone = parts(moment)
    if moment.kind == "time":
        count = _TIME_DIGITS.get(9 if digits is None else digits)
        if count is None:
            return []
        full = _filled([2000, 1, 1, *fields], side)[3:]
        return [Temporal("T" * moment.startswith("T") + _clock(full, count), "time")]
    default = 8 if moment.kind == "date" else 17
    count = _DATE_DIGITS.get(default if digits is None else digits)
    if count is None:
        return []
    if len(fields) == 4:
        fields = [*fields, 0]
    full = _filled(fields, side)
    day = "-".join((f"{int(full[0]):04d}", *(f"{int(f):02d}" for f in full[1:3]))[: min(count, 3)])
    if count <= 3:
        return [Temporal(day, "date" if moment.kind == "date" else "dateTime")]
    clock = _clock(full[3:], count - 3)
    return [Temporal(f"{day}T{clock}{zone or _ZONES[side]}", "dateTime")]


def _filled(fields: list[Any], side: int) -> list[Any]:
    """All seven fields, the missing ones at the end of their range on this side."""
    full = list(fields)
    while len(full) < 6:
        place = len(full)
        last = monthrange(full[0], full[1])[1] if place == 2 else (12, 0, 23, 59, 59)[place - 1]
        first = 1 if place < 3 else 0
        full.append(first if side < 0 else last)
    if isinstance(full[5], Decimal) and _places(full[5]):
        return full
    return [*full[:5], Decimal(full[5]) + (Decimal("0.999") if side > 0 else Decimal("0.000"))]


def _clock(fields: list[Any], count: int) -> str:
    texts = [f"{int(field):02d}" for field in fields[: min(count, 3)]]
    fraction = f"{fields[2] % 1:.3f}"[1:] if count == 4 else ""
    return ":".join(texts) + fraction
