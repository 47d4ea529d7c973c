"""How the sandbox's medical adviser decides on prior authorisation. Illustrative.

Rights must be open on the day asked; a request without diagnosis or medical reason is postponed;
acts are granted one by one.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from adapters.sandbox.reasons import LABELS
from adapters.sandbox.rights import add_months, rights
from adapters.sandbox.world import World
from hub.model import Tree

#: hub reason → CANAM's own code (illustrative)
MOTIFS = {
    "R01": "E-ASS-01",
    "R02": "E-DRT-01",
    "R03": "E-DRT-02",
    "R04": "E-AYD-01",
    "R05": "E-PRS-01",
    "R07": "E-NOM-01",
    "R10": "E-ACP-01",
    "R13": "E-DOC-01",
    "R18": "E-QTE-01",
    "R19": "E-FRD-01",
}
#: most hospital days one authorisation grants
HOSPITAL_DAYS = 10


def decide(asked: Tree, number: str, world: World) -> Tree:
    """The tree of canam-accord for a tree of canam-demander-accord.

    Args:
        asked: the request.
        number: the number to give, if anything is granted.
        world: rights and lists.
    """
    day = date.fromisoformat(asked["dateDemande"])
    found = rights(world, asked["numeroAMO"], day, asked.get("nina", ""))
    answer: Tree = {"reference": asked["reference"], "decision": "refus"}
    if found.reason:
        return answer | {
            "motif": MOTIFS[found.reason.code],
            "message": found.reason.text,
            "ligne": [_grant(line, Decimal(0), "R02") for line in asked.get("ligne", [])],
        }
    if not asked.get("motifMedical") and not asked.get("diagnostic"):
        return answer | {
            "decision": "ajourne",
            "motif": MOTIFS["R13"],
            "message": "Le motif médical ou le diagnostic manque : complétez la demande.",
        }
    lines = [_line(line, world) for line in asked.get("ligne", [])]
    granted = [line for line in lines if line["quantiteAccordee"] > 0]
    if not granted:
        message = "Aucun acte de la demande ne peut être accordé."
        return answer | {"motif": MOTIFS["R07"], "message": message, "ligne": lines}
    partial = any("motif" in line for line in lines)
    return answer | {
        "decision": "partiel" if partial else "accord",
        "numero": number,
        "debut": day.isoformat(),
        "fin": add_months(day, 3).isoformat(),
        "message": "Accord partiel : voyez chaque ligne." if partial else "Accord donné.",
        "ligne": lines,
    }


def _line(line: Tree, world: World) -> Tree:
    product = world.named(line["code"])
    quantity: Decimal = line.get("quantite", Decimal(1))
    if product is None or product.listed is None:
        return _grant(line, Decimal(0), "R07")
    if product.code == "journee-hosp" and quantity > HOSPITAL_DAYS:
        return _grant(line, Decimal(HOSPITAL_DAYS), "R18")
    return _grant(line, quantity, "")


def _grant(line: Tree, granted: Decimal, code: str) -> Tree:
    decision: Tree = {
        "rang": line["rang"],
        "code": line["code"],
        "quantiteDemandee": line.get("quantite"),
        "quantiteAccordee": granted,
    }
    return decision | ({"motif": MOTIFS[code], "message": LABELS[code]} if code else {})
