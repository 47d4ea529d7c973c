"""`benkan console` as its own process over a small database, and Debian's chromium before it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from browser_world import NOW, exchange, people, served
from playwright.sync_api import Browser, sync_playwright

from hub import wiring
from hub.model import Event, State
from hub.ports import Acceptance
from hub.settings import Settings


@pytest.fixture
def console(tmp_path: Path, migrated_file: Path):
    shutil.copy(migrated_file, tmp_path / "hub.sqlite")
    hub = wiring.build(Settings(data=tmp_path), adapters={})
    people(hub, operator="operator", auditor="auditor", mapping_editor="mapping-editor")
    for id, state in (("0001", State.ACCEPTED), ("0002", State.CLOSED)):
        story = Event(NOW, "accepted", "Feuille reçue.", state)
        hub.store.accept([Acceptance((), (exchange(id, state),), {id: (story,)})])
    with served(tmp_path, hub) as running:
        yield running


@pytest.fixture(scope="module")
def chromium():
    found = shutil.which("chromium")
    assert found, "no chromium: make system installs it"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser):
    """A page that remembers whatever was asked of the network, and what the browser objected to."""
    opened = chromium.new_page(viewport={"width": 1280, "height": 800})
    opened.set_default_timeout(60_000)
    opened.asked, opened.objections = [], []
    opened.on("request", lambda one: opened.asked.append(one.url))
    opened.on("pageerror", lambda one: opened.objections.append(str(one)))
    opened.on(
        "console",
        lambda one: opened.objections.append(one.text) if one.type == "error" else None,
    )
    yield opened
    opened.close()
