"""Exchanges of a claim, by any of its identifiers: a claim has one key, and may bear several."""

from __future__ import annotations

from hub.model import Exchange
from hub.ports import Criterion, Store

#: Claims looked at when a number is nobody's key: one shared by a deposit names many.
MOST = 20


def exchanges(store: Store, system: str, value: str) -> list[Exchange]:
    """Newest first: of the claims whose key this is, else of those that bear it beside their key.

    Args:
        store: as the caller may see it.
        system, value: of the identifier.
    """
    found = store.exchanges(identifier=f"{system}|{value}")
    if found or not value:
        return found
    asked = Criterion("identifier", [("eq", system, value)])
    claims = store.search("Claim", [asked], MOST, None).resources
    return [e for claim in claims for e in store.exchanges(resource=f"Claim/{claim.id}")]
