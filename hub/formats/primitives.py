"""Single values to text and back, strictly: what a partner wrote is never guessed.

https://hl7.org/fhir/R4/datatypes.html#primitive
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from hub.formats.logical import Element

#: Python's Decimal also takes 1_000, Arabic-Indic digits and NaN: only this is an amount.
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,12})?")
_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,9})")
_PATTERNS = {
    "decimal": _DECIMAL,
    "integer": _INTEGER,
    "positiveInt": re.compile(r"[1-9][0-9]{0,9}"),
    "unsignedInt": re.compile(r"0|[1-9][0-9]{0,9}"),
    "boolean": re.compile(r"true|false"),
    "date": re.compile(
        r"[0-9]{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?",
    ),
}
_NUMBERS = {"integer", "positiveInt", "unsignedInt"}


def read(text: str, element: Element) -> Any:
    """The value of this element's text: Decimal, int, bool or str.

    Raises:
        ValueError: the text is empty or not in the lexical space of the element's type.
    """
    pattern = _PATTERNS.get(element.type)
    if not text or (pattern is not None and pattern.fullmatch(text) is None):
        raise ValueError(f"{text[:40]!r} is not a {element.type}")
    if element.type == "decimal":
        return Decimal(text)
    if element.type in _NUMBERS:
        return int(text)
    if element.type == "boolean":
        return text == "true"
    return text


def write(value: Any, element: Element) -> str:
    """The text of a tree's value, with the digits it has.

    Raises:
        ValueError: the value is not of the element's type; a float never is.
    """
    if isinstance(value, bool):
        text = "true" if value else "false"
    elif isinstance(value, Decimal):
        text = format(value, "f")
    elif isinstance(value, str | int):
        text = str(value)
    else:
        raise ValueError(f"a {type(value).__name__} is not a {element.type}")
    read(text, element)
    return text
