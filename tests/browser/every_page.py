"""Every page of the console: who opens it, where, and what it leads to.

One list for what is asked of all pages (test_every_page_in_chromium.py) and for their pictures
(screenshots.py). A test holds it against the route table.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote

from browser_world import PASSWORD
from playwright.sync_api import Page

from hub.access import passwords

Ids = Mapping[str, str]


@dataclass(frozen=True)
class Stop:
    """One page, as somebody comes to it."""

    name: str  #: of its picture
    route: str  #: as the route table has it
    role: str
    path: str = ""  #: below /console, with names of ids; "": the route itself
    wait: str = ""  #: what is there once it is drawn
    then: Callable[[Page, Ids], None] | None = None  #: what leads from there to it; done once

    printed: bool = False  #: for paper: its policy lets no script run, and so none of ours

    def address(self, ids: Ids) -> str:
        """Its path with these ids."""
        return (self.path or self.route).format_map({k: quote(v) for k, v in ids.items()})


def _ticked(page: Page, ids: Ids) -> None:
    page.locator("tbody input[type=checkbox]").first.check()
    page.locator("button[name=action][value=hold]").click()
    page.locator("#reason").wait_for()


def _held(page: Page, ids: Ids) -> None:
    _ticked(page, ids)
    page.locator("#reason").fill("Contrôle du mois")
    page.locator("button.main").click()
    page.wait_for_url("**/bulk/do")


def _whole(page: Page, ids: Ids) -> None:
    page.locator("#reason").fill("Réclamation du prestataire, dossier 12")
    bench = page.locator("#bench").count()
    page.locator("form.glass button, form[action$=whole] button").click()
    page.wait_for_load_state()
    if bench:
        page.locator(LEAF).first.wait_for()


def _opened(page: Page, ids: Ids) -> None:
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")


def _lit(page: Page, ids: Ids) -> None:
    page.locator("#bench-result .leaf").nth(2).click()


def _tried(page: Page, ids: Ids) -> None:
    page.locator("button.main").first.click()
    page.get_by_text(re.compile("Essai terminé|Run finished")).wait_for()


def _accepted(page: Page, ids: Ids) -> None:
    page.locator("button[value=accept]").first.click()
    page.wait_for_url("**/proposals/*")


def _renewed(page: Page, ids: Ids) -> None:
    page.locator("#password-codes").fill(PASSWORD)
    page.locator("#code-codes").fill(passwords.code_at(ids["secret"], datetime.now(UTC)))
    page.locator("form[action$=codes] button").click()
    page.wait_for_url("**/me/codes")


def _verified(page: Page, ids: Ids) -> None:
    page.locator("main button.main").click()
    page.locator("main .notice").wait_for()


GRID, LEAF = ".tabulator-row", "#bench-result .leaf"
BENCH = "/workbench?map={map}&draft=no"
STOPS = (
    Stop("sign-in", "/sign-in", ""),
    Stop("no-page", "/", "provider"),
    Stop("not-there", "/{rest:path}", "operator", "/rien-ici"),
    Stop("exchanges", "/exchanges", "operator"),
    Stop("exchanges-none", "/exchanges", "operator", "/exchanges?sheet=aucune"),
    Stop("exchange", "/exchanges/{id}", "operator", "/exchanges/{real}", then=_opened),
    Stop("exchange-held", "/exchanges/{id}", "operator", "/exchanges/held"),
    Stop("exchange-whole", "/exchanges/{id}/payload", "operator", "/exchanges/{real}", then=_whole),
    Stop("hold", "/exchanges/{id}/hold", "operator", "/exchanges/moving/hold"),
    Stop("resume", "/exchanges/{id}/resume", "operator", "/exchanges/held/resume"),
    Stop("withdraw", "/exchanges/{id}/withdraw", "operator", "/exchanges/moving/withdraw"),
    Stop("cancel", "/exchanges/{id}/cancel", "operator", "/exchanges/sent/cancel"),
    Stop("replay", "/exchanges/{id}/replay", "operator", "/exchanges/moving/replay"),
    Stop(
        "dossier",
        "/exchanges/{id}/dossier",
        "operator",
        "/exchanges/{real}/dossier",
        printed=True,
    ),
    Stop("bulk", "/exchanges/bulk", "operator", "/exchanges?state=READY&held=no", then=_ticked),
    Stop(
        "bulk-done", "/exchanges/bulk/do", "operator", "/exchanges?state=READY&held=no", then=_held
    ),
    Stop("quarantine", "/quarantine", "operator"),
    Stop("quarantine-item", "/quarantine/{id}", "operator", "/quarantine/{aside}"),
    Stop("job", "/jobs/{id}", "operator", "/jobs/{job}"),
    Stop("partners", "/partners", "operator"),
    Stop("partner", "/partners/{name}", "operator", "/partners/inps"),
    Stop("pause", "/partners/{name}/pause", "operator", "/partners/inps/pause"),
    Stop("drain", "/partners/{name}/drain", "operator", "/partners/inps/drain"),
    Stop("send-again", "/partners/{name}/resume", "operator", "/partners/inps/resume"),
    Stop(
        "certificates", "/partners/{name}/certificates", "operator", "/partners/inps/certificates"
    ),
    Stop(
        "certification",
        "/partners/{name}/certifications/{id}",
        "operator",
        "/partners/inps/certifications/{certification}",
        printed=True,
    ),
    Stop("dashboards", "/dashboards", "operator", "/dashboards?month=2026-10"),
    Stop("codes", "/codes", "mapping-editor"),
    Stop("codes-release", "/codes/release", "operator"),
    Stop("table", "/codes/table", "mapping-editor", "/codes/table?url={table}", GRID),
    Stop("table-row", "/codes/table/row", "mapping-editor", "/codes/table/row?url={table}&n=0"),
    Stop("references", "/references", "mapping-editor"),
    Stop("list", "/references/list", "mapping-editor", "/references/list?list=tarifs", GRID),
    Stop("import", "/references/import", "mapping-editor"),
    Stop(
        "import-preview", "/references/import/{id}", "mapping-editor", "/references/import/upload"
    ),
    Stop("maps", "/workbench", "mapping-editor"),
    Stop("workbench", "/workbench", "mapping-editor", BENCH, LEAF, _lit),
    Stop("workbench-run", "/workbench/run", "mapping-editor", BENCH, LEAF, _tried),
    Stop("bench", "/workbench/exchanges/{id}", "operator", "/workbench/exchanges/{real}", LEAF),
    Stop(
        "bench-whole",
        "/workbench/exchanges/{id}/whole",
        "operator",
        "/workbench/exchanges/{real}",
        LEAF,
        _whole,
    ),
    Stop("releases", "/releases", "mapping-editor"),
    Stop("release", "/releases/one", "mapping-publisher", "/releases/one?url={map}"),
    Stop("release-table", "/releases/one", "mapping-editor", "/releases/one?url={table}"),
    Stop(
        "difference",
        "/releases/diff",
        "mapping-publisher",
        "/releases/diff?url={map}&first={version}&second=draft",
    ),
    Stop("replayed", "/releases/replays/{id}", "mapping-publisher", "/releases/replays/{replay}"),
    Stop("people", "/people", "security"),
    Stop("person", "/people/{id}", "security", "/people/{operator}"),
    Stop("clients", "/clients", "security"),
    Stop("client", "/clients/{id}", "security", "/clients/{client}"),
    Stop("rights", "/rights", "security"),
    Stop("settings", "/partners/{name}/settings", "security", "/partners/inps/settings"),
    Stop("agreements", "/agreements", "security"),
    Stop("told-once", "/proposals/{seq}", "second", "/people", then=_accepted),
    Stop("me", "/me", "operator"),
    Stop("me-codes", "/me/codes", "lost", "/me", then=_renewed),
    Stop("alerts", "/alerts", "auditor"),
    Stop("audit", "/audit", "auditor"),
    Stop("verify", "/audit/verify", "auditor", then=_verified),
)

#: Ids by which an address that no stop names is asked: by the first part of its path.
SAMPLES = {
    "exchanges": "real",
    "quarantine": "aside",
    "people": "operator",
    "clients": "client",
    "jobs": "job",
    "partners": "certification",
    "releases": "replay",
    "references": "upload",
    "workbench": "real",
}


def sample(route: str, ids: Ids) -> str:
    """An address of this route that is there."""
    id = ids.get(SAMPLES.get(route.split("/")[1], ""), "")
    return route.format(id=id, name="inps", key="volumes", seq=ids["proposal"])
