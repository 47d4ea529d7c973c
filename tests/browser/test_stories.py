"""What administrators come for, from end to end, on a running hub, in Debian's chromium.

The other stories stand beside what they are about: missing codes and a tariff in
test_tables_in_chromium.py, two editors at once in test_workbench.py.
"""

from __future__ import annotations

import copy
import re
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from servers.benkan import Up

from hub import errors, wiring
from hub.access import passwords
from hub.authoring import releases
from hub.cli import sample
from hub.formats import exact_json
from hub.settings import Settings

MAP = "https://benkan.example/fhir/StructureMap/inps-claim"
CLAIMS = 24
WAIT = 90_000  #: milliseconds for what takes a while
Enter = Callable[[str], Page]


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    running = Up(tmp_path_factory.mktemp("stories")).start()
    running.run("sample", "--claims", str(CLAIMS), "--seed", "11", "--out", "claims")
    running.run("submit", "claims")
    yield running
    running.stop()


@pytest.fixture(scope="module")
def hub(up: Up) -> Iterator[wiring.Hub]:
    """The same database, to look at what became of things and to know the codes of the day."""
    looked_at = wiring.build(Settings(data=up.folder / "benkan-data"), adapters={})
    yield looked_at
    looked_at.close()


@pytest.fixture(scope="module")
def seats(up: Up, hub: wiring.Hub, chromium: Browser) -> Iterator[Enter]:
    """Opens a page before whoever has this role; each signs in once, as a code opens once."""
    contexts: dict[str, BrowserContext] = {}
    password = (up.folder / "benkan-data" / "console-demo.txt").read_text().strip()

    def sit(role: str) -> Page:
        if role not in contexts:
            contexts[role] = chromium.new_context(viewport={"width": 1280, "height": 900})
            account = hub.store.account(f"demo-{role}")
            assert account is not None
            page = contexts[role].new_page()
            page.goto(f"{up.state['url']}/console/sign-in")
            page.locator("#account").fill(account.id)
            page.locator("#password").fill(password)
            page.locator("#code").fill(passwords.code_at(account.totp, datetime.now(UTC)))
            page.locator("button.main").click()
            page.wait_for_url(lambda url: "sign-in" not in url, timeout=WAIT)
        page = contexts[role].new_page()
        page.set_default_timeout(WAIT)
        return page

    yield sit
    for context in contexts.values():
        context.close()


@pytest.fixture
def enter(seats: Enter, up: Up) -> Iterator[Enter]:
    """A page before a role; in the end nothing was asked of anybody else's machine."""
    asked: list[str] = []

    def sit(role: str) -> Page:
        page = seats(role)
        page.on("request", lambda one: asked.append(one.url))
        return page

    yield sit
    assert [url for url in asked if not url.startswith(up.state["url"])] == []


def at(up: Up, path: str) -> str:
    return f"{up.state['url']}/console{path}"


def another(up: Up, changed: Callable[[Any], None], seed: int) -> str:
    """Send one more claim to INPS; gives its reference."""
    found = (
        one
        for _, one in sample.generate(60, seed, {"INPS"})
        if one["insurer"]["reference"] == "Organization/inps" and one.get("use") == "claim"
    )
    claim = copy.deepcopy(next(found))
    changed(claim)
    with up.client() as client:
        answer = client.post(
            "/Claim", content=exact_json.dumps(claim), headers={"Prefer": "respond-async"}
        )
    assert answer.status_code == 201, answer.text
    return f"Claim/{answer.json()['id']}"


def pinned(hub: wiring.Hub, reference: str) -> str:
    """The map with which the sheet was translated, once it was."""
    end = time.monotonic() + 180
    while time.monotonic() < end:
        own = next(e for e in hub.store.exchanges(resource=reference) if e.parent is None)
        if own.maps.get("request"):
            return own.maps["request"]
        time.sleep(0.3)
    raise AssertionError(f"{reference} was not translated: {own.state} {own.reason}")


def test_a_map_is_corrected_from_a_held_exchange_and_released_with_a_second_person(
    up: Up, hub: wiring.Hub, enter: Enter
) -> None:
    def unknown(claim: Any) -> None:
        claim["item"][0]["productOrService"]["coding"][0]["code"] = "acte-inconnu"

    held = another(up, unknown, 801)
    end = time.monotonic() + 180
    while not (waiting := [e for e in hub.store.exchanges(resource=held, held=True)]):
        assert time.monotonic() < end
        time.sleep(0.3)
    operator = enter("operator")
    operator.goto(at(up, f"/exchanges/{waiting[0].id}"))
    operator.get_by_role("link", name="Ouvrir dans l'atelier").click()
    expect(operator.get_by_text("identités masquées").first).to_be_visible()

    author = enter("mapping-editor")
    author.goto(at(up, f"/workbench?map={MAP}"))
    author.locator("#bench-result .tree .leaf").first.wait_for()
    author.locator("#editor .cm-content").click()
    author.keyboard.press("Control+End")
    author.keyboard.press("Enter")
    author.keyboard.type("// relue avec l'organisme le 22/11/2026")
    author.get_by_role("button", name="Enregistrer comme brouillon").click()
    author.get_by_text("Brouillon enregistré.").wait_for()
    author.goto(at(up, f"/releases/one?url={MAP}"))
    author.get_by_role("button", name="Lancer les essais").click()
    author.get_by_text("Le texte se compile et ses exemples passent").wait_for()
    author.get_by_label("Pourquoi ce changement").fill("Relue avec l'organisme")
    author.get_by_role("button", name="Proposer à une autre personne").click()
    author.get_by_text("une autre personne doit l'approuver").first.wait_for()
    assert author.get_by_role("button", name="Approuver et publier").count() == 0

    publisher = enter("mapping-publisher")
    publisher.goto(at(up, f"/releases/one?url={MAP}"))
    publisher.get_by_label("Ce que vous avez vérifié").fill("Différences lues, essais passés")
    publisher.get_by_label("J'ai relu le texte").check()
    publisher.get_by_role("button", name="Approuver et publier").click()
    publisher.get_by_text("approuvée par").first.wait_for()
    named = pinned(hub, another(up, lambda claim: None, 802))
    assert named.startswith(f"{MAP}|")
    assert named != f"{MAP}|0.1.0"


def test_a_replay_reveals_a_harmful_change_before_anybody_approves_it(
    up: Up, hub: wiring.Hub, enter: Enter
) -> None:
    url = "https://benkan.example/fhir/StructureMap/cmss-claim"
    editor = hub.store.account("demo-mapping-editor")
    assert editor is not None
    author = releases.of_account(editor)
    draft = releases.open_draft(hub, author, url)
    rule = re.search(r"\n[^\n]*montant[^\n]*;[^\n]*", draft.text, re.IGNORECASE)
    assert rule is not None, draft.text
    draft = releases.save(hub, author, url, draft.text.replace(rule[0], "", 1), draft.hash)

    publisher = enter("mapping-publisher")
    publisher.goto(at(up, f"/releases/one?url={url}"))
    publisher.get_by_role("button", name="Essayer", exact=True).click()
    publisher.get_by_role("heading", name="En somme").wait_for(timeout=WAIT)
    shown = publisher.locator("main").inner_text()
    assert "Échanges essayés" in shown
    assert re.search(r"ontant", shown), shown
    assert publisher.locator("#groups, #failing").count() >= 1
    releases.discard(hub, author, url, draft.hash)


def test_why_a_pharmacys_claim_was_rejected_is_found_and_its_dossier_printed(
    up: Up, enter: Enter
) -> None:
    page = enter("operator")
    page.goto(at(up, "/exchanges?state=CLOSED"))
    page.locator("tbody tr a").first.click()
    page.get_by_role("heading", name="Son histoire").wait_for()
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Dossier à imprimer").click()
    dossier = opened.value
    dossier.wait_for_load_state()
    text = dossier.locator("body").inner_text()
    assert "sha256" in text.lower() or "empreinte" in text.lower()
    assert dossier.pdf()[:5] == b"%PDF-"
    dossier.close()


def test_a_partner_is_paused_then_drained_then_sends_again(
    up: Up, hub: wiring.Hub, enter: Enter
) -> None:
    page = enter("operator")
    page.goto(at(up, "/partners/inps"))
    page.get_by_role("link", name="Mettre en pause").click()
    page.get_by_label("Motif").fill("Maintenance annoncée par l'organisme")
    page.get_by_role("button", name="Confirmer").click()
    page.get_by_text("Maintenance annoncée").first.wait_for()
    reference = another(up, lambda claim: None, 803)
    time.sleep(3)
    own = next(e for e in hub.store.exchanges(resource=reference) if e.parent is None)
    assert own.state.value in ("ACCEPTED", "READY")
    page.get_by_role("link", name="Reprendre les envois").click()
    page.get_by_label("Motif").fill("Maintenance terminée")
    page.get_by_role("button", name="Confirmer").click()
    end = time.monotonic() + 180
    while own.state.value in ("ACCEPTED", "READY"):
        assert time.monotonic() < end
        time.sleep(0.5)
        own = next(e for e in hub.store.exchanges(resource=reference) if e.parent is None)
    page.get_by_role("link", name="Vider").click()
    page.get_by_label("Motif").fill("Changement de serveur")
    page.get_by_role("button", name="Confirmer").click()
    end = time.monotonic() + 240
    while page.get_by_text("Vidé : rien de ce qui était parti").count() == 0:
        assert time.monotonic() < end
        time.sleep(1)
        page.reload()
    page.get_by_role("link", name="Reprendre les envois").click()
    page.get_by_label("Motif").fill("Serveur changé")
    page.get_by_role("button", name="Confirmer").click()
    page.get_by_text("envois ouverts").first.wait_for()


def test_a_sandbox_is_certified_and_the_report_can_be_printed(up: Up, enter: Enter) -> None:
    page = enter("operator")
    page.goto(at(up, "/partners/inps"))
    page.get_by_role("button", name="Lancer la certification").click()
    page.wait_for_url(re.compile("/jobs/|/partners/"), timeout=WAIT)
    page.goto(at(up, "/partners/inps"))
    end = time.monotonic() + 240
    while page.get_by_role("link", name="Rapport à imprimer").count() == 0:
        assert time.monotonic() < end, page.locator("main").inner_text()
        time.sleep(2)
        page.reload()
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Rapport à imprimer").first.click()
    report = opened.value
    report.wait_for_load_state()
    assert "inps" in report.locator("body").inner_text().lower()
    report.close()


def test_a_client_is_revoked_and_its_token_stops_at_once(up: Up, enter: Enter) -> None:
    with up.client("demo-cmie") as client:
        assert client.get("/Claim").status_code == 200
        page = enter("security")
        page.goto(at(up, "/clients"))
        page.get_by_role("link", name="demo-cmie").click()
        page.get_by_role("button", name="Révoquer maintenant").click()
        page.get_by_text("révoqué").first.wait_for()
    with up.client("demo-cmie") as again, pytest.raises(errors.Invalid) as told:
        again.get("/Claim")
    assert "invalid_client" in str(told.value)


def test_last_months_three_positions_are_compared(up: Up, enter: Enter) -> None:
    page = enter("operator")
    page.goto(at(up, "/dashboards"))
    months = page.locator("#month option").all_inner_texts()
    assert months
    page.locator("#month").select_option(index=len(months) - 1 if len(months) > 1 else 0)
    page.get_by_role("button", name="Montrer").click()
    page.locator("#f-positions").wait_for()
    with page.expect_download() as saved:
        page.locator("section[aria-labelledby='f-positions'] a", has_text="CSV").click()
    rows = Path(saved.value.path()).read_text(encoding="utf-8-sig").splitlines()
    assert len(rows) >= 1
