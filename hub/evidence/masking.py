"""Hides who a claim is about in sentences: what its patient and diagnoses are called."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

MASK = "•••"
#: Parts of a claim that tell a person or an illness.
_TELLING = ("patient", "insurance", "diagnosis", "supportingInfo")
_PEOPLE = ("Patient", "Person", "RelatedPerson", "Coverage")
#: Where in them the telling words stand.
_WORDS: tuple[str, ...] = (
    "value",
    "family",
    "given",
    "text",
    "display",
    "birthDate",
    "code",
    "subscriberId",
)
_WORDS += ("line", "city", "deceasedDateTime", "valueString")
_SHORTEST = 3


def telling(trees: Iterable[Any]) -> frozenset[str]:
    """Words of claims, patients and covers by which somebody could be recognised."""
    found: set[str] = set()
    for part, person in (one for tree in trees for one in _parts(tree)):
        told = set(_words(part))
        found |= told | {word for text in told for word in text.split() if person}
    return frozenset(word for word in found if len(word) >= _SHORTEST and "://" not in word)


def hide(text: str, words: frozenset[str]) -> str:
    """The text with each of these words masked."""
    if not words:
        return text
    longest_first = sorted(words, key=len, reverse=True)
    either = "|".join(re.escape(word) for word in longest_first)
    return re.sub(rf"(?<!\w)(?:{either})(?!\w)", MASK, text)


def _parts(tree: Any) -> Iterator[tuple[Any, bool]]:
    """What tells something, and whether it is about a person: then each word of it does."""
    if not isinstance(tree, dict):
        return
    if tree.get("resourceType") in _PEOPLE:
        yield tree, tree["resourceType"] != "Coverage"
        return
    yield from ((tree[name], name == "patient") for name in _TELLING if name in tree)
    for contained in tree.get("contained", []):
        yield from _parts(contained)


def _words(part: Any, name: str = "") -> Iterator[str]:
    if isinstance(part, dict):
        for key, value in part.items():
            yield from _words(value, key)
    elif isinstance(part, list):
        for value in part:
            yield from _words(value, name)
    elif isinstance(part, str) and name in _WORDS:
        yield part
