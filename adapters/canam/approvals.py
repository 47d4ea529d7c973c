"""How the sandbox's medical adviser decides on prior authorisation. Illustrative.

Rights must be open on the day asked; a request without diagnosis or medical reason is postponed
until the operator decides, or a day has passed; acts are granted one by one, for three months.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from lxml import etree

from adapters.canam import documents
from adapters.canam.registry import Registry, read
from adapters.sandbox import authorizations
from adapters.sandbox.clock import SandboxClock
from adapters.sandbox.ledger import Entry
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
#: how long a postponed request waits for its papers before it is refused
PATIENCE = timedelta(days=1)
ADVISER = "Dr Néné Guindo Fictive, médecin-conseil"
MONTHS = 3
_OPERATION = "DemanderAccordPrealable"
#: most a number can carry for one act
_MOST = 255


class Approvals:
    """Requests for prior authorisation: decided at once, or postponed and decided later."""

    def __init__(self, registry: Registry, world: World, clock: SandboxClock) -> None:
        self._registry = registry
        self._world = world
        self._clock = clock

    def ask(self, question: etree._Element) -> bytes:
        """The decision on a request; asked again, the same one, unless it was postponed."""
        asked = read(question)
        entry = self._registry.decide(
            question,
            "DA",
            lambda number: documents.answer(_OPERATION, decide(asked, number, self._world)),
        )
        return self.decided(entry)

    def decided(self, entry: Entry) -> bytes:
        """The decision as it stands now."""
        later = self._registry.notes("decision", entry.submission)
        if later:
            return later[-1].body
        answer = documents.read(_OPERATION, entry.body)
        if answer["decision"] != "ajourne":
            return entry.body
        if self._registry.notes("cancelled", entry.submission):
            message = "Demande annulée par l'émetteur."
        elif self._clock.now() < datetime.fromisoformat(entry.at) + PATIENCE:
            return entry.body
        else:
            message = "Pièces non reçues dans le délai : refaites une demande complète."
        refused = answer | {"decision": "refus", "message": message}
        return documents.answer(_OPERATION, refused)

    def order(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Decide a postponed request: {"reference": …, "decision": "accord" | "refus"}, and with
        an agreement {"quantities": {"1": 2}} to grant less for a line. {} lists those that wait.

        Raises:
            ValueError: in French: no such request waits, or no such decision.
        """
        if body:
            self._decide(body)
        waiting = [e.submission for e in self._registry.entries(_OPERATION) if self._waits(e)]
        return {"waiting": waiting}

    def _decide(self, body: Mapping[str, Any]) -> None:
        entry = self._registry.find(str(body.get("reference")))
        if entry is None or entry.kind != _OPERATION or not self._waits(entry):
            raise ValueError("Aucune demande ajournée ne porte cette référence.")
        if body.get("decision") not in ("accord", "refus"):
            raise ValueError("La décision est « accord » ou « refus ».")
        asked = read(etree.fromstring(self._registry.notes("question", entry.submission)[0].body))
        if body["decision"] == "refus":
            answer = _refusal(asked, "R13", "Refusé par le médecin-conseil après examen.")
        else:
            answer = _examined(asked, entry.number, self._world, _quantities(body))
        element = documents.answer(_OPERATION, answer)
        self._registry.note("decision", entry.submission, answer["decision"], element)

    def _waits(self, entry: Entry) -> bool:
        return bool(documents.read(_OPERATION, self.decided(entry))["decision"] == "ajourne")


def _quantities(body: Mapping[str, Any]) -> dict[str, Decimal]:
    given = body.get("quantities", {})
    if not isinstance(given, dict) or not all(isinstance(v, int) for v in given.values()):
        raise ValueError('Donnez {"quantities": {"1": 2}} : rang de la ligne, quantité.')
    return {rank: Decimal(quantity) for rank, quantity in given.items()}


def decide(asked: Tree, number: str, world: World) -> Tree:
    """The tree of canam-accord for a tree of canam-demander-accord.

    Args:
        asked: the request.
        number: the registration number of the request.
        world: rights and lists.
    """
    day = date.fromisoformat(asked["dateDemande"])
    found = rights(world, asked["numeroAMO"], day, asked.get("nina", ""))
    if found.reason:
        return _refusal(asked, found.reason.code, found.reason.text, "R02")
    if not asked.get("motifMedical") and not asked.get("diagnostic"):
        return {
            "reference": asked["reference"],
            "decision": "ajourne",
            "motif": MOTIFS["R13"],
            "message": "Le motif médical ou le diagnostic manque : complétez la demande.",
        }
    return _examined(asked, number, world, {})


def _refusal(asked: Tree, code: str, text: str, line_code: str = "") -> Tree:
    lines = asked.get("ligne", [])
    return {
        "reference": asked["reference"],
        "decision": "refus",
        "motif": MOTIFS[code],
        "message": text,
        "ligne": [_grant(line, Decimal(0), line_code or code) for line in lines],
    }


def _examined(asked: Tree, number: str, world: World, most: Mapping[str, Decimal]) -> Tree:
    """`most`: rank of a line → the quantity granted at most."""
    lines = [_line(line, world, most.get(str(line["rang"]))) for line in asked.get("ligne", [])]
    granted = [line for line in lines if line["quantiteAccordee"] > 0]
    if not granted:
        message = "Aucun acte de la demande ne peut être accordé."
        answer = _refusal(asked, "R07", message) | {"ligne": lines}
        return answer | {"medecinConseil": ADVISER}
    start = date.fromisoformat(asked["dateDemande"])
    end = add_months(start, MONTHS)
    partial = any("motif" in line for line in lines)
    return {
        "reference": asked["reference"],
        "decision": "partiel" if partial else "accord",
        "numero": _number(asked, number, start, end, granted, world),
        "debut": start.isoformat(),
        "fin": end.isoformat(),
        "message": "Accord partiel : voyez chaque ligne." if partial else "Accord donné.",
        "medecinConseil": ADVISER,
        "ligne": lines,
    }


def _number(
    asked: Tree, number: str, start: date, end: date, granted: list[Tree], world: World
) -> str:
    acts: dict[str, int] = {}
    for line in granted:
        product = world.named(line["code"])
        if product is not None:
            acts[product.code] = acts.get(product.code, 0) + int(line["quantiteAccordee"])
    carried = {code: min(quantity, _MOST) for code, quantity in acts.items() if quantity}
    serial = int(number.rpartition("-")[2])
    return authorizations.issue("CANAM", serial, asked["numeroAMO"], start, end, carried)


def _line(line: Tree, world: World, most: Decimal | None) -> Tree:
    product = world.named(line["code"])
    quantity: Decimal = line.get("quantite", Decimal(1))
    if product is None or product.listed is None:
        return _grant(line, Decimal(0), "R07")
    if product.code == "journee-hosp" and quantity > HOSPITAL_DAYS:
        return _grant(line, Decimal(HOSPITAL_DAYS), "R18")
    if most is not None and most < quantity:
        return _grant(line, max(most, Decimal(0)), "R18")
    return _grant(line, quantity, "")


def _grant(line: Tree, granted: Decimal, code: str) -> Tree:
    decision: Tree = {
        "rang": line["rang"],
        "code": line["code"],
        "quantiteDemandee": line.get("quantite"),
        "quantiteAccordee": granted,
    }
    return decision | ({"motif": MOTIFS[code], "message": LABELS[code]} if code else {})
