"""Pictures of every page of the console in both languages and two widths: `make screenshots`.

Starts `benkan up` in a folder of its own and sends it some fictitious claims.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.servers.benkan import Up

OUT = Path("build/screenshots")
BENCH = "/workbench?map=https://benkan.example/fhir/StructureMap/cmss-claim"
TABLE = "/codes/table?url=https://benkan.example/fhir/ConceptMap/cmss-acte"
LIST = "/references/list?list=tarifs"
TARIFF = "code;libellé;tarif\nconsult-gen;Consultation (fictif);2000\nimg-scanner;Scanner;60000\n"
FORMS = (("fr", 1280), ("en", 1280), ("fr", 360))
PAGES = {
    "demo-operator": (
        *("exchanges", "exchange", "refused", "codes", "quarantine"),
        *("partners", "partners/cmss", "partners/cmss/pause", "dashboards?month=2026-10"),
    ),
    "demo-auditor": ("audit", "audit/verify"),
    "demo-security": (
        *("people", "people/demo-operator", "clients", "clients/demo-prestataires"),
        *("rights", "partners/cmss/settings"),
    ),
    "demo-mapping-editor": (
        *("workbench", "bench"),
        *("table", "references", "list", "references/import"),
    ),
}


def benkan(up: Up, *words: str) -> str:
    command = [sys.executable, "-m", "hub.cli", *words]
    return subprocess.run(
        command, env=up.environment, cwd=up.folder, capture_output=True, text=True, check=True
    ).stdout


def sign_in(page: Page, up: Up, account: str) -> None:
    page.goto(f"{up.state['url']}/console/sign-in")
    password = (up.folder / "benkan-data" / "console-demo.txt").read_text().strip()
    code = re.search(r"^code : (\d{6})", benkan(up, "user", "totp", account), re.MULTILINE)
    assert code is not None
    page.locator("#account").fill(account)
    page.locator("#password").fill(password)
    page.locator("#code").fill(code[1])
    page.locator("button.main").click()
    page.wait_for_url(lambda url: "sign-in" not in url)


def take(page: Page, up: Up, account: str, names: tuple[str, ...]) -> None:
    """Each page of one person, in each language and width."""
    base = f"{up.state['url']}/console"
    sign_in(page, up, account)
    first = ""
    for name in names:
        if name == "exchange":
            page.goto(f"{base}/exchanges")
            link = page.locator("tbody tr a").first.get_attribute("href") or ""
            first = link.removeprefix("/console")
        known = {"exchange": first, "refused": f"{first}/hold", "bench": BENCH}
        known |= {"table": TABLE, "list": LIST}
        path = known.get(name, f"/{name}")
        for lang, width in FORMS:
            page.set_viewport_size({"width": width, "height": 900})
            page.goto(f"{base}{path}{'&' if '?' in path else '?'}lang={lang}")
            if name == "bench":
                page.locator("#bench-result .leaf").nth(2).click()
            if name in ("table", "list"):
                page.locator(".tabulator-row").first.wait_for()
            if name == "exchange":
                page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
            shown = f"{re.sub(r'[^a-z0-9]+', '-', name)}.{lang}.{width}.png"
            page.screenshot(path=OUT / shown, full_page=True)


def main() -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        up = Up(Path(folder)).start()
        try:
            benkan(up, "sample", "--claims", "12", "--out", "claims")
            benkan(up, "submit", "claims")
            (up.folder / "tarif.csv").write_text(TARIFF, encoding="utf-8")
            dated = ("--list", "tarifs", "--from", "2026-01-01", "--reason", "Tarif fictif")
            benkan(up, "reference", "import", "tarif.csv", *dated)
            browser = playwright.chromium.launch(
                executable_path=shutil.which("chromium"), args=["--no-sandbox"]
            )
            page = browser.new_page()
            for lang, width in FORMS:
                page.set_viewport_size({"width": width, "height": 900})
                page.goto(f"{up.state['url']}/console/sign-in?lang={lang}")
                page.screenshot(path=OUT / f"sign-in.{lang}.{width}.png")
            for account, names in PAGES.items():
                page.context.clear_cookies()
                take(page, up, account, names)
            browser.close()
        finally:
            up.stop()


if __name__ == "__main__":
    main()
