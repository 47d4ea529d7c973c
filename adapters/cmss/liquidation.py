"""The sandbox's liquidation: a deposited sheet to the common rules, and the verdict to XML."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files

from adapters.cmss import documents
from adapters.cmss.documents import DEPOSIT, Element
from adapters.sandbox.reasons import Reason
from adapters.sandbox.rules import Line, LineVerdict, Sheet, Verdict, liquidate
from adapters.sandbox.world import World
from hub.formats import xml
from hub.model import Tree

_LETTER = re.compile(r"([A-Z]{1,4}) ?([0-9]+)")  #: « Z20 » is Z, coefficient 20
_STATUS = {"paid": "LIQUIDE", "partial": "PARTIEL", "rejected": "REJETE"}


class History:
    """Sheets accepted before, found by what the rules compare."""

    def __init__(self) -> None:
        self._by_person: dict[str, list[Sheet]] = {}
        self._by_number: dict[tuple[str, str], list[Sheet]] = {}

    def add(self, sheet: Sheet) -> None:
        """Remember an accepted sheet."""
        self._by_person.setdefault(sheet.beneficiary, []).append(sheet)
        self._by_number.setdefault((sheet.number, sheet.provider), []).append(sheet)

    def remove(self, sheet: Sheet) -> None:
        """Forget a sheet that was cancelled."""
        self._by_person[sheet.beneficiary].remove(sheet)
        self._by_number[sheet.number, sheet.provider].remove(sheet)

    def near(self, sheet: Sheet) -> list[Sheet]:
        """Those of the same person, or with the same number from the same provider."""
        same_person = self._by_person.get(sheet.beneficiary, [])
        same_number = self._by_number.get((sheet.number, sheet.provider), [])
        return [*same_person, *(s for s in same_number if s.beneficiary != sheet.beneficiary)]


def read(element: Element, world: World) -> Sheet:
    """A deposited sheet under the hub's codes, which the rules speak."""
    speciality = _text(element, "prescripteur/specialite")
    return Sheet(
        number=element.get("numero", ""),
        body="CMSS",
        beneficiary=_text(element, "beneficiaire/numeroAMO"),
        provider=_text(element, "etablissement/convention"),
        care_date=_day(_text(element, "dateSoins")),
        currency=element.get("devise", ""),
        lines=[_line(line, world, speciality) for line in documents.lines(element)],
        nina=_text(element, "beneficiaire/NINA"),
        hospitalised=_text(element, "type") == "hospitalisation"
        or _text(element, "categorie") == "HOS",
        emergency=_text(element, "urgence") == "true",
        authorization=_text(element, "accordPrealable"),
        agreement=_text(element, "accordTransfrontalier"),
        diagnoses=frozenset(t.text or "" for t in element.iterfind(f".//{_D}diagnostic/{_D}code")),
    )


def decide(sheet: Sheet, world: World, history: History, today: date) -> Verdict:
    """What the common rules say of this sheet."""
    return liquidate(sheet, world, history.near(sheet), today)


def write(verdict: Verdict, submission: str, number: str, today: date) -> Element:
    """The verdict as CMSS writes it, with its own codes for reasons."""
    base = sum((line.base for line in verdict.lines), Decimal(0))
    tree: Tree = {
        "numeroLiquidation": number,
        "devise": verdict.currency,
        "identifiantDepot": submission,
        "numeroFeuille": verdict.sheet,
        "dateLiquidation": today.isoformat(),
        "statut": _STATUS[verdict.status],
        "motif": _reasons(verdict.reasons),
        "ligne": [_line_tree(line) for line in verdict.lines],
        "totalDemande": verdict.claimed,
        "totalBase": base,
        "totalPartCaisse": verdict.share,
        "totalTicketModerateur": verdict.copay,
    }
    return xml.build(tree, documents.model("liquidation"))


_D = f"{{{DEPOSIT}}}"


@cache
def _codes() -> dict[str, str]:
    text = (files("adapters") / "cmss" / "reasons.json").read_text(encoding="utf-8")
    codes: dict[str, str] = json.loads(text, parse_float=Decimal)
    return codes


def _text(element: Element, path: str) -> str:
    return documents.text(element, path, DEPOSIT)


def _day(text: str) -> date:
    """A partial date is taken at its first day."""
    return date.fromisoformat((text + "-01-01")[:10])


def _line(line: Element, world: World, speciality: str) -> Line:
    code = _text(line, "code")
    letter = _LETTER.fullmatch(_text(line, "lettreCle") + _text(line, "coefficient") or code)
    product = world.named(" ".join(letter.groups())) if letter else None
    product = product or world.named(code)
    return Line(
        rank=int(line.get("numero", "0")),
        code=product.code if product else code,
        quantity=Decimal(_text(line, "quantite") or 1),
        amount=Decimal(_text(line, "montant")),
        discipline=speciality,
    )


def _line_tree(line: LineVerdict) -> Tree:
    return {
        "numero": line.rank,
        "demande": line.claimed,
        "base": line.base,
        "taux": line.rate,
        "partCaisse": line.share,
        "ticketModerateur": line.copay,
        "ajuste": line.adjusted,
        "motif": _reasons(line.reasons),
    }


def _reasons(reasons: Iterable[Reason]) -> list[Tree]:
    return [{"code": _codes()[r.code], "texte": r.text} for r in reasons]
