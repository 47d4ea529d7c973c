"""Files the sandbox's back office leaves in retour: pure contents, and a safe way to write them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path

from lxml import etree

from adapters.cmss import documents
from adapters.cmss.documents import DEPOSIT, RETURN, Element
from hub.formats import xml
from hub.model import Money, Tree

_BANK = "Banque fictive du Mali"
#: status in the common books → CMSS's word
_STATUSES = {"liquidee": "LIQUIDE", "rejetee": "REJETE", "annulee": "ANNULE"} | {
    "en-cours": "EN-COURS"
}


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided on one sheet, and in which lot it came first."""

    element: Element  #: the Liquidation
    lot: int
    day: date
    provider: str = ""  #: convention number

    @property
    def status(self) -> str:
        """LIQUIDE | PARTIEL | REJETE."""
        return documents.text(self.element, "statut", RETURN)

    @property
    def share(self) -> Money:
        """What the fund pays."""
        amount = documents.text(self.element, "totalPartCaisse", RETURN)
        return Money(Decimal(amount), self.element.get("devise", ""))


def acknowledgement(
    number: str,
    seq: int,
    day: date,
    sheets: Sequence[Element],
    refusal: str,
    nature: str = "feuille",
) -> bytes:
    """The receipt of a lot; `refusal` is why it is refused as a whole, in French."""
    root = _root("AccuseReception", f"ACC-{seq}", number, day)
    status = "REFUSE" if refusal else "RECU"
    documents.add(root, "statut", status)
    if refusal:
        documents.add(root, "texte", refusal)
    for sheet in sheets:
        tree = {
            "numeroLot": number,
            "nature": nature,
            "identifiantDepot": documents.text(sheet, "identifiantDepot", DEPOSIT),
            "dateReception": day.isoformat(),
            "statut": status,
        }
        root.append(xml.build(tree | _because(refusal), documents.model("accuse")))
    return _close(root, len(sheets), [])


def decisions(number: str, seq: int, day: date, decided: Sequence[Decision]) -> bytes:
    """The liquidation of a lot, sheet by sheet."""
    root = _root("RetourLiquidation", f"LIQ-{seq}", number, day)
    root.extend([deepcopy(decision.element) for decision in decided])
    return _close(root, len(decided), [decision.share for decision in decided])


def contrary(decision: Decision) -> Decision:
    """Another decision on the same sheet, under another number: nothing is paid after all."""
    tree = xml.tree(decision.element, documents.model("liquidation"))
    nothing = dict.fromkeys(("totalBase", "totalPartCaisse", "totalTicketModerateur"), Decimal(0))
    why = [{"code": "H01", "texte": "Décision contraire demandée au bac à sable."}]
    other = {"numeroLiquidation": f"{tree['numeroLiquidation']}-B", "statut": "REJETE"}
    tree = {k: v for k, v in tree.items() if k != "ligne"} | nothing | other | {"motif": why}
    element = xml.build(tree, documents.model("liquidation"))
    return replace(decision, element=element)


def payments(number: str, seq: int, day: date, decided: Sequence[Decision]) -> list[bytes]:
    """The payment notices of a lot: one for each provider and currency that is paid something.

    A notice has one number over all its payments, and its total is that of the transfer.
    """
    groups: dict[tuple[str, str], list[Decision]] = {}
    for decision in decided:
        if decision.share.amount > 0:
            key = decision.provider, decision.share.currency
            groups.setdefault(key, []).append(decision)
    return [
        _notice(number, f"{seq}-{rank}", day, groups[key])
        for rank, key in enumerate(sorted(groups), 1)
    ]


def _notice(number: str, transfer: str, day: date, paid: Sequence[Decision]) -> bytes:
    order = f"VIR-{transfer}"
    root = _root("AvisPaiement", f"PAI-{transfer}", number, day)
    documents.add(root, "numeroOrdre", order)
    if paid[0].provider:
        documents.add(root, "convention", paid[0].provider)
    root.extend([_payment(decision, order) for decision in paid])
    return _close(root, len(paid), [decision.share for decision in paid])


def cancellations(number: str, seq: int, day: date, answers: Sequence[Element]) -> bytes:
    """The answers to a lot of cancellations."""
    root = _root("RetourAnnulation", f"ANN-{seq}", number, day)
    root.extend([deepcopy(answer) for answer in answers])
    return _close(root, len(answers), [])


def state(seq: int, day: date, request: str, books: Tree) -> bytes:
    """A month's books (see `statement`) in answer to a request."""
    shares = [Money(r["share"], r["currency"]) for r in books["row"] if "share" in r]
    tree: Tree = {
        "identifiantDemande": request,
        "numeroEtat": f"ETAT-{seq}",
        "date": day.isoformat(),
        "organisme": books["body"],
        "mois": books["month"],
        "devise": books.get("currency"),
        "feuille": [_row(row) for row in books["row"]],
    }
    return _close(xml.build(tree, documents.model("etat")), len(books["row"]), shares)


def _row(row: Tree) -> Tree:
    return {
        "identifiantDepot": row["submission"],
        "numero": row["sheet"],
        "convention": row.get("provider"),
        "statut": _STATUSES[row["status"]],
        "demande": row["claimed"],
        "partCaisse": row.get("share"),
        "devise": row["currency"],
    }


def movements(seq: int, day: date, rows: Sequence[Tree]) -> bytes:
    """News of registrations, one file for several; rows are trees of cmss-mouvement."""
    root = etree.Element(f"{{{RETURN}}}Mouvements", nsmap={None: RETURN})
    documents.add(root, "numeroRetour", f"MVT-{seq}")
    documents.add(root, "date", day.isoformat())
    root.extend([xml.build(row, documents.model("mouvement")) for row in rows])
    documents.add(root, "nombreMouvements", str(len(rows)))
    return xml.serialize(root, "ISO-8859-1")


def write(folder: Path, name: str, body: bytes) -> None:
    """Temporary name, fsync, rename; nothing when the file is there or among those read."""
    if (folder / name).exists() or (folder / "lus" / name).exists():
        return
    part = folder / f"{name}.part"
    with part.open("wb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
    part.replace(folder / name)


def _payment(decision: Decision, order: str) -> Element:
    liquidation, share = decision.element, decision.share
    tree = {
        "numeroOrdre": order,
        "devise": share.currency,
        "identifiantDepot": documents.text(liquidation, "identifiantDepot", RETURN),
        "numeroFeuille": documents.text(liquidation, "numeroFeuille", RETURN),
        "numeroLiquidation": liquidation.get("numero", ""),
        "datePaiement": decision.day.isoformat(),
        "banque": _BANK,
        "montant": share.amount,
    }
    return xml.build(tree, documents.model("paiement"))


def _because(refusal: str) -> dict[str, str]:
    return {"texte": refusal} if refusal else {}


def _root(kind: str, number: str, lot: str, day: date) -> Element:
    root = etree.Element(f"{{{RETURN}}}{kind}", nsmap={None: RETURN})
    header = etree.SubElement(root, f"{{{RETURN}}}Entete")
    documents.add(header, "numeroRetour", number)
    documents.add(header, "numeroLot", lot)
    documents.add(header, "date", day.isoformat())
    return root


def _close(root: Element, count: int, amounts: Iterable[Money]) -> bytes:
    control = etree.SubElement(root, f"{{{RETURN}}}Controle")
    documents.add(control, "nombreFeuilles", str(count))
    documents.add_totals(control, documents.sums(amounts))
    return xml.serialize(root, "ISO-8859-1")
