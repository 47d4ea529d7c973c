"""Pictures of every page of the console, in both languages and two widths: `make screenshots`.

Starts `benkan up` in a folder of its own, sends it fictitious claims and puts in what else the
pages show. With `--docs` the main ones are also written, small, to docs/screenshots.
"""

from __future__ import annotations

import argparse
import base64
import shutil
import tempfile
import time
from pathlib import Path

from browser_world import Console, people
from every_page import STOPS, Stop
from furnished import OTHERS, crowd, furnish
from playwright.sync_api import Browser, Page, sync_playwright

from hub import wiring
from hub.settings import Settings
from hub.watching import quarantine
from tests.servers.benkan import Up

OUT, DOCS = Path("build/screenshots"), Path("docs/screenshots")
CLAIMS = 80
WIDE, NARROW = 1280, 360
LOCALES = {"fr": "fr-FR", "en": "en-GB"}
HIGHEST = {WIDE: 6_000, NARROW: 9_000}  #: pixels of a picture
#: What the docs show, in both languages; the height in pixels, so that a picture stays readable.
SHOWN = {
    "exchanges": 760,
    "exchange": 1_500,
    "exchange-held": 900,
    "bulk": 800,
    "quarantine-item": 900,
    "partners": 460,
    "partner": 1_400,
    "settings": 900,
    "agreements": 820,
    "dashboards": 2_300,
    "codes": 800,
    "table": 1_150,
    "list": 760,
    "import-preview": 760,
    "workbench": 1_150,
    "replayed": 900,
    "release": 1_300,
    "difference": 900,
    "person": 950,
    "client": 1_000,
    "me": 950,
    "alerts": 560,
    "audit": 900,
}
#: The same on a telephone, in French.
SMALL = ("exchanges", "exchange", "partner", "dashboards")


def whole(page: Page, width: int) -> int:
    """Make the window as high as the page: what sticks to an edge then stands at its own place."""
    page.set_viewport_size({"width": width, "height": 900})
    height = int(page.evaluate("document.documentElement.scrollHeight"))
    height = min(max(height, 500), HIGHEST[width])
    page.set_viewport_size({"width": width, "height": height})
    page.wait_for_timeout(150)  # what draws itself anew for the size
    return height


def small(page: Page, name: str, width: int, height: int) -> None:
    """The top of the page as WebP, which is a fifth of the same as PNG."""
    session = page.context.new_cdp_session(page)
    clip = {"x": 0, "y": 0, "width": width, "height": height, "scale": 1}
    asked = {"format": "webp", "quality": 72, "clip": clip}
    made = session.send("Page.captureScreenshot", asked)
    session.detach()
    (DOCS / f"{name}.webp").write_bytes(base64.b64decode(made["data"]))


def take(page: Page, stop: Stop, lang: str, docs: bool) -> None:
    """One page as it is now, in both widths."""
    for width in (WIDE, NARROW):
        height = whole(page, width)
        page.screenshot(path=OUT / f"{stop.name}.{lang}.{width}.png")
        if docs and width == WIDE and stop.name in SHOWN:
            small(page, f"{stop.name}.{lang}", width, min(height, SHOWN[stop.name]))
        if docs and width == NARROW and lang == "fr" and stop.name in SMALL:
            small(page, f"{stop.name}.{lang}.{width}", width, min(height, 1_400))
    page.set_viewport_size({"width": WIDE, "height": 900})


def language(
    browser: Browser, console: Console, ids: dict[str, str], lang: str, docs: bool
) -> None:
    """Every stop in one language."""
    for role in dict.fromkeys(one.role for one in STOPS):
        context = browser.new_context(viewport={"width": WIDE, "height": 900}, locale=LOCALES[lang])
        page = context.new_page()
        page.set_default_timeout(60_000)
        if role:
            console.let_in(context, who(role))
        page.goto(f"{console.url}/sign-in?lang={lang}")
        for stop in (one for one in STOPS if one.role == role):
            page.goto(f"{console.url}{stop.address(ids)}")
            if stop.wait:
                page.locator(stop.wait).first.wait_for()
            if stop.then:
                stop.then(page, ids)
            take(page, stop, lang, docs)
        context.close()


def who(role: str) -> str:
    """The account that has a role in `benkan up`."""
    return role if role in (*OTHERS, "provider") else f"demo-{role}"


def busy(up: Up) -> wiring.Hub:
    """Claims that go all the way, and the hub over the same database."""
    hub = wiring.build(Settings(data=up.folder / "benkan-data"), adapters={})
    people(hub, provider="provider", **OTHERS)
    crowd(hub)
    up.run("sample", "--claims", str(CLAIMS), "--out", "claims", seconds=900)
    up.run("submit", "claims", seconds=1_800)
    return hub


def found(hub: wiring.Hub) -> dict[str, str]:
    """Ids of what the worker made: a decided claim, a file it could not read."""
    end = time.monotonic() + 300
    while not (aside := quarantine.items(hub)):
        if time.monotonic() > end:
            raise AssertionError("the file that cannot be read was not put aside")
        time.sleep(0.5)
    closed = hub.store.browse(partner="cmss", limit=100)
    real = next(one for one in closed if one.maps.get("request") and one.answer)
    return {"real": real.id, "aside": aside[0].id}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--docs", action="store_true", help="also write docs/screenshots")
    docs = parser.parse_args().docs
    for folder in (OUT, DOCS) if docs else (OUT,):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        up = Up(Path(folder)).start()
        try:
            hub = busy(up)
            ids = furnish(hub, who) | found(hub)
            console = Console(f"{up.state['url']}/console", hub)
            browser = playwright.chromium.launch(
                executable_path=shutil.which("chromium"), args=["--no-sandbox"]
            )
            for lang in LOCALES:
                lost = hub.store.account("lost")
                ids["secret"] = lost.totp if lost else ""
                language(browser, console, ids, lang, docs)
            browser.close()
            hub.close()
        finally:
            up.stop()


if __name__ == "__main__":
    main()
