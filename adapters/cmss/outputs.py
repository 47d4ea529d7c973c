"""Files the sandbox's back office leaves in retour: pure contents, and a safe way to write them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from lxml import etree

from adapters.cmss import documents
from adapters.cmss.documents import DEPOSIT, RETURN, Element
from hub.formats import xml
from hub.model import Money

_BANK = "Banque fictive du Mali"


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided on one sheet, and in which lot it came first."""

    element: Element  #: the Liquidation
    lot: int
    day: date

    @property
    def share(self) -> Money:
        """What the fund pays."""
        amount = documents.text(self.element, "totalPartCaisse", RETURN)
        return Money(Decimal(amount), self.element.get("devise", ""))


def acknowledgement(
    number: str, seq: int, day: date, sheets: Sequence[Element], refusal: str
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


def payments(number: str, seq: int, day: date, decided: Sequence[Decision]) -> bytes:
    """The payment notice of a lot; empty when nothing is paid."""
    paid = [decision for decision in decided if decision.share.amount > 0]
    if not paid:
        return b""
    root = _root("AvisPaiement", f"PAI-{seq}", number, day)
    root.extend([_payment(decision) for decision in paid])
    return _close(root, len(paid), [decision.share for decision in paid])


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


def _payment(decision: Decision) -> Element:
    liquidation, share = decision.element, decision.share
    tree = {
        "numeroOrdre": f"VIR-{decision.lot}",
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
