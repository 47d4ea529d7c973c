"""One value of a record to its text and back: implied decimals, dates, yes and no.

Strict both ways: a text that would not be written the same way again is not read.
"""

from __future__ import annotations

import re
from datetime import date
from functools import cache
from typing import Any

from hub.formats import primitives
from hub.formats.impossible import Impossible
from hub.formats.records_model import Field, File

_NUMBERS = {"decimal", "integer", "positiveInt", "unsignedInt"}
_DIGITS = re.compile("[0-9]+")
#: Types whose values may be an empty text where the file tells empty from missing.
_TEXTS = {"string", "code", "markdown", "uri", "url", "id"}


def text_of(value: Any, field: Field, file: File) -> tuple[str, bool]:
    """The text of a value without padding, and whether it is negative.

    Raises:
        ValueError: it is not of the field's type, or the field cannot say it: more decimals than
            implied, negative without a sign field, a year outside the hundred that AA can mean.
    """
    if value == "" and file.empty == "distinct" and field.element.type in _TEXTS:
        return "", False
    text = primitives.write(value, field.element)
    if field.element.type == "boolean":
        return (field.yes if value else field.no), False
    if field.element.type == "date":
        return _date_text(text, field), False
    if field.element.type not in _NUMBERS:
        return text, False
    negative = text.startswith("-") and value != 0
    text = text.removeprefix("-")
    if field.decimals is not None:
        text = _implied(text, field.decimals)
    text = text.replace(".", file.mark)
    if file.form == "delimited":
        return ("-" + text if negative else text), False
    if negative and field.sign_at < 0:
        raise Impossible(
            "négatif, et le champ n'a pas de signe", "negative, and the field has no sign"
        )
    return text, negative


def value_of(text: str, negative: bool, field: Field, file: File) -> Any:
    """The value of a text without padding.

    Raises:
        ValueError: the text is not one that `text_of` gives.
    """
    kind = field.element.type
    if text == "" and file.empty == "distinct" and kind in _TEXTS:
        return ""
    if kind == "boolean":
        if text not in (field.yes, field.no):
            raise ValueError(text)
        return text == field.yes
    if kind == "date":
        text = _date_value(text, field)
    elif kind in _NUMBERS:
        text = _number(text, negative, field, file)
    return primitives.read(text, field.element)


def _implied(text: str, decimals: int) -> str:
    whole, _, part = text.partition(".")
    part = part.rstrip("0")
    if len(part) > decimals:
        raise Impossible(f"plus de {decimals} décimales", f"more than {decimals} decimals")
    return (whole + part.ljust(decimals, "0")).lstrip("0") or "0"


def _number(text: str, negative: bool, field: Field, file: File) -> str:
    if file.form == "delimited" and text.startswith("-"):
        negative, text = True, text[1:]
    if field.decimals is not None:
        if _DIGITS.fullmatch(text) is None:
            raise ValueError(text)
        digits = text.rjust(field.decimals + 1, "0")
        cut = len(digits) - field.decimals
        whole = digits[:cut].lstrip("0") or "0"
        text = f"{whole}.{digits[cut:]}" if field.decimals else whole
    elif file.mark != ".":
        if "." in text:
            raise ValueError(text)
        text = text.replace(file.mark, ".")
    if negative and not text.strip("0."):
        raise ValueError("a negative zero")
    return "-" + text if negative else text


@cache
def _template(form: str) -> re.Pattern[str]:
    pattern = re.escape(form)
    for word, digits in (("AAAA", 4), ("AA", 2), ("MM", 2), ("JJ", 2)):
        name = word[0]
        if word in pattern and f"<{name}>" not in pattern:
            pattern = pattern.replace(word, f"(?P<{name}>[0-9]{{{digits}}})", 1)
    return re.compile(pattern)


def _date_text(text: str, field: Field) -> str:
    """Month and day that are not known are written 00."""
    year, month, day = [*text.split("-"), "00", "00"][:3]
    _calendar(year, month, day)
    if not field.date:
        return text
    if "AAAA" not in field.date and not 0 <= int(year) - field.century <= 99:
        raise Impossible(
            f"l'année {year} ne s'écrit pas en deux chiffres",
            f"the year {year} cannot be said in two digits",
        )
    form = field.date.replace("AAAA", year).replace("AA", year[2:])
    return form.replace("MM", month).replace("JJ", day)


def _date_value(text: str, field: Field) -> str:
    if not field.date:
        parts = [*text.split("-"), "00", "00"][:3]
        if any(_DIGITS.fullmatch(part) is None for part in parts):
            raise ValueError(text)
        _calendar(*parts)
        return text
    match = _template(field.date).fullmatch(text)
    if match is None:
        raise ValueError(text)
    year, month, day = match["A"], match["M"], match["J"]
    if len(year) == 2:
        year = f"{field.century + (int(year) - field.century) % 100:04d}"
    _calendar(year, month, day)
    return "-".join(part for part in (year, month, day) if part != "00")


def _calendar(year: str, month: str, day: str) -> None:
    """Raises ValueError for a day that no calendar has, or a day without a month."""
    if month == "00" and day != "00":
        raise ValueError("a day without a month")
    date(int(year), int(month) or 1, int(day) or 1)
