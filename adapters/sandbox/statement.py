"""A body's books for a month of care: one row a sheet, for reconciliation. Pure.

Source: the auditors' finding that the scheme's books and those of the managing bodies differ.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from adapters.sandbox.rules import Sheet, Verdict
from hub.model import Tree

#: where a sheet stands: decided and something paid, rejected, taken back, not decided yet
STATUSES = ("liquidee", "rejetee", "annulee", "en-cours")


@dataclass(frozen=True, slots=True)
class Position:
    """One sheet in a body's books."""

    submission: str
    sheet: str
    provider: str  #: convention number, "" when it is not known
    care_date: date
    status: str  #: one of STATUSES
    claimed: Decimal
    share: Decimal | None  #: None while nothing is decided
    currency: str


def position(
    submission: str, sheet: Sheet, verdict: Verdict | None, cancelled: bool = False
) -> Position:
    """The position of a sheet that this body was given.

    Args:
        submission: the sender's number of the sheet.
        sheet: as the rules read it.
        verdict: the decision; None while there is none.
        cancelled: taken back by the sender.
    """
    claimed = sum((line.amount for line in sheet.lines), Decimal(0))
    share = verdict.share if verdict else None
    status = "en-cours" if verdict is None else "liquidee"
    if verdict is not None and verdict.status == "rejected":
        status = "rejetee"
    if cancelled:
        status, share = "annulee", Decimal(0)
    return Position(
        submission,
        sheet.number,
        sheet.provider,
        sheet.care_date,
        status,
        claimed,
        share,
        sheet.currency,
    )


def statement(body: str, month: str, positions: Iterable[Position]) -> Tree:
    """The books of a month of care, in order of submission.

    Args:
        body: the managing body: CMSS, INPS, CNPS.
        month: AAAA-MM.
        positions: all positions of this body; those of other months are left out.

    Returns:
        {body, month, currency (when there is one only), row: [{submission, sheet, provider,
        status, claimed, share, currency}]}; amounts Decimal, `share` absent while undecided.
    """
    found = sorted(
        (p for p in positions if f"{p.care_date:%Y-%m}" == month), key=lambda p: p.submission
    )
    tree: Tree = {"body": body, "month": month, "row": [_row(p) for p in found]}
    currencies = {p.currency for p in found}
    return tree | ({"currency": currencies.pop()} if len(currencies) == 1 else {})


def _row(one: Position) -> Tree:
    row: Tree = {
        "submission": one.submission,
        "sheet": one.sheet,
        "status": one.status,
        "claimed": one.claimed,
        "currency": one.currency,
    }
    return (
        row
        | ({"provider": one.provider} if one.provider else {})
        | ({"share": one.share} if one.share is not None else {})
    )
