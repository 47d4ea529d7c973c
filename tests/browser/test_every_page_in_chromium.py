"""What every page of the console must be, in Debian's chromium; the pages come from its routes."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import httpx
import pytest
from browser_world import Console, people, serious, served, too_wide
from every_page import STOPS, Stop, sample
from furnished import OTHERS, crowd, furnish
from playwright.sync_api import Page
from test_releases_in_chromium import BOUGHT

from hub import wiring
from hub.console.application import ROUTES
from hub.console.gate import Guarded
from hub.exchange.post import Post
from hub.formats import exact_json
from hub.settings import Settings
from hub.watching import quarantine

ROLES = ("operator", "auditor", "security", "mapping-editor", "mapping-publisher", "provider")
WIDE, NARROW = 1280, 360
AT_ONCE = 6  #: stops in one test
FIRST_LOAD, LATER = 1_000_000, 50_000  #: bytes over the network, as they travel
#: Bytes that crossed the network for this page; what the browser had kept counts nought.
CROSSED = """() => ['navigation', 'resource']
  .flatMap(kind => performance.getEntriesByType(kind))
  .reduce((sum, one) => sum + one.transferSize, 0)"""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, migrated_file: Path):
    """The console with something on every page, and the ids of what is there."""
    folder = tmp_path_factory.mktemp("pages")
    shutil.copy(migrated_file, folder / "hub.sqlite")
    hub = wiring.build(Settings(data=folder, partners=["inps"], access="open"))
    people(hub, **{role.replace("-", "_"): role for role in ROLES}, **OTHERS)
    acceptance = hub.intake.submit(BOUGHT, exact_json.dumps(BOUGHT))
    hub.store.accept([acceptance])
    leased = hub.store.lease(acceptance.exchanges[0].id, 30, due=False)
    assert leased is not None
    hub.store.save(hub.trip.step(leased))
    crowd(hub)
    ids = furnish(hub, lambda role: role)
    Post(hub.trip).apply_waiting()
    [aside] = quarantine.items(hub)
    ids |= {"real": leased.id, "aside": aside.id}
    with served(folder, hub, BENKAN_PARTNERS="inps") as running:
        yield running, ids


def walks() -> dict[str, list[Stop]]:
    """The stops of each role, half a dozen at a time."""
    found: dict[str, list[Stop]] = {}
    for role in sorted({one.role for one in STOPS}):
        theirs = [one for one in STOPS if one.role == role]
        for start in range(0, len(theirs), AT_ONCE):
            found[f"{role or 'nobody'}-{start // AT_ONCE + 1}"] = theirs[start : start + AT_ONCE]
    return found


WALKS = walks()


def drawn(page: Page, stop: Stop) -> None:
    if stop.printed:  # the same page where scripts may run
        text = page.content()
        page.goto("about:blank")
        page.set_content(text)
    if stop.wait:
        page.locator(stop.wait).first.wait_for()


def test_every_page_of_the_route_table_has_its_stop(world) -> None:
    """A GET that gives a page and is on no list would escape axe, the widths and the pictures."""
    console, ids = world
    known = {one.route for one in STOPS}
    guarded = [one for one in ROUTES if isinstance(one, Guarded)]
    assert known - {one.path for one in guarded} == {"/{rest:path}"}
    escaped = []
    for role in ("operator", "auditor", "security", "mapping-editor", "mapping-publisher"):
        with httpx.Client(cookies=_cookies(console, role), timeout=120) as client:
            for one in guarded:
                if one.path in known:
                    continue
                answer = client.get(f"{console.url}{sample(one.path, ids)}")
                page = answer.headers.get("content-type", "").startswith("text/html")
                if answer.status_code == 200 and page:
                    escaped.append(one.path)
    assert escaped == []


def _cookies(console: Console, account: str) -> dict[str, str]:
    """A session, as a browser is given one."""
    jar: dict[str, str] = {}

    class Jar:
        def add_cookies(self, given: list[dict[str, str]]) -> None:
            jar.update({one["name"]: one["value"] for one in given})

    console.let_in(Jar(), account)  # type: ignore[arg-type]
    return jar


@pytest.mark.parametrize("walk", WALKS)
def test_every_page_is_accessible_narrow_enough_and_light(world, chromium, walk) -> None:
    console, ids = world
    role = WALKS[walk][0].role
    context = chromium.new_context(viewport={"width": WIDE, "height": 900}, locale="fr-FR")
    page = context.new_page()
    page.set_default_timeout(60_000)
    asked: list[str] = []
    objections: list[str] = []
    page.on("request", lambda one: asked.append(one.url))
    page.on("pageerror", lambda one: objections.append(str(one)))
    if role:
        console.let_in(context, role)
    wrong: list[Any] = []
    first = 0
    for stop in WALKS[walk]:
        address = f"{console.url}{stop.address(ids)}"
        page.goto(address)
        drawn(page, stop)
        first += page.evaluate(CROSSED)
        for width in (WIDE, NARROW):
            page.set_viewport_size({"width": width, "height": 900})
            if width == NARROW and not stop.then:
                page.goto(address)
                drawn(page, stop)
                if (later := page.evaluate(CROSSED)) > LATER:
                    wrong.append((stop.name, "bytes", later))
            elif stop.then and width == WIDE:
                stop.then(page, ids)
            if found := serious(page, contrast=width == WIDE):
                wrong.append((stop.name, width, found))
            if (over := too_wide(page)) and not stop.printed:
                wrong.append((stop.name, width, "too wide", over))
            if not page.title().partition(" · ")[0].strip() or page.locator("h1").count() != 1:
                wrong.append((stop.name, "title", page.title()))
    context.close()
    assert wrong == []
    assert first < FIRST_LOAD
    root = console.url.removesuffix("/console")
    assert [url for url in asked if not url.startswith(root)] == []
    assert objections == []
