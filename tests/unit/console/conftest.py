"""A hub with a console, an account for each role, and two exchanges."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from console_browser import Person
from console_world import HASH, NOW, ROLES, Partner, exchange

from hub import wiring
from hub.access import passwords
from hub.access.accounts import Account
from hub.app import create_app
from hub.model import Event, State, StoredMessage
from hub.ports import Acceptance
from hub.settings import Settings


@pytest.fixture
def hub(tmp_path: Path, migrated_file: Path):
    shutil.copy(migrated_file, tmp_path / "hub.sqlite")
    settings = Settings(data=tmp_path, url="http://test")
    joined = wiring.build(settings, adapters={n: Partner(n) for n in ("cmss", "inps")})
    joined.rung = []
    joined.bell = joined.rung.append
    for role in ROLES:
        body = "CMSS" if role in ("supervisor", "medical-adviser") else ""
        secret = passwords.new_secret()
        account = Account(f"a-{role}", "Awa Exemple", (role,), HASH, secret, body)
        joined.store.put_account(account, "test", "account-added")
    body = b"<feuille><nom>DIARRA</nom></feuille>"
    crossed = StoredMessage("out", "request", body, "application/xml", NOW, sha256="0" * 64)
    for id, partner in (("X1", "cmss"), ("X2", "inps")):
        story = Event(NOW, "accepted", "Feuille reçue.", State.ACCEPTED)
        joined.store.accept(
            [Acceptance((), (exchange(id, partner),), {id: (story,)}, {id: (crossed,)})]
        )
    yield joined
    joined.close()


@pytest.fixture
def nobody(hub):
    """A browser in which nobody is signed in."""
    return Person(create_app(hub))


@pytest.fixture
def signed_in(hub):
    """A browser in which somebody with this role is signed in."""

    def enter(role: str) -> Person:
        person = Person(create_app(hub))
        answer = person.sign_in(f"a-{role}", hub.store.account(f"a-{role}").totp)
        assert answer.status_code == 303, answer.text
        return person

    return enter
