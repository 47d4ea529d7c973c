"""Claims taken back, in `benkan exchange totals`."""

from __future__ import annotations

from datetime import UTC, date, datetime

from hub.cli.sums import compare
from hub.model import Exchange, Operation, State

NOW = datetime(2026, 10, 31, 8, 0, tzinfo=UTC)


def cancelled(id: str, amount: str, *, left: bool) -> Exchange:
    return Exchange(
        id=id,
        state=State.CANCELLED,
        operation=Operation.CLAIM,
        resource=f"Claim/{id}",
        provider="p",
        identifier=f"s|{id}",
        content_hash="h",
        submission=id,
        correlation=id,
        workflow=id,
        care_date=date(2026, 10, 1),
        created=NOW,
        updated=NOW,
        amount=amount,
        currency="XOF",
        detail={"left": left},
    )


def place(count: int, total: str) -> dict[str, dict[str, object]]:
    return {"XOF": {"count": count, "sum": total}} if count else {}


def test_a_claim_taken_back_is_missing_only_where_it_never_was() -> None:
    """One of 100 that had left, one of 7 that had not."""
    places = {
        "received": place(2, "107"),
        "stored": place(2, "107"),
        "mapped": place(1, "100"),
        "sent": place(1, "100"),
        "response": place(0, "0"),
    }
    both = [cancelled("a", "100", left=True), cancelled("b", "7", left=False)]
    _, equal = compare(places, place(1, "100"), both)
    assert equal
    _, equal = compare(places | {"sent": place(0, "0")}, place(1, "100"), both)
    assert not equal
