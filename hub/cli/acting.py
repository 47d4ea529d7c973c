"""In whose name commands act: a session kept in the data folder, else the machine's account.

Whoever may run a command here holds the database's credentials, so a name they only say proves
nothing: it is kept beside the machine's account, never instead of it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hub import wiring
from hub.access.matrix import matrix
from hub.authoring import proving
from hub.authoring.people import Person, of_account
from hub.errors import Issue, Unauthenticated
from hub.settings import Settings


def account() -> str:
    """Who is at the keyboard, for the audit: the account of the operating system."""
    return f"account|{os.environ.get('SUDO_USER') or os.environ.get('USER') or os.getuid()}"


def signed_in(hub: wiring.Hub) -> Person | None:
    """Whoever has signed in here (benkan sign-in) and whose session holds."""
    found = proving.account_of(hub, kept(hub.settings))
    return of_account(found) if found is not None else None


def actor(hub: wiring.Hub, said: str = "") -> str:
    """As the audit names them: person|awa when signed in, else account|root, or account|root (awa).

    Args:
        said: the name somebody gives without proving it.
    """
    person = signed_in(hub)
    if person is not None:
        return person.id
    name = " ".join(said.replace("|", " ").split())[:60]
    return f"{account()} ({name})" if name else account()


def required(hub: wiring.Hub, right: str) -> Person:
    """The person who signed in, with a right.

    Raises:
        Unauthenticated: nobody signed in, or the session has ended. Forbidden: no right.
    """
    person = signed_in(hub)
    if person is None:
        raise Unauthenticated(
            Issue(
                "login",
                "Identifiez-vous d'abord : « benkan sign-in COMPTE ».",
                "Sign in first: 'benkan sign-in ACCOUNT'.",
            )
        )
    matrix().require(person.roles, right)
    return person


def _file(settings: Settings) -> Path:
    return settings.data / f"session-{os.getuid()}"


def keep(settings: Settings, token: str) -> None:
    """Remember a session."""
    forget(settings)
    made = os.open(_file(settings), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(made, "w", encoding="ascii") as file:
        file.write(token)


def kept(settings: Settings) -> str:
    """The token of the session; "" without one."""
    path = _file(settings)
    return path.read_text(encoding="ascii").strip() if path.is_file() else ""


def forget(settings: Settings) -> None:
    """Remember none."""
    _file(settings).unlink(missing_ok=True)


@contextmanager
def opened(right: str | None, partners: bool = False) -> Iterator[tuple[wiring.Hub, Person]]:
    """The hub, and the person who signed in.

    Args:
        right: the operation they must have at least; None: nobody needs to have signed in.
        partners: with the partners' formats.

    Raises:
        Unauthenticated: nobody signed in, or the session has ended. Forbidden: no right.
    """
    hub = wiring.build() if partners else wiring.build(adapters={})
    try:
        yield hub, required(hub, right) if right is not None else Person("", ())
    finally:
        hub.close()
