"""The state machine: only the moves of the table, whatever is tried."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import IllegalMove
from hub.exchange import states
from hub.model import Exchange, Operation, State

NOW = datetime(2026, 10, 31, 8, 0, tzinfo=UTC)


def exchange(state: State = State.ACCEPTED, **changes: object) -> Exchange:
    fields: dict[str, object] = {
        "id": "e1",
        "state": state,
        "operation": Operation.CLAIM,
        "resource": "Claim/c1",
        "provider": "p",
        "identifier": "s|1",
        "content_hash": "h",
        "submission": "s1",
        "correlation": "c",
        "workflow": "w",
        "care_date": date(2026, 10, 1),
        "created": NOW,
        "updated": NOW,
    }
    return Exchange(**(fields | changes))  # type: ignore[arg-type]


def test_a_claim_goes_from_accepted_to_closed() -> None:
    """design.md §6: the straight way."""
    one = exchange()
    for state in (State.READY, State.SENT, State.PENDING, State.ANSWERED, State.CLOSED):
        one = states.move(one, state)
    assert one.state is State.CLOSED


@pytest.mark.parametrize("state", [State.ANSWERED, State.CLOSED])
def test_a_decision_on_a_claim_is_never_cancelled(state: State) -> None:
    with pytest.raises(IllegalMove):
        states.move(exchange(state), State.CANCELLED)
    copy = exchange(state, operation=Operation.CONTROL_COPY)
    assert states.move(copy, State.CANCELLED).state is State.CANCELLED


def test_only_a_cancellation_is_closed_without_having_left() -> None:
    with pytest.raises(IllegalMove):
        states.move(exchange(), State.CLOSED)
    order = exchange(operation=Operation.CANCELLATION)
    assert states.move(order, State.CLOSED).state is State.CLOSED


@given(st.lists(st.sampled_from(State), max_size=12))
def test_every_story_is_a_path_of_the_table(tried: list[State]) -> None:
    one, path = exchange(), [State.ACCEPTED]
    for state in tried:
        try:
            one = states.move(one, state)
        except IllegalMove:
            continue
        path.append(state)
    assert all(b in states.MOVES[a] for a, b in pairwise(path))
    assert path.count(State.ANSWERED) <= 1
    if State.ANSWERED in path:
        after = path[path.index(State.ANSWERED) + 1 :]
        assert set(after) <= {State.CLOSED}


def test_a_move_ends_the_holding_and_counts_attempts_anew() -> None:
    held = exchange(State.ACCEPTED, held=True, reason="code manquant", attempts=4)
    moved = states.move(held, State.READY)
    assert (moved.held, moved.reason, moved.attempts) == (False, "", 0)
