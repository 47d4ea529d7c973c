"""The sandbox's books: what was decided on each sheet, what was taken back, a month's positions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from adapters.cmss import documents, liquidation
from adapters.cmss.documents import DEPOSIT, Element
from adapters.cmss.outputs import Decision
from adapters.sandbox.ledger import Ledger
from adapters.sandbox.rules import Sheet
from adapters.sandbox.statement import Position
from adapters.sandbox.world import World
from hub.formats import xml, xml_strict
from hub.model import Tree

_STATUS = {"LIQUIDE": "liquidee", "PARTIEL": "liquidee", "REJETE": "rejetee"}
_OTHER = "Z99"  #: CMSS's code for a reason that has no code of its own


class Books:
    """Rebuilt from the ledger at start; the ledger is written first."""

    def __init__(self, ledger: Ledger, world: World) -> None:
        self._ledger = ledger
        self._world = world
        self.history = liquidation.History()
        self.decided: dict[str, Decision] = {}
        self._cancelled = {event.reference for event in ledger.events("cancelled")}
        self._gone = {int(event.reference) for event in ledger.events("liquidated")}
        sheets = {entry.submission: entry.body for entry in ledger.entries()}
        for event in ledger.events("liquidation"):
            read = liquidation.read(xml_strict.parse(sheets[event.reference]), world)
            element, day = xml_strict.parse(event.body), datetime.fromisoformat(event.at).date()
            decision = Decision(element, int(event.text), day, read.provider)
            self.keep(event.reference, decision, read)

    def keep(self, submission: str, decision: Decision, sheet: Sheet) -> None:
        """Remember a decision; what is paid counts for later sheets, unless it was cancelled."""
        self.decided[submission] = decision
        if decision.status != "REJETE" and submission not in self._cancelled:
            self.history.add(sheet)

    def liquidated(self, lot: int, now: datetime) -> None:
        """The liquidation of this lot leaves: recorded before the file is written."""
        if lot not in self._gone:
            self._ledger.record("liquidated", str(lot), at=now)
            self._gone.add(lot)

    def standing(self, submissions: Sequence[str]) -> list[Decision]:
        """The decisions on those that were not cancelled."""
        return [self.decided[s] for s in submissions if s not in self._cancelled]

    def cancel(self, submission: str, asked: Element, now: datetime) -> None:
        """Decide on a cancellation, once.

        Args:
            submission: the cancellation's own.
            asked: the Annulation.
            now: when its lot came.
        """
        if self._ledger.find(submission) is not None:
            return
        target = _text(asked, "identifiantAnnule")
        why = self._objection(target)
        tree: Tree = {"identifiantDepot": submission, "identifiantAnnule": target}
        if why:
            tree |= {"statut": "REFUSEE", "motif": _OTHER, "texte": why}
        else:
            tree |= {"statut": "ANNULEE", "texte": "Feuille annulée : rien ne sera payé."}
        element = xml.build(tree, documents.model("reponse-annulation"))
        if not why:
            self._ledger.record("cancelled", target, submission, at=now)
        body = documents.fragment(element)
        self._ledger.book(submission, "cancellation", f"AN-{submission}", "", "", body, now)
        if not why and target not in self._cancelled:
            self._cancelled.add(target)
            self._forget(target)

    def answer(self, submission: str) -> Element:
        """The ReponseAnnulation to a cancellation that was decided."""
        entry = self._ledger.find(submission)
        return xml_strict.parse(entry.body if entry else b"")

    def positions(self) -> list[Position]:
        """Every sheet that was booked, as it stands."""
        found = []
        for entry in self._ledger.entries():
            if entry.kind == "claim":
                read = liquidation.read(xml_strict.parse(entry.body), self._world)
                found.append(self._position(entry.submission, read, Decimal(entry.amount)))
        return found

    def _position(self, submission: str, sheet: Sheet, claimed: Decimal) -> Position:
        decision = self.decided.get(submission)
        share: Decimal | None = None
        status = "en-cours"
        if submission in self._cancelled:
            status, share = "annulee", Decimal(0)
        elif decision is not None and decision.lot in self._gone:
            status, share = _STATUS[decision.status], decision.share.amount
        return Position(
            submission,
            sheet.number,
            sheet.provider,
            sheet.care_date,
            status,
            claimed,
            share,
            sheet.currency,
        )

    def _objection(self, target: str) -> str:
        """In French, why a sheet cannot be cancelled; "" when it can."""
        decision = self.decided.get(target)
        if decision is None:
            return f"Aucune feuille ne porte l'identifiant {target} : vérifiez-le."
        if target not in self._cancelled and decision.lot in self._gone:
            number = decision.element.get("numero", "")
            return (
                f"La feuille est déjà liquidée ({number}) : demandez une régularisation à la"
                " caisse."
            )
        return ""

    def _forget(self, target: str) -> None:
        entry = self._ledger.find(target)
        if entry is not None and self.decided[target].status != "REJETE":
            self.history.remove(liquidation.read(xml_strict.parse(entry.body), self._world))


def _text(element: Element, path: str) -> str:
    return documents.text(element, path, DEPOSIT)
