"""Filling missing codes and releasing what waited; importing a tariff; in Debian's chromium."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from browser_world import exchange
from playwright.sync_api import Page, expect

from hub.authoring import tables
from hub.formats import workbook
from hub.model import State
from hub.ports import Acceptance

URL = "https://benkan.example/fhir/ConceptMap/inps-acte"
SYSTEM = "https://benkan.example/fhir/CodeSystem/acte"


def wait_for_code(console, code: str, many: int) -> None:
    missing = [{"map": f"{URL}|0.1.0", "system": SYSTEM, "code": code, "path": "Claim.item[0]"}]
    for number in range(many):
        one = exchange(f"{code}{number:03}", State.ACCEPTED)
        held = replace(one, partner="inps", held=True, reason="Code.", detail={"missing": missing})
        console.hub.store.accept([Acceptance((), (held,))])


def leave(page: Page) -> None:
    page.get_by_role("button", name="Quitter").click()
    page.get_by_label("Compte").wait_for()


def picture(page: Page, name: str) -> None:
    """For whoever wants to look: BENKAN_TEST_PICTURES names a folder."""
    if folder := os.environ.get("BENKAN_TEST_PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def test_a_missing_code_is_filled_and_forty_held_claims_go_on(console, page) -> None:
    wait_for_code(console, "kine", 40)
    console.sign_in(page, "mapping-editor")
    page.goto(f"{console.url}/codes")
    picture(page, "codes")
    page.get_by_label("Code de l'organisme").fill("20201")
    page.get_by_role("button", name="Ajouter la ligne").click()
    page.get_by_text("ont maintenant tous leurs codes").wait_for()
    leave(page)
    console.sign_in(page, "operator")
    page.goto(f"{console.url}/codes")
    page.get_by_role("link", name="Voir et reprendre").click()
    picture(page, "codes-release")
    page.get_by_role("button", name="Reprendre les 40 échanges").click()
    page.wait_for_url("**/jobs/**")
    expect(page.get_by_text("Échanges traités : 40")).to_be_visible(timeout=90_000)
    picture(page, "codes-job")
    assert [one for one in console.hub.store.browse(held=True, limit=100)] == []
    assert page.objections == []


def test_rows_are_typed_pasted_and_kept_in_the_draft_of_a_table(console, page) -> None:
    wait_for_code(console, "kine", 3)
    console.sign_in(page, "mapping-editor")
    page.goto(f"{console.url}/codes/table?url={URL}")
    page.locator(".tabulator-row").first.wait_for()
    picture(page, "table")
    page.get_by_role("link", name="Remplir kine").click()
    page.keyboard.type("20201")
    page.keyboard.press("Enter")
    page.evaluate(
        """() => {
          const data = new DataTransfer();
          data.setData("text/plain", "été-1\\t777\\nété-2\\t778\\n");
          const event = new ClipboardEvent("paste", { clipboardData: data, bubbles: true });
          document.querySelector("#grid").dispatchEvent(event);
        }"""
    )
    page.get_by_text("Lignes changées : 3").wait_for()
    picture(page, "table-changed")
    page.get_by_role("button", name="Enregistrer le brouillon").click()
    page.get_by_text("Enregistré dans le brouillon.").wait_for()
    rows = {one["source_code"]: one["target_code"] for one in tables.opened(console.hub, URL).rows}
    assert (rows["kine"], rows["été-1"], rows["été-2"]) == ("20201", "777", "778")
    assert page.objections == []
    page.set_viewport_size({"width": 360, "height": 800})
    page.reload()
    page.locator(".tabulator-row").first.wait_for()
    picture(page, "table-360")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_a_second_editor_sees_who_was_quicker_and_can_copy_what_they_typed(console, page) -> None:
    console.sign_in(page, "mapping-editor")
    page.goto(f"{console.url}/codes/table?url={URL}")
    page.locator(".tabulator-row").first.wait_for()
    seen = tables.opened(console.hub, URL).seen
    fanta = tables.Person("person|fanta", ("mapping-editor",))
    other = tables.Change(None, {"source_code": "x", "target_code": "1"})
    tables.save(console.hub, fanta, URL, seen, [other])
    page.get_by_role("button", name="Ajouter une ligne").click()
    page.keyboard.type("mien")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Enregistrer le brouillon").click()
    page.get_by_text("fanta a changé ce brouillon").wait_for()
    assert "mien" in page.get_by_label("Vos changements").input_value()
    picture(page, "table-overtaken")


def test_a_tariff_is_imported_from_a_workbook_with_its_preview(console, page, tmp_path) -> None:
    rows = [["Code", "Libellé", "Tarif"], ["C", "Consultation", "2000"], ["Z 20", "Écho", "8 000"]]
    file = tmp_path / "tarif.xlsx"
    file.write_bytes(workbook.write(rows, "tarif"))
    console.sign_in(page, "mapping-editor")
    page.goto(f"{console.url}/references")
    page.get_by_role("link", name="Importer une liste").click()
    picture(page, "reference-import")
    page.get_by_label("Vaut à partir du").fill("2027-01-01")
    page.get_by_label("Fichier XLSX ou CSV").set_input_files(file)
    page.get_by_role("button", name="Voir l'aperçu").click()
    page.get_by_text("Aperçu de l'import").first.wait_for()
    picture(page, "reference-preview")
    assert console.hub.store.list_rows("hub", "tarifs") == []
    page.get_by_label("Pourquoi ce changement").fill("Arrêté fictif 2027-01")
    page.get_by_role("button", name="Importer : 2 changements").click()
    page.get_by_text("La liste est à jour").wait_for()
    picture(page, "reference")
    kept = console.hub.store.reference("tarifs", date(2027, 1, 1))
    assert [(one.code, one.value, one.currency) for one in kept] == [
        ("C", "2000", "XOF"),
        ("Z 20", "8000", "XOF"),
    ]
    page.locator(".tabulator-row").first.wait_for()
    page.get_by_label("Vaut à partir du").fill("2027-06-01")
    page.locator('.tabulator-row [tabulator-field="value"]').first.click()
    page.keyboard.press("Control+A")
    page.keyboard.type("2500")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Mettre fin à la ligne Z 20").click()
    page.get_by_text("Lignes changées : 2").wait_for()
    picture(page, "reference-changed")
    page.get_by_role("button", name="Voir l'aperçu").click()
    page.get_by_label("Pourquoi ce changement").fill("Révision fictive")
    picture(page, "reference-preview-changed")
    page.get_by_role("button", name="Importer : 2 changements").click()
    page.get_by_text("La liste est à jour").wait_for()
    kept = console.hub.store.reference("tarifs", date(2027, 6, 1))
    assert [(one.code, one.value, one.start) for one in kept] == [("C", "2500", "2027-06-01")]
    assert len(console.hub.store.reference("tarifs", date(2027, 5, 31))) == 2
    assert page.objections == []


@pytest.mark.parametrize("body", [b"PK\x03\x04broken", b"code;valeur\nA;12,500\nB;x\n"])
def test_a_wrong_file_says_what_to_do(console, page, tmp_path, body) -> None:
    file = tmp_path / "tarif.csv"
    file.write_bytes(body)
    console.sign_in(page, "mapping-editor")
    page.goto(f"{console.url}/references/import")
    page.get_by_label("Fichier XLSX ou CSV").set_input_files(file)
    page.get_by_role("button", name="Voir l'aperçu").click()
    page.get_by_role("alert").first.wait_for()
    picture(page, f"reference-wrong-{len(body)}")
    assert page.get_by_role("button", name="Importer").count() == 0
