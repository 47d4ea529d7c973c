"""Tells those who wait for an exchange that something happened to it."""

from __future__ import annotations

import asyncio
import threading
from collections import defaultdict


class Notifier:
    """Wakes requests of this process that wait for a decision.

    A worker of another process cannot be heard here; whoever waits also looks from time to time.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[str, list[tuple[asyncio.AbstractEventLoop, asyncio.Event]]] = (
            defaultdict(list)
        )

    def tell(self, exchange_id: str) -> None:
        """From any thread: the exchange has moved."""
        with self._lock:
            waiting = list(self._waiting.get(exchange_id, ()))
        for loop, event in waiting:
            if not loop.is_closed():
                loop.call_soon_threadsafe(event.set)

    async def wait(self, exchange_id: str, seconds: float) -> None:
        """Until it moves, or so many seconds have passed."""
        event = asyncio.Event()
        entry = (asyncio.get_running_loop(), event)
        with self._lock:
            self._waiting[exchange_id].append(entry)
        try:
            await asyncio.wait_for(event.wait(), seconds)
        except TimeoutError:
            return
        finally:
            with self._lock:
                self._waiting[exchange_id].remove(entry)
                if not self._waiting[exchange_id]:
                    del self._waiting[exchange_id]
