"""What a caller stores is theirs, and in the name of their providers alone.

A claim may name what is not here, or is somebody else's: it is then one that leads nowhere, at the
door and for the worker alike (hub.store.nearest).
"""

from __future__ import annotations

from dataclasses import replace

from hub.access.clients import Caller
from hub.errors import Forbidden, Issue
from hub.model import IndexEntry
from hub.ports import Acceptance


def owned(acceptance: Acceptance, caller: Caller) -> Acceptance:
    """The acceptance as the caller's own.

    Raises:
        Forbidden: a claim in the name of a provider the caller does not speak for.
    """
    for exchange in acceptance.exchanges:
        if not caller.speaks_for(exchange.provider):
            raise Forbidden(
                Issue(
                    "forbidden",
                    "Votre compte ne peut pas envoyer au nom de ce prestataire. Corrigez "
                    "Claim.provider, ou demandez ce droit à l'administrateur de sécurité.",
                    "Your account cannot send in the name of this provider. Correct "
                    "Claim.provider, or ask the security administrator for that right.",
                    "Claim.provider",
                )
            )
    mark = IndexEntry("_tenant", caller.tenant)
    kept = [replace(new, index=(*new.index, mark)) for new in acceptance.resources]
    return replace(acceptance, resources=kept)
