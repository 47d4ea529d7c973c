"""Who writes and approves maps, and whether they may: the person counts, not the role.

Source: hub/access/rights.json (« seulement le travail d'une autre personne »)
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime

from hub.access.accounts import Account
from hub.access.clients import Caller
from hub.access.matrix import Condition, matrix
from hub.errors import Forbidden, Invalid, Issue
from hub.evidence.chain import Act
from hub.wiring import Hub

log = logging.getLogger(__name__)

#: Characters of a reason at least: it is read by the second person, and by an auditor later.
SHORTEST = 5
GLASS = 10


@dataclass(frozen=True, slots=True)
class Person:
    """Whoever asks for something, as the audit names them."""

    id: str  #: "person|awa", or "client|…" for a system
    roles: tuple[str, ...]
    body: str = ""  #: the only institution whose maps they may touch; "": every one


def of_account(account: Account) -> Person:
    """The person of an account."""
    return Person(f"person|{account.id}", account.roles, account.body)


def of_caller(caller: Caller) -> Person:
    """The system, or the person, behind a call."""
    return Person(f"client|{caller.id}", caller.roles, caller.body)


def may(hub: Hub, person: Person, operation: str, url: str) -> bool:
    """Would `require` let them?"""
    try:
        require(hub, person, operation, url)
    except Forbidden:
        return False
    return True


def require(hub: Hub, person: Person, operation: str, url: str) -> Condition:
    """Check a right to an artefact; gives how far it reaches.

    Raises:
        Forbidden: neither role nor institution give it.
    """
    condition = matrix().require(person.roles, operation)
    if person.body and operation != "mapping.read" and not _theirs(hub, person, url):
        raise Forbidden(
            Issue(
                "forbidden",
                "Cette carte n'est pas celle de l'organisme qui vous est confié. Demandez à "
                "l'administrateur de sécurité de vous le confier.",
                "This map is not one of the institution assigned to you. Ask the security "
                "administrator to assign it.",
            )
        )
    return condition


def _theirs(hub: Hub, person: Person, url: str) -> bool:
    body = hub.table.bodies.get(person.body)
    return body is not None and url.rpartition("/")[2].startswith(f"{body.partner}-")


def other(person: Person, workers: Collection[str]) -> None:
    """Check that this is another person's work, and that a person decides about it.

    Raises:
        Forbidden: they had a hand in it, whatever their roles; or it is a system.
    """
    if not person.id.startswith("person|"):
        raise Forbidden(
            Issue(
                "forbidden",
                "Une personne doit en décider, et non un système : identifiez-vous par votre "
                "compte (POST /admin/session, ou benkan sign-in).",
                "A person must decide about it, not a system: sign in with your account "
                "(POST /admin/session, or benkan sign-in).",
            )
        )
    if person.id in workers:
        raise Forbidden(
            Issue(
                "forbidden",
                "Vous avez écrit ou proposé cette version : une autre personne doit en décider. "
                "Demandez à un autre approbateur.",
                "You wrote or proposed this version: another person must decide about it. Ask "
                "another publisher.",
            )
        )


def broke_glass(hub: Hub, person: Person, object: str, reason: str) -> None:
    """Somebody uses a right that is for emergencies: written down, and told to others.

    Raises:
        Invalid: no reason that another could judge.
    """
    reasoned(reason, GLASS)
    act = Act(person.id, "break-glass", object, datetime.now(UTC), {"reason": reason})
    hub.store.record([act])
    log.warning("break-glass: %s acts on %s", person.id, object)


def reasoned(reason: str, least: int = SHORTEST) -> str:
    """The reason without blanks around it.

    Raises:
        Invalid: it is too short to say anything.
    """
    told = reason.strip()
    if len(told) < least:
        raise Invalid(
            Issue(
                "required",
                "Donnez le motif en quelques mots : il reste dans l'histoire de la carte.",
                "Give the reason in a few words: it stays in the map's history.",
            )
        )
    return told[:2000]
