"""One thread that stores what many requests bring: one commit for all that has gathered."""

from __future__ import annotations

import queue
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from typing import Protocol

from hub.errors import Busy, Issue
from hub.ports import Acceptance, Accepted

_Waiting = tuple[Acceptance, "Future[Accepted]"]


class _Accepts(Protocol):
    def accept(self, batch: Sequence[Acceptance]) -> list[Accepted]: ...


class GroupWriter:
    """Gathers acceptances and stores them together (group commit)."""

    def __init__(self, store: _Accepts, most: int = 64, queue: int = 1024) -> None:
        """At most `most` acceptances a transaction; at most `queue` waiting for their turn."""
        self._store = store
        self._most = most
        self._size = queue
        self._queue = _new_queue(queue)
        self._closing = threading.Lock()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="group-writer", daemon=True)
        self._thread.start()

    def submit(self, acceptance: Acceptance) -> Future[Accepted]:
        """Take it in turn; the future is answered only after its commit.

        Raises:
            Busy: too many are waiting, or the writer was closed. Nothing is stored.
        """
        future: Future[Accepted] = Future()
        with self._closing:
            if self._closed:
                raise _busy()
            try:
                self._queue.put_nowait((acceptance, future))
            except queue.Full:
                raise _busy() from None
        return future

    def close(self) -> None:
        """Store what is waiting, then end the thread. A second call does nothing."""
        with self._closing:
            first, self._closed = not self._closed, True
        if first:
            self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        going = True
        while going:
            gathered, going = self._gather()
            # A caller that gave up waiting still gets its claim stored: only the answer is lost.
            answers = [future for _, future in gathered if future.set_running_or_notify_cancel()]
            if gathered:
                self._store_all(gathered, answers)

    def _gather(self) -> tuple[list[_Waiting], bool]:
        first = self._queue.get()
        if first is None:
            return [], False
        gathered = [first]
        while len(gathered) < self._most:
            try:
                following = self._queue.get_nowait()
            except queue.Empty:
                break
            if following is None:
                return gathered, False
            gathered.append(following)
        return gathered, True

    def _store_all(self, gathered: Sequence[_Waiting], answers: Sequence[Future[Accepted]]) -> None:
        wanted = {id(future) for future in answers}
        try:
            accepted = self._store.accept([acceptance for acceptance, _ in gathered])
        except Exception as error:
            for future in answers:
                future.set_exception(error)
            return
        for (_, future), result in zip(gathered, accepted, strict=True):
            if id(future) in wanted:
                future.set_result(result)


def _new_queue(size: int) -> queue.Queue[_Waiting | None]:
    return queue.Queue(maxsize=size)


def _busy() -> Busy:
    return Busy(
        Issue(
            "throttled",
            "Le hub reçoit trop de demandes à la fois. Rien n’a été enregistré : "
            "renvoyez la même demande dans quelques secondes.",
            "The hub receives too many requests at once. Nothing was stored: "
            "send the same request again in a few seconds.",
        )
    )
