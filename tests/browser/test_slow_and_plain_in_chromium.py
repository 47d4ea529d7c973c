"""Slow links, no script, no mouse, no motion: the console in Debian's chromium as some have it."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator

import pytest
from browser_world import Console
from playwright.sync_api import Browser, Page, expect

log = logging.getLogger(__name__)
LATENCY = 400  #: milliseconds there and back
SPEED = 50_000  #: bytes a second
PATHS = ("/exchanges", "/exchanges/0001", "/partners", "/codes", "/dashboards", "/workbench")
#: In this order: the skip link, the menu, the filter, the list, what is done with it.
PARTS = ('class="skip"', "/exchanges", 'id="sheet"', 'id="t-', 'name="action"')
#: The element that has the focus, and how its outline looks.
FOCUS = """() => {
  const one = document.activeElement, style = getComputedStyle(one);
  return {name: one.outerHTML.slice(0, 80), id: one.id, outline: style.outlineStyle,
    width: parseFloat(style.outlineWidth), shown: one.getClientRects().length > 0};
}"""


@pytest.fixture
def plain(console: Console, chromium: Browser) -> Iterator[Page]:
    """A browser without scripts before an operator."""
    context = chromium.new_context(java_script_enabled=False, locale="fr-FR")
    console.let_in(context, "operator")
    yield context.new_page()
    context.close()


def test_a_page_on_a_slow_link_takes_one_journey_once_the_browser_knows_the_rest(
    console: Console, page: Page
) -> None:
    """Styles and scripts are kept: a click costs one request, so that 400 ms stay 400 ms."""
    console.let_in(page.context, "operator")
    for path in PATHS:
        page.goto(f"{console.url}{path}")
    session = page.context.new_cdp_session(page)
    asked = {"offline": False, "latency": LATENCY}
    asked |= {"downloadThroughput": SPEED, "uploadThroughput": SPEED}
    session.send("Network.emulateNetworkConditions", asked)
    for path in PATHS:
        start = time.monotonic()
        page.goto(f"{console.url}{path}")
        took = time.monotonic() - start
        crossed = page.evaluate(
            "performance.getEntriesByType('resource').filter(one => one.transferSize > 0)"
            ".map(one => one.name)"
        )
        own = [url for url in crossed if "/static/" in url]
        assert own == [], path
        log.info("%s: %.0f ms at %s ms latency", path, took * 1000, LATENCY)


def test_everything_is_there_and_works_without_scripts(console: Console, plain: Page) -> None:
    plain.goto(f"{console.url}/exchanges?state=ACCEPTED")
    plain.get_by_role("link", name="F-2026-0001").click()
    plain.get_by_role("link", name="Retenir").click()
    plain.get_by_label("Motif").fill("Vérification du prescripteur")
    plain.get_by_role("button", name="Confirmer").click()
    plain.get_by_text("L'échange est retenu.").wait_for()
    plain.goto(f"{console.url}/exchanges?held=yes")
    plain.get_by_label("Choisir F-2026-0001").check()
    plain.get_by_role("button", name="Reprendre…").click()
    plain.get_by_label("Motif").fill("Vérifié")
    plain.get_by_role("button", name="Confirmer pour 1 échange").click()
    plain.get_by_text("Échanges traités : 1").wait_for()
    plain.goto(f"{console.url}/dashboards?month=2026-11")
    plain.locator("summary", has_text="Le tableau").first.click()
    assert plain.locator("#t-volumes").is_visible()
    assert not plain.locator("[data-chart=volumes]").is_visible()


def test_tab_goes_through_a_page_in_its_order_and_one_always_sees_where_one_is(
    console: Console, page: Page
) -> None:
    console.let_in(page.context, "operator")
    page.goto(f"{console.url}/exchanges")
    stops = page.locator("a[href], button, input:not([type=hidden]), select, summary").count()
    seen: list[str] = []
    for _ in range(stops + 5):
        page.keyboard.press("Tab")
        now = page.evaluate(FOCUS)
        if now["name"].startswith("<body"):
            break
        assert now["shown"], now
        assert now["outline"] != "none", now
        assert now["width"] >= 2, now
        seen.append(now["name"])
    assert "skip" in seen[0]
    order = [next(i for i, one in enumerate(seen) if part in one) for part in PARTS]
    assert order == sorted(order)


def test_a_slow_form_says_that_it_was_sent_and_goes_once_and_a_stale_list_says_so(
    console: Console, page: Page
) -> None:
    console.let_in(page.context, "operator")
    sent: list[str] = []
    page.on("request", lambda one: sent.append(one.url) if one.method == "POST" else None)
    # An answer that leads nowhere leaves the page as it is while one waits.
    page.route(
        "**/hold",
        lambda route: (
            route.fulfill(status=204) if route.request.method == "POST" else route.continue_()
        ),
    )
    page.goto(f"{console.url}/exchanges/0001/hold")
    page.keyboard.type("Vérification du prescripteur")
    page.get_by_role("button", name="Confirmer").focus()
    for _ in range(3):
        page.keyboard.press("Enter")
    expect(page.get_by_role("status").get_by_text("Envoi en cours…")).to_be_visible()
    assert len(sent) == 1

    page.goto(f"{console.url}/exchanges")
    page.route("**/exchanges*", lambda route: route.fulfill(status=503, body="<p>Indisponible</p>"))
    expect(page.get_by_text("Ce qui est montré date de")).to_be_visible(timeout=30_000)
    assert page.get_by_role("link", name="F-2026-0001").is_visible()
    page.unroute("**/exchanges*")
    expect(page.get_by_text("Ce qui est montré date de")).to_be_hidden(timeout=30_000)


def test_nothing_moves_for_whoever_asked_for_that(console: Console, page: Page) -> None:
    page.emulate_media(reduced_motion="reduce")
    page.goto(f"{console.url}/sign-in")
    moving = page.evaluate(
        "[...document.querySelectorAll('*')].filter(one => {"
        " const style = getComputedStyle(one);"
        " return parseFloat(style.transitionDuration) > 0 || style.animationName !== 'none'; })"
        ".map(one => one.outerHTML.slice(0, 80))"
    )
    assert moving == []
