"""People who sign in to the console, and their sessions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

#: Wrong passwords or codes in a row, wherever they come from, before an account is locked for
#: places it does not know (each place is stopped much earlier: hub/access/sign_ins.py)…
FAILURES = 20
#: …and for how long, in seconds: nobody can keep a colleague out for longer.
LOCKED = 300
#: A session ends when nothing was asked for so long…
IDLE = timedelta(minutes=30)
#: …and in any case after a day's work.
LIFE = timedelta(hours=10)


@dataclass(frozen=True, slots=True)
class Account:
    """A person's account at this hub."""

    id: str  #: what they type to sign in
    name: str
    roles: tuple[str, ...]
    password: str  #: argon2id, in the form of the PHC string
    totp: str  #: the shared secret of their one-time codes, base32
    body: str = ""  #: for supervisors: code of the institution
    created: datetime | None = None  #: UTC
    disabled: datetime | None = None  #: UTC; from then on they cannot sign in
    failures: int = 0  #: wrong attempts since the last good one
    locked: datetime | None = None  #: UTC; until then every attempt is refused


@dataclass(frozen=True, slots=True)
class Session:
    """One sign-in: what the hub remembers of the cookie it gave."""

    digest: str
    account: str
    started: datetime  #: UTC
    seen: datetime  #: UTC
