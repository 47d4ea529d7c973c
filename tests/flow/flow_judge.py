"""What must be true of a hub and its sandboxes once nothing is under way; the same on each setting.

reliability.md I1 (nothing lost) and I2 (nothing twice): the sandboxes' ledgers are the judge.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from servers.benkan import Up
from servers.production import Production

Hub = Up | Production
Row = dict[str, Any]

#: What sample claims give rise to: themselves, their copies, and copies of their decisions.
TRAVELLING = ("claim", "control-copy", "liquidation-copy")
PLACES = {"received", "stored", "mapped", "sent", "ledger", "response"}


def when(look: Callable[[], Any], ready: Callable[[Any], object], seconds: float = 180) -> Any:
    """What `look` gives as soon as it is ready."""
    end = time.monotonic() + seconds
    while not ready(found := look()):
        assert time.monotonic() < end, found
        time.sleep(0.1)
    return found


def under_way(exchange: Row) -> bool:
    """Does it still move by itself?"""
    return not exchange["held"] and exchange["state"] != "CLOSED"


def rows(hub: Hub, operation: str) -> list[Row]:
    """The exchanges of one operation, as an operator lists them."""
    listed = hub.run("exchange", "list", "--json", "--limit", "100000").stdout
    return [row for row in json.loads(listed) if row["operation"] == operation]


def claim(hub: Hub, reference: str) -> Row:
    """The story of a claim, without its copies."""
    stories = json.loads(hub.run("exchange", "show", reference, "--json").stdout)
    one: Row = next(e for e in stories if e["operation"] == "claim")
    return one


def _claims(found: list[Row]) -> int:
    return len({row["identifier"] for row in found if row["operation"] == "claim"})


def judge(hub: Hub, number: int, seconds: float = 300) -> None:
    """All claims are answered or held with a reason, booked once, and worth the same everywhere."""

    def travelling() -> list[Row]:
        return [row for operation in TRAVELLING for row in rows(hub, operation)]

    found = when(
        travelling,
        lambda them: _claims(them) == number and not any(map(under_way, them)),
        seconds,
    )
    assert all(row["reason"] for row in found if row["held"])
    for operation in TRAVELLING:
        sheets = Counter(r["identifier"] for r in found if r["operation"] == operation)
        assert set(sheets.values()) <= {1}, operation
    for partner in {row["partner"] for row in found if row["partner"]}:
        mine = [row for row in found if row["partner"] == partner]
        closed = {row["submission"] for row in mine if row["state"] == "CLOSED"}
        ledger = hub.ledger(partner)
        assert closed
        assert closed == {entry["submission"] for entry in ledger}
        assert max(Counter(entry["submission"] for entry in ledger).values()) == 1
        assert max(Counter(entry["number"] for entry in ledger).values()) == 1
    sums = json.loads(hub.run("exchange", "totals", "--json").stdout)
    assert sums["equal"]
    assert {p["place"] for p in sums["places"]} == PLACES
