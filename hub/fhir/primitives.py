"""Formats of the FHIR R4 primitive types: https://hl7.org/fhir/R4/datatypes.html#primitive"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from decimal import Decimal

from hub.fhir.findings import Check, Finding, Node, Place, fault, shown

YEAR = r"(?!0000)[0-9]{4}"
DAY = rf"({YEAR})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
CLOCK = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:(?:[0-5][0-9]|60)(?:\.[0-9]+)?"
ZONE = r"(?:Z|[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00))"

DATE = re.compile(rf"(?:{DAY}|{YEAR}(?:-(?:0[1-9]|1[0-2]))?)")
DATE_TIME = re.compile(rf"(?:{DAY}(?:T{CLOCK}{ZONE})?|{YEAR}(?:-(?:0[1-9]|1[0-2]))?)")
INSTANT = re.compile(rf"{DAY}T{CLOCK}{ZONE}")
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
BASE64 = re.compile(r"[0-9a-zA-Z+/]*={0,2}")
#: Strings of R4 hold at most one megabyte.
LONGEST = 1024 * 1024


def _matches(pattern: str) -> Callable[[str], object]:
    return re.compile(pattern, re.ASCII).fullmatch


def _is_text(value: str) -> bool:
    if value.isprintable():
        return bool(value) and not value.isspace() and len(value) <= LONGEST
    return not value.isspace() and not CONTROL.search(value) and len(value) <= LONGEST


def _is_uri(value: str) -> bool:
    return bool(value) and value.isprintable() and " " not in value


def _is_code(value: str) -> bool:
    return value.isprintable() and bool(value) and value == " ".join(value.split())


def _is_base64(value: str) -> bool:
    packed = "".join(value.split())
    return bool(packed) and len(packed) % 4 == 0 and bool(BASE64.fullmatch(packed))


def _dated(pattern: re.Pattern[str]) -> Callable[[str], bool]:
    def exists(value: str) -> bool:
        found = pattern.fullmatch(value)
        if found is None:
            return False
        year, month, day = found[1], found[2], found[3]
        return day is None or day <= "28" or int(day) <= monthrange(int(year), int(month))[1]

    return exists


#: type → (test, what is expected in French, in English, an example)
TEXTS: dict[str, tuple[Callable[[str], object], str, str, str]] = {
    "string": (_is_text, "un texte non vide", "text that is not empty", "Aïssata"),
    "markdown": (_is_text, "un texte non vide", "text that is not empty", "Note"),
    "code": (
        _is_code,
        "un code sans espace au début, à la fin, ni espaces doubles",
        "a code without leading, trailing or double spaces",
        "active",
    ),
    "uri": (_is_uri, "une adresse (URI) sans espace", "a URI without spaces", "urn:oid:2.16.840"),
    "url": (_is_uri, "une adresse (URL) sans espace", "a URL without spaces", "https://a.example"),
    "canonical": (
        _is_uri,
        "une adresse canonique sans espace",
        "a canonical address without spaces",
        "https://a.example/ValueSet/x|1",
    ),
    "oid": (
        _matches(r"urn:oid:[0-2](\.(0|[1-9][0-9]*))+"),
        "un OID",
        "an OID",
        "urn:oid:1.2.3",
    ),
    "uuid": (
        _matches(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
        "un UUID en minuscules",
        "a UUID in lower case",
        "urn:uuid:c757873d-ec9a-4326-a141-556f43239520",
    ),
    "id": (
        _matches(r"[A-Za-z0-9\-.]{1,64}"),
        "un identifiant de 1 à 64 lettres, chiffres, « - » ou « . »",
        'an id of 1 to 64 letters, digits, "-" or "."',
        "feuille-17",
    ),
    "date": (_dated(DATE), "une date qui existe", "a date that exists", "2026-02-28"),
    "dateTime": (
        _dated(DATE_TIME),
        "une date qui existe, avec le fuseau si l’heure est donnée",
        "a date that exists, with the zone if there is a time",
        "2026-02-28T09:30:00Z",
    ),
    "instant": (
        _dated(INSTANT),
        "une date qui existe, avec l’heure, les secondes et le fuseau",
        "a date that exists, with time, seconds and zone",
        "2026-02-28T09:30:00Z",
    ),
    "time": (_matches(CLOCK), "une heure avec les secondes", "a time with seconds", "09:30:00"),
    "base64Binary": (_is_base64, "du base64", "base64", "QmVua2Fu"),
}

#: type → least and greatest value
WHOLE = {
    "integer": (-(2**31), 2**31 - 1),
    "unsignedInt": (0, 2**31 - 1),
    "positiveInt": (1, 2**31 - 1),
}


def wrong_json(value: Node, fr: str, en: str) -> list[Finding]:
    """The finding for a value of another JSON type than the element's."""
    kinds = {
        str: ("un texte", "a string"),
        bool: ("un booléen", "a boolean"),
        int: ("un nombre", "a number"),
        Decimal: ("un nombre", "a number"),
        dict: ("un objet", "an object"),
        list: ("un tableau", "an array"),
        type(None): ("null", "null"),
    }
    got_fr, got_en = kinds.get(type(value), ("une valeur inconnue", "an unknown value"))
    return fault(
        "structure",
        f"Le type JSON est faux : {got_fr}, alors qu’il faut {fr}. Corrigez la valeur.",
        f"The JSON type is wrong: {got_en}, where {en} is needed. Correct the value.",
    )


def _text_check(test: Callable[[str], object], fr: str, en: str, example: str) -> Check:
    def check(value: Node, place: Place) -> list[Finding] | None:
        if value.__class__ is not str:
            return wrong_json(value, "un texte entre guillemets", "a string in quotes")
        if test(value):
            return None
        return fault(
            "value",
            f"« {shown(value)} » n’est pas valable : il faut {fr}. Écrivez par exemple {example}.",
            f'"{shown(value)}" is not valid: {en} is needed. Write for example {example}.',
        )

    return check


def _whole_check(least: int, greatest: int) -> Check:
    def check(value: Node, place: Place) -> list[Finding] | None:
        if value.__class__ is not int:
            return wrong_json(
                value,
                "un nombre entier sans guillemets ni décimales",
                "a whole number without quotes or decimals",
            )
        if least <= value <= greatest:
            return None
        return fault(
            "value",
            f"{shown(value)} est hors limites : écrivez un entier de {least} à {greatest}.",
            f"{shown(value)} is out of range: write a whole number from {least} to {greatest}.",
        )

    return check


def _decimal(value: Node, place: Place) -> list[Finding] | None:
    if value.__class__ is int or (value.__class__ is Decimal and value.is_finite()):
        return None
    return wrong_json(value, "un nombre sans guillemets", "a number without quotes")


def _boolean(value: Node, place: Place) -> list[Finding] | None:
    if value is True or value is False:
        return None
    return wrong_json(value, "true ou false sans guillemets", "true or false without quotes")


#: The check of each primitive type but xhtml (see narrative.py).
CHECKS: dict[str, Check] = {
    **{name: _text_check(*row) for name, row in TEXTS.items()},
    **{name: _whole_check(*row) for name, row in WHOLE.items()},
    "decimal": _decimal,
    "boolean": _boolean,
}
