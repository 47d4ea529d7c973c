"""Accounts, a partner and exchanges for the console's tests."""

from __future__ import annotations

from datetime import UTC, datetime

import plain_exchange
from argon2 import PasswordHasher
from console_browser import PASSWORD

from hub.access.matrix import matrix
from hub.model import Exchange

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
    more = {"identifier": SHEET.replace("0001", id), "created": NOW, "updated": NOW}
    more |= {"provider": "s|pharmacie", "amount": "12500"}
    return plain_exchange.exchange(id, partner, **more | changes)
