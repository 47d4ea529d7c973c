"""The date transforms: toDate, toDateTime, toTime, unixToDate, unixToDateTime, unixToTime.

Source: https://build.fhir.org/ig/HL7/mapping-language-ig/ (Date Time Transformation Details)
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from functools import cache
from typing import Any

from hub.mapping.fhirpath.strings import written
from hub.mapping.fhirpath.temporal import Temporal, temporal
from hub.mapping.findings import Failure

_CODES = {
    "yyyy": r"(?P<year>\d{4})",
    "yy": r"(?P<short>\d\d)",
    "MMMM": r"(?P<name>[^\W\d]+)",
    "MMM": r"(?P<name>[^\W\d]+)\.?",
    "MM": r"(?P<month>\d\d)",
    "M": r"(?P<month>\d\d?)",
    "dd": r"(?P<day>\d\d)",
    "d": r"(?P<day>\d\d?)",
    "HH": r"(?P<hour>\d\d)",
    "H": r"(?P<hour>\d\d?)",
    "hh": r"(?P<half>\d\d)",
    "h": r"(?P<half>\d\d?)",
    "mm": r"(?P<minute>\d\d)",
    "m": r"(?P<minute>\d\d?)",
    "ss": r"(?P<second>\d\d)",
    "s": r"(?P<second>\d\d?)",
    "a": r"(?P<noon>[AaPp]\.?[Mm]?\.?)",
    "Z": r"(?P<zone>Z|[+-]\d\d:?\d\d)",
    "z": r"(?P<zone>Z|UTC|GMT|[+-]\d\d:?\d\d)",
}
_CODE = re.compile(r"'(?P<quoted>[^']*)'|S+|" + "|".join(sorted(_CODES, key=len, reverse=True)))
_MONTHS = (
    ("jan",),
    ("feb", "fév", "fev"),
    ("mar",),
    ("apr", "avr"),
    ("may", "mai"),
    ("jun", "juin"),
    ("jul", "juil"),
    ("aug", "aoû", "aou"),
    ("sep",),
    ("oct",),
    ("nov",),
    ("dec", "déc"),
)
_LONGEST = 100  #: characters of a date or a format
_ZONE = re.compile(r"([+-])(\d\d):?(\d\d)")


def parsed(value: Any, kind: str, form: Any = None) -> Temporal | None:
    """A text as date, dateTime or time; `form` says how it is written, else it is FHIR's form.

    Raises:
        Failure: the text has not this form, or names no real moment.
    """
    if value is None:
        return None
    text = written(value).strip()
    if form is None:
        moment = temporal(text)
        if moment is None or (moment.kind == "time") != (kind == "time"):
            raise _refused(text, kind)
        return Temporal(text.split("T")[0] if kind == "date" else text, kind)
    match = _pattern(str(form)[:_LONGEST]).fullmatch(text[:_LONGEST])
    if match is None:
        raise _refused(text, str(form))
    try:
        return _moment(match.groupdict(), kind)
    except ValueError:
        raise _refused(text, str(form)) from None


def _refused(text: str, form: str) -> Failure:
    return Failure(
        f"'{text[:60]}' is not written as {form}",
        f"« {text[:60]} » n’est pas de la forme {form} : corrigez la source ou le format",
    )


@cache
def _pattern(form: str) -> re.Pattern[str]:
    parts, last, seen = [], 0, set()
    for match in _CODE.finditer(form):
        parts.append(re.escape(form[last : match.start()]))
        code, last = match.group(), match.end()
        if match.group("quoted") is not None:
            parts.append(re.escape(match.group("quoted")))
            continue
        body = f"(?P<fraction>[0-9]{{{len(code)}}})" if code[0] == "S" else _CODES[code]
        name = body[4 : body.index(">")]
        parts.append(body if name not in seen else re.sub(r"\?P<\w+>", "", body))
        seen.add(name)
    parts.append(re.escape(form[last:]))
    return re.compile("".join(parts))


def _moment(found: dict[str, str | None], kind: str) -> Temporal:
    year = found.get("year") or _century(found.get("short"))
    month = found.get("month") or _named(found.get("name"))
    day = found.get("day")
    clock = _clock(found)
    if kind == "time":
        return Temporal(clock or "00:00:00", "time")
    if not year:
        raise ValueError("no year")
    text = year
    if month:
        text += f"-{int(month):02}"
        if not 1 <= int(month) <= 12:
            raise ValueError("month")
    if month and day:
        text += f"-{date(int(year), int(month), int(day)).day:02}"
    if kind == "date" or not clock or not day:
        return Temporal(text, kind)
    return Temporal(f"{text}T{clock}{_zone(found.get('zone'))}", kind)


def _century(short: str | None) -> str:
    if short is None:
        return ""
    return ("20" if int(short) < 50 else "19") + short


def _named(name: str | None) -> str:
    if name is None:
        return ""
    for number, starts in enumerate(_MONTHS, 1):
        if name.lower().startswith(starts):
            return str(number)
    raise ValueError(name)


def _clock(found: dict[str, str | None]) -> str:
    hour = found.get("hour")
    half = found.get("half")
    if half is not None:
        late = (found.get("noon") or "a").lower().startswith("p")
        if not 1 <= int(half) <= 12:
            raise ValueError("hour")
        hour = str(int(half) % 12 + (12 if late else 0))
    if hour is None:
        return ""
    minute, second = found.get("minute") or "0", found.get("second") or "0"
    if int(hour) > 23 or int(minute) > 59 or int(second) > 60:
        raise ValueError("clock")
    fraction = found.get("fraction")
    return f"{int(hour):02}:{int(minute):02}:{int(second):02}" + (
        f".{fraction}" if fraction else ""
    )


def _zone(zone: str | None) -> str:
    match = _ZONE.fullmatch(zone or "")
    if match is None:
        return "Z" if zone else ""
    return f"{match[1]}{match[2]}:{match[3]}"


def unix(value: Any, kind: str, zone: Any = None) -> Temporal | None:
    """Seconds since 1970-01-01T00:00:00Z as date, dateTime or time of a time zone, UTC if none.

    Raises:
        Failure: no number, or a zone that is none.
    """
    if value is None:
        return None
    match = _ZONE.fullmatch(str(zone or "+00:00").replace("Z", "+00:00"))
    try:
        ticks = Decimal(written(value))
        if match is None:
            raise ValueError(zone)
        away = timedelta(hours=int(match[2]), minutes=int(match[3]))
        place = timezone(away if match[1] == "+" else -away)
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(ticks * 1_000_000))
        text = moment.astimezone(place).isoformat()
    except (ArithmeticError, ValueError):
        raise _refused(f"{written(value)} {zone or ''}", "ticks, ±hh:mm") from None
    if kind == "date":
        return Temporal(text[:10], kind)
    if kind == "time":
        return Temporal(text[11:19], kind)
    return Temporal(text.replace("+00:00", "Z"), kind)
