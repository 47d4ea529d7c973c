"""Parts of dates and times: yearOf() to timezoneOffsetOf().

Source: https://build.fhir.org/ig/HL7/FHIRPath/#extract-datetimetime-components
"""

from __future__ import annotations

from decimal import Decimal

from hub.mapping.fhirpath.temporal import Temporal, parts, temporal
from hub.mapping.fhirpath.values import Collection, one

_PLACES = {"year": 0, "month": 1, "day": 2, "hour": 3, "minute": 4, "second": 5, "millisecond": 5}


def component(items: Collection, name: str) -> Collection:
    """One field as an integer; nothing when the precision does not reach it."""
    moment = _moment(items)
    if moment is None:
        return []
    fields, _ = parts(moment)
    place = _PLACES[name] - (3 if moment.kind == "time" else 0)
    if not 0 <= place < len(fields):
        return []
    value = fields[place]
    if name == "millisecond":
        return [int(Decimal(value) % 1 * 1000)]
    return [int(value)]


def zone_offset(items: Collection) -> Collection:
    """timezoneOffsetOf(): hours; nothing when no zone is written."""
    moment = _moment(items)
    zone = parts(moment)[1] if moment is not None and moment.kind != "time" else ""
    if not zone:
        return []
    if zone == "Z":
        return [Decimal("0.0")]
    hours = Decimal(int(zone[1:3])) + Decimal(int(zone[4:])) / 60
    return [-hours if zone[0] == "-" else hours]


def date_of(items: Collection) -> Collection:
    """dateOf(): the date of a dateTime, as precise as it is."""
    moment = _moment(items)
    if moment is None or moment.kind == "time":
        return []
    return [Temporal(moment.partition("T")[0], "date")]


def time_of(items: Collection) -> Collection:
    """timeOf(): the time of day of a dateTime; nothing without one."""
    moment = _moment(items)
    if moment is None or moment.kind == "time":
        return []
    clock = moment.partition("T")[2].removesuffix("Z")
    clock = clock.partition("+")[0].partition("-")[0]
    return [Temporal(clock, "time")] if clock else []


def _moment(items: Collection) -> Temporal | None:
    value = one(items)
    return temporal(value) if isinstance(value, str) else None
