"""The mapping workbench as its authors use it, in Debian's chromium, under the strict policy."""

from __future__ import annotations

import re
import shutil
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from browser_world import Console, people, served

from hub import wiring
from hub.authoring import releases
from hub.formats import exact_json
from hub.settings import Settings

MAP = "https://benkan.example/fhir/StructureMap/inps-claim"
SID = "https://benkan.example/fhir/sid"
MONEY = {"value": Decimal(1000), "currency": "XOF"}
SHEET: dict[str, Any] = {
    "resourceType": "Claim",
    "identifier": [{"system": f"{SID}/feuille", "value": "F-0001"}],
    "status": "active",
    "type": {"coding": [{"code": "professional"}]},
    "use": "claim",
    "patient": {"display": "Kadidia Fictive"},
    "created": "2026-10-05",
    "insurer": {"identifier": {"system": f"{SID}/organisme", "value": "INPS"}},
    "provider": {"identifier": {"system": f"{SID}/convention", "value": "CNV-ML-00001"}},
    "priority": {"coding": [{"code": "normal"}]},
    "diagnosis": [{"sequence": 1, "diagnosisCodeableConcept": {"coding": [{"code": "B50.9"}]}}],
    "insurance": [{"sequence": 1, "focal": True, "coverage": {"display": "AMO"}}],
    "item": [{"sequence": 1, "productOrService": {"text": "acte"}, "net": MONEY}],
    "total": MONEY,
}
TARGET = "#bench-result .tree .leaf"
SOURCE = "#bench-source .tree .leaf"
EDITOR = "#editor .cm-content"


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory, migrated_file: Path):
    """The console with one partner, two authors, an operator, and a claim the hub has taken."""
    folder = tmp_path_factory.mktemp("bench")
    shutil.copy(migrated_file, folder / "hub.sqlite")
    settings = Settings(data=folder, partners=["inps"], access="open")
    hub = wiring.build(settings)
    people(hub, awa="mapping-editor", bintou="mapping-editor", oumar="operator")
    hub.store.accept([hub.intake.submit(SHEET, exact_json.dumps(SHEET))])
    with served(folder, hub, BENKAN_PARTNERS="inps") as running:
        yield running


@pytest.fixture(scope="module")
def seats(bench: Console, chromium):
    """Who is signed in: name → cookies. A code opens once, so each signs in once."""
    kept = {}
    for name in ("awa", "oumar"):
        context = chromium.new_context()
        bench.sign_in(context.new_page(), name)
        kept[name] = context.cookies()
        context.close()
    return kept


@pytest.fixture
def awa(seats, page):
    """A page before Awa, who writes maps."""
    page.context.add_cookies(seats["awa"])
    return page


@pytest.fixture
def oumar(seats, page):
    """A page before Oumar, who runs the hub."""
    page.context.add_cookies(seats["oumar"])
    return page


@pytest.fixture
def desk(bench: Console, awa):
    """The map of INPS's claims, open before Awa, and run once on its first example."""
    page = awa
    page.goto(f"{bench.url}/workbench?map={MAP}")
    page.locator(TARGET).first.wait_for()
    yield page
    assert page.objections == []
    root = bench.url.removesuffix("/console")
    assert [url for url in page.asked if not url.startswith(root)] == []


def new_rule(page, text: str) -> None:
    """Type a rule as the first one of the first group."""
    page.locator(EDITOR).click()
    page.keyboard.press("Control+Home")
    page.locator("#editor .cm-line", has_text="group InpsClaim").click()
    page.keyboard.press("End")
    page.keyboard.press("End")  # of the line, after that of its first row
    page.keyboard.press("Enter")
    page.keyboard.type(text)


def test_an_error_is_underlined_as_one_types_with_the_compilers_own_words(desk) -> None:
    desk.get_by_text("Aucune faute : la carte se compile.").wait_for()
    new_rule(desk, 'src.careDte as w -> f.dateSoins = w "essai";')
    said = desk.locator("#findings li.error", has_text="careDte")
    said.wait_for()
    marked = desk.locator("#editor .cm-lintRange-error")
    assert marked.text_content() == "src.careDte"
    assert desk.locator("#editor .cm-lint-marker-error").count() == 1
    assert "n’a pas d’élément careDte" in (said.text_content() or "")
    marked.hover()
    desk.locator("#editor .cm-diagnostic-error", has_text="n’a pas d’élément careDte").wait_for()
    said.locator("button").click()
    assert desk.evaluate("document.activeElement.id") == "editor"
    desk.keyboard.type("src.careDate")
    desk.get_by_text("Aucune faute : la carte se compile.").wait_for()


def test_completion_offers_the_elements_of_the_variable_before_the_dot(desk) -> None:
    new_rule(desk, "src.")
    desk.locator("#editor .cm-tooltip-autocomplete li", has_text="careDate").wait_for()
    offered = desk.locator("#editor .cm-tooltip-autocomplete").text_content() or ""
    assert "date 1..1" in offered
    desk.keyboard.type("careD")
    desk.wait_for_timeout(200)
    desk.keyboard.press("Enter")
    desk.locator("#editor .cm-activeLine", has_text=re.compile(r"src\.careDate$")).wait_for()


def test_a_run_after_a_change_shows_its_difference_and_the_exact_bytes(desk) -> None:
    desk.locator("#bench-result summary", has_text="Écarts avec l'attendu (0)").wait_for()
    desk.locator("#bench-result summary", has_text="Octets exacts pour INPS").click()
    assert desk.locator("#bench-result pre").text_content().startswith("200sub-")
    desk.locator("#editor .cm-line", has_text="f.dateSoins = v").click()
    desk.keyboard.press("Home")
    desk.keyboard.press("Home")
    desk.keyboard.type("// ")
    new_rule(desk, "src -> f.dateSoins = '2026-01-02' 'essai';")
    desk.get_by_text("Le texte a changé depuis cet essai.").wait_for()
    desk.keyboard.press("Control+Enter")
    desk.locator("#bench-result .leaf.differs", has_text="2026-01-02").wait_for()
    assert "dateSoins" in (desk.locator(".differences").text_content() or "")


def test_a_target_field_lights_up_its_rule_and_its_source(desk) -> None:
    leaf = desk.locator(TARGET, has_text="dateSoins")
    leaf.focus()
    desk.keyboard.press("Enter")
    desk.locator("#editor .cm-lit").first.wait_for()
    lit = "".join(desk.locator("#editor .cm-lit").all_text_contents())
    assert lit == 'src.careDate as v -> f.dateSoins = v "date-soins";'
    assert desk.locator("#bench-source .leaf.lit").get_attribute("data-path") == "Dossier.careDate"
    told = desk.locator("#told").text_content() or ""
    assert "InpsClaim/date-soins" in told
    assert "Dossier.careDate" in told


def test_a_source_field_says_where_it_went_or_that_it_went_nowhere(desk) -> None:
    desk.locator(f'{SOURCE}[data-path="Dossier.careDate"]').click()
    assert "InpsFacture.dateSoins" in (desk.locator("#told").text_content() or "")
    assert desk.locator("#bench-result .leaf.lit").count() == 1
    assert desk.locator("#editor .cm-lit").count() >= 1
    desk.locator(f'{SOURCE}[data-path="Dossier.body"]').click()
    desk.locator("#told", has_text="N'est allé nulle part").wait_for()
    assert desk.locator("#editor .cm-lit").count() == 0
    assert desk.locator("#bench-result .leaf.lit").count() == 0


def test_a_draft_is_saved_and_a_second_author_is_named_when_quicker(desk, bench) -> None:
    new_rule(desk, "// premier essai")
    desk.get_by_role("button", name="Enregistrer comme brouillon").click()
    desk.get_by_text("Brouillon enregistré.").wait_for()
    draft = releases.draft(bench.hub, MAP)
    assert draft is not None
    assert "// premier essai" in draft.text
    bintou = releases.Person("person|bintou", ("mapping-editor",))
    theirs = draft.text.replace("// premier essai", "// écrit par Bintou")
    releases.save(bench.hub, bintou, MAP, theirs, draft.hash)
    new_rule(desk, "// encore Awa")
    desk.keyboard.press("Control+s")
    desk.locator("#conflict", has_text="bintou").wait_for()
    desk.objections.clear()  # the browser tells of every answer 409
    told = desk.locator("#conflict-lines").text_content() or ""
    assert re.search(r"-\s*// écrit par Bintou", told)
    assert re.search(r"\+\s*// encore Awa", told)
    now = releases.draft(bench.hub, MAP)
    assert now is not None
    assert now.text == theirs
    desk.get_by_role("button", name="Garder le mien et enregistrer").click()
    desk.get_by_text("Brouillon enregistré.").wait_for()
    kept = releases.draft(bench.hub, MAP)
    assert kept is not None
    assert "// encore Awa" in kept.text
    assert kept.editor == "person|awa"
    releases.discard(bench.hub, bintou, MAP, kept.hash)


def test_a_real_exchange_opens_without_identities(bench, oumar) -> None:
    page = oumar
    page.goto(f"{bench.url}/exchanges")
    page.get_by_role("link", name="F-0001").first.click()
    page.get_by_role("link", name="Ouvrir dans l'atelier").click()
    page.locator(SOURCE).first.wait_for()
    page.get_by_text("identités masquées").wait_for()
    text = page.locator("#source").input_value()
    assert "Kadidia" not in text
    assert "Xxxxxxx Xxxxxxx" in text
    assert '"XOF"' in text
    page.get_by_label("Bris de glace").fill("Réclamation du prestataire, dossier 12")
    page.get_by_role("button", name="Voir la source entière").click()
    page.locator(SOURCE).first.wait_for()
    assert "Kadidia Fictive" in page.locator("#source").input_value()
    rows = bench.hub.store.audit_search(actor="person|oumar", limit=50)
    assert any('"break-glass"' in row.content for row in rows)


def test_without_the_browser_libraries_the_plain_text_field_still_works(bench, awa) -> None:
    page = awa
    page.route("**/static/vendor/**", lambda route: route.abort())
    page.goto(f"{bench.url}/workbench?map={MAP}&draft=no")
    page.locator(TARGET).first.wait_for()
    field = page.locator("#text")
    assert field.is_visible()
    field.fill(field.input_value().replace("src.careDate", "src.careDte"))
    page.locator("#findings li.error", has_text="careDte").wait_for()


def test_without_javascript_the_form_gives_the_findings_and_the_result(
    bench, seats, chromium
) -> None:
    context = chromium.new_context(java_script_enabled=False)
    context.add_cookies(seats["awa"])
    page = context.new_page()
    page.goto(f"{bench.url}/workbench?map={MAP}&draft=no")
    page.get_by_role("button", name="Essayer").click()
    page.locator(TARGET).first.wait_for()
    assert page.get_by_text("Aucune faute : la carte se compile.").count() == 1
    assert page.locator(f'{SOURCE}[data-path="Dossier.careDate"]').count() == 1
    context.close()
