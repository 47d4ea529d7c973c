"""The sandbox's back office: takes whole lots, books each sheet once, answers with files.

Everything it decided is in the ledger before anything shows; after a kill at any moment it takes
up the lots still in the depot and writes the files still missing, the same to the byte.
"""

from __future__ import annotations

import hashlib
import re
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from adapters.cmss import documents, liquidation, occasions, outputs
from adapters.cmss.documents import DEPOSIT, RETURN, Element
from adapters.sandbox.behaviour import Behaviour
from adapters.sandbox.clock import SandboxClock
from adapters.sandbox.ledger import Ledger, LedgerEvent
from adapters.sandbox.world import World
from hub import errors
from hub.formats import xml_strict

_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_PAUSE = 0.05  #: seconds between two looks into the depot


@dataclass(frozen=True, slots=True)
class Delays:
    """Seconds from a lot's arrival to each of its files."""

    acknowledgement: float = 0.2
    liquidation: float = 0.5
    payment: float = 1.0


@dataclass(slots=True)
class _Lot:
    seq: int
    received: datetime
    number: str
    refusal: str  #: why it is refused as a whole, in French
    sheets: list[Element]
    again: bool = False  #: these bytes came before: acknowledged again, and that is all
    late: float = 0.0
    duplicate: bool = False
    garbage: bool = False

    @property
    def accepted(self) -> list[str]:
        """Submission ids of the sheets that were booked."""
        sheets = [] if self.refusal else self.sheets
        return [documents.text(sheet, "identifiantDepot", DEPOSIT) for sheet in sheets]


class BackOffice:
    """One CMSS. `folder` holds depot, retour and archive."""

    def __init__(
        self,
        folder: Path,
        ledger: Ledger,
        behaviour: Behaviour,
        clock: SandboxClock,
        delays: Delays,
    ) -> None:
        self._depot = folder / "depot"
        self._archive = folder / "archive"
        self._return = folder / "retour"
        for path in (self._depot, self._archive, self._return / "lus"):
            path.mkdir(parents=True, exist_ok=True)
        self._ledger = ledger
        self._behaviour = behaviour
        self._clock = clock
        self._due = (delays.acknowledgement, delays.liquidation, delays.payment)
        self._world = World.load()
        self._history = liquidation.History()
        self._decided: dict[str, outputs.Decision] = {}
        self._remember()
        done = {event.reference for event in ledger.events("lot-done")}
        self._open = [self._lot(e) for e in ledger.events("lot") if str(e.seq) not in done]
        for lot in self._open:
            self._book(lot)

    def run(self, stop: threading.Event) -> None:
        """Work until told to stop."""
        while not stop.wait(_PAUSE):
            self.work()

    def work(self) -> None:
        """Take the lots that are there and write the files that are due."""
        for path in sorted(self._depot.glob("*.xml")):
            self._take(path)
        for lot in list(self._open):
            if self._answer(lot):
                self._ledger.record("lot-done", str(lot.seq), at=self._clock.now())
                self._open.remove(lot)

    def _take(self, path: Path) -> None:
        now = self._clock.now()
        body = path.read_bytes()
        seq = self._ledger.record("lot", path.stem, body=body, at=now)
        lot = self._lot(LedgerEvent(seq, "lot", path.stem, "", body, now.isoformat()))
        self._book(lot)
        wrong = occasions.take(self._behaviour, "retour", occasions.RETURN)
        if wrong:
            lot.late = wrong.seconds
            lot.duplicate, lot.garbage = wrong.kind == "duplicate", wrong.kind == "garbage"
        self._open.append(lot)
        path.replace(self._archive / path.name)

    def _lot(self, event: LedgerEvent) -> _Lot:
        """A lot as it arrived, checked again: the same bytes always get the same answer."""
        number = event.reference if _SAFE.fullmatch(event.reference) else "INCONNU"
        lot = _Lot(event.seq, datetime.fromisoformat(event.at), number, "", [])
        try:
            root = xml_strict.parse(event.body)
        except errors.Unreadable as error:
            lot.refusal = error.text
            return lot
        found = documents.findings(root)
        if found:
            lot.refusal = found[0].fr[:900]
            return lot
        lot.sheets = root.findall(f"{{{DEPOSIT}}}Feuille")
        lot.refusal = documents.wrong_controls(root)
        if documents.text(root, "Entete/numeroLot", DEPOSIT) != event.reference:
            lot.refusal = "le nom du fichier n'est pas le numéro du lot"
        first = next(iter(self._ledger.events("lot", event.reference)), event)
        lot.again = first.seq < event.seq and first.body == event.body
        if first.body != event.body:
            lot.sheets = []
            lot.refusal = f"le numéro de lot {number} a déjà servi pour un autre contenu"
        return lot

    def _book(self, lot: _Lot) -> None:
        """Each sheet in the ledger once, whatever lot it comes in; decided once."""
        for submission, sheet in zip(lot.accepted, lot.sheets, strict=False):
            money = documents.asked(sheet)
            number = f"LQ-{hashlib.sha256(submission.encode()).hexdigest()[:12].upper()}"
            self._ledger.book(
                submission,
                "claim",
                number,
                money.currency,
                format(money.amount, "f"),
                documents.fragment(sheet),
                lot.received,
            )
            if submission not in self._decided:
                self._decide(lot, submission, number, sheet)

    def _decide(self, lot: _Lot, submission: str, number: str, sheet: Element) -> None:
        day = lot.received.date()
        read = liquidation.read(sheet, self._world)
        verdict = liquidation.decide(read, self._world, self._history, day)
        element = liquidation.write(verdict, submission, number, day)
        self._ledger.record(
            "liquidation", submission, str(lot.seq), documents.fragment(element), lot.received
        )
        self._keep(submission, outputs.Decision(element, lot.seq, day), sheet)

    def _remember(self) -> None:
        sheets = {entry.submission: entry.body for entry in self._ledger.entries()}
        for event in self._ledger.events("liquidation"):
            decision = outputs.Decision(
                xml_strict.parse(event.body),
                int(event.text),
                datetime.fromisoformat(event.at).date(),
            )
            self._keep(event.reference, decision, xml_strict.parse(sheets[event.reference]))

    def _keep(self, submission: str, decision: outputs.Decision, sheet: Element) -> None:
        self._decided[submission] = decision
        if documents.text(decision.element, "statut", RETURN) != "REJETE":
            self._history.add(liquidation.read(sheet, self._world))

    def _answer(self, lot: _Lot) -> bool:
        """Write what is due; True when nothing more will come."""
        waited = self._clock.now() - lot.received
        files = self._files(lot)
        for due, (name, body) in zip(self._due, files, strict=False):
            # a clock put back must not stop the answers
            if timedelta(0) <= waited < timedelta(seconds=due + lot.late):
                return False
            if lot.garbage:
                outputs.write(self._return, f"L{lot.seq:08d}-0-illisible.xml", b"\x00\xff<?")
            outputs.write(self._return, name, body)
            if lot.duplicate:
                outputs.write(self._return, name.replace(".xml", "-bis.xml"), body)
        return True

    def _files(self, lot: _Lot) -> list[tuple[str, bytes]]:
        stem, day = f"L{lot.seq:08d}", lot.received.date()
        receipt = outputs.acknowledgement(lot.number, lot.seq, day, lot.sheets, lot.refusal)
        found = [(f"{stem}-1-accuse.xml", receipt)]
        if lot.refusal or lot.again:
            return found
        decided = [self._decided[submission] for submission in lot.accepted]
        liquidated = outputs.decisions(lot.number, lot.seq, day, decided)
        found.append((f"{stem}-2-liquidation.xml", liquidated))
        paid = outputs.payments(lot.number, lot.seq, day, decided)
        return [*found, (f"{stem}-3-paiement.xml", paid)] if paid else found
