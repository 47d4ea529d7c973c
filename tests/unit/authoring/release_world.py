"""People, a hub with a small map and a fund in memory, and claims, for the tests of releases."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

from adapters.loopback.adapter import Loopback
from hub.authoring import releases
from hub.authoring.people import Person
from hub.formats import exact_json
from hub.model import Exchange
from hub.ports.releases import Draft
from hub.wiring import Hub

MAP = "https://benkan.example/fhir/StructureMap/cmss-claim"
TABLE = "https://benkan.example/fhir/ConceptMap/inps-sexe"
PACKAGED = "0.2.0"  #: the version of the small map

AWA = Person("person|awa", ("mapping-editor",))
BINTOU = Person("person|bintou", ("mapping-editor", "mapping-publisher"))
FANTA = Person("person|fanta", ("mapping-publisher",))
OUMAR = Person("person|oumar", ("operator",))

#: Stands in for the map of the fund's claims: quick to compile, with one example.
SMALL = f"""/// url = '{MAP}'
/// name = 'Essai'
/// version = '{PACKAGED}'
/// title = 'Feuille d’essai'

uses "https://benkan.example/fhir/StructureDefinition/Dossier" alias Dossier as source
uses "https://benkan.example/fhir/StructureDefinition/cmss-feuille" alias Feuille as target

group Essai(source d : Dossier, target f : Feuille) {{
  d.submission as v -> f.identifiantDepot = v "depot";
  d.careDate as v -> f.dateSoins = v "date-soins";
  d.claim as claim then {{
    claim.identifier first as i then {{ i.value as v -> f.numeroFeuille = v "valeur"; }} "numero";
    claim.total as t then {{ t.currency as v -> f.devise = v "devise"; }} "total";
    claim.patient as p -> f.beneficiaire as b then {{ p.display as v -> b.nom = v "nom"; }} "qui";
  }} "claim";
}}
"""
GIVEN = {"submission": "S-1", "careDate": "2026-10-05", "claim": {"resourceType": "Claim"}}
EXPECTED = {"identifiantDepot": "S-1", "dateSoins": "2026-10-05"}

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
    "insurer": {"identifier": {"system": f"{SID}/organisme", "value": "CMSS"}},
    "provider": {"identifier": {"system": f"{SID}/convention", "value": "CNV-ML-00001"}},
    "priority": {"coding": [{"code": "normal"}]},
    "diagnosis": [{"sequence": 1, "diagnosisCodeableConcept": {"coding": [{"code": "B50.9"}]}}],
    "insurance": [{"sequence": 1, "focal": True, "coverage": {"display": "AMO"}}],
    "item": [{"sequence": 1, "productOrService": {"text": "acte"}, "net": MONEY}],
    "total": MONEY,
}


class Fund(Loopback):
    """A fund in memory."""

    name = "cmss"


def lay_out(folder: Path) -> Path:
    """A folder of mappings with the small map and its example."""
    beside = folder / "examples" / "claim"
    beside.mkdir(parents=True)
    (folder / "claim.fml").write_text(SMALL, encoding="utf-8")
    (beside / "un.in.json").write_bytes(exact_json.dumps(GIVEN))
    (beside / "un.out.json").write_bytes(exact_json.dumps(EXPECTED))
    return folder


def commented(text: str, word: str = "essai") -> str:
    """The same map with one more comment."""
    return text.replace("\nuses ", f"\n// {word}\nuses ", 1)


def saved(hub: Hub, person: Person = AWA, url: str = MAP, word: str = "essai") -> Draft:
    """A draft with a harmless change."""
    draft = releases.open_draft(hub, person, url)
    changed = (
        commented(draft.text, word)
        if draft.form == "fml"
        else draft.text.replace('"publisher": "', f'"publisher": "{word} ', 1)
    )
    return releases.save(hub, person, url, changed, draft.hash)


def changed(hub: Hub, old: str, new: str) -> Draft:
    """A draft of the small map in which something is written otherwise."""
    draft = releases.open_draft(hub, AWA, MAP)
    assert old in draft.text
    return releases.save(hub, AWA, MAP, draft.text.replace(old, new), draft.hash)


def proposed(hub: Hub, url: str = MAP, word: str = "essai") -> Draft:
    """A draft that passed its tests and waits for a second person."""
    draft = saved(hub, AWA, url, word)
    assert releases.test(hub, AWA, url).ok
    return releases.propose(hub, AWA, url, draft.hash, "Correction demandée")


def received(hub: Hub, number: str = "F-0001") -> Exchange:
    """A claim the hub has taken, not translated yet."""
    sheet = {**SHEET, "identifier": [{"system": f"{SID}/feuille", "value": number}]}
    acceptance = hub.intake.submit(sheet, exact_json.dumps(sheet))
    [done] = hub.store.accept([acceptance])
    assert done.error == ""
    return acceptance.exchanges[0]


def stepped(hub: Hub, exchange: Exchange) -> Exchange:
    """The exchange after one more step."""
    leased = hub.store.lease(exchange.id, 30, due=False)
    assert leased is not None
    hub.store.save(hub.trip.step(leased))
    found = hub.store.exchange(exchange.id)
    assert found is not None
    return found
