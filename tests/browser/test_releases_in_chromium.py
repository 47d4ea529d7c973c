"""A replay reveals a harmful change; two people release the corrected map; in Debian's chromium."""

from __future__ import annotations

import shutil
from decimal import Decimal
from pathlib import Path

import pytest
from browser_world import people, served
from test_workbench import MAP, SHEET

from hub import wiring
from hub.authoring import releases
from hub.authoring.people import Person
from hub.formats import exact_json
from hub.settings import Settings

AWA = Person("person|awa", ("mapping-editor",))
CODES = "https://benkan.example/fhir/CodeSystem"
MONEY = {"value": Decimal(3080), "currency": "XOF"}
SOLD = {
    "sequence": 1,
    "category": {"coding": [{"system": f"{CODES}/categorie", "code": "PHA"}]},
    "productOrService": {
        "coding": [{"system": f"{CODES}/medicament", "code": "erythromycine-500-cp"}]
    },
    "servicedDate": "2026-10-05",
    "quantity": {"value": 28},
    "unitPrice": {"value": Decimal(110), "currency": "XOF"},
    "net": MONEY,
}
BOUGHT = {
    **SHEET,
    "type": {
        "coding": [
            {"system": "http://terminology.hl7.org/CodeSystem/claim-type", "code": "pharmacy"}
        ]
    },
    "item": [SOLD],
    "total": MONEY,
}
CURRENCY = "claim -> f.devise = (iif("
WRONG = "claim -> f.devise = ('EUR') \"devise\"; // (iif("


@pytest.fixture
def desk(tmp_path: Path, migrated_file: Path):
    """The console with one partner, an author, a publisher, and a claim that was translated."""
    shutil.copy(migrated_file, tmp_path / "hub.sqlite")
    hub = wiring.build(Settings(data=tmp_path, partners=["inps"], access="open"))
    people(hub, awa="mapping-editor", fanta="mapping-publisher")
    acceptance = hub.intake.submit(BOUGHT, exact_json.dumps(BOUGHT))
    hub.store.accept([acceptance])
    leased = hub.store.lease(acceptance.exchanges[0].id, 30, due=False)
    assert leased is not None
    hub.store.save(hub.trip.step(leased))
    translated = hub.store.exchange(leased.id)
    assert translated is not None
    assert translated.maps, translated.reason
    with served(tmp_path, hub, BENKAN_PARTNERS="inps") as running:
        yield running


def test_a_replay_reveals_what_would_harm_and_two_people_release_the_right_map(desk, page) -> None:
    hub = desk.hub
    begun = releases.open_draft(hub, AWA, MAP)
    wrong = begun.text.replace(CURRENCY, WRONG, 1)
    assert wrong != begun.text
    draft = releases.save(hub, AWA, MAP, wrong, begun.hash)
    desk.sign_in(page, "awa")
    page.goto(f"{desk.url}/releases?q=inps-claim&state=draft")
    page.locator(
        "a[href*='StructureMap%2Finps-claim'], a[href*='StructureMap/inps-claim']"
    ).first.click()
    page.get_by_role("button", name="Essayer", exact=True).click()
    page.get_by_text("Ce qui changerait, par élément").wait_for(timeout=60_000)
    page.get_by_text("inps-claim : devise").wait_for()
    right = draft.text.replace(WRONG, CURRENCY, 1)
    right = right.replace("\nuses ", "\n// relu\nuses ", 1)
    draft = releases.save(hub, AWA, MAP, right, draft.hash)
    page.goto(f"{desk.url}/releases/one?url={MAP}")
    page.get_by_role("button", name="Lancer les essais").click()
    page.get_by_text("ses exemples passent").wait_for(timeout=60_000)
    page.get_by_label("Pourquoi ce changement").fill("Commentaire pour les relecteurs")
    page.get_by_role("button", name="Proposer à une autre personne").click()
    page.get_by_text("une autre personne doit l'approuver").first.wait_for()
    assert page.get_by_role("button", name="Approuver et publier").count() == 0
    page.get_by_role("button", name="Quitter").click()
    desk.sign_in(page, "fanta")
    page.goto(f"{desk.url}/releases/one?url={MAP}")
    page.get_by_role("link", name="Voir les différences").click()
    page.get_by_role("heading", name="Textes côte à côte").wait_for()
    page.go_back()
    page.get_by_label("Ce que vous avez vérifié").fill("Texte relu, essai sans changement")
    page.get_by_label("J'ai relu le texte").check()
    page.get_by_role("button", name="Approuver et publier").click()
    page.get_by_text("La version est publiée").wait_for()
    assert releases.artefact(hub, MAP).version != begun.base
    page.get_by_label("Motif").first.fill("Retour demandé par la caisse")
    page.get_by_role("button", name="Revenir à la version").click()
    page.get_by_text("La version précédente vaut de nouveau").wait_for()
    assert releases.artefact(hub, MAP).version == begun.base
    assert page.objections == []
    root = desk.url.removesuffix("/console")
    assert [url for url in page.asked if not url.startswith(root)] == []
