"""How often one caller may call: so many requests a minute, so many a day.

Counted with the library `limits`: in this process, or in Redis for several processes together.
https://limits.readthedocs.io/en/stable/strategies.html (sliding window counter)
"""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Mapping, Sequence

from limits import RateLimitItem, parse_many
from limits.errors import StorageError
from limits.storage import MemoryStorage, Storage, storage_from_string
from limits.strategies import SlidingWindowCounterRateLimiter

from hub.errors import Issue, Misconfigured

log = logging.getLogger(__name__)

#: The name under which requests without a valid token are counted, by network address.
STRANGERS = "*"


class Rates:
    """Counts calls by caller; what is refused is counted as well, so that hammering never ends it.

    A counter in Redis that does not answer is replaced by this process's own: a broken counter
    must neither stop claims nor open the door.
    """

    def __init__(self, store: str, everybody: str, own: Sequence[str]) -> None:
        """
        Args:
            store: where to count: memory:// or redis://…
            everybody: the limits of a caller who has none of their own, "600/minute;9000/day".
            own: "CALLER=LIMITS"; CALLER "*": requests without a valid token, by address.

        Raises:
            Misconfigured: a limit or the store cannot be read.
        """
        named = (text.partition("=") for text in own)
        self._own = {caller.strip(): _limits(text) for caller, _, text in named}
        self._everybody = _limits(everybody)
        self._here = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._counter = SlidingWindowCounterRateLimiter(_storage(store))

    @property
    def limits(self) -> Mapping[str, Sequence[RateLimitItem]]:
        """The limits that callers have of their own."""
        return self._own

    def admit(self, caller: str, address: str = "") -> int:
        """Count one call; 0 when it may pass, else the seconds after which to try again."""
        key = f"{caller}|{address}"
        waits = [
            self._wait(item, key)
            for item in self._own.get(caller, self._everybody)
            if not self._hit(item, key)
        ]
        return max(waits, default=0)

    def forget(self, caller: str, address: str = "") -> None:
        """Begin to count this caller anew."""
        key = f"{caller}|{address}"
        for item in self._own.get(caller, self._everybody):
            for counter in (self._counter, self._here):
                with contextlib.suppress(StorageError):
                    counter.clear(item, key)

    def _hit(self, item: RateLimitItem, key: str) -> bool:
        try:
            return self._counter.hit(item, key)
        except StorageError:
            log.warning("the counter of calls does not answer; counted in this process")
            return self._here.hit(item, key)

    def _wait(self, item: RateLimitItem, key: str) -> int:
        try:
            reset = self._counter.get_window_stats(item, key).reset_time
        except StorageError:
            reset = self._here.get_window_stats(item, key).reset_time
        return max(1, min(round(reset - time.time()) + 1, item.get_expiry()))


def _limits(text: str) -> Sequence[RateLimitItem]:
    if not text.strip():
        return ()
    try:
        return parse_many(text)
    except ValueError as error:
        raise Misconfigured(
            Issue(
                "value",
                f"BENKAN_RATE ou BENKAN_RATES : « {text} » n'est pas une limite. Écrivez par "
                "exemple 600/minute;20000/day.",
                f"BENKAN_RATE or BENKAN_RATES: '{text}' is no limit. Write for example "
                "600/minute;20000/day.",
            )
        ) from error


def _storage(store: str) -> Storage:
    try:
        found = storage_from_string(store, wrap_exceptions=True)
    except Exception as error:  # the library names no class of its own for a store it has not
        raise Misconfigured(
            Issue(
                "value",
                "BENKAN_RATE_STORE ne dit pas où compter les appels : écrivez memory:// ou "
                "redis://HÔTE:PORT/BASE.",
                "BENKAN_RATE_STORE does not say where to count calls: write memory:// or "
                "redis://HOST:PORT/DATABASE.",
            )
        ) from error
    assert isinstance(found, Storage)  # noqa: S101 - an asynchronous one has another scheme
    return found
