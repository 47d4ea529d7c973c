"""A running console, what is in it, and what is asked of every one of its pages."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import plain_exchange
from playwright.sync_api import BrowserContext, Page

from hub import wiring
from hub.access import passwords, tokens
from hub.access.accounts import Account, Session
from hub.console.visit import SESSION
from hub.model import Exchange, State

PASSWORD = "correct horse battery"
NOW = datetime(2026, 11, 22, 9, 30, 5, tzinfo=UTC)
AXE = (Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8")
#: WCAG 2.1 AA. https://github.com/dequelabs/axe-core
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]


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

    def let_in(self, context: BrowserContext, account: str) -> None:
        """Give a browser the session of somebody who has signed in elsewhere."""
        cookie, now = secrets.token_urlsafe(32), datetime.now(UTC)
        self.hub.store.open_session(Session(tokens.digest(cookie), account, now, now), "test")
        context.add_cookies([{"name": SESSION, "value": cookie, "url": f"{self.url}/"}])


@contextmanager
def served(folder: Path, hub: wiring.Hub, **environment: str) -> Iterator[Console]:
    """`benkan console` as a process of its own over the database of this folder."""
    process = subprocess.Popen(
        [sys.executable, "-m", "hub.cli", "console", "--port", "0"],
        env={**os.environ, "BENKAN_DATA": str(folder), **environment},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    word, _, url = process.stdout.readline().strip().partition(" ")
    assert word == "ready", url
    try:
        yield Console(url, hub)
    finally:
        process.send_signal(signal.SIGINT)
        status = process.wait(timeout=120)
        process.stdout.close()
        hub.close()
    assert status == 0


def people(hub: wiring.Hub, **roles: str) -> None:
    """Accounts, by the role of each; all have the same password."""
    kept = passwords.hashed(PASSWORD)
    for name, role in roles.items():
        account = Account(
            name.replace("_", "-"), "Awa Exemple", (role,), kept, passwords.new_secret()
        )
        hub.store.put_account(account, "test", "account-added")


def serious(page: Page, *, contrast: bool = True) -> list[tuple[str, list[str]]]:
    """What axe finds serious on the page as it is now."""
    page.evaluate(AXE)
    asked = {
        "runOnly": RULES,
        "resultTypes": ["violations"],
        "rules": {"color-contrast": {"enabled": contrast}},
    }
    report = page.evaluate("asked => axe.run(asked)", asked)
    return [
        (one["id"], [node["html"][:200] for node in one["nodes"]])
        for one in report["violations"]
        if one["impact"] in ("serious", "critical")
    ]


def too_wide(page: Page) -> int:
    """By how many pixels the page is wider than the screen."""
    wider = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    return int(page.evaluate(wider))


def exchange(id: str, state: State) -> Exchange:
    sheet = f"https://benkan.example/fhir/sid/feuille|F-2026-{id}"
    more = {"identifier": sheet, "created": NOW, "updated": NOW, "state": state}
    return plain_exchange.exchange(id, "cmss", provider="s|pharmacie", amount="12500", **more)
