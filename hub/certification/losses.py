"""Which fields of a claim a partner's message cannot carry, found by running its map traced."""

from __future__ import annotations

import re
from collections import defaultdict

from hub.certification.ground import MAPS, Ground

_INDEX = re.compile(r"\[\d+\]")
#: What is the hub's own bookkeeping, and what no partner needs because another field says it.
_NOT_SAID = re.compile(r"claim\.(resourceType|id|meta|text|contained)\b.*")


def of_operation(ground: Ground, operation: str) -> list[str] | None:
    """Elements of `Claim` that no example of the operation's map carried into the message.

    An element that a condition only looked at counts as lost. None: no map or no example.
    """
    canonical = f"{MAPS}{ground.name}-{operation}"
    carried: defaultdict[str, bool] = defaultdict(bool)
    for _, source in ground.examples(operation) if canonical in ground.maps() else ():
        traced = ground.library.trace(ground.library.pin(canonical), source, lenient=True)
        for element in traced.sources:
            path = _INDEX.sub("", element.path).partition(".")[2]
            if path.startswith("claim.") and not _NOT_SAID.fullmatch(path):
                carried[path] |= element.use == "carried"
    if not carried:
        return None
    lost = sorted(path for path, was in carried.items() if not was)
    return [_claim(path) for path in lost if not _covered(path, lost)]


def _covered(path: str, lost: list[str]) -> bool:
    """Is an element above it named already?"""
    return any(path.startswith(f"{other}.") for other in lost)


def _claim(path: str) -> str:
    return "Claim" + path.removeprefix("claim")
