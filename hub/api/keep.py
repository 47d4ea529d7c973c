"""From an Acceptance to what is stored: the one door through which the edge writes."""

from __future__ import annotations

import asyncio

from hub.api.ownership import owned
from hub.errors import Busy, Invalid, Issue
from hub.ports import Acceptance, Accepted
from hub.wiring import Hub

#: Bytes of an identifier, code or reference. PostgreSQL refuses to index 2 700 and more, and the
#: business key of a claim has two such values.
LONGEST = 1000


async def keep(hub: Hub, acceptance: Acceptance) -> Accepted:
    """Store an acceptance and, after the commit, ring for its exchanges.

    Raises:
        Invalid: 422, a value under which it would be found is longer than LONGEST.
        Forbidden: a claim in the name of a provider the caller does not speak for.
        Busy: the queue of the writer is full, or this acceptance could not be stored.
    """
    _check_keys(acceptance)
    if hub.caller is not None:
        acceptance = owned(acceptance, hub.caller)
    # A client that hangs up must not cancel a write the writer has already taken up.
    accepted = await asyncio.shield(asyncio.wrap_future(hub.accept(acceptance)))
    if accepted.error:
        raise Busy(
            Issue(
                "transient",
                "La demande n’a pas pu être enregistrée et rien n’a été transmis : renvoyez-la "
                "telle quelle.",
                "The request could not be stored and nothing was sent on: send it again as it is.",
            )
        )
    if accepted.duplicate is None and acceptance.exchanges:
        hub.ring(exchange.id for exchange in acceptance.exchanges)
    return accepted


def _check_keys(acceptance: Acceptance) -> None:
    names = [
        (f"{one.type}.{entry.param}", text)
        for one in acceptance.resources
        for entry in one.index
        for text in (entry.system, entry.value)
    ]
    for exchange in acceptance.exchanges:
        names += [("Claim.provider", exchange.provider), ("Claim.identifier", exchange.identifier)]
    long = sorted({name for name, value in names if len(value.encode()) > LONGEST})
    if long:
        shown = ", ".join(long)
        raise Invalid(
            Issue(
                "too-long",
                f"Valeur de plus de {LONGEST} octets : {shown}. Un identifiant, un code ou une "
                "référence doit être plus court ; corrigez-le et renvoyez.",
                f"Value of more than {LONGEST} bytes: {shown}. An identifier, code or reference "
                "must be shorter; correct it and send again.",
            )
        )
