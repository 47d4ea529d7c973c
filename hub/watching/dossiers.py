"""The signed dossier of one claim, for whoever asks: what is stored with the proof of each part."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from importlib import metadata

from hub.errors import Problem
from hub.evidence import dossier
from hub.evidence.chain import Act
from hub.model import Exchange, Tree
from hub.wiring import Hub

#: What an adapter leaves to be read of its partner's bytes; "" when it cannot be asked.
Redact = Callable[[str, bytes], str]


def made(
    hub: Hub, exchange: Exchange, actor: str, redact: Redact, *, payload: bool, reason: str = ""
) -> Tree:
    """The dossier, with a checkpoint of the audit chain signed just before.

    With `payload` the bytes are in it, and that somebody saw them is an audit row each.
    """
    now = datetime.now(UTC)
    if payload:
        family = dossier.family(hub.store, exchange)
        detail = {"reason": reason, "purpose": "dossier"}
        hub.store.record(
            [Act(actor, "read-payload", f"Exchange/{e.id}", now, detail) for e in family]
        )
    hub.sign()
    wanted = dossier.Wanted(
        at=now,
        actor=actor,
        version=metadata.version("benkan"),
        map_digest=lambda canonical: _digest(hub, canonical),
        redact=redact,
        payload=payload,
        reason=reason,
    )
    return dossier.make(hub.store, exchange, wanted, hub.audit_key)


def _digest(hub: Hub, canonical: str) -> str:
    """The map as it is published now; "" when it is not any more."""
    try:
        return hub.maps.library().digest(canonical)
    except Problem:
        return ""


def legible(body: bytes) -> str:
    """Bytes as a person reads them."""
    latin = b"ISO-8859-1" in body[:80]
    return body.decode("iso-8859-1" if latin else "utf-8", errors="replace")


def masked(hub: Hub, partner: str, body: bytes) -> str:
    """What the partner's adapter leaves to be read."""
    adapter = hub.adapters.get(partner)
    return legible(adapter.redact(body)) if adapter else ""
