"""The sandbox's books: liquidation copies, cancellations, and the state of a month.

Illustrative: no official rule. Everything CANAM knows of a sheet comes from the copies.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from lxml import etree

from adapters.canam import documents
from adapters.canam.registry import Registry, read, stored
from adapters.sandbox.ledger import Entry
from adapters.sandbox.statement import Position, statement
from hub.model import Tree

COPY, LIQUIDATION = "DeclarerPrestation", "DeclarerLiquidation"
APPROVAL, CANCELLATION = "DemanderAccordPrealable", "AnnulerDeclaration"
_TOO_LATE = "E-DIV-99"
_ZERO = Decimal(0)


class Books:
    """What the copies say, sheet by sheet."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def liquidation(self, question: etree._Element) -> bytes:
        """Register the decision on a sheet; a reference once."""
        entry, new = self._registry.declare(question, "CL")
        return self._registry.receipt(entry, duplicate=not new)

    def cancel(self, question: etree._Element) -> bytes:
        """Take a declaration back, or a request that is not decided; later it is refused."""
        asked = read(question)
        entry = self._registry.decide(
            question, "AN", lambda number: self._cancellation(asked, number)
        )
        return entry.body

    def state(self, question: etree._Element) -> bytes:
        """The month's sheets of a managing body."""
        asked = read(question)
        books = statement(asked["gestionnaire"], asked["mois"], self.positions(asked))
        rows = [_row(row) for row in books["row"]]
        answer: Tree = {**asked, "devise": books.get("currency"), "feuille": rows}
        return documents.answer("ConsulterEtat", answer)

    def positions(self, asked: Tree) -> list[Position]:
        """Each sheet of a managing body once, by the submission the OGD got."""
        body = asked["gestionnaire"]
        copies = {_claim(e): e for e in self._registry.entries(COPY)}
        decided = {_claim(e): e for e in self._registry.entries(LIQUIDATION)}
        cancelled = {note.reference for note in self._registry.notes("cancelled")}
        found = []
        for claim in copies | decided:
            trees = [stored(found[claim]) for found in (copies, decided) if claim in found]
            if any(tree.get("gestionnaire") == body for tree in trees):
                copy = copies.get(claim)
                withdrawn = copy is not None and copy.submission in cancelled
                found.append(_position(claim, trees, claim in decided, withdrawn))
        return found

    def _cancellation(self, asked: Tree, number: str) -> bytes:
        reference = asked["referenceAnnulee"]
        found = self._registry.find(reference) or self._copy_of(reference)
        why = self._objection(found, asked)
        if found is not None and not why:
            self._registry.note("cancelled", found.submission, number)
        answer: Tree = {"reference": asked["reference"], "accepte": not why}
        if why:
            answer |= {"motif": _TOO_LATE if found else "E-DIV-99", "message": why}
        else:
            answer |= {"numero": number, "message": f"Annulé sous le numéro {number}."}
        return documents.answer(CANCELLATION, answer)

    def _objection(self, found: Entry | None, asked: Tree) -> str:
        """In French, why it cannot be cancelled; "" when it can."""
        if found is None or found.kind not in (COPY, APPROVAL):
            return (
                f"Aucune déclaration ne porte la référence {asked['referenceAnnulee']}. "
                "Vérifiez la référence."
            )
        if found.kind == APPROVAL:
            open_still = documents.read(APPROVAL, found.body)["decision"] == "ajourne"
            if open_still and not self._registry.notes("decision", found.submission):
                return ""
            return "La demande est déjà décidée : laissez l'accord expirer sans l'utiliser."
        claim = _claim(found)
        if any(_claim(entry) == claim for entry in self._registry.entries(LIQUIDATION)):
            return (
                "La feuille est déjà liquidée par l'organisme gestionnaire. "
                "Demandez-lui une régularisation."
            )
        return ""

    def _copy_of(self, claim: str) -> Entry | None:
        return next((e for e in self._registry.entries(COPY) if _claim(e) == claim), None)


def _claim(entry: Entry) -> str:
    """The submission of the sheet at the OGD; a copy that does not tell it stands for itself."""
    return str(stored(entry).get("referenceOGD", entry.submission))


def _position(claim: str, trees: list[Tree], decided: bool, withdrawn: bool) -> Position:
    """`trees`: the control copy, when there is one, then the liquidation copy."""
    copy, last = trees[0], trees[-1]
    claimed: Decimal = copy.get("total") or copy.get("demande") or _ZERO
    status = "en-cours"
    if withdrawn:
        status = "annulee"
    elif decided:
        status = "rejetee" if last["statut"] == "rejetee" else "liquidee"
    share = last["partCaisse"] if decided else None
    return Position(
        submission=claim,
        sheet=copy["feuille"],
        provider=copy.get("convention", ""),
        care_date=date.fromisoformat(copy["dateSoins"]),
        status=status,
        claimed=claimed,
        share=_ZERO if withdrawn else share,
        currency=str(copy.get("devise") or last.get("devise") or ""),
    )


def _row(row: Tree) -> Tree:
    return {
        "referenceOGD": row["submission"],
        "numero": row["sheet"],
        "convention": row.get("provider"),
        "statut": row["status"],
        "demande": row["claimed"],
        "partCaisse": row.get("share"),
        "devise": row["currency"] or None,
    }
