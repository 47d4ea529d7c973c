"""A hub with a console, an account for each role, and two exchanges."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from console_browser import PASSWORD, Person

from hub import wiring
from hub.access import passwords
from hub.access.accounts import Account
from hub.access.matrix import matrix
from hub.app import create_app
from hub.model import Event, Exchange, Operation, State, StoredMessage
from hub.ports import Acceptance
from hub.settings import Settings

ROLES = [role for role in matrix().roles if role not in ("provider", "partner")]
#: One hash for all of them, of the cheapest kind: what it costs is not what is tested here.
HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
NOW = datetime(2026, 11, 22, 9, 30, 5, tzinfo=UTC)
SHEET = "https://benkan.example/fhir/sid/feuille|F-2026-0001"


class Partner:
    """A partner that is never reached; what it can, and how it hides identities."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.operations = {"claim": "sftp-xml"}
        self.resends_safely = True
        self.batches: dict[str, object] = {}

    def redact(self, body: bytes) -> bytes:
        return body.replace(b"DIARRA", b"***")


def exchange(id: str, partner: str, **changes: object) -> Exchange:
    made = Exchange(
        id=id,
        state=State.ACCEPTED,
        operation=Operation.CLAIM,
        resource=f"Claim/{id}",
        provider="s|pharmacie",
        identifier=SHEET.replace("0001", id),
        content_hash="0" * 64,
        submission=f"S-{id}",
        correlation=id,
        workflow=id,
        care_date=date(2026, 11, 3),
        created=NOW,
        updated=NOW,
        partner=partner,
        amount="12500",
        currency="XOF",
    )
    return replace(made, **changes)


@pytest.fixture
def hub(tmp_path: Path, migrated_file: Path):
    shutil.copy(migrated_file, tmp_path / "hub.sqlite")
    settings = Settings(data=tmp_path, url="http://test")
    joined = wiring.build(settings, adapters={n: Partner(n) for n in ("cmss", "inps")})
    joined.rung = []
    joined.bell = joined.rung.append
    for role in ROLES:
        body = "CMSS" if role == "supervisor" else ""
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
