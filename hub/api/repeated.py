"""A transaction that brings Claims the hub already carries.

https://hl7.org/fhir/R4/http.html#trules: all or nothing, so what is known and what is new cannot
be mixed; but a transaction repeated as a whole is answered with what the first one stored.
"""

from __future__ import annotations

from collections import Counter

from hub.errors import Conflict, Issue
from hub.exchange.intake import Transaction
from hub.model import Exchange, StoredResource, Tree
from hub.ports import Acceptance
from hub.wiring import Hub


def repeated(hub: Hub, transaction: Transaction, bundle: Tree) -> list[StoredResource] | None:
    """What is stored already for each entry; None when no Claim of it is known.

    Raises:
        Conflict: a Claim differs from the known one, comes twice in this Bundle, or something
            comes along that the hub does not have.
    """
    acceptance = transaction.acceptance
    asked = [exchange for exchange in acceptance.exchanges if exchange.parent is None]
    _no_claim_twice(asked)
    known: dict[str, Exchange] = {}
    for exchange in asked:
        first = hub.store.business_key(exchange.provider, exchange.identifier, exchange.operation)
        if first is not None:
            known[exchange.identifier] = hub.intake.duplicate(_part(acceptance, exchange), first)
    if not known:
        return None
    return [_first(hub, entry["resource"], known) for entry in bundle["entry"]]


def _no_claim_twice(asked: list[Exchange]) -> None:
    times = Counter((e.provider, e.identifier, e.operation) for e in asked)
    twice = [identifier for (_, identifier, _), count in times.items() if count > 1]
    if twice:
        raise Conflict(
            Issue(
                "duplicate",
                f"La feuille {twice[0]} figure plusieurs fois dans ce Bundle. Rien n’a été "
                "enregistré : gardez-en une seule.",
                f"Sheet {twice[0]} comes several times in this Bundle. Nothing was stored: keep "
                "only one.",
                "Bundle.entry",
            )
        )


def _part(acceptance: Acceptance, exchange: Exchange) -> Acceptance:
    """One Claim of it with all that is not a Claim."""
    kept = [
        one
        for one in acceptance.resources
        if one.type != "Claim" or f"Claim/{one.id}" == exchange.resource
    ]
    return Acceptance(resources=kept, exchanges=(exchange,))


def _first(hub: Hub, resource: Tree, known: dict[str, Exchange]) -> StoredResource:
    kind = resource["resourceType"]
    for identifier in resource.get("identifier", []):
        system, value = identifier.get("system", ""), identifier.get("value", "")
        carried = known.get(f"{system}|{value}") if kind == "Claim" else None
        if carried is not None:
            stored = hub.store.read("Claim", carried.resource.partition("/")[2])
        else:
            stored = hub.store.find(kind, "identifier", system, value) if value else None
        if stored is not None:
            return stored
    claims = ", ".join(exchange.resource for exchange in known.values())
    raise Conflict(
        Issue(
            "duplicate",
            f"Déjà reçu avec ce contenu : {claims}. Mais ce Bundle apporte aussi une ressource "
            f"{kind} inconnue ici, et rien n’a été enregistré : envoyez le reste sans ces "
            "feuilles.",
            f"Already received with this content: {claims}. But this Bundle also brings a {kind} "
            "unknown here, and nothing was stored: send the rest without these claims.",
        )
    )
