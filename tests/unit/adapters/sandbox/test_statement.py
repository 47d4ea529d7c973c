"""A body's books for a month of care."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from adapters.sandbox.rules import Line, Sheet, liquidate
from adapters.sandbox.statement import position, statement
from adapters.sandbox.world import World

WORLD = World.load()


def sheet(number: str, day: date = date(2026, 9, 3), beneficiary: str = "20000111-00") -> Sheet:
    lines = [Line(1, "consult-gen", Decimal(1), Decimal(2000))]
    return Sheet(number, "CMSS", beneficiary, "CNV-ML-00001", day, "XOF", lines)


def decided(number: str, **changes):
    given = sheet(number, **changes)
    return given, liquidate(given, WORLD, [], date(2026, 11, 1))


def test_each_sheet_of_the_month_stands_in_the_books_with_what_was_decided():
    paid, rejected = decided("F-1"), decided("F-2", beneficiary="99999999-00")
    books = statement(
        "CMSS",
        "2026-09",
        [
            position("s-3", sheet("F-3"), None),
            position("s-2", *rejected),
            position("s-1", *paid),
            position("s-4", *decided("F-4"), cancelled=True),
            position("s-5", *decided("F-5", day=date(2026, 10, 1))),
        ],
    )
    assert (books["body"], books["month"], books["currency"]) == ("CMSS", "2026-09", "XOF")
    assert [(r["submission"], r["status"], r.get("share")) for r in books["row"]] == [
        ("s-1", "liquidee", Decimal(1400)),
        ("s-2", "rejetee", Decimal(0)),
        ("s-3", "en-cours", None),
        ("s-4", "annulee", Decimal(0)),
    ]
    assert {r["claimed"] for r in books["row"]} == {Decimal(2000)}


def test_books_in_two_currencies_have_none_for_the_whole():
    guinea = Sheet(
        "G-1", "CNPS", "GN-0000000001", "CNV-GN-00001", date(2026, 9, 3), "GNF", sheet("F").lines
    )
    rows = [position("s-1", sheet("F-1"), None), position("s-2", guinea, None)]
    assert "currency" not in statement("CNPS", "2026-09", rows)


def test_a_month_without_sheets_is_an_empty_book():
    assert statement("INPS", "2026-01", []) == {"body": "INPS", "month": "2026-01", "row": []}
