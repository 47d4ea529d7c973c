"""The moves an exchange can make: one table."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hub.errors import IllegalMove, Issue
from hub.model import Exchange, Operation, State

#: Copies for the scheme manager of what travels to somebody else.
COPIES = frozenset({Operation.CONTROL_COPY, Operation.LIQUIDATION_COPY})

#: What can still be taken back once the partner has registered or decided it.
UNDOABLE = COPIES | {Operation.PREAUTHORIZATION}

#: From each state, where to. Going back is possible only while nothing is with the partner:
#: READY → ACCEPTED (translate again), SENT → READY (nothing left, or the partner drops copies),
#: PENDING → READY (the partner refused the whole deposit and booked nothing).
#: SENT, PENDING → CANCELLED: the partner agreed to cancel. ANSWERED, CLOSED → CANCELLED: the same,
#: of what is UNDOABLE; a decision on a claim is never taken back. ACCEPTED → CLOSED: a
#: cancellation that the hub settles itself.
MOVES: dict[State, frozenset[State]] = {
    State.ACCEPTED: frozenset({State.READY, State.CANCELLED, State.CLOSED}),
    State.READY: frozenset({State.SENT, State.ACCEPTED, State.CANCELLED}),
    State.SENT: frozenset({State.PENDING, State.ANSWERED, State.READY, State.CANCELLED}),
    State.PENDING: frozenset({State.ANSWERED, State.READY, State.CANCELLED}),
    State.ANSWERED: frozenset({State.CLOSED, State.CANCELLED}),
    State.CLOSED: frozenset({State.CANCELLED}),
    State.CANCELLED: frozenset(),
}


def can_be_cancelled(exchange: Exchange) -> bool:
    """Has nobody decided on it yet, or can its registration be taken back?"""
    return _allowed(exchange, State.CANCELLED)


def _allowed(exchange: Exchange, to: State) -> bool:
    if to not in MOVES[exchange.state]:
        return False
    if exchange.state in (State.ANSWERED, State.CLOSED) and to is State.CANCELLED:
        return exchange.operation in UNDOABLE
    settled = exchange.state is State.ACCEPTED and to is State.CLOSED
    return not settled or exchange.operation is Operation.CANCELLATION


def move(exchange: Exchange, to: State, **changes: Any) -> Exchange:
    """The exchange in its next state, no longer held, its attempts counted anew.

    Raises:
        IllegalMove: the table has no such move.
    """
    if not _allowed(exchange, to):
        raise IllegalMove(
            Issue(
                "exception",
                fr=f"Passage impossible de {exchange.state} à {to}.",
                en=f"No move from {exchange.state} to {to}.",
            )
        )
    fresh: dict[str, Any] = {"held": False, "reason": "", "detail": {}, "attempts": 0}
    return replace(exchange, state=to, **(fresh | changes))
