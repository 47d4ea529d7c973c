"""Whether a change needs two people now, and making one with a single person where it does not.

As long as fewer than two people could decide, nobody could ever accept anything: so the first
accounts come to be. Afterwards one person acts alone only in an emergency, and others are told.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from hub.access.matrix import matrix
from hub.errors import Forbidden, Invalid, Issue
from hub.evidence.chain import Act
from hub.ports.watch import Proposal
from hub.watching import accounts
from hub.watching.proposals import KINDS, RIGHTS, not_oneself
from hub.wiring import Hub

log = logging.getLogger(__name__)

SHORTEST_REASON = 10  #: characters, in an emergency
ENOUGH = 2
#: What holds of these is what was accepted: it is kept as a proposal of one person.
KEPT = ("setting", "agreement")


def able(hub: Hub, kind: str) -> list[str]:
    """Accounts that may decide about changes of this kind now."""
    right = RIGHTS[kind]
    return [
        one.id
        for one in hub.store.accounts()
        if accounts.state(one) != "disabled" and matrix().granted(one.roles, right) is not None
    ]


def needed(hub: Hub, kind: str) -> bool:
    """Must another person accept it?"""
    return len(able(hub, kind)) >= ENOUGH


def alone(
    hub: Hub,
    kind: str,
    act: str,
    subject: str,
    payload: Mapping[str, Any],
    who: str,
    emergency: str = "",
) -> Mapping[str, str]:
    """Make a change at once; gives what is to be told once (a first password, a secret).

    Args:
        emergency: why it cannot wait for another person; "": nobody could decide.

    Raises:
        Forbidden: another person could decide and it is no emergency, or it is about oneself.
        Invalid: the emergency has no reason that another could judge, or it cannot be made.
        NotFound, Conflict: as for a proposal.
    """
    not_oneself(kind, subject, who)
    if needed(hub, kind):
        if not emergency:
            raise Forbidden(
                Issue(
                    "forbidden",
                    "Une autre personne doit accepter ce changement : proposez-le.",
                    "Another person must accept this change: propose it.",
                )
            )
        if len(emergency.strip()) < SHORTEST_REASON:
            raise Invalid(
                Issue(
                    "required",
                    "Dites en une phrase pourquoi cela ne peut pas attendre : elle reste dans "
                    "l'audit, et d'autres sont avertis.",
                    "Say in a sentence why it cannot wait: it stays in the audit, and others are "
                    "told.",
                )
            )
    now, reason = datetime.now(UTC), emergency.strip()
    made = Proposal(kind, act, subject, dict(payload), reason, who, now)
    check, make = KINDS[kind]
    check(hub, made)
    if emergency:
        object = f"{kind.capitalize()}/{subject}"
        hub.store.record([Act(who, "break-glass", object, now, {"act": act, "reason": reason})])
        log.warning("break-glass: %s changes %s alone", who, object)
    if kind in KEPT:
        hub.store.decide(hub.store.propose(made), who, True)
    return make(hub, made, who)
