"""The console as people use it, in Debian's chromium."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from browser_world import exchange

from hub.model import State
from hub.ports import Acceptance, Change

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
PAGES = {
    "operator": ("/exchanges", "/exchanges/0001", "/exchanges/0001/hold", "/partners", "/codes"),
    "auditor": ("/audit", "/audit/verify", "/nothing-here"),
}


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
    """htmx asks again every five seconds, under the strict policy."""
    console.sign_in(page, "operator")
    console.hub.store.accept([Acceptance((), (exchange("0003", State.ACCEPTED),))])
    page.get_by_role("link", name="F-2026-0003").wait_for(timeout=15_000)
    assert page.objections == []


def test_no_request_leaves_the_console(console, page) -> None:
    console.sign_in(page, "operator")
    for path in PAGES["operator"]:
        page.goto(f"{console.url}{path}")
    root = console.url.removesuffix("/console")
    assert [url for url in page.asked if not url.startswith(root)] == []
    assert any(url.endswith("/static/vendor/htmx.min.js") for url in page.asked)


@pytest.mark.parametrize("role", PAGES)
@pytest.mark.parametrize("width", [1280, 360])
def test_axe_finds_nothing_serious_and_no_page_is_wider_than_the_screen(
    console, page, role, width
) -> None:
    """WCAG 2.1 AA. https://github.com/dequelabs/axe-core"""
    held = console.hub.store.lease("0001", 60, due=False)
    console.hub.store.save(Change(replace(held, held=True, reason="Code à compléter.")))
    paths = [*PAGES[role]]
    if role == "operator":
        paths[2] = "/exchanges/0001/resume"
    page.set_viewport_size({"width": width, "height": 800})
    console.sign_in(page, role)
    for path in paths:
        page.goto(f"{console.url}{path}")
        page.evaluate(AXE.read_text(encoding="utf-8"))
        report = page.evaluate(
            "axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice']})"
        )
        found = [
            (one["id"], [node["html"] for node in one["nodes"]])
            for one in report["violations"]
            if one["impact"] in ("serious", "critical")
        ]
        assert found == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


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
