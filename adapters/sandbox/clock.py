"""A sandbox's own clock: the machine's time plus an offset the operator can move."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta


class SandboxClock:
    """Real time shifted by an offset; only the instance's own offset moves."""

    def __init__(self) -> None:
        self._offset = timedelta(0)

    def now(self) -> datetime:
        """The sandbox's present instant, UTC, aware."""
        return datetime.fromtimestamp(time.time(), UTC) + self._offset

    def today(self) -> date:
        """The sandbox's date; Mali and Guinea are on UTC all year."""
        return self.now().date()

    def set(self, instant: datetime) -> None:
        """Make `now` this instant (aware); it goes on running from there."""
        self._offset = instant.astimezone(UTC) - datetime.fromtimestamp(time.time(), UTC)

    def advance(self, seconds: float) -> None:
        """Move `now` by so many seconds, backwards when negative."""
        self._offset += timedelta(seconds=seconds)
