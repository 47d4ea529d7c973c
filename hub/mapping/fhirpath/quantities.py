"""Numbers and quantities: which values are ones, and the unit they are compared in.

Source: https://hl7.org/fhirpath/N1/#quantity and https://hl7.org/fhir/R4/fhirpath.html#quantity
"""

from __future__ import annotations

from collections.abc import Hashable
from decimal import Decimal
from typing import Any

from hub.mapping.fhirpath import units
from hub.mapping.fhirpath.temporal import Quantity
from hub.mapping.findings import Failure


def number(item: Any) -> bool:
    """An integer or a decimal; true and false are not."""
    return isinstance(item, (int, Decimal)) and not isinstance(item, bool)


def quantity(item: Any) -> Quantity | None:
    """A literal quantity or a FHIR Quantity; a bare number has the unit 1."""
    if isinstance(item, Quantity):
        return item
    if type(item) is dict and "value" in item:
        unit = str(item.get("code") or item.get("unit") or "1")
        return Quantity(Decimal(str(item["value"])), unit)
    if number(item):
        return Quantity(Decimal(item), "1")
    return None


_TIME_UNITS = {"week": "wk", "day": "d", "hour": "h", "minute": "min", "second": "s"}
_TIME_UNITS["millisecond"] = "ms"


def scaled(value: Quantity) -> tuple[Decimal, Hashable]:
    """The number in base units, and the dimensions that others must share.

    Years and months of the calendar have no fixed length: they only go with each other.
    """
    unit = value.unit
    if value.calendar:
        word = unit.removesuffix("s")
        if word in ("year", "month"):
            return value.value * (12 if word == "year" else 1), "month"
        unit = _TIME_UNITS.get(word, unit)
    known = units.unit(unit)
    return (value.value, unit) if known is None else (value.value * known[0], known[1])


def definite(value: Quantity) -> Quantity:
    """A calendar duration as the UCUM unit it is equivalent to."""
    word = value.unit.removesuffix("s")
    ucum = {"year": "a", "month": "mo"}.get(word) if value.calendar else None
    return Quantity(value.value, ucum) if ucum else value


def unlike(a: Any, b: Any) -> Failure:
    """Two values no operator takes together."""
    kinds = f"{type(a).__name__}, {type(b).__name__}"
    return Failure(
        f"values of these types do not go together: {kinds}",
        f"Ces types ne vont pas ensemble : {kinds} ; convertissez l’un des deux",
    )
