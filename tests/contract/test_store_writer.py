"""Group commit on each back end: answered after the commit, refused when full, killed safely."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from servers.keys import FOLDER, KEYS
from store_nouns import acceptance, exchange, now

from hub.errors import Busy
from hub.ports import Acceptance, Accepted
from hub.store import GroupWriter, SqlStore, open_store


class Gate:
    """A store that waits for a sign and notes how much came together."""

    def __init__(self) -> None:
        self.asked = threading.Event()
        self.open = threading.Event()
        self.sizes: list[int] = []

    def accept(self, batch: Sequence[Acceptance]) -> list[Accepted]:
        self.asked.set()
        self.open.wait(30)
        self.sizes.append(len(batch))
        return [Accepted(error=one.exchanges[0].id) for one in batch]


def test_what_is_answered_is_stored(store: SqlStore) -> None:
    writer = GroupWriter(store)
    sent = [exchange() for _ in range(200)]
    answers = [writer.submit(acceptance(one)) for one in sent]
    for one, answer in zip(sent, answers, strict=True):
        assert answer.result(30).error == ""
        assert store.exchange(one.id) == one
    writer.close()


def test_one_bad_row_fails_alone(store: SqlStore) -> None:
    writer = GroupWriter(store)
    sent = [exchange() for _ in range(20)]
    sent[7] = replace(sent[7], created=now().replace(tzinfo=None))
    answers = [writer.submit(acceptance(one)) for one in sent]
    failed = [n for n, answer in enumerate(answers) if answer.result(30).error]
    writer.close()
    assert failed == [7]
    assert len(store.exchanges()) == 19


def test_what_gathers_is_stored_together_but_not_more_than_the_most() -> None:
    gate = Gate()
    writer = GroupWriter(gate, most=4)
    answers = [writer.submit(acceptance(exchange(id=str(n)))) for n in range(10)]
    gate.open.set()
    assert [answer.result(30).error for answer in answers] == [str(n) for n in range(10)]
    writer.close()
    assert max(gate.sizes) == 4
    assert sum(gate.sizes) == 10


def test_a_full_queue_refuses_at_once() -> None:
    gate = Gate()
    writer = GroupWriter(gate, most=1, queue=2)
    answers = [writer.submit(acceptance(exchange()))]
    assert gate.asked.wait(30)
    answers += [writer.submit(acceptance(exchange())) for _ in range(2)]
    with pytest.raises(Busy):
        writer.submit(acceptance(exchange()))
    gate.open.set()
    assert all(answer.result(30) for answer in answers)
    writer.close()


def test_closing_stores_what_waits_and_takes_nothing_more() -> None:
    gate = Gate()
    writer = GroupWriter(gate)
    waiting = [writer.submit(acceptance(exchange())) for _ in range(3)]
    gate.open.set()
    writer.close()
    writer.close()
    assert all(answer.done() for answer in waiting)
    with pytest.raises(Busy):
        writer.submit(acceptance(exchange()))


def test_a_claim_whose_caller_gave_up_is_stored_all_the_same() -> None:
    gate = Gate()
    writer = GroupWriter(gate, most=1)
    writer.submit(acceptance(exchange()))
    assert gate.asked.wait(30)
    assert writer.submit(acceptance(exchange())).cancel()
    gate.open.set()
    writer.close()
    assert gate.sizes == [1, 1]


def test_a_failure_of_the_store_itself_reaches_every_caller() -> None:
    class Broken:
        def accept(self, batch: Sequence[Acceptance]) -> list[Accepted]:
            raise RuntimeError("disk gone")

    writer = GroupWriter(Broken())
    answer = writer.submit(acceptance(exchange()))
    with pytest.raises(RuntimeError, match="disk gone"):
        answer.result(30)
    writer.close()


WRITES_FOR_EVER = """
import sys
from store_nouns import acceptance, exchange
from pathlib import Path
from hub.store import GroupWriter, Keyring, open_store
store = open_store(sys.argv[1], Keyring(Path(sys.argv[2])))
writer = GroupWriter(store, most=8)
while True:
    sent = [exchange() for _ in range(8)]
    answers = [writer.submit(acceptance(one)) for one in sent]
    for one, answer in zip(sent, answers):
        assert answer.result().error == ""
        print(one.id, flush=True)
"""


@pytest.mark.parametrize("seconds", [0.0, 0.05, 0.11, 0.23])
def test_kill_9_in_the_middle_of_writing_keeps_all_that_was_answered(
    store_url: str, seconds: float
) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", WRITES_FOR_EVER, store_url, str(FOLDER)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent)},
        text=True,
    )
    assert process.stdout is not None
    first = process.stdout.readline()
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    answered = [line.strip() for line in [first, *process.stdout] if line.endswith("\n")]
    process.stdout.close()
    process.wait()
    store = open_store(store_url, KEYS)
    stored = {one.id: one for one in store.exchanges(limit=100_000)}
    assert answered
    assert set(answered) <= set(stored)
    for one in stored.values():
        assert store.read("Claim", one.resource.partition("/")[2]) is not None
        assert len(store.events(one.id)) == 1
        assert len(store.messages(one.id)) == 1
    store.close()
