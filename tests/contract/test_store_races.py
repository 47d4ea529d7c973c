"""Two processes write the same row first: neither is refused, and there is one row."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from typing import Any

import pytest

from hub.access.accounts import Account
from hub.access.clients import Client
from hub.model import Inbound
from hub.ports import Identity
from hub.ports.watch import LineState, Switch
from hub.store import SqlStore

WRITERS = 6
ROUNDS = 8
NOW = datetime.now(UTC)
DAY = date(2026, 10, 5)

#: What may be written for the first time by two at once; how many rows there are afterwards.
_WRITES: dict[str, tuple[Callable[[SqlStore, str], Any], Callable[[SqlStore, str], int]]] = {
    "line": (
        lambda store, name: store.line_told(LineState(name, since=NOW)),
        lambda store, name: int(name in store.line_states()),
    ),
    "switch": (
        lambda store, name: store.set_switch(Switch(name, "paused", "essai", "person|awa")),
        lambda store, name: int(name in store.switches()),
    ),
    "client": (
        lambda store, name: store.put_client(
            Client(name, "Essai", ("provider",), "t", (), "system/*.rs"), "hub", "client-added"
        ),
        lambda store, name: sum(one.id == name for one in store.clients()),
    ),
    "account": (
        lambda store, name: store.put_account(
            Account(name, "Awa Exemple", ("operator",), "hash", "secret"), "hub", "account-added"
        ),
        lambda store, name: sum(one.id == name for one in store.accounts()),
    ),
    "identity": (
        lambda store, name: store.note_identities([Identity("urn:amo", name, "p1", source="t")]),
        lambda store, name: len(store.identities([("urn:amo", name)])),
    ),
    "key": (
        lambda store, name: store.remember("csref", name, "hash"),
        lambda store, name: int(store.remember("csref", name, "hash") is not None),
    ),
    "rights": (
        lambda store, name: store.remember_rights(name, DAY, "cmss", NOW),
        lambda store, name: int(store.rights_known(name, DAY) == "cmss"),
    ),
    "file": (
        lambda store, name: store.inbox_put("p", Inbound(name, name.encode())),
        lambda store, name: sum(one[2].name == name for one in store.inbox_waiting()),
    ),
}


@pytest.mark.parametrize("what", sorted(_WRITES))
def test_a_row_that_two_write_first_is_there_once(store: SqlStore, what: str) -> None:
    write, count = _WRITES[what]
    start = threading.Barrier(WRITERS)

    def written(name: str) -> None:
        start.wait()
        write(store, name)

    with ThreadPoolExecutor(WRITERS) as threads:
        for turn in range(ROUNDS):
            name = f"{what}-{turn}"
            list(threads.map(written, [name] * WRITERS))
            assert count(store, name) == 1
