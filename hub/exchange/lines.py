"""The lines to partners: every call is timed, and a partner that does not answer gets a rest.

The breaker of a line opens after several calls in a row without an answer. While it is open nothing
is sent or asked: exchanges wait as they do for any partner that cannot be reached. After the rest
one call goes through; its outcome closes the breaker or doubles the rest.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, TypeVar

from hub.errors import Issue, Problem, Unconfirmed, Unreachable
from hub.model import Inbound, Message, Reply
from hub.ports import Adapter
from hub.ports.watch import DRAINING, LineState, Watch

log = logging.getLogger(__name__)
T = TypeVar("T")

FAILURES = 5  #: calls in a row without an answer that open the breaker
LONGEST_REST = 60.0  #: seconds
TOLD_EVERY = 10.0  #: seconds between two notes of the same line
SWITCH_SECONDS = 1.0  #: a switch is looked at again after so long
#: A call counts in the first slot that is not shorter than it, in milliseconds; then "more".
SLOTS = (5, 10, 20, 35, 50, 75, 100, 150, 200, 300, 500, 750, 1000, 1500, 2000, 3000, 5000, 10000)


def percentile(slots: Mapping[str, int], share: int) -> int | None:
    """Milliseconds within which `share` percent of the calls came back; None: there were none."""
    left = -(-sum(slots.values()) * share // 100)
    for slot in SLOTS:
        left -= slots.get(str(slot), 0)
        if left <= 0:
            return slot if slots else None
    return 60_000


@dataclass
class Line:
    """One partner's adapter, with its line watched. Whatever it does not know, the adapter does."""

    adapter: Adapter
    watch: Watch
    rest: float  #: seconds of the first rest
    _state: LineState = field(init=False)
    _until: float = 0.0
    _rests: int = 0
    _told: float = 0.0
    _slots: Counter[str] = field(default_factory=Counter)
    _failures: int = 0
    _mode: tuple[float, str] = (0.0, "")
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._state = LineState(self.adapter.name)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.adapter, name)

    def send(self, message: Message) -> Reply:
        """As the adapter's.

        Raises:
            Unreachable: also while the partner is paused or rests.
        """
        mode = self.mode()
        if mode and not (mode == DRAINING and message.operation in self.adapter.batches):
            raise self._stopped()
        self._let_through()
        return self._timed(lambda: self.adapter.send(message))

    def ask(self, message: Message, reference: str | None) -> Reply:
        """As the adapter's.

        Raises:
            Unreachable: also while the partner rests.
        """
        self._let_through()
        return self._timed(lambda: self.adapter.ask(message, reference))

    def collect(self) -> Iterator[Inbound]:
        """As the adapter's; nothing while the partner rests."""
        try:
            self._let_through()
        except Unreachable:
            return
        try:
            found = 0
            for inbound in self.adapter.collect():
                found += 1
                yield inbound
        except Problem as problem:
            if isinstance(problem, Unreachable | Unconfirmed) or not problem.proven:
                self._failed(problem)  # whoever answered: it was not the partner
            raise
        # A partner that leaves no files was not called at all.
        if found or self.adapter.batches:
            self._heard(None)

    def mode(self) -> str:
        """The partner's switch, as it was a second ago at most."""
        at, mode = self._mode
        if time.monotonic() - at > SWITCH_SECONDS:
            mode = self.watch.switch(self.adapter.name).mode
            self._mode = (time.monotonic(), mode)
        return mode

    def _timed(self, call: Callable[[], T]) -> T:
        begun = time.monotonic()
        try:
            answer = call()
        except (Unreachable, Unconfirmed) as problem:
            self._failed(problem)
            raise
        except Problem:
            self._heard(time.monotonic() - begun)
            raise  # it answered, whatever it said
        self._heard(time.monotonic() - begun)
        return answer

    def _let_through(self) -> None:
        with self._lock:
            if not self._state.open:
                return
            if time.monotonic() >= self._until:
                self._until = time.monotonic() + self._resting()
                return  # this one call tries
        raise Unreachable(
            Issue(
                "transient",
                f"{self.adapter.name} n'a pas répondu à {self._state.failures} appels de suite : "
                "on le laisse reposer avant de l'appeler de nouveau.",
                f"{self.adapter.name} did not answer {self._state.failures} calls in a row: it "
                "rests before it is called again.",
            )
        )

    def _resting(self) -> float:
        return min(LONGEST_REST, self.rest * 2.0 ** min(self._rests, 20))

    def _heard(self, seconds: float | None) -> None:
        now = datetime.now(UTC)
        with self._lock:
            if seconds is not None:
                slot = next((str(s) for s in SLOTS if seconds * 1000 <= s), "more")
                self._slots[slot] += 1
            moved = self._state.open
            since = now if moved or self._state.since is None else self._state.since
            self._state = replace(self._state, open=False, since=since, failures=0, heard=now)
            self._rests = 0
        self._tell(now=moved)

    def _failed(self, problem: Problem) -> None:
        now = datetime.now(UTC)
        with self._lock:
            self._failures += 1
            state = replace(
                self._state,
                failures=self._state.failures + 1,
                failed=now,
                told=problem.text,
                since=self._state.since or now,
            )
            again = state.open
            if again:
                self._rests += 1
            opens = not again and state.failures >= FAILURES
            if opens:
                state = replace(state, open=True, since=now)
            self._state = state
            if opens or again:
                self._until = time.monotonic() + self._resting()
        self._tell(now=opens)

    def _tell(self, *, now: bool) -> None:
        with self._lock:
            if not now and time.monotonic() - self._told < TOLD_EVERY:
                return
            self._told = time.monotonic()
            slots, failures = dict(self._slots), self._failures
            self._slots.clear()
            self._failures = 0
        try:
            self.watch.line_told(self._state)
            if slots or failures:
                self.watch.calls_told(self.adapter.name, slots, failures)
        except Problem:  # what people are shown must never stop a claim
            log.warning("partner %s: the state of its line could not be kept", self.adapter.name)

    def _stopped(self) -> Unreachable:
        return Unreachable(
            Issue(
                "transient",
                f"Les envois à {self.adapter.name} sont suspendus par l'exploitant.",
                f"Sending to {self.adapter.name} is suspended by the operator.",
            )
        )


class Lines(Mapping[str, Adapter]):
    """The adapters by name, each behind its line."""

    def __init__(self, adapters: Mapping[str, Adapter], watch: Watch, rest: float) -> None:
        self._adapters, self._watch, self._rest = adapters, watch, rest
        self._lines: dict[str, Line] = {}

    def __getitem__(self, name: str) -> Line:
        adapter = self._adapters[name]
        line = self._lines.get(name)
        if line is None or line.adapter is not adapter:
            line = self._lines[name] = Line(adapter, self._watch, self._rest)
        return line

    def __iter__(self) -> Iterator[str]:
        return iter(self._adapters)

    def __len__(self) -> int:
        return len(self._adapters)
