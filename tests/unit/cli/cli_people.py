"""People at the command line: accounts, and the session of whoever has signed in."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime

from hub.access import passwords, tokens
from hub.access.accounts import Account, Session
from hub.cli import acting
from hub.wiring import Hub


def account(hub: Hub, id: str, *roles: str) -> None:
    """Somebody who cannot sign in with a password: nothing here asks for one."""
    made = Account(id, id, roles, "-", passwords.new_secret())
    hub.store.put_account(made, "test", "account-added")


def sit(hub: Hub, id: str) -> None:
    """Now this person has signed in here."""
    text, now = secrets.token_urlsafe(32), datetime.now(UTC)
    hub.store.open_session(Session(tokens.digest(text), id, now, now), f"person|{id}")
    acting.keep(hub.settings, text)


def signed_in(hub: Hub, id: str, *roles: str) -> None:
    """Both."""
    account(hub, id, *roles)
    sit(hub, id)
