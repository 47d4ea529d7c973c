"""Numbers of people whose form is known: a wrong one is found at the door, not by a partner.

The forms are data: mappings/identifiers.json, identifier system → pattern and how to say it. A
NINA has 14 digits and a letter (domain.md T24).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

from hub.errors import Issue
from hub.model import Tree


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
    """One error for each identifier of a known system that has another form."""
    return [
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
