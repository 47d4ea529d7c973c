"""Dates as half-open intervals, so that partial dates can be compared.

Source: https://hl7.org/fhir/R4/search.html#date
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from hub.store.columns import EPOCH, microseconds

_DATE = re.compile(
    r"(?P<year>[0-9]{4})(-(?P<month>[0-9]{2})(-(?P<day>[0-9]{2})"
    r"(T(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2})(:(?P<second>[0-9]{2})(\.(?P<part>[0-9]+))?)?"
    r"(?P<zone>Z|[+-][0-9]{2}:[0-9]{2})?)?)?)?"
)

Interval = tuple[int, int]  #: [low, high) in microseconds since 1970 UTC


def interval(text: str) -> Interval | None:
    """What a FHIR date, dateTime, instant, or "low/high" period covers; None when it is none.

    Where no zone is written, UTC: the time of Mali, Guinea and Côte d'Ivoire all year round.
    """
    low, slash, high = text.partition("/")
    if slash:
        start, end = interval(low) if low else None, interval(high) if high else None
        if (low and start is None) or (high and end is None) or not (start or end):
            return None
        return (start[0] if start else -(2**62), end[1] if end else 2**62)
    found = _DATE.fullmatch(text)
    if found is None:
        return None
    try:
        return _bounds({name: value for name, value in found.groupdict().items() if value})
    except (ValueError, OverflowError):
        return None


def _bounds(parts: dict[str, str]) -> Interval:
    year, month, day = (int(parts.get(name, "1")) for name in ("year", "month", "day"))
    hour, minute, second = (int(parts.get(name, "0")) for name in ("hour", "minute", "second"))
    start = datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC)
    fraction = (parts.get("part", "") + "000000")[:6]
    low = microseconds(start - _offset(parts.get("zone", "Z"))) + int(fraction)
    if "part" in parts:
        return low, low + 10 ** max(0, 6 - len(parts["part"]))
    if "month" not in parts:
        return low, _first_day(year + 1, 1)
    if "day" not in parts:
        return low, _first_day(year + month // 12, month % 12 + 1)
    unit = {"second": "seconds", "hour": "minutes"}
    step = next((unit[name] for name in unit if name in parts), "days")
    return low, low + timedelta(**{step: 1}) // timedelta(microseconds=1)


def _first_day(year: int, month: int) -> int:
    # Year 10000 is beyond datetime, yet it ends the year 9999.
    if year > 9999:
        return microseconds(datetime(9999, 12, 31, tzinfo=UTC)) + 86_400_000_000
    return (datetime(year, month, 1, tzinfo=UTC) - EPOCH) // timedelta(microseconds=1)


def _offset(zone: str) -> timedelta:
    if zone == "Z":
        return timedelta()
    hours, minutes = zone[1:].split(":")
    size = timedelta(hours=int(hours), minutes=int(minutes))
    return -size if zone[0] == "-" else size


def compare(
    prefix: str, wanted: Interval, low: sa.ColumnElement[int], high: sa.ColumnElement[int]
) -> sa.ColumnElement[bool]:
    """The condition a prefix puts on stored intervals.

    Raises:
        ValueError: not one of eq ne gt lt ge le sa eb.
    """
    start, end = wanted
    within = sa.and_(low >= start, high <= end)
    conditions: dict[str, sa.ColumnElement[bool]] = {
        "eq": within,
        "ne": sa.not_(within),
        "gt": high > end,
        "lt": low < start,
        "ge": sa.or_(high > end, within),
        "le": sa.or_(low < start, within),
        "sa": low >= end,
        "eb": high <= start,
    }
    if prefix not in conditions:
        raise ValueError(f"not a search prefix: {prefix}")
    return conditions[prefix]
