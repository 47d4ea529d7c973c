"""People who sign in: what two persons change, and what one person takes away at once."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from hub.access import passwords
from hub.access.accounts import Account
from hub.access.matrix import matrix
from hub.errors import Conflict, Invalid, Issue, NotFound
from hub.ports.watch import Proposal
from hub.wiring import Hub

ACTS = ("add", "roles", "enable", "totp")
_ID = re.compile(r"[a-z0-9][a-z0-9._-]{1,39}")
#: These are for systems, not for people.
_SYSTEMS = ("provider", "partner")


def roles() -> list[str]:
    """Roles that people may have."""
    return [role for role in matrix().roles if role not in _SYSTEMS]


def found(hub: Hub, id: str) -> Account:
    """An account, also when it is disabled.

    Raises:
        NotFound: there is none.
    """
    account = hub.store.account(id)
    if account is None:
        raise NotFound(
            Issue(
                "not-found",
                f"Aucun compte {id}. La page des comptes, ou « benkan user list », les montre.",
                f"No account {id}. The page of accounts, or 'benkan user list', shows them.",
            )
        )
    return account


def state(account: Account) -> str:
    """disabled, locked or active."""
    locked = account.locked is not None and account.locked > datetime.now(UTC)
    return "disabled" if account.disabled else "locked" if locked else "active"


def disable(hub: Hub, id: str, who: str) -> None:
    """Ends the sessions too."""
    account = replace(found(hub, id), disabled=datetime.now(UTC))
    hub.store.put_account(account, who, "account-disabled")


def unlock(hub: Hub, id: str, who: str) -> None:
    """Lift the lock after failures; its sessions end."""
    hub.store.put_account(found(hub, id), who, "account-unlocked")


def end_sessions(hub: Hub, id: str, who: str) -> None:
    """They must sign in again."""
    hub.store.put_account(found(hub, id), who, "sessions-ended")


def check(hub: Hub, proposal: Proposal) -> None:
    """Can it be made?

    Raises:
        Invalid, NotFound, Conflict.
    """
    if proposal.act not in ACTS:
        raise ValueError(proposal.act)
    if proposal.act == "add":
        if not _ID.fullmatch(proposal.subject):
            raise _wrong(
                "Un nom de compte a 2 à 40 signes : lettres minuscules, chiffres, point, tiret.",
                "An account's name has 2 to 40 signs: small letters, digits, dot, dash.",
            )
        if hub.store.account(proposal.subject) is not None:
            raise Conflict(
                Issue(
                    "conflict",
                    f"Le compte {proposal.subject} existe déjà. Choisissez un autre nom.",
                    f"Account {proposal.subject} exists already. Choose another name.",
                )
            )
    else:
        found(hub, proposal.subject)
    if proposal.act in ("add", "roles"):
        _check_roles(
            hub, proposal.payload.get("roles") or [], str(proposal.payload.get("body", ""))
        )


def _check_roles(hub: Hub, wanted: Sequence[str], body: str) -> None:
    known = roles()
    if not wanted or any(role not in known for role in wanted):
        raise _wrong(
            f"Choisissez au moins un rôle parmi : {', '.join(known)}.",
            f"Choose at least one role among: {', '.join(known)}.",
        )
    needs = "supervisor" in wanted
    if (body and body not in hub.table.bodies) or (needs and not body):
        raise _wrong(
            "Un superviseur a un organisme : choisissez-le parmi ceux de la table de routage.",
            "A supervisor has an institution: choose it among those of the routing table.",
        )


def make(hub: Hub, proposal: Proposal, who: str) -> Mapping[str, str]:
    """Make the change; gives a password and the address of a secret, to be told once."""
    payload = proposal.payload
    if proposal.act == "add":
        password = passwords.new_password()
        account = Account(
            proposal.subject,
            str(payload.get("name") or proposal.subject),
            tuple(payload["roles"]),
            passwords.hashed(password),
            passwords.new_secret(),
            str(payload.get("body", "")),
        )
        hub.store.put_account(account, who, "account-added")
        address = passwords.address(account.totp, account.id)
        return {"password": password, "totp": address}
    account = found(hub, proposal.subject)
    if proposal.act == "totp":
        account = replace(account, totp=passwords.new_secret())
        hub.store.put_account(account, who, "totp-renewed")
        return {"totp": passwords.address(account.totp, account.id)}
    if proposal.act == "roles":
        account = replace(account, roles=tuple(payload["roles"]), body=str(payload.get("body", "")))
        hub.store.put_account(account, who, "account-roles")
        return {}
    hub.store.put_account(replace(account, disabled=None), who, "account-enabled")
    return {}


def _wrong(fr: str, en: str) -> Invalid:
    return Invalid(Issue("value", fr, en))
