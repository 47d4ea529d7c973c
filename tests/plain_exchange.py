"""An accepted claim's exchange with ordinary values, for tests that look at exchanges."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from hub.model import Exchange, Operation, State

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def exchange(id: str, partner: str, **changes: Any) -> Exchange:
    """The exchange of `Claim/<id>` with this partner: 1000 XOF of care on 2026-11-03."""
    made = Exchange(
        id=id,
        state=State.ACCEPTED,
        operation=Operation.CLAIM,
        resource=f"Claim/{id}",
        provider="s|p",
        identifier=f"s|F-{id}",
        content_hash="0" * 64,
        submission=f"S-{id}",
        correlation=id,
        workflow=id,
        care_date=date(2026, 11, 3),
        created=NOW,
        updated=NOW,
        partner=partner,
        amount="1000",
        currency="XOF",
    )
    return replace(made, **changes)
