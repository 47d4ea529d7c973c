"""SMART scopes of backend systems: system/Claim.cruds, system/*.rs.

Source: https://hl7.org/fhir/smart-app-launch/STU2.2/scopes-and-launch-context.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from hub.errors import Issue, TokenRefused

_SCOPE = re.compile(r"system/(\*|[A-Z][A-Za-z]{1,63})\.(c?r?u?d?s?)")
#: SMART 1 wrote read and write; what they mean now.
_OLD = {"read": "rs", "write": "cud", "*": "cruds"}
#: interaction → letter
LETTERS = {"create": "c", "read": "r", "update": "u", "delete": "d", "search": "s"}

Scopes = frozenset[tuple[str, str]]  #: (type or *, letter)


def read(text: str) -> Scopes:
    """What a scope parameter asks for.

    Raises:
        TokenRefused: invalid_scope; one of them is no system scope.
    """
    found: set[tuple[str, str]] = set()
    for word in text.split():
        head, _, tail = word.partition(".")
        match = _SCOPE.fullmatch(f"{head}.{_OLD.get(tail, tail)}")
        if match is None or not match[2]:
            raise TokenRefused("invalid_scope", _unreadable(word))
        found |= {(match[1], letter) for letter in match[2]}
    return frozenset(found)


def narrowed(asked: Scopes, registered: Scopes) -> Scopes:
    """What of it the client is registered for: never more than it asked."""
    return frozenset(
        one for one in asked if one in registered or ("*", one[1]) in registered
    ) | frozenset(
        (type_name, letter)
        for type_name, letter in registered
        if ("*", letter) in asked and type_name != "*"
    )


def allows(scopes: Scopes, type_name: str, interaction: str) -> bool:
    """Do these scopes reach an interaction with a type?"""
    letter = LETTERS[interaction]
    return (type_name, letter) in scopes or ("*", letter) in scopes


def write(scopes: Iterable[tuple[str, str]]) -> str:
    """The scope parameter that says this, types in order, letters in SMART's order."""
    by_type: dict[str, set[str]] = {}
    for type_name, letter in scopes:
        by_type.setdefault(type_name, set()).add(letter)
    return " ".join(
        f"system/{name}.{''.join(c for c in 'cruds' if c in by_type[name])}"
        for name in sorted(by_type)
    )


def _unreadable(word: str) -> Issue:
    shown = word[:80]
    return Issue(
        "invalid",
        f"« {shown} » n'est pas un scope de système : écrivez par exemple system/Claim.crs.",
        f"'{shown}' is no system scope: write for example system/Claim.crs.",
    )
