"""The sandbox's liquidation: a deposited sheet to the common rules, and the verdict to records."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files

from adapters.sandbox.reasons import Reason
from adapters.sandbox.rules import liquidate
from adapters.sandbox.sheets import Line, LineVerdict, Sheet, Verdict
from adapters.sandbox.world import World
from hub.model import Tree

_STATUS = {"paid": "LIQ", "partial": "PAR", "rejected": "REJ"}
_STAY = "04"  #: type of a sheet for a hospital stay
_WIDTH = 120  #: characters of text in one record


class History:
    """Sheets accepted before, found by what the rules compare."""

    def __init__(self) -> None:
        self._by_person: dict[str, list[Sheet]] = {}
        self._by_number: dict[tuple[str, str], list[Sheet]] = {}

    def add(self, sheet: Sheet) -> None:
        """Remember an accepted sheet."""
        self._by_person.setdefault(sheet.beneficiary, []).append(sheet)
        self._by_number.setdefault((sheet.number, sheet.provider), []).append(sheet)

    def near(self, sheet: Sheet) -> list[Sheet]:
        """Those of the same person, or with the same number from the same provider."""
        same_person = self._by_person.get(sheet.beneficiary, [])
        same_number = self._by_number.get((sheet.number, sheet.provider), [])
        return [*same_person, *(s for s in same_number if s.beneficiary != sheet.beneficiary)]


def read(facture: Tree, world: World) -> Sheet:
    """A deposited sheet under the hub's codes, which the rules speak."""
    person = facture["beneficiaire"]
    return Sheet(
        number=facture["numeroFeuille"],
        body="INPS",
        beneficiary=person.get("numeroAmo", ""),
        provider=facture["etablissement"].get("convention", ""),
        care_date=_day(facture["dateSoins"]),
        currency=facture["devise"],
        lines=[_line(line, world, facture) for line in facture["ligne"]],
        nina=person.get("nina", ""),
        hospitalised=facture["type"] == _STAY or facture.get("categorie") == "HOS",
        emergency=facture.get("urgence", False),
        authorization=facture.get("accordPrealable", ""),
        agreement=facture.get("transfrontalier", {}).get("accord", ""),
        diagnoses=frozenset(d["code"] for d in facture.get("diagnostic", [])),
    )


def decide(sheet: Sheet, world: World, history: History, today: date) -> Verdict:
    """What the common rules say of this sheet."""
    return liquidate(sheet, world, history.near(sheet), today)


def write(verdict: Verdict, submission: str, number: str, today: date) -> Tree:
    """The verdict as INPS writes it, with its own codes for reasons; totals are the file's."""
    return {
        "identifiantDepot": submission,
        "numeroFeuille": verdict.sheet,
        "numeroLiquidation": number,
        "statut": _STATUS[verdict.status],
        "dateLiquidation": today.isoformat(),
        "devise": verdict.currency,
        "motif": _reasons(verdict.reasons),
        "ligne": [_decided(line) for line in verdict.lines],
    }


@cache
def codes() -> dict[str, str]:
    """The hub's reason → INPS's, by the published table."""
    table = files("mappings") / "inps" / "concepts" / "inps-motif-rejet-inverse.json"
    tree: Tree = json.loads(table.read_text(encoding="utf-8"), parse_float=Decimal)
    rows = [row for group in tree["group"] for row in group["element"]]
    return {row["code"]: row["target"][0]["code"] for row in rows}


def _day(text: str) -> date:
    """A partial date is taken at its first day."""
    return date.fromisoformat((text + "-01-01")[:10])


def _line(line: Tree, world: World, facture: Tree) -> Line:
    product = world.named(line["code"])
    return Line(
        rank=line["numero"],
        code=product.code if product else line["code"],
        quantity=line.get("quantite", Decimal(1)),
        amount=line["montant"],
        discipline=facture.get("prescripteur", {}).get("specialite", ""),
    )


def _decided(line: LineVerdict) -> Tree:
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
    return [
        {"code": codes()[r.code], "suite": [{"texte": t} for t in textwrap.wrap(r.text, _WIDTH)]}
        for r in reasons
    ]
