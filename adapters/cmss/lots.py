"""A lot as the sandbox's back office takes it: sheets or cancellations, checked as a whole."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from lxml import etree

from adapters.cmss import documents
from adapters.cmss.documents import DEPOSIT, Element
from adapters.sandbox.ledger import Ledger, LedgerEvent
from hub import errors
from hub.formats import xml_strict

_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(slots=True)
class Lot:
    """One file of the depot."""

    seq: int
    received: datetime
    number: str
    refusal: str  #: why it is refused as a whole, in French
    members: list[Element]  #: Feuille, or Annulation when `cancelling`
    cancelling: bool = False
    again: bool = False  #: these bytes came before: acknowledged again, and that is all
    wrong: str = ""  #: what the sandbox does wrong with its answers (a kind of misbehaviour)
    delay: float = 0.0  #: seconds added to each answer

    @property
    def accepted(self) -> list[str]:
        """Submission ids of the members that were booked."""
        members = [] if self.refusal else self.members
        return [documents.text(member, "identifiantDepot", DEPOSIT) for member in members]


def read(event: LedgerEvent, ledger: Ledger) -> Lot:
    """A lot as it arrived, checked again: the same bytes always get the same answer."""
    number = safe(event.reference)
    lot = Lot(event.seq, datetime.fromisoformat(event.at), number, "", [])
    try:
        root = xml_strict.parse(event.body)
    except errors.Unreadable as error:
        lot.refusal = error.text
        return lot
    found = documents.findings(root)
    if found:
        lot.refusal = found[0].fr[:900]
        return lot
    lot.cancelling = etree.QName(root).localname == "LotAnnulations"
    name = "Annulation" if lot.cancelling else "Feuille"
    lot.members = root.findall(f"{{{DEPOSIT}}}{name}")
    lot.refusal = documents.wrong_controls(root)
    if documents.text(root, "Entete/numeroLot", DEPOSIT) != event.reference:
        lot.refusal = "le nom du fichier n'est pas le numéro du lot"
    first = next(iter(ledger.events("lot", event.reference)), event)
    lot.again = first.seq < event.seq and first.body == event.body
    if first.body != event.body:
        lot.members = []
        lot.refusal = f"le numéro de lot {number} a déjà servi pour un autre contenu"
    return lot


def safe(name: str) -> str:
    """A file's name as a number that answers can carry."""
    return name if _SAFE.fullmatch(name) else "INCONNU"
