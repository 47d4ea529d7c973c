"""Changes that need two persons: proposed by one, made when another accepts.

Whatever takes rights away (disable, end sessions) needs one person and is done at once; whatever
gives some needs two, and nobody decides about themselves. Source: the rights matrix, `other`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from hub.errors import Conflict, Forbidden, Invalid, Issue, NotFound
from hub.ports.watch import Proposal
from hub.watching import accounts, agreements, clients, settings
from hub.wiring import Hub

SHORTEST_REASON = 5  #: characters

#: What checks a proposal, and what makes the change; the latter gives what is to be told once.
Check = Callable[[Hub, Proposal], None]
Make = Callable[[Hub, Proposal, str], Mapping[str, str]]
KINDS: Mapping[str, tuple[Check, Make]] = {
    "account": (accounts.check, accounts.make),
    "client": (clients.check, clients.make),
    "setting": (settings.check, settings.make),
    "agreement": (agreements.check, agreements.make),
}
#: The right to propose and to decide.
RIGHTS = {
    "account": "user.manage",
    "client": "client.manage",
    "setting": "partner.endpoint",
    "agreement": "partner.endpoint",
}


#: What one person does at once: it only takes away.
AT_ONCE: Mapping[tuple[str, str], Callable[[Hub, str, str], None]] = {
    ("account", "disable"): accounts.disable,
    ("account", "unlock"): accounts.unlock,
    ("account", "end-sessions"): accounts.end_sessions,
    ("client", "revoke"): clients.revoke,
}
ACTS: Mapping[str, tuple[str, ...]] = {"account": accounts.ACTS, "client": clients.ACTS}


def change(
    hub: Hub, kind: str, act: str, subject: str, payload: Mapping[str, Any], reason: str, who: str
) -> int:
    """Change an account or a client that is there: at once what takes away, else as a proposal.

    Returns:
        the number of the proposal; 0: it is done.

    Raises:
        NotFound: there is none of this name.
        Invalid: no such act, no reason for a proposal, or it cannot be made as it is written.
        Forbidden: it is about oneself.
    """
    found: Callable[[Hub, str], Any] = accounts.found if kind == "account" else clients.found
    found(hub, subject)
    at_once = AT_ONCE.get((kind, act))
    if at_once is not None:
        not_oneself(kind, subject, who)
        at_once(hub, subject, who)
        return 0
    if act not in ACTS[kind] or act == "add":
        known = ", ".join(sorted({*ACTS[kind], *(a for k, a in AT_ONCE if k == kind)} - {"add"}))
        raise Invalid(
            Issue(
                "value",
                f"Cet acte n'existe pas. Choisissez parmi : {known}.",
                f"There is no such act. Choose among: {known}.",
            )
        )
    return propose(hub, kind, act, subject, payload, reason, who)


def propose(
    hub: Hub, kind: str, act: str, subject: str, payload: Mapping[str, Any], reason: str, who: str
) -> int:
    """Note it; gives its number.

    Raises:
        Invalid: no reason, or the change cannot be made as it is written.
        Forbidden: it is about oneself.
    """
    if len(reason.strip()) < SHORTEST_REASON:
        raise Invalid(
            Issue(
                "required",
                "Donnez le motif en quelques mots : la personne qui décide le lit.",
                "Give the reason in a few words: the person who decides reads it.",
            )
        )
    proposal = Proposal(kind, act, subject, dict(payload), reason.strip(), who, datetime.now(UTC))
    not_oneself(kind, subject, who)
    KINDS[kind][0](hub, proposal)
    return hub.store.propose(proposal)


def pending(hub: Hub, kind: str = "", subject: str = "") -> list[Proposal]:
    """Those that wait for a decision, newest first."""
    return [one for one in hub.store.proposals(kind, subject) if one.decided is None]


def one(hub: Hub, seq: int) -> Proposal:
    """A proposal that waits.

    Raises:
        NotFound: there is none of this number, or it was decided.
    """
    found = next((p for p in pending(hub) if p.seq == seq), None)
    if found is None:
        raise NotFound(
            Issue(
                "not-found",
                f"Aucune proposition n° {seq} n'attend de décision : elle a peut-être été décidée "
                "entre-temps. Rouvrez la page.",
                f"No proposal {seq} waits for a decision: it may have been decided meanwhile. Open "
                "the page again.",
            )
        )
    return found


def accept(hub: Hub, seq: int, who: str) -> tuple[Proposal, Mapping[str, str]]:
    """Make the change; with it what is to be told once (a first password, a secret).

    Raises:
        Forbidden: who proposed it may not accept it, nor whom it is about.
        Invalid, NotFound, Conflict: it cannot be made any more.
    """
    found = one(hub, seq)
    if found.proposer == who:
        raise Forbidden(
            Issue(
                "forbidden",
                "Vous l'avez proposé : une autre personne doit décider. Demandez-le à un autre "
                "administrateur de sécurité.",
                "You proposed it: another person must decide. Ask another security administrator.",
            )
        )
    not_oneself(found.kind, found.subject, who)
    check, make = KINDS[found.kind]
    check(hub, found)
    if not hub.store.decide(seq, who, True):
        raise Conflict(
            Issue(
                "conflict",
                "Une autre personne vient de décider. Rouvrez la page.",
                "Somebody else has just decided. Open the page again.",
            )
        )
    return found, make(hub, found, who)


def refuse(hub: Hub, seq: int, who: str) -> Proposal:
    """Nothing is changed. The proposer may take it back so too."""
    found = one(hub, seq)
    hub.store.decide(seq, who, False)
    return found


def not_oneself(kind: str, subject: str, who: str) -> None:
    """Nobody manages their own account.

    Raises:
        Forbidden: it is theirs.
    """
    if kind == "account" and who == f"person|{subject}":
        raise Forbidden(
            Issue(
                "forbidden",
                "C'est votre propre compte : une autre personne doit s'en charger.",
                "This is your own account: another person must take care of it.",
            )
        )
