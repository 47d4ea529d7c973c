"""What one request may make the store look for: a small text can ask for a day of work.

A Bundle may hold conditions, and a resource references, by the ten thousand; each is a search.
https://owasp.org/API-Security/editions/2023/en/0xa4-unrestricted-resource-consumption/
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from hub.errors import Invalid, Issue

MOST = 4000  #: conditions looked up for one request; a batch of 1000 searches takes 2000
SECONDS = 20.0  #: for all of them together


class Budget:
    """Counts for one request; the threads that serve it come one after another."""

    def __init__(self) -> None:
        self.left = MOST
        self.seconds = SECONDS

    @contextmanager
    def spend(self, conditions: int = 1) -> Iterator[None]:
        """Around one look-up.

        Raises:
            Invalid: 400, the request asked for too many, or they took too long.
        """
        if self.left < conditions or self.seconds <= 0:
            raise _too_costly()
        self.left -= conditions
        began = time.monotonic()
        try:
            yield
        finally:
            self.seconds -= time.monotonic() - began


def _too_costly() -> Invalid:
    return Invalid(
        Issue(
            "too-costly",
            "Cette demande fait chercher trop de choses à la fois (conditions, références ou "
            "entrées). Ce qui n'a pas reçu de réponse n'est pas fait : envoyez-le en plusieurs "
            "demandes plus petites.",
            "This request makes the platform look for too much at once (conditions, references or "
            "entries). What got no answer was not done: send it in several smaller requests.",
        ),
        status=400,
    )
