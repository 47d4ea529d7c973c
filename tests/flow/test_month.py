"""A month of claims at all four bodies of both countries, and the three books compared after it.

48 claims in the ordinary run; `make month` has 2,000 and prints the comparison.
"""

from __future__ import annotations

import csv
import io
import json
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest
from servers.benkan import Up

CLAIMS = int(os.environ.get("BENKAN_TEST_MONTH", "48"))
MONTH = "2026-10"
#: Seconds for one command, and for the whole: 2,000 claims take minutes on two cores.
PATIENCE = 120.0 + CLAIMS
pytestmark = [pytest.mark.month, pytest.mark.timeout(300 + 3 * CLAIMS)]


@dataclass
class Month:
    """What the commands of docs/operations.md told, in their order."""

    up: Up
    submitted: dict[str, Any] = field(default_factory=dict)
    sums: dict[str, Any] = field(default_factory=dict)
    status: int = -1
    printed: str = ""
    seconds: dict[str, float] = field(default_factory=dict)

    def run(self, step: str, *words: str) -> tuple[int, str]:
        """One command: exit status and what it printed."""
        start = time.monotonic()
        done = self.up.run(*words, check=False, seconds=PATIENCE)
        self.seconds[step] = time.monotonic() - start
        return done.returncode, done.stdout


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Month]:
    """The month as an operator does it; nothing is asked twice."""
    one = Month(Up(tmp_path_factory.mktemp("month")).start())
    sample = ("sample", "--claims", str(CLAIMS), "--seed", "26", "--month", MONTH)
    assert one.run("sample", *sample, "--out", "feuilles")[0] == 0
    status, told = one.run("submit", "submit", "feuilles", "--wait", str(PATIENCE - 60), "--json")
    assert status == 0, told
    one.submitted = json.loads(told)
    one.status, one.printed = one.run("reconcile", "reconcile", "--month", MONTH)
    one.sums = json.loads(one.run("totals", "exchange", "totals", "--json")[1])
    told = ", ".join(f"{step} {seconds:.1f} s" for step, seconds in one.seconds.items())
    sys.stdout.write(f"{one.printed}{told}\n")
    yield one
    assert one.up.stop() == 0


def test_every_claim_is_decided_and_none_is_held(month: Month) -> None:
    assert sum(month.submitted["counts"].values()) == CLAIMS
    ends = {f"réponse / answered: {end}" for end in ("complete", "partial", "error")}
    assert set(month.submitted["counts"]) <= ends
    held = json.loads(month.up.run("exchange", "list", "--held", "--json").stdout)
    assert held == []


def test_the_three_positions_of_the_month_are_printed_and_equal_to_the_franc(month: Month) -> None:
    assert month.status == 0, month.printed
    assert "Les trois positions sont égales" in month.printed
    assert "ÉCART" not in month.printed
    assert "encore en route vers le gestionnaire du régime : relancez" not in month.printed


def test_each_claim_has_the_same_share_in_every_book_that_has_it(month: Month) -> None:
    """Read once more from the CSV, without the command's own judgement."""
    words = ("reconcile", "--month", MONTH, "--no-ask", "--csv")
    rows = list(csv.DictReader(io.StringIO(month.up.run(*words).stdout)))
    assert len(rows) == len({row["submission"] for row in rows}) == CLAIMS
    assert {row["body"] for row in rows} == {"CMSS", "INPS", "CNPS"}
    for row in rows:
        # In Guinea the managing body is the scheme manager too: there are two books.
        sides = ("hub", "managed") if row["currency"] == "GNF" else ("hub", "managed", "scheme")
        assert len({Decimal(row[f"{side}_share"]) for side in sides}) == 1, row
        assert len({Decimal(row[f"{side}_claimed"]) for side in sides}) == 1, row


def test_sums_are_the_same_at_every_place_of_the_trip(month: Month) -> None:
    assert month.sums["equal"]
    assert {place["currency"] for place in month.sums["places"]} == {"XOF", "GNF"}
    assert {place["missing"] for place in month.sums["places"]} == {"0"}


def test_the_bodies_own_books_hold_what_the_month_says(month: Month) -> None:
    """Each sandbox booked each of its claims once."""
    booked = {p: {e["submission"] for e in month.up.ledger(p)} for p in ("cmss", "inps", "inamo")}
    words = ("reconcile", "--month", MONTH, "--no-ask", "--csv")
    rows = list(csv.DictReader(io.StringIO(month.up.run(*words).stdout)))
    partners = {"CMSS": "cmss", "INPS": "inps", "CNPS": "inamo"}
    for body, partner in partners.items():
        assert booked[partner] == {row["submission"] for row in rows if row["body"] == body}
