"""A running console and what is in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

from playwright.sync_api import Page

from hub import wiring
from hub.access import passwords
from hub.model import Exchange, Operation, State

PASSWORD = "correct horse battery"
NOW = datetime(2026, 11, 22, 9, 30, 5, tzinfo=UTC)


@dataclass
class Console:
    """A running console, and the hub over the same database."""

    url: str
    hub: wiring.Hub

    def sign_in(self, page: Page, role: str) -> None:
        """Fill in the form as a person would, with the code of this moment."""
        page.goto(f"{self.url}/sign-in")
        account = self.hub.store.account(role)
        assert account is not None
        page.get_by_label("Compte").fill(role)
        page.get_by_label("Mot de passe").fill(PASSWORD)
        page.get_by_label("Code à usage unique").fill(
            passwords.code_at(account.totp, datetime.now(UTC))
        )
        page.get_by_role("button", name="Se connecter").click()
        page.get_by_role("button", name="Quitter").wait_for()


def exchange(id: str, state: State) -> Exchange:
    return Exchange(
        id=id,
        state=state,
        operation=Operation.CLAIM,
        resource=f"Claim/{id}",
        provider="s|pharmacie",
        identifier=f"https://benkan.example/fhir/sid/feuille|F-2026-{id}",
        content_hash="0" * 64,
        submission=f"S-{id}",
        correlation=id,
        workflow=id,
        care_date=date(2026, 11, 3),
        created=NOW,
        updated=NOW,
        partner="cmss",
        amount="12500",
        currency="XOF",
    )
