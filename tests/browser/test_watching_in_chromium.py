"""Stories of those who watch, in chromium: pause a partner, revoke a client, read a month."""

from __future__ import annotations

import pytest
from browser_world import PASSWORD, exchange

from hub.access import passwords
from hub.access.accounts import Account
from hub.access.clients import Client
from hub.model import State
from hub.ports import Acceptance


@pytest.fixture(autouse=True)
def partner(monkeypatch: pytest.MonkeyPatch) -> None:
    """The console's process has the partner in memory."""
    monkeypatch.setenv("BENKAN_PARTNERS", "loopback")


@pytest.fixture
def watched(console):
    """The console with a security administrator, a client and ten claims of a month."""
    kept, secret = passwords.hashed(PASSWORD), passwords.new_secret()
    console.hub.store.put_account(
        Account("security", "Fanta Exemple", ("security",), kept, secret), "test", "account-added"
    )
    console.hub.store.put_client(
        Client("pharma", "Pharmacie", ("provider",), "pharma", ("s|1",), "system/*.crs"),
        "test",
        "client-added",
    )
    many = [exchange(f"1{n:03}", State.CLOSED) for n in range(10)]
    console.hub.store.accept([Acceptance((), (one,)) for one in many])
    return console


def test_an_operator_pauses_and_resumes_a_partner(watched, page) -> None:
    watched.sign_in(page, "operator")
    page.get_by_role("link", name="Partenaires").click()
    page.get_by_role("link", name="loopback").click()
    page.get_by_role("link", name="Mettre en pause").click()
    page.get_by_label("Motif").fill("Arrêt annoncé par l'organisme")
    page.get_by_role("button", name="Confirmer").click()
    page.get_by_text("Les envois sont en pause.", exact=True).wait_for()
    assert watched.hub.store.switch("loopback").mode == "paused"
    page.get_by_role("link", name="Reprendre les envois").click()
    page.get_by_label("Motif").fill("L'organisme est revenu")
    page.get_by_role("button", name="Confirmer").click()
    page.get_by_text("Les envois ont repris.").wait_for()
    assert watched.hub.store.switch("loopback").mode == ""
    assert page.objections == []


def test_rows_stay_ticked_while_the_list_refreshes_and_are_held_together(watched, page) -> None:
    watched.sign_in(page, "operator")
    page.goto(f"{watched.url}/exchanges?state=ACCEPTED")
    page.get_by_label("Choisir F-2026-0001").check()
    with page.expect_response(lambda one: "hx-request" in one.request.headers, timeout=60_000):
        pass
    page.wait_for_timeout(300)
    assert page.get_by_label("Choisir F-2026-0001").is_checked()
    page.get_by_role("button", name="Retenir…").click()
    page.get_by_label("Motif").fill("Contrôle du mois")
    page.get_by_role("button", name="Confirmer pour 1 échange").click()
    page.get_by_text("Échanges traités : 1").wait_for()
    assert watched.hub.store.exchange("0001").held


def test_a_security_administrator_revokes_a_client(watched, page) -> None:
    watched.sign_in(page, "security")
    page.get_by_role("link", name="Clients et clés").click()
    page.get_by_role("link", name="pharma").click()
    page.get_by_role("button", name="Révoquer maintenant").click()
    page.get_by_text("Le client est révoqué").wait_for()
    assert watched.hub.store.client("pharma").disabled is not None


def test_the_month_is_drawn_under_the_strict_policy_from_its_tables(watched, page) -> None:
    watched.sign_in(page, "operator")
    page.goto(f"{watched.url}/dashboards?month=2026-11")
    page.locator("[data-chart=volumes] canvas").wait_for()
    root = watched.url.removesuffix("/console")
    assert [url for url in page.asked if not url.startswith(root)] == []
    assert page.objections == []
