"""Which groups count their calls: the others do little and end by themselves.

Loops charge the run for what they go through (Run.listed, Run.spend). A group that cannot reach
itself and makes few calls adds at most FEW times as much, so it needs neither budget nor depth.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

FEW = 20  #: calls below one call that nobody counts
_COUNTS = re.compile(r"    R\.enter\(\)|    R\.depth -= 1")

Calls = Mapping[str, Sequence[str]]


def counting(calls: Calls) -> set[str]:
    """The functions that have to count, of those that make these calls."""
    found = {name for name in calls if name in _reached(calls, name)}
    weights = dict.fromkeys(found, 1)
    waiting = list(calls)
    while waiting:
        name = waiting[-1]
        later = [each for each in calls.get(name, ()) if each not in weights]
        if later and name not in weights:
            waiting += later
            continue
        waiting.pop()
        if name not in weights:
            weights[name] = 1 + sum(weights[each] for each in calls.get(name, ()))
            if weights[name] > FEW:
                found.add(name)
                weights[name] = 1
    return found


def _reached(calls: Calls, name: str) -> set[str]:
    found: set[str] = set()
    waiting = list(calls[name])
    while waiting:
        each = waiting.pop()
        if each not in found:
            found.add(each)
            waiting += calls.get(each, ())
    return found


def uncounted(lines: Sequence[str], calls: Calls) -> list[str]:
    """The lines of a module without counting where it is not needed."""
    needed, counts = counting(calls), True
    kept: list[str] = []
    for line in lines:
        if line.startswith("def "):
            counts = line[4:].partition("(")[0] in needed
        if counts or not _COUNTS.fullmatch(line):
            kept.append(line)
    return kept
