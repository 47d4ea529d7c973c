"""Dates, times and quantities of FHIRPath: text that keeps its precision and zone.

Source: https://hl7.org/fhirpath/N1/#datetime-arithmetic and #comparison
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

_FORM = re.compile(
    r"(?:(\d{4})(?:-(\d\d)(?:-(\d\d))?)?)?(?:(T)(?:(\d\d)(?::(\d\d)(?::(\d\d)(?:\.(\d+))?)?)?)?)?"
    r"(Z|[+-]\d\d:\d\d)?"
)
_CLOCK = re.compile(r"T?(\d\d)(?::(\d\d)(?::(\d\d)(?:\.(\d+))?)?)?")


class Temporal(str):
    """A date, dateTime or time as written; `kind` says which."""

    kind: str
    __slots__ = ("kind",)

    def __new__(cls, text: str, kind: str) -> Temporal:
        """Keeps the text; kind is date, dateTime or time."""
        made = super().__new__(cls, text)
        made.kind = kind
        return made


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with a unit; `calendar` when the unit is a word such as days."""

    value: Decimal
    unit: str
    calendar: bool = False


def temporal(text: str) -> Temporal | None:
    """The text as a date or time, None when it is neither."""
    if isinstance(text, Temporal):
        return text
    match = _FORM.fullmatch(text)
    if match and match.group(1):
        if match.group(9) and not match.group(5):
            return None
        return Temporal(text, "dateTime" if match.group(4) else "date")
    return Temporal(text, "time") if _CLOCK.fullmatch(text) else None


def parts(moment: Temporal) -> tuple[list[int | Decimal], str]:
    """Fields from the largest down, and the zone."""
    if moment.kind == "time":
        match = _CLOCK.fullmatch(moment)
        groups = list(match.groups()) if match else []
        zone = ""
    else:
        match = _FORM.fullmatch(moment)
        if match is None:
            return [], ""
        groups = [match.group(i) for i in (1, 2, 3, 5, 6, 7, 8)]
        zone = match.group(9) or ""
    fields: list[int | Decimal] = [int(g) for g in groups[:-1] if g is not None]
    if len(fields) == len(groups) - 1:
        fields[-1] = Decimal(f"{fields[-1]}.{groups[-1]}") if groups[-1] else Decimal(fields[-1])
    return fields, zone


def _utc(fields: list[int | Decimal], zone: str) -> list[int | Decimal]:
    if not zone or zone == "Z" or len(fields) < 5:
        return fields
    sign = -1 if zone[0] == "+" else 1
    minutes = sign * (int(zone[1:3]) * 60 + int(zone[4:]))
    year, month, day, hour, minute = (int(f) for f in fields[:5])
    total = hour * 60 + minute + minutes
    moved = date(year, month, day) + timedelta(days=total // 1440)
    rest = total % 1440
    return [moved.year, moved.month, moved.day, rest // 60, rest % 60, *fields[5:]]


def compare(left: Temporal, right: Temporal) -> int | None:
    """-1, 0, 1; None when the precisions do not allow to say."""
    if (left.kind == "time") != (right.kind == "time"):
        return None
    mine, my_zone = parts(left)
    theirs, their_zone = parts(right)
    if (
        len(mine) > 3
        and len(theirs) > 3
        and bool(my_zone) != bool(their_zone)
        and left.kind != "time"
    ):
        return None
    try:
        mine, theirs = _utc(mine, my_zone), _utc(theirs, their_zone)
    except (ValueError, OverflowError):
        return None
    for a, b in zip(mine, theirs, strict=False):
        if a != b:
            return -1 if a < b else 1
    return 0 if len(mine) == len(theirs) else None


_MONTHS = {"year": 12, "month": 1}
_SECONDS = {
    "week": Decimal(604800),
    "day": Decimal(86400),
    "hour": Decimal(3600),
    "minute": Decimal(60),
    "second": Decimal(1),
    "millisecond": Decimal("0.001"),
}
_UCUM = {"wk": "week", "d": "day", "h": "hour", "min": "minute", "s": "second", "ms": "millisecond"}


def time_unit(quantity: Quantity) -> str:
    """The calendar's word for a unit of time, "" for other units; `a` and `mo` are no words."""
    word = quantity.unit.removesuffix("s") if len(quantity.unit) > 2 else ""
    return word if word in _MONTHS or word in _SECONDS else _UCUM.get(quantity.unit, "")


def shift(moment: Temporal, quantity: Quantity, sign: int) -> Temporal | None:
    """The moment plus or minus a time quantity, with the precision it had.

    Returns:
        None when the unit is not one of time, or the calendar ends before.
    """
    unit = time_unit(quantity)
    fields, zone = parts(moment)
    amount = quantity.value * sign
    if not fields or not unit:
        return None
    count = len(fields)
    try:
        if moment.kind == "time":
            full: list[Any] = [2000, 1, 2, *fields]
            full = _moved(full + [0] * (6 - len(full)), unit, amount)[3:]
        else:
            full = _moved(list(fields) + [1, 1, 0, 0, 0][count - 1 :], unit, amount)
    except (ValueError, OverflowError):
        return None
    return Temporal(_written(full[:count], moment.kind, zone, moment), moment.kind)


def _moved(full: list[Any], unit: str, amount: Decimal) -> list[Any]:
    year, month, day, hour, minute, second = full
    if unit in _MONTHS:
        months = year * 12 + month - 1 + int(amount) * _MONTHS[unit]
        year, month = months // 12, months % 12 + 1
        day = min(day, monthrange(year, month)[1])
        return [date(year, month, day).year, month, day, hour, minute, second]
    if unit in ("week", "day"):
        amount = Decimal(int(amount))
    total = Decimal(hour * 3600 + minute * 60) + second + amount * _SECONDS[unit]
    days = int(total // 86400)
    rest = total - days * 86400
    if rest < 0:
        days, rest = days - 1, rest + 86400
    moved = date(year, month, day) + timedelta(days=days)
    whole = int(rest)
    return [
        moved.year,
        moved.month,
        moved.day,
        whole // 3600,
        whole % 3600 // 60,
        rest - whole // 60 * 60,
    ]


def _written(fields: list[Any], kind: str, zone: str, like: str) -> str:
    texts = [
        f"{int(f):04d}" if kind != "time" and i == 0 else f"{int(f):02d}"
        for i, f in enumerate(fields)
    ]
    last = fields[-1]
    if isinstance(last, Decimal) and (last != int(last) or "." in like):
        fraction = f"{last % 1:f}".partition(".")[2]
        places = max(3, len(fraction.rstrip("0")))
        texts[-1] += "." + fraction.ljust(places, "0")[:places]
    if kind == "time":
        return ":".join(texts)
    day, clock = "-".join(texts[:3]), ":".join(texts[3:])
    if clock:
        return f"{day}T{clock}{zone}"
    return day + ("T" if "T" in like else "")
