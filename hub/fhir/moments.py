"""Compares partial dates: https://hl7.org/fhir/R4/datatypes.html#dateTime"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from hub.fhir.primitives import DATE_TIME


def is_after(first: str, second: str) -> bool:
    """Is `first` certainly later than `second`? Both are FHIR dates, dateTimes or instants.

    2026-03 and 2026-03-10 are not comparable beyond the month: neither is later.
    Text that is not a dateTime is never later.
    """
    if not (DATE_TIME.fullmatch(first) and DATE_TIME.fullmatch(second)):
        return False
    if "T" in first and "T" in second:
        return _instant(first) > _instant(second)
    length = min(len(first.partition("T")[0]), len(second.partition("T")[0]))
    return first[:length] > second[:length]


def _instant(text: str) -> tuple[datetime, str]:
    """UTC to the second, and the fraction as written digits (they may exceed microseconds)."""
    day, _, rest = text.partition("T")
    clock, zone = (rest[:-1], "+00:00") if rest.endswith("Z") else (rest[:-6], rest[-6:])
    whole, _, fraction = clock.partition(".")
    hours, minutes, seconds = (int(part) for part in whole.split(":"))
    sign = -1 if zone[0] == "-" else 1
    offset = sign * timedelta(hours=int(zone[1:3]), minutes=int(zone[4:6]))
    start = datetime.fromisoformat(day).replace(tzinfo=timezone(timedelta()))
    try:
        moment = start + timedelta(hours=hours, minutes=minutes, seconds=seconds) - offset
    except OverflowError:  # the very ends of the calendar
        moment = start
    return moment, fraction.rstrip("0")
