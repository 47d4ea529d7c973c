"""The functions of FHIRPath on single values: text, numbers, conversions.

Source: https://hl7.org/fhirpath/N1/#string-manipulation, #math, #conversion
"""

from __future__ import annotations

import base64
import binascii
import html
import json
import re
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation, localcontext
from typing import Any

from hub.mapping.fhirpath import limits
from hub.mapping.fhirpath.parse import CALENDAR
from hub.mapping.fhirpath.patterns import pattern, substitute
from hub.mapping.fhirpath.quantities import number
from hub.mapping.fhirpath.temporal import Quantity, Temporal, temporal
from hub.mapping.fhirpath.values import Collection, one
from hub.mapping.findings import Failure

_HELD = ("value", "xmlText", "dataString", "data")  #: where models of texts hold the text


def _text(items: Collection) -> str | None:
    value = one(items)
    if isinstance(value, dict):
        value = next((value[key] for key in _HELD if key in value), value)
        if isinstance(value, dict | list):
            raise Failure(
                "a function of texts was given something else: name one of its elements",
                "Une fonction de texte a reçu autre chose : nommez un de ses éléments",
            )
    return None if value is None else written(value)


def written(value: Any) -> str:
    """A value as FHIRPath writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, Quantity):
        unit = value.unit if value.calendar else f"'{value.unit}'"
        return f"{value.value:f} {unit}"
    return str(value) if not isinstance(value, dict) else json.dumps(value, default=str)


def replaced(text: str, old: str, new: str) -> str:
    """replace(pattern, substitution); refuses a result that is too long."""
    count = text.count(old) if len(new) > len(old) else 0
    if len(text) + count * (len(new) - len(old)) > limits.LONGEST_TEXT:
        raise limits.too_long("text after replace", count * len(new), limits.LONGEST_TEXT)
    return text.replace(old, new)


def to_string(items: Collection) -> Collection:
    """toString()"""
    value = one(items)
    return [] if value is None or isinstance(value, dict) else [written(value)]


def text_function(
    action: Callable[..., Any], items: Collection, *arguments: Collection
) -> Collection:
    """A function of one text and further texts; nothing in, nothing out."""
    texts = [_text(items), *(_text(a) for a in arguments)]
    if any(t is None for t in texts):
        return []
    result = action(*texts)
    if isinstance(result, list):
        return limits.items(result)
    return [limits.text(result) if isinstance(result, str) else result]


def substring(items: Collection, start: Collection, length: Collection | None = None) -> Collection:
    """substring(start[, length])"""
    text, begin = _text(items), one(start)
    if text is None or not isinstance(begin, int) or not 0 <= begin < max(len(text), 1):
        return []
    size = one(length) if length is not None else None
    return [text[begin:] if size is None else text[begin : begin + max(size, 0)]]


def matches(items: Collection, expression: Collection) -> Collection:
    """matches(regex): somewhere in the text."""
    text, regex = _text(items), _text(expression)
    return [] if text is None or regex is None else [bool(pattern(regex).search(text))]


def matches_full(items: Collection, expression: Collection) -> Collection:
    """matchesFull(regex): the whole text."""
    text, regex = _text(items), _text(expression)
    return [] if text is None or regex is None else [bool(pattern(regex).fullmatch(text))]


def replace_matches(items: Collection, expression: Collection, by: Collection) -> Collection:
    """replaceMatches(regex, substitution) with $1 or ${name} groups."""
    text, regex, substitution = _text(items), _text(expression), _text(by)
    if text is None or regex is None or substitution is None:
        return []
    if not regex:
        return [text]
    return [limits.text(substitute(regex, text, substitution))]


def join(items: Collection, separator: Collection | None = None) -> Collection:
    """join(separator)"""
    between = _text(separator) if separator else ""
    texts = [written(item) for item in items]
    size = sum(map(len, texts)) + len(between or "") * len(texts)
    if size > limits.LONGEST_TEXT:
        raise limits.too_long("text after join", size, limits.LONGEST_TEXT)
    return [(between or "").join(texts)] if texts else []


def concatenate(left: Collection, right: Collection) -> Collection:
    """`&`: nothing counts as the empty text."""
    return [limits.text((_text(left) or "") + (_text(right) or ""))]


def to_integer(items: Collection) -> Collection:
    """toInteger()"""
    value = one(items)
    if isinstance(value, int):
        return [int(value)]
    if isinstance(value, str) and re.fullmatch(r"[+-]?\d{1,40}", value):
        return [int(value)]
    return []


def to_decimal(items: Collection) -> Collection:
    """toDecimal()"""
    value = one(items)
    if isinstance(value, (int, Decimal)):
        return [Decimal(value)]
    if isinstance(value, str) and re.fullmatch(r"[+-]?\d{1,40}(\.\d{1,40})?", value):
        return [Decimal(value)]
    return []


def to_boolean(items: Collection) -> Collection:
    """toBoolean()"""
    value = one(items)
    if isinstance(value, bool):
        return [value]
    word = written(value).lower() if value is not None else ""
    if word in ("true", "t", "yes", "y", "1", "1.0"):
        return [True]
    return [False] if word in ("false", "f", "no", "n", "0", "0.0") else []


def to_temporal(items: Collection, kind: str) -> Collection:
    """toDate(), toDateTime(), toTime()"""
    value = one(items)
    moment = temporal(value) if isinstance(value, str) else None
    if moment is None or (moment.kind == "time") != (kind == "time"):
        return []
    text = moment.split("T")[0] if kind == "date" else str(moment)
    return [Temporal(text, kind)]


def to_quantity(items: Collection) -> Collection:
    """toQuantity()"""
    value = one(items)
    if isinstance(value, Quantity):
        return [value]
    if isinstance(value, bool) or number(value):
        return [Quantity(Decimal(value), "1")]
    match = re.fullmatch(r"([+-]?\d{1,40}(?:\.\d{1,40})?)\s*(?:'([^']+)'|([a-z]+))?", str(value))
    word = match.group(3) if match else None
    if value is None or match is None or (word and word not in CALENDAR):
        return []
    return [Quantity(Decimal(match.group(1)), match.group(2) or word or "1", bool(word))]


def rounded(items: Collection, places: Collection | None = None) -> Collection:
    """round([precision]), halves away from zero."""
    value, digits = one(items), one(places) if places else 0
    if value is None or not number(value) or not 0 <= (digits or 0) <= 28:
        return []
    with localcontext(Context(prec=100)):
        return [Decimal(value).quantize(Decimal(1).scaleb(-(digits or 0)), ROUND_HALF_UP)]


def math(action: Callable[..., Any], items: Collection, *arguments: Collection) -> Collection:
    """A function of one number; what has no result gives nothing."""
    given = [one(items), *(one(a) for a in arguments)]
    if any(value is None for value in given):
        return []
    try:
        result = action(*given)
    except (InvalidOperation, ValueError, ArithmeticError, TypeError):
        return []
    return [result]


def encode(items: Collection, form: Collection) -> Collection:
    """encode(hex | base64 | urlbase64)"""
    text, kind = _text(items), _text(form)
    if text is None:
        return []
    raw = text.encode()
    forms = {"hex": raw.hex(), "base64": base64.b64encode(raw).decode()}
    forms["urlbase64"] = base64.urlsafe_b64encode(raw).decode()
    return [limits.text(forms[kind])] if kind in forms else []


def decode(items: Collection, form: Collection) -> Collection:
    """decode(hex | base64 | urlbase64)"""
    text, kind = _text(items), _text(form)
    if text is None:
        return []
    try:
        if kind == "hex":
            return [bytes.fromhex(text).decode()]
        if kind == "base64":
            return [base64.b64decode(text).decode()]
        return [base64.urlsafe_b64decode(text).decode()] if kind == "urlbase64" else []
    except (ValueError, binascii.Error):
        return []


def escape(text: str, form: str) -> str:
    """escape(html | json)"""
    return html.escape(text) if form == "html" else json.dumps(text, ensure_ascii=False)[1:-1]


def unescape(text: str, form: str) -> str:
    """unescape(html | json)"""
    if form == "html":
        return html.unescape(text)
    inner = re.sub(r'(?<!\\)((?:\\\\)*)"', r'\1\\"', text)
    return str(json.loads(f'"{inner}"', strict=False))
