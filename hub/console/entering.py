"""What every way of signing in ends with: a session, and a page of the console."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime

from starlette.responses import Response

from hub.access import tokens
from hub.access.accounts import LIFE, Account, Session
from hub.console.gate import set_cookie
from hub.console.visit import SESSION, Visit


def enter(visit: Visit, response: Response, account: Account) -> None:
    """Open a session for somebody who has proved who they are."""
    now, text = datetime.now(UTC), secrets.token_urlsafe(32)
    session = Session(tokens.digest(text), account.id, now, now)
    visit.hub.store.open_session(session, f"person|{account.id}")
    set_cookie(visit, response, SESSION, text, int(LIFE.total_seconds()))


def inside(path: str) -> str:
    """Only ever a page of the console, whatever the form says."""
    plain = path.startswith("/") and not path.startswith("//") and "\\" not in path
    return path if plain and path.isprintable() else "/"
