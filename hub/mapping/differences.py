"""How two trees differ, path by path: to the digit, without regard to the order of members."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from hub.formats import exact_json


class Kind(StrEnum):
    """What differs."""

    CHANGED = "changed"
    MISSING = "missing"  #: only in the first
    ADDED = "added"  #: only in the second


@dataclass(frozen=True, slots=True)
class Difference:
    """One path where the trees differ."""

    path: str  #: with the indexes of the first tree; those of the second for what is added
    kind: Kind
    first: Any = None
    second: Any = None


def differences(first: Any, second: Any, path: str = "") -> Iterator[Difference]:
    """Every difference, in the order of the trees.

    An item put in or taken out of a list is one difference, not one for every item after it.
    12.50 and 12.5 differ, as do 1 and true.
    """
    if isinstance(first, dict) and isinstance(second, dict):
        for name in dict.fromkeys((*first, *second)):
            place = f"{path}.{name}" if path else name
            if name not in second:
                yield Difference(place, Kind.MISSING, first[name])
            elif name not in first:
                yield Difference(place, Kind.ADDED, None, second[name])
            else:
                yield from differences(first[name], second[name], place)
    elif isinstance(first, list) and isinstance(second, list):
        yield from _lists(first, second, path)
    elif exact(first) != exact(second):
        yield Difference(path, Kind.CHANGED, first, second)


def _lists(first: list[Any], second: list[Any], path: str) -> Iterator[Difference]:
    left, right = [exact(item) for item in first], [exact(item) for item in second]
    matcher = difflib.SequenceMatcher(None, left, right, autojunk=False)
    for how, a, b, c, d in matcher.get_opcodes():
        if how == "equal":
            continue
        both = min(b - a, d - c)
        for n in range(both):
            yield from differences(first[a + n], second[c + n], f"{path}[{a + n}]")
        for n in range(a + both, b):
            yield Difference(f"{path}[{n}]", Kind.MISSING, first[n])
        for n in range(c + both, d):
            yield Difference(f"{path}[{n}]", Kind.ADDED, None, second[n])


def exact(value: Any) -> bytes:
    """A value as a text that only equal values share: a number is its digits."""
    return exact_json.dumps(_sorted(value))


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _sorted(value[name]) for name in sorted(value)}
    return [_sorted(item) for item in value] if isinstance(value, list) else value
