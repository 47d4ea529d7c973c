"""The documents CMSS exchanges: their models, their schemas, lots and returns.

Illustrative reference profile: describes no official interface.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from copy import deepcopy
from decimal import Decimal
from functools import cache
from importlib.resources import files
from pathlib import Path

from lxml import etree

from hub import errors
from hub.formats import logical, xml, xml_strict
from hub.model import Money

DEPOSIT = "https://benkan.example/xml/cmss/bordereau/1"
RETURN = "https://benkan.example/xml/cmss/retour/1"
_SCHEMAS = Path(__file__).parent / "schema"

Element = etree._Element


@cache
def model(name: str) -> logical.Model:
    """The logical model cmss-<name>: feuille, accuse, liquidation, paiement, annulation…"""
    return logical.read(files("mappings") / "cmss" / "models" / f"cmss-{name}.json")


def findings(element: Element) -> list[errors.Issue]:
    """What the schema of this document's namespace forbids in it."""
    name = "bordereau" if etree.QName(element).namespace == DEPOSIT else "retour"
    return xml_strict.schema(_SCHEMAS / f"{name}.xsd").findings(element)


def text(element: Element, path: str, namespace: str) -> str:
    """The text at this path of local names, "" when there is none."""
    steps = "/".join(f"{{{namespace}}}{step}" for step in path.split("/"))
    return element.findtext(steps) or ""


def sums(amounts: Iterable[Money]) -> dict[str, Decimal]:
    """Exact totals by currency, in order of currency."""
    totals: dict[str, Decimal] = {}
    for money in amounts:
        totals[money.currency] = totals.get(money.currency, Decimal(0)) + money.amount
    return dict(sorted(totals.items()))


def lot(number: str, sender: str, sheets: Sequence[Element]) -> Element:
    """The deposit of these sheets, with its header and control totals."""
    root = etree.Element(f"{{{DEPOSIT}}}Bordereau", nsmap={None: DEPOSIT})
    header = etree.SubElement(root, f"{{{DEPOSIT}}}Entete")
    add(header, "numeroLot", number)
    add(header, "emetteur", sender)
    add(header, "date", max(text(s, "dateSoins", DEPOSIT) for s in sheets))
    add(header, "nombreFeuilles", str(len(sheets)))
    add_totals(header, sums(asked(sheet) for sheet in sheets))
    root.extend([deepcopy(sheet) for sheet in sheets])
    control = etree.SubElement(root, f"{{{DEPOSIT}}}Controle")
    add(control, "nombreFeuilles", str(len(sheets)))
    add(control, "nombreLignes", str(sum(len(lines(sheet)) for sheet in sheets)))
    return root


def cancellation_lot(number: str, sender: str, members: Sequence[Element]) -> Element:
    """The deposit of these cancellations; its date is that of the newest care."""
    root = etree.Element(f"{{{DEPOSIT}}}LotAnnulations", nsmap={None: DEPOSIT})
    header = etree.SubElement(root, f"{{{DEPOSIT}}}Entete")
    add(header, "numeroLot", number)
    add(header, "emetteur", sender)
    add(header, "date", max(text(m, "dateSoins", DEPOSIT) for m in members))
    add(header, "nombreAnnulations", str(len(members)))
    root.extend([deepcopy(member) for member in members])
    control = etree.SubElement(root, f"{{{DEPOSIT}}}Controle")
    add(control, "nombreAnnulations", str(len(members)))
    return root


def asked(sheet: Element) -> Money:
    """The total a sheet asks for."""
    return Money(Decimal(text(sheet, "montantTotal", DEPOSIT)), sheet.get("devise", ""))


def lines(sheet: Element) -> list[Element]:
    """The lines of a sheet."""
    return sheet.findall(f"{{{DEPOSIT}}}ligne")


def fragment(part: Element) -> bytes:
    """A part of a document as a document of its own, UTF-8."""
    alone = deepcopy(part)
    alone.tail = None
    return xml.serialize(alone)


def add(parent: Element, name: str, value: str) -> None:
    """A child of the parent's namespace with this text."""
    namespace = etree.QName(parent).namespace
    etree.SubElement(parent, f"{{{namespace}}}{name}").text = value


def add_totals(parent: Element, totals: dict[str, Decimal]) -> None:
    """One total element a currency."""
    for currency, amount in totals.items():
        add(parent, "total", format(amount, "f"))
        parent[-1].set("devise", currency)


def read_totals(parent: Element) -> dict[str, Decimal]:
    """The totals written in a header or control."""
    namespace = etree.QName(parent).namespace
    found = parent.findall(f"{{{namespace}}}total")
    return {t.get("devise", ""): Decimal(t.text or "0") for t in found}


def wrong_controls(root: Element) -> str:
    """In French, how a deposit's control totals disagree with its members; "" when they agree."""
    if etree.QName(root).localname == "LotAnnulations":
        found = len(root.findall(f"{{{DEPOSIT}}}Annulation"))
        told = {text(root, f"{p}/nombreAnnulations", DEPOSIT) for p in ("Entete", "Controle")}
        wrong = f"le nombre d'annulations annoncé ne correspond pas aux {found} du lot"
        return "" if told == {str(found)} else wrong
    sheets = root.findall(f"{{{DEPOSIT}}}Feuille")
    count = sum(len(lines(sheet)) for sheet in sheets)
    header = root.find(f"{{{DEPOSIT}}}Entete")
    if header is None or any(
        text(root, path, DEPOSIT) != str(len(sheets))
        for path in ("Entete/nombreFeuilles", "Controle/nombreFeuilles")
    ):
        return f"le nombre de feuilles annoncé ne correspond pas aux {len(sheets)} feuilles du lot"
    if text(root, "Controle/nombreLignes", DEPOSIT) != str(count):
        return f"le nombre de lignes annoncé ne correspond pas aux {count} lignes du lot"
    if read_totals(header) != sums(asked(sheet) for sheet in sheets):
        return "le total de contrôle ne correspond pas à la somme des feuilles"
    for sheet in sheets:
        if asked(sheet).amount != total_of_lines(sheet):
            number = sheet.get("numero")
            return f"feuille {number} : le total ne correspond pas à la somme des lignes"
    return ""


def total_of_lines(sheet: Element) -> Decimal:
    """What the lines of a sheet ask for together."""
    return sum((Decimal(text(line, "montant", DEPOSIT)) for line in lines(sheet)), Decimal(0))
