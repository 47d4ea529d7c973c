"""People who decide without a browser: they prove who they are as at the console, for a session.

https://cheatsheetseries.owasp.org/cheatsheets/Session_Management_Cheat_Sheet.html
"""

from __future__ import annotations

import secrets
import threading
from datetime import UTC, datetime, timedelta

from hub.access import passwords, tokens
from hub.access.accounts import Account, Session
from hub.errors import Issue, Unauthenticated
from hub.wiring import Hub

#: Each check of a password takes 64 MiB: so many at a time.
_CHECKS = threading.BoundedSemaphore(2)


def sign_in(hub: Hub, id: str, password: str, code: str) -> str:
    """Prove who one is; gives the token of a session like the console's.

    Args:
        id: what they type to sign in.
        password: their password.
        code: their present one-time code; it counts once.

    Raises:
        Unauthenticated: not this account, password or code, or the account is locked. It does
            not say which.
    """
    now, account = datetime.now(UTC), hub.store.account(id[:64])
    if account is None or not _proved(hub, account, password, code, now):
        if account is None:
            passwords.is_right(passwords.NOBODYS, password)
        hub.store.attempt_failed(account.id if account else "unknown", "visitor")
        raise _refused()
    text = secrets.token_urlsafe(32)
    session = Session(tokens.digest(text), account.id, now, now)
    hub.store.open_session(session, f"person|{account.id}")
    return text


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


def _proved(hub: Hub, account: Account, password: str, code: str, now: datetime) -> bool:
    with _CHECKS:
        right = passwords.is_right(account.password or passwords.NOBODYS, password)
    open_ = account.disabled is None and (account.locked is None or account.locked <= now)
    step = passwords.step_of(account.totp, code, now)
    if not (right and account.password and open_ and step is not None):
        return False
    until = now + timedelta(seconds=4 * passwords.STEP)
    return hub.store.use_once("totp", f"{account.id}|{step}", until)


def _refused() -> Unauthenticated:
    return Unauthenticated(
        Issue(
            "login",
            "Compte, mot de passe ou code refusé. Attendez le code suivant, puis recommencez ; "
            "après cinq échecs, le compte est bloqué un quart d'heure.",
            "Account, password or code refused. Wait for the next code, then try again; after "
            "five failures the account is locked for a quarter of an hour.",
        )
    )
