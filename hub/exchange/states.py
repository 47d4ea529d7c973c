"""The moves an exchange can make: one table."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hub.errors import IllegalMove, Issue
from hub.model import Exchange, State

#: From each state, where to. Going back is possible only while nothing is with the partner:
#: READY → ACCEPTED (translate again), SENT → READY (nothing left, or the partner drops copies),
#: PENDING → READY (the partner refused the whole deposit and booked nothing).
MOVES: dict[State, frozenset[State]] = {
    State.ACCEPTED: frozenset({State.READY, State.CANCELLED}),
    State.READY: frozenset({State.SENT, State.ACCEPTED, State.CANCELLED}),
    State.SENT: frozenset({State.PENDING, State.ANSWERED, State.READY}),
    State.PENDING: frozenset({State.ANSWERED, State.READY}),
    State.ANSWERED: frozenset({State.CLOSED}),
    State.CLOSED: frozenset(),
    State.CANCELLED: frozenset(),
}


def move(exchange: Exchange, to: State, **changes: Any) -> Exchange:
    """The exchange in its next state, no longer held, its attempts counted anew.

    Raises:
        IllegalMove: the table has no such move.
    """
    if to not in MOVES[exchange.state]:
        raise IllegalMove(
            Issue(
                "exception",
                fr=f"Passage impossible de {exchange.state} à {to}.",
                en=f"No move from {exchange.state} to {to}.",
            )
        )
    fresh: dict[str, Any] = {"held": False, "reason": "", "detail": {}, "attempts": 0}
    return replace(exchange, state=to, **(fresh | changes))
