"""What the sandbox's CANAM does with each question. Illustrative: no official rule.

Rights and managing body come from the demo world on the date asked; a reference is registered
once, and the same reference always gets the same answer.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date, datetime, timedelta

from lxml import etree

from adapters.canam import documents
from adapters.canam.approvals import MOTIFS, decide
from adapters.sandbox.clock import SandboxClock
from adapters.sandbox.ledger import Entry, Ledger
from adapters.sandbox.rights import rights
from adapters.sandbox.world import World
from hub.formats import xml
from hub.model import Tree

#: how long a postponed request waits for its papers before it is refused
PATIENCE = timedelta(days=1)


class Rejected(Exception):
    """A question that cannot be answered; becomes a SOAP Client fault. French text."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


class Office:
    """CANAM's counter: one method an operation, by its SOAP name."""

    def __init__(self, world: World, ledger: Ledger, clock: SandboxClock) -> None:
        self._world = world
        self._ledger = ledger
        self._clock = clock
        self._lock = threading.Lock()
        self._desks: dict[str, Callable[[etree._Element], bytes]] = {
            "ConsulterDroits": self._rights,
            "DemanderAccordPrealable": self._authorise,
            "DeclarerPrestation": self._register,
            "ConsulterReferentiel": self._reference,
            "ConsulterDeclaration": self._inquire,
        }

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
        asked = _tree(question)
        day = date.fromisoformat(asked["dateSoins"])
        found = rights(self._world, asked["numeroAMO"], day, asked.get("nina", ""))
        person = found.person
        answer: Tree = {
            "reference": asked["reference"],
            "numeroAMO": asked["numeroAMO"],
            "dateSoins": asked["dateSoins"],
            "statut": found.status,
            "valableJusquau": _instant(self._clock.now() + timedelta(hours=24)),
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
        asked = _tree(question)
        body = _canonical(question)
        with self._lock:
            number = self._number("CC")
            total = asked.get("total")
            amount = format(total, "f") if total is not None else ""
            new = self._ledger.book(
                asked["reference"],
                "DeclarerPrestation",
                number,
                asked.get("devise", "") if amount else "",
                amount,
                body,
                self._clock.now(),
            )
        entry = self._entry(asked["reference"], "DeclarerPrestation")
        if entry.body != body:
            raise _other_content(entry.submission)
        return self._receipt(entry, duplicate=not new)

    def _authorise(self, question: etree._Element) -> bytes:
        asked = _tree(question)
        self._same_content(asked["reference"], _canonical(question))
        with self._lock:
            if self._ledger.find(asked["reference"]) is None:
                number = self._number("AP")
                answer = documents.answer(
                    "DemanderAccordPrealable", decide(asked, number, self._world)
                )
                self._ledger.book(
                    asked["reference"],
                    "DemanderAccordPrealable",
                    number,
                    "",
                    "",
                    answer,
                    self._clock.now(),
                )
        return self._decided(self._entry(asked["reference"], "DemanderAccordPrealable"))

    def _decided(self, entry: Entry) -> bytes:
        element = etree.fromstring(entry.body)
        asked = xml.tree(element, documents.model("canam-accord"))
        patience = datetime.fromisoformat(entry.at) + PATIENCE
        if asked["decision"] != "ajourne" or self._clock.now() < patience:
            return entry.body
        message = "Pièces non reçues dans le délai : refaites une demande complète."
        asked |= {"decision": "refus", "message": message}
        return documents.answer("DemanderAccordPrealable", asked)

    def _inquire(self, question: etree._Element) -> bytes:
        reference = question[0].text or ""
        entry = self._ledger.find(reference)
        status = "enregistree" if entry else "inconnue"
        answer = documents.plain(
            "ConsulterDeclarationReponse", {"reference": reference, "statut": status}
        )
        if entry and entry.kind == "DemanderAccordPrealable":
            answer.append(etree.fromstring(self._decided(entry)))
        elif entry:
            answer.append(etree.fromstring(self._receipt(entry, duplicate=False)))
        return etree.tostring(answer, encoding="utf-8")

    def _reference(self, question: etree._Element) -> bytes:
        asked = {documents.name_of(child): child.text or "" for child in question}
        day = date.fromisoformat(asked["date"])
        rows = self._world.reference(asked["liste"], day)
        if rows is None:
            raise Rejected(
                "E-REF-01",
                f"La liste « {asked['liste']} » n'existe pas. Demandez conventions, suspensions, "
                "actes, medicaments ou taux.",
            )
        elements = [
            {"code": code, "libelle": label} | ({"valeur": value} if value else {})
            for code, label, value in rows
        ]
        answer = documents.plain("ConsulterReferentielReponse", asked | {"element": elements})
        return etree.tostring(answer, encoding="utf-8")

    def _receipt(self, entry: Entry, duplicate: bool) -> bytes:
        text = "déjà enregistrée" if duplicate else "enregistrée"
        return documents.answer(
            "DeclarerPrestation",
            {
                "reference": entry.submission,
                "numero": entry.number,
                "doublon": duplicate,
                "recuLe": _instant(datetime.fromisoformat(entry.at)),
                "message": f"Copie de contrôle {text} sous le numéro {entry.number}.",
            },
        )

    def _same_content(self, reference: str, body: bytes) -> None:
        with self._lock:
            earlier = self._ledger.events("question", reference)
            if not earlier:
                self._ledger.record("question", reference, body=body, at=self._clock.now())
        if earlier and earlier[0].body != body:
            raise _other_content(reference)

    def _entry(self, reference: str, kind: str) -> Entry:
        entry = self._ledger.find(reference)
        if entry is None or entry.kind != kind:
            raise Rejected(
                "E-DBL-01",
                f"La référence {reference} a déjà servi pour une autre opération. "
                "Donnez une nouvelle référence à un nouvel envoi.",
            )
        return entry

    def _number(self, prefix: str) -> str:
        return f"{prefix}-{self._clock.today():%Y}-{self._ledger.count() + 1:06d}"


def _tree(question: etree._Element) -> Tree:
    operation = documents.name_of(question)
    return xml.tree(question, documents.model(documents.MODELS[operation][0]))


def _other_content(reference: str) -> Rejected:
    return Rejected(
        "E-DBL-01",
        f"La référence {reference} a déjà servi pour un autre contenu. "
        "Donnez une nouvelle référence à un nouvel envoi.",
    )


def _canonical(question: etree._Element) -> bytes:
    return etree.tostring(question, method="c14n", exclusive=True)


def _instant(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")
