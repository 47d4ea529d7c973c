"""From an Acceptance to what is stored: the one door through which the edge writes."""

from __future__ import annotations

import asyncio

from hub.errors import Busy, Issue
from hub.ports import Acceptance, Accepted
from hub.wiring import Hub


async def keep(hub: Hub, acceptance: Acceptance) -> Accepted:
    """Store an acceptance and, after the commit, ring for its exchanges.

    Raises:
        Busy: the queue of the writer is full, or this acceptance could not be stored.
    """
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
