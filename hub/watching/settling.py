"""One person at a time settles one thing that waits: what it does reaches exchanges at once, and
must not be done twice with two outcomes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from hub.errors import Conflict, Issue
from hub.wiring import Hub

#: A process that dies while it settles something keeps others from it no longer.
LONGEST = timedelta(minutes=2)
_KIND = "settling"


@contextmanager
def turn(hub: Hub, id: str) -> Iterator[None]:
    """While one item is being settled, in whatever process.

    Raises:
        Conflict: somebody else is settling it.
    """
    if not hub.store.use_once(_KIND, id, datetime.now(UTC) + LONGEST):
        raise Conflict(
            Issue(
                "lock-error",
                "Une autre personne est en train de régler cet élément : rouvrez la quarantaine "
                "dans un instant et voyez ce qu'il est devenu.",
                "Somebody else is settling this item: open the quarantine again in a moment and "
                "see what became of it.",
            )
        )
    try:
        yield
    finally:
        hub.store.use_again(_KIND, id)
