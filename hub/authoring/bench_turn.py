"""Runs of maps take turns: each is a process, and who waits holds a thread of the server."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from hub.errors import Busy, Issue

AT_ONCE = 3  #: runs of one process
WAITING = 8  #: that may wait for their turn beside those
PATIENCE = 20.0  #: seconds one waits

_seats = threading.BoundedSemaphore(AT_ONCE + WAITING)
_turn = threading.BoundedSemaphore(AT_ONCE)


@contextmanager
def turn() -> Iterator[None]:
    """Wait for a turn.

    Raises:
        Busy: too many wait already, or it took too long.
    """
    if not _seats.acquire(blocking=False):
        raise _busy()
    try:
        if not _turn.acquire(timeout=PATIENCE):
            raise _busy()
        try:
            yield
        finally:
            _turn.release()
    finally:
        _seats.release()


def _busy() -> Busy:
    return Busy(
        Issue(
            "throttled",
            "Trop d'essais sont en cours. Réessayez dans quelques secondes.",
            "Too many runs are under way. Try again in a few seconds.",
        )
    )
