"""In whose name release commands act: a session kept in the data folder, for its owner alone."""

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
        account = proving.account_of(hub, kept(hub.settings))
        if right is None:
            yield hub, Person("", ())
            return
        if account is None:
            raise Unauthenticated(
                Issue(
                    "login",
                    "Identifiez-vous d'abord : « benkan release sign-in COMPTE ».",
                    "Sign in first: 'benkan release sign-in ACCOUNT'.",
                )
            )
        matrix().require(account.roles, right)
        yield hub, of_account(account)
    finally:
        hub.close()
