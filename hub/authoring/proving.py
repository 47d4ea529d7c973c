"""People prove who they are: by account, password and one-time code, at the console or without it.

https://cheatsheetseries.owasp.org/cheatsheets/Authentication_Cheat_Sheet.html
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from weakref import WeakKeyDictionary

import sqlalchemy as sa

from hub.access import passwords, sign_ins, tokens
from hub.access.accounts import Account, Session
from hub.errors import Issue, Unauthenticated
from hub.wiring import Hub

#: Attempts are counted for each database.
_COUNTED: WeakKeyDictionary[sa.Engine, sign_ins.SignIns] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class Place:
    """Where an attempt comes from."""

    address: str  #: network address
    device: str = ""  #: what was given to it when the account signed in from there before


def prove(hub: Hub, id: str, password: str, code: str, place: Place) -> Account:
    """The account of whoever types this, if it is theirs; each failure is a row of the audit.

    Args:
        id: what they type to sign in.
        password: their password.
        code: their present one-time code; it counts once.
        place: where they are.

    Raises:
        Unauthenticated: not this account, password or code, or the account is locked. It does
            not say which.
        Throttled: too many attempts from there.
        Busy: too many people are signing in.
    """
    now, account = datetime.now(UTC), hub.store.account(id[:64])
    known = account is not None and sign_ins.is_device(
        hub.store.device_secret(), account, place.device
    )
    counted, where = _counted(hub), (id, place.address, place.device if known else "")
    counted.admit(*where)
    if account is None or not _proved(hub, account, password, code, now, known):
        if account is None:
            _is_right(passwords.NOBODYS, password)
        # A name nobody has may be a password typed into the wrong field: it is not kept.
        hub.store.attempt_failed(account.id if account else "unknown", "visitor", counts=not known)
        raise _refused()
    counted.succeeded(*where)
    return account


def sign_in(hub: Hub, id: str, password: str, code: str, place: Place) -> str:
    """Prove who one is; gives the token of a session like the console's.

    Raises:
        Unauthenticated, Throttled, Busy: as `prove`.
    """
    now, account = datetime.now(UTC), prove(hub, id, password, code, place)
    text = secrets.token_urlsafe(32)
    session = Session(tokens.digest(text), account.id, now, now)
    hub.store.open_session(session, f"person|{account.id}")
    return text


def device(hub: Hub, account: Account) -> str:
    """What to show at the next attempt from the same place: others cannot lock it out."""
    return sign_ins.device(hub.store.device_secret(), account)


def sign_out(hub: Hub, token: str) -> None:
    """End a session."""
    found = hub.store.session(tokens.digest(token), datetime.now(UTC), used=False)
    if found is not None:
        id = found[1].id
        hub.store.close_session(tokens.digest(token), f"person|{id}", id)


def account_of(hub: Hub, token: str) -> Account | None:
    """Whose session it is; None: nobody's, or it has ended."""
    found = hub.store.session(tokens.digest(token), datetime.now(UTC)) if token else None
    return found[1] if found else None


def _counted(hub: Hub) -> sign_ins.SignIns:
    engine = hub.store.db.engine
    if engine not in _COUNTED:
        _COUNTED.setdefault(engine, sign_ins.SignIns(hub.settings.rate_store))
    return _COUNTED[engine]


def _is_right(kept: str, password: str) -> bool:
    with sign_ins.checking():
        return passwords.is_right(kept, password)


def _proved(
    hub: Hub, account: Account, password: str, code: str, now: datetime, known: bool
) -> bool:
    # Who signs in at the OpenID provider has no password here: as if there were no account.
    right = _is_right(account.password or passwords.NOBODYS, password)
    free = known or account.locked is None or account.locked <= now
    if not (right and account.password and account.disabled is None and free):
        return False
    step = passwords.step_of(account.totp, code, now)
    if step is None:
        return False
    until = now + timedelta(seconds=4 * passwords.STEP)
    return hub.store.use_once("totp", f"{account.id}|{step}", until)


def _refused() -> Unauthenticated:
    return Unauthenticated(
        Issue(
            "login",
            "Compte, mot de passe ou code refusé. Attendez le code suivant, puis recommencez ; "
            "après cinq essais en un quart d'heure, ce poste doit attendre.",
            "Account, password or code refused. Wait for the next code, then try again; after "
            "five attempts in a quarter of an hour this place has to wait.",
        )
    )
