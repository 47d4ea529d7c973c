"""Numbers of people whose form is known: a wrong one is found at the door, not by a partner.

The forms are data: mappings/identifiers.json, identifier system → pattern and how to say it. A
NINA has 14 digits and a letter (domain.md T24).
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

from hub.errors import Issue
from hub.model import Tree

#: Control, format, private, unassigned; separators of lines and paragraphs.
_INVISIBLE = frozenset({"Cc", "Cf", "Co", "Cn", "Zl", "Zp"})


@dataclass(frozen=True, slots=True)
class Form:
    """How the values of one identifier system look."""

    pattern: re.Pattern[str]
    fr: str
    en: str


@cache
def forms() -> Mapping[str, Form]:
    """The forms that are known, by identifier system."""
    text = files("mappings").joinpath("identifiers.json").read_text(encoding="utf-8")
    rows: dict[str, dict[str, str]] = json.loads(text, parse_float=Decimal)
    return {
        system: Form(re.compile(row["pattern"]), row["fr"], row["en"])
        for system, row in rows.items()
    }


def findings(resource: Tree) -> list[Issue]:
    """One error for each identifier of a known system that has another form.

    And one for each number of a Claim that looks like another: it is billed once by that number.
    """
    twins = _unclear(resource) if resource.get("resourceType") == "Claim" else []
    return twins + [
        Issue(
            "value",
            f"« {value[:40]} » n'a pas la forme de ce numéro ({form.fr}) : recopiez-le de la"
            " carte, puis renvoyez.",
            f"“{value[:40]}” does not have the form of this number ({form.en}): copy it from the"
            " card and send again.",
            f"{path}.value",
        )
        for path, system, value in _identifiers(resource, str(resource.get("resourceType", "")))
        if (form := forms().get(system)) and form.pattern.fullmatch(value) is None
    ]


def _unclear(claim: Tree) -> list[Issue]:
    numbers: Any = claim.get("identifier")
    told = [one.get("value") for one in numbers] if _are_objects(numbers) else []
    return [
        Issue(
            "value",
            "Le numéro de la feuille contient des caractères invisibles, des espaces aux bords ou "
            "des accents décomposés : deux numéros se ressembleraient sans être égaux. Écrivez-le "
            "en caractères visibles, sous la forme Unicode NFC, puis renvoyez.",
            "The number of the sheet holds invisible characters, spaces at its ends or decomposed "
            "accents: two numbers would look alike without being equal. Write it in visible "
            "characters, in the Unicode form NFC, and send again.",
            f"Claim.identifier[{position}].value",
        )
        for position, value in enumerate(told)
        if isinstance(value, str) and not _clear(value)
    ]


def _are_objects(node: Any) -> bool:
    return isinstance(node, list) and all(isinstance(one, dict) for one in node)


def _clear(value: str) -> bool:
    # https://www.unicode.org/reports/tr36/#Visual_Security_Issues
    whole = value == value.strip() and unicodedata.is_normalized("NFC", value)
    return whole and not any(unicodedata.category(c) in _INVISIBLE for c in value)


def _identifiers(node: Any, path: str) -> Iterator[tuple[str, str, str]]:
    """Path, system and value of everything that has both."""
    if isinstance(node, list):
        for index, item in enumerate(node):
            yield from _identifiers(item, f"{path}[{index}]")
    elif isinstance(node, dict):
        system, value = node.get("system"), node.get("value")
        if isinstance(system, str) and isinstance(value, str):
            yield path, system, value
        for name, child in node.items():
            if isinstance(child, dict | list):
                yield from _identifiers(child, f"{path}.{name}")
