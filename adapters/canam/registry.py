"""The sandbox's register: each reference once, with one content, and a number given."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime

from lxml import etree

from adapters.canam import documents
from adapters.sandbox.clock import SandboxClock
from adapters.sandbox.ledger import Entry, Ledger, LedgerEvent
from hub.formats import xml
from hub.model import Tree


class Rejected(Exception):
    """A question that cannot be answered; becomes a SOAP Client fault. French text."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


class Registry:
    """What CANAM registered. Safe to use from several threads."""

    def __init__(self, ledger: Ledger, clock: SandboxClock) -> None:
        self._ledger = ledger
        self._clock = clock
        self._lock = threading.Lock()

    def declare(
        self, question: etree._Element, prefix: str, currency: str = "", amount: str = ""
    ) -> tuple[Entry, bool]:
        """Register a declaration itself; its entry, and whether it is new.

        Raises:
            Rejected: the reference was used for other content or another operation.
        """
        kind, reference = documents.name_of(question), _reference(question)
        body = canonical(question)
        with self._lock:
            number, now = self._number(prefix), self._clock.now()
            new = self._ledger.book(reference, kind, number, currency, amount, body, now)
        entry = self.entry(reference, kind)
        if entry.body != body:
            raise _other_content(reference)
        return entry, new

    def decide(
        self, question: etree._Element, prefix: str, answer: Callable[[str], bytes]
    ) -> Entry:
        """Register a question and what was answered; asked again, the first answer stays.

        Args:
            question: the operation's element.
            prefix: of the registration number.
            answer: the answer's bytes, from the registration number; called once a reference.

        Raises:
            Rejected: the reference was used for other content or another operation.
        """
        kind, reference = documents.name_of(question), _reference(question)
        body = canonical(question)
        with self._lock:
            earlier = self._ledger.events("question", reference)
            if earlier and earlier[0].body != body:
                raise _other_content(reference)
            if not earlier:
                self._ledger.record("question", reference, kind, body, self._clock.now())
            if self._ledger.find(reference) is None:
                number = self._number(prefix)
                self._ledger.book(
                    reference, kind, number, "", "", answer(number), self._clock.now()
                )
        return self.entry(reference, kind)

    def entry(self, reference: str, kind: str) -> Entry:
        """What is registered under a reference.

        Raises:
            Rejected: nothing, or another operation.
        """
        entry = self._ledger.find(reference)
        if entry is None or entry.kind != kind:
            raise Rejected(
                "E-DBL-01",
                f"La référence {reference} a déjà servi pour une autre opération. "
                "Donnez une nouvelle référence à un nouvel envoi.",
            )
        return entry

    def find(self, reference: str) -> Entry | None:
        """What is registered under a reference, of any operation."""
        return self._ledger.find(reference)

    def entries(self, kind: str) -> list[Entry]:
        """Everything registered of one operation, oldest first."""
        return [entry for entry in self._ledger.entries() if entry.kind == kind]

    def note(self, what: str, reference: str, text: str = "", body: bytes = b"") -> None:
        """Remember something else about a reference."""
        self._ledger.record(what, reference, text, body, self._clock.now())

    def notes(self, what: str, reference: str | None = None) -> list[LedgerEvent]:
        """What was remembered, oldest first; of one reference when given."""
        return self._ledger.events(what, reference)

    def receipt(self, entry: Entry, duplicate: bool) -> bytes:
        """The answer to a declaration."""
        what = {"DeclarerPrestation": "Copie de contrôle"}.get(entry.kind, "Copie de liquidation")
        text = "déjà enregistrée" if duplicate else "enregistrée"
        return documents.answer(
            entry.kind,
            {
                "reference": entry.submission,
                "numero": entry.number,
                "doublon": duplicate,
                "recuLe": instant(datetime.fromisoformat(entry.at)),
                "message": f"{what} {text} sous le numéro {entry.number}.",
            },
        )

    def _number(self, prefix: str) -> str:
        return f"{prefix}-{self._clock.today():%Y}-{self._ledger.count() + 1:06d}"


def read(question: etree._Element) -> Tree:
    """The tree of a question's element."""
    operation = documents.name_of(question)
    return xml.tree(question, documents.model(documents.MODELS[operation][0]))


def stored(entry: Entry) -> Tree:
    """The tree of a declaration that was registered."""
    return read(etree.fromstring(entry.body))


def canonical(question: etree._Element) -> bytes:
    """The bytes by which two questions are the same."""
    return etree.tostring(question, method="c14n", exclusive=True)


def instant(moment: datetime) -> str:
    """An instant as CANAM writes it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _reference(question: etree._Element) -> str:
    return question.findtext(f"{{{documents.NAMESPACE}}}reference") or ""


def _other_content(reference: str) -> Rejected:
    return Rejected(
        "E-DBL-01",
        f"La référence {reference} a déjà servi pour un autre contenu. "
        "Donnez une nouvelle référence à un nouvel envoi.",
    )
