"""When the sandbox misbehaves: each asked-for misbehaviour waits for its own occasion."""

from __future__ import annotations

from collections.abc import Set

from adapters.sandbox.behaviour import Behaviour, Misbehaviour, parse

#: occasion → what can go wrong there
CONNECTION = frozenset({"refuse", "error"})
DEPOSIT = frozenset({"timeout-after-booking"})
RETURN = frozenset({"delay", "duplicate", "garbage", "late", "reordered", "contradictory"})


def take(behaviour: Behaviour, operation: str, kinds: Set[str]) -> Misbehaviour | None:
    """The next misbehaviour for this operation, if it is of a kind that can happen here."""
    for text in behaviour.waiting():
        waiting = parse(text)
        if waiting.operation in ("", operation):
            return behaviour.take(operation) if waiting.kind in kinds else None
    return None
