"""What the sandbox's CANAM does with each question. Illustrative: no official rule.

Rights and managing body come from the demo world on the date asked; a reference is registered
once, and the same reference always gets the same answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta

from lxml import etree

from adapters.canam import documents
from adapters.canam.approvals import MOTIFS, Approvals
from adapters.canam.books import Books
from adapters.canam.news import News
from adapters.canam.registry import Registry, Rejected, instant, read
from adapters.sandbox.clock import SandboxClock
from adapters.sandbox.control import Order
from adapters.sandbox.ledger import Ledger
from adapters.sandbox.movements import Movements
from adapters.sandbox.reference import LISTS, ReferenceRow
from adapters.sandbox.rights import rights
from adapters.sandbox.world import World
from hub.model import Tree


class Office:
    """CANAM's counter: one method an operation, by its SOAP name."""

    def __init__(self, world: World, ledger: Ledger, clock: SandboxClock) -> None:
        self._world = world
        self._clock = clock
        self._registry = Registry(ledger, clock)
        self.approvals = Approvals(self._registry, world, clock)
        self.movements = Movements("CANAM", ledger, clock)
        books, news = Books(self._registry), News(self._registry, self.movements)
        self._desks: dict[str, Callable[[etree._Element], bytes]] = {
            "ConsulterDroits": self._rights,
            "DemanderAccordPrealable": self.approvals.ask,
            "DeclarerPrestation": self._register,
            "DeclarerLiquidation": books.liquidation,
            "AnnulerDeclaration": books.cancel,
            "ConsulterReferentiel": self._reference,
            "ConsulterEtat": books.state,
            "RetirerMouvements": news.pull,
            "AcquitterMouvement": news.acknowledge,
            "ConsulterDeclaration": self._inquire,
        }

    @property
    def orders(self) -> Mapping[str, Order]:
        """What the operator can order besides time and misbehaviour."""
        return {"movements": self.movements.order, "approvals": self.approvals.order}

    def handle(self, question: etree._Element) -> bytes:
        """The answer's element to one operation element.

        Raises:
            Rejected: unknown operation, not by the schema, or a reference used for other content.
        """
        desk = self._desks.get(documents.name_of(question))
        if desk is None:
            raise Rejected("E-OPE-01", "Opération inconnue. Lisez le WSDL (?wsdl).")
        found = documents.findings(question)
        if found:
            raise Rejected("E-SCH-01", " ".join(issue.fr for issue in found))
        return desk(question)

    def _rights(self, question: etree._Element) -> bytes:
        asked = read(question)
        day = date.fromisoformat(asked["dateSoins"])
        found = rights(self._world, asked["numeroAMO"], day, asked.get("nina", ""))
        person = found.person
        answer: Tree = {
            "reference": asked["reference"],
            "numeroAMO": asked["numeroAMO"],
            "dateSoins": asked["dateSoins"],
            "statut": found.status,
            "valableJusquau": instant(self._clock.now() + timedelta(hours=24)),
        }
        if found.reason:
            answer |= {"motif": MOTIFS[found.reason.code], "message": found.reason.text}
        if person is None:
            return documents.answer("ConsulterDroits", answer)
        if not found.reason:
            until = f" jusqu'au {person.rights.end:%d/%m/%Y}" if person.rights.end else ""
            answer["message"] = f"Droits ouverts{until}. Gestionnaire : {person.body}."
        rates = self._world.rates(person.scheme, day)
        wanted = asked.get("categorie") or list(rates)
        answer |= {
            "nina": person.nina or None,
            "gestionnaire": person.body,
            "regime": person.scheme,
            "qualite": person.quality,
            "assure": person.insured,
            "nom": person.family,
            "prenoms": person.given,
            "naissance": person.born or None,
            "sexe": person.sex,
            "debut": person.rights.start.isoformat() if person.rights.start else None,
            "fin": person.rights.end.isoformat() if person.rights.end else None,
            "taux": [
                {"categorie": c, "caisse": rates[c], "ticket": 100 - rates[c]}
                for c in wanted
                if c in rates and not found.reason
            ],
        }
        return documents.answer("ConsulterDroits", answer)

    def _register(self, question: etree._Element) -> bytes:
        asked = read(question)
        total = asked.get("total")
        amount = format(total, "f") if total is not None else ""
        currency = asked.get("devise", "") if amount else ""
        entry, new = self._registry.declare(question, "CC", currency, amount)
        return self._registry.receipt(entry, duplicate=not new)

    def _inquire(self, question: etree._Element) -> bytes:
        reference = question[0].text or ""
        entry = self._registry.find(reference)
        status = "enregistree" if entry else "inconnue"
        answer = documents.plain(
            "ConsulterDeclarationReponse", {"reference": reference, "statut": status}
        )
        if entry and entry.kind == "DemanderAccordPrealable":
            answer.append(etree.fromstring(self.approvals.decided(entry)))
        elif entry and entry.kind == "AnnulerDeclaration":
            answer.append(etree.fromstring(entry.body))
        elif entry:
            receipt = self._registry.receipt(entry, duplicate=False)
            answer.append(etree.fromstring(receipt))
        return etree.tostring(answer, encoding="utf-8")

    def _reference(self, question: etree._Element) -> bytes:
        asked = read(question)
        rows = self._world.reference(asked["liste"], date.fromisoformat(asked["date"]))
        if rows is None:
            raise Rejected(
                "E-REF-01",
                f"La liste « {asked['liste']} » n'existe pas. Demandez {', '.join(LISTS)}.",
            )
        return documents.answer("ConsulterReferentiel", asked | {"element": list(map(_row, rows))})


def _row(row: ReferenceRow) -> Tree:
    return {
        "code": row.code,
        "libelle": row.label,
        "valeur": row.value,
        "devise": row.currency or None,
        "debut": row.valid.start.isoformat() if row.valid.start else None,
        "fin": row.valid.end.isoformat() if row.valid.end else None,
    }
