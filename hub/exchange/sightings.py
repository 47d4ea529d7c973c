"""Which codes occur in real traffic, so that tables are completed where it counts most."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from hub.exchange.parts import Parts
from hub.model import Exchange, Operation, State, Tree
from hub.ports import Change

#: What providers send; copies, questions and orders carry the same codes again.
COUNTED = (Operation.CLAIM, Operation.PREAUTHORIZATION)


def noticed(parts: Parts, exchange: Exchange, change: Change) -> Change:
    """The change of a first step, with the codes of its claim.

    The fencing number tells that it is the first one: a claim that was held and resumed has
    been counted.
    """
    first = exchange.state is State.ACCEPTED and exchange.fence == 1
    if not first or exchange.parent is not None or exchange.operation not in COUNTED:
        return change
    return replace(change, seen=codes(parts.resource(exchange.resource)))


def codes(tree: Tree) -> dict[tuple[str, str], str]:
    """(system, code) → name of every Coding in a resource; each once."""
    found: dict[tuple[str, str], str] = {}
    waiting: list[Any] = [tree]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting += value
        elif isinstance(value, Mapping):
            system, code = value.get("system"), value.get("code")
            if isinstance(system, str) and isinstance(code, str):
                name = value.get("display")
                found[system, code] = name if isinstance(name, str) else ""
            waiting += (one for one in value.values() if isinstance(one, list | Mapping))
    return found
