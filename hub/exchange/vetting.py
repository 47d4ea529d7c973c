"""What is looked at once more before a claim leaves: acts billed twice, suspended providers."""

from __future__ import annotations

from dataclasses import replace

from hub.exchange import billing
from hub.exchange.mishaps import Mishaps
from hub.model import Event, Exchange, Operation, Tree
from hub.ports import Change

#: The reference list of suspended providers, by convention number.
SUSPENSIONS = "suspensions"


def vetted(parts: Mishaps, exchange: Exchange, change: Change, source: Tree) -> Change:
    """The change that makes a claim ready, with its acts and what was noticed about it."""
    if exchange.operation is not Operation.CLAIM:
        return change
    noted = suspended(parts, exchange)
    events = (*change.events, noted) if noted else change.events
    return replace(change, events=events, bill=billing.acts(parts, exchange, source))


def suspended(parts: Mishaps, exchange: Exchange) -> Event | None:
    """A line for the story when the provider was suspended on the date of care.

    The institution decides what follows (domain.md T16); the hub only says what the scheme
    manager's list says.
    """
    number = exchange.provider.rpartition("|")[2]
    rows = parts.store.reference(SUSPENSIONS, exchange.care_date, code=number)
    if not rows:
        return None
    row = rows[0]
    until = f" au {row.end}" if row.end else ""
    text = (
        f"Prestataire {number} suspendu à la date des soins d'après la liste du gestionnaire du "
        f"régime (depuis le {row.start or '?'}{until} : {row.label or 'sans motif'}). La feuille "
        "part quand même : l'organisme décide."
    )
    return parts.event("noted", text, provider=number, list=SUSPENSIONS)
