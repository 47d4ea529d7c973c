"""The console as people use it, in Debian's chromium."""

from __future__ import annotations

from browser_world import exchange

from hub.model import State
from hub.ports import Acceptance

PATHS = ("/exchanges", "/exchanges/0001", "/exchanges/0001/hold", "/partners", "/codes")


def test_an_operator_signs_in_filters_opens_an_exchange_holds_and_resumes_it(console, page) -> None:
    console.sign_in(page, "operator")
    page.get_by_label("État").select_option("reçu")
    page.get_by_role("button", name="Filtrer").click()
    page.wait_for_url("**state=ACCEPTED**")
    assert page.get_by_role("link", name="F-2026-0002").count() == 0
    page.get_by_role("link", name="F-2026-0001").click()
    page.get_by_role("link", name="Retenir").click()
    page.get_by_label("Motif").fill("Vérification du prescripteur")
    page.get_by_role("button", name="Confirmer").click()
    page.get_by_text("L'échange est retenu.").wait_for()
    held = console.hub.store.exchange("0001")
    assert held is not None
    assert (held.held, held.reason) == (True, "Vérification du prescripteur")
    page.get_by_role("link", name="Reprendre").click()
    page.get_by_role("button", name="Confirmer").click()
    page.get_by_text("L'échange est repris.").wait_for()
    resumed = console.hub.store.exchange("0001")
    assert resumed is not None
    assert not resumed.held
    assert page.objections == []


def test_the_list_shows_what_arrives_without_being_asked(console, page) -> None:
    """htmx asks again every five seconds, under the strict policy; who is on a link stays on it."""
    console.sign_in(page, "operator")
    page.get_by_role("link", name="F-2026-0002").focus()
    console.hub.store.accept([Acceptance((), (exchange("0003", State.ACCEPTED),))])
    page.get_by_role("link", name="F-2026-0003").wait_for(timeout=60_000)
    assert page.evaluate("document.activeElement.textContent") == "F-2026-0002"
    assert page.objections == []


def test_no_request_leaves_the_console(console, page) -> None:
    console.sign_in(page, "operator")
    for path in PATHS:
        page.goto(f"{console.url}{path}")
    root = console.url.removesuffix("/console")
    assert [url for url in page.asked if not url.startswith(root)] == []
    assert any(url.endswith("/static/vendor/htmx.min.js") for url in page.asked)


def test_everything_can_be_reached_with_the_keyboard(console, page) -> None:
    console.sign_in(page, "operator")
    page.goto(f"{console.url}/exchanges")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Aller au contenu"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "sheet"
    page.keyboard.type("F-2026-0001")
    page.keyboard.press("Enter")
    page.wait_for_url("**sheet=F-2026-0001**")
