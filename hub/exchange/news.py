"""News from partners: about no message of ours, handed to whoever knows their operation."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from hub.exchange import registrations, statements
from hub.exchange.parts import Parts
from hub.model import Operation, Reply

#: Takes one piece of news in; False when it must wait and be tried again. Raises Unreadable for
#: what a person must look at. What it writes, it writes with `Acceptance.replies`, so that news
#: seen twice is applied once.
Handler = Callable[[Parts, str, Reply], bool]

HANDLERS: Mapping[Operation, Handler] = {
    Operation.REGISTRATION: registrations.apply,
    Operation.STATEMENT: statements.apply,
}


def apply(parts: Parts, partner: str, reply: Reply) -> bool:
    """One piece of news, applied once; False when it must be tried again later.

    What no handler takes goes to quarantine.

    Raises:
        Unreadable, Unmappable: as its handler.
    """
    if parts.store.reply_known(partner, reply):
        return True
    handler = HANDLERS.get(Operation(reply.operation)) if reply.operation in _NAMES else None
    if handler is None:
        reason = (
            f"Nouvelle que le hub ne sait pas lire (« {reply.operation or 'sans nom'} ») : "
            "demandez au partenaire ce qu’il envoie."
        )
        parts.store.quarantine(partner, reply.body, reason, reply.partner_reference)
        return True
    return handler(parts, partner, reply)


_NAMES = frozenset(operation.value for operation in Operation)
