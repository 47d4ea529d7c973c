"""A small map with one example, and a claim to try it on, for the tests of the workbench."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

from adapters.loopback.adapter import Loopback
from hub.formats import exact_json

MAP = "https://benkan.example/fhir/StructureMap/cmss-claim"
TEXT = f"""/// url = '{MAP}'
/// name = 'Essai'
/// version = '0.2.0'
/// title = 'Feuille d\\'essai'

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
CLAIM: dict[str, Any] = {
    "resourceType": "Claim",
    "identifier": [{"system": "https://benkan.example/fhir/sid/feuille", "value": "F-0001"}],
    "use": "claim",
    "patient": {"display": "Kadidia Fictive"},
    "total": {"value": Decimal(1000), "currency": "XOF"},
}
SOURCE = exact_json.dumps({**GIVEN, "claim": CLAIM}).decode()


class Fund(Loopback):
    """A fund in memory."""

    name = "cmss"


def lay_out(folder: Path) -> Path:
    """A folder of mappings with the small map and its example."""
    beside = folder / "examples" / "claim"
    beside.mkdir(parents=True)
    (folder / "claim.fml").write_text(TEXT, encoding="utf-8")
    (beside / "un.in.json").write_bytes(exact_json.dumps(GIVEN))
    (beside / "un.out.json").write_bytes(exact_json.dumps(EXPECTED))
    return folder
