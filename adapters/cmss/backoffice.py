"""The sandbox's back office: takes whole lots, books each sheet once, answers with files.

Everything it decided is in the ledger before anything shows; after a kill at any moment it takes
up the lots still in the depot and writes the files still missing, the same to the byte.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from adapters.cmss import documents, liquidation, lots, occasions, outputs
from adapters.cmss.books import Books
from adapters.cmss.documents import Element
from adapters.cmss.letters import Letters
from adapters.cmss.lots import Lot
from adapters.sandbox.behaviour import Behaviour
from adapters.sandbox.clock import SandboxClock
from adapters.sandbox.ledger import Ledger, LedgerEvent
from adapters.sandbox.world import World

_PAUSE = 0.05  #: seconds between two looks into the depot
_PATIENCE = timedelta(seconds=30)  #: how long a late lot waits for the next one


@dataclass(frozen=True, slots=True)
class Delays:
    """Seconds from a lot's arrival to each of its files."""

    acknowledgement: float = 0.2
    liquidation: float = 0.5
    payment: float = 1.0


class BackOffice:
    """One CMSS. `folder` holds depot, demande, retour and archive."""

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
        self._books = Books(ledger, self._world)
        self._letters = Letters(folder, ledger, clock, self._books, behaviour)
        done = {event.reference for event in ledger.events("lot-done")}
        waiting = [event for event in ledger.events("lot") if str(event.seq) not in done]
        self._open = [lots.read(event, ledger) for event in waiting]
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
        self._letters.work()

    def movements(self, order: Mapping[str, Any]) -> dict[str, Any]:
        """Publish registrations; see `Movements.order`."""
        return self._letters.publish(order)

    def _take(self, path: Path) -> None:
        now = self._clock.now()
        body = path.read_bytes()
        seq = self._ledger.record("lot", path.stem, body=body, at=now)
        event = LedgerEvent(seq, "lot", path.stem, "", body, now.isoformat())
        lot = lots.read(event, self._ledger)
        self._book(lot)
        wrong = occasions.take(self._behaviour, "retour", occasions.RETURN)
        if wrong:
            lot.wrong, lot.delay = wrong.kind, wrong.seconds
        self._open.append(lot)
        path.replace(self._archive / path.name)

    def _book(self, lot: Lot) -> None:
        """Each member in the ledger once, whatever lot it comes in; decided once."""
        for submission, member in zip(lot.accepted, lot.members, strict=False):
            if lot.cancelling:
                self._books.cancel(submission, member, lot.received)
                continue
            money = documents.asked(member)
            number = f"LQ-{hashlib.sha256(submission.encode()).hexdigest()[:12].upper()}"
            amount, body = format(money.amount, "f"), documents.fragment(member)
            self._ledger.book(
                submission, "claim", number, money.currency, amount, body, lot.received
            )
            if submission not in self._books.decided:
                self._decide(lot, submission, number, member)

    def _decide(self, lot: Lot, submission: str, number: str, sheet: Element) -> None:
        day = lot.received.date()
        read = liquidation.read(sheet, self._world)
        verdict = liquidation.decide(read, self._world, self._books.history, day)
        element = liquidation.write(verdict, submission, number, day)
        self._ledger.record(
            "liquidation", submission, str(lot.seq), documents.fragment(element), lot.received
        )
        self._books.keep(submission, outputs.Decision(element, lot.seq, day, read.provider), read)

    def _answer(self, lot: Lot) -> bool:
        """Write what is due; True when nothing more will come."""
        waited = self._clock.now() - lot.received
        if lot.wrong == "late" and waited < _PATIENCE and not self._overtaken(lot):
            return False
        for stage, name, body in self._files(lot):
            last = lot.wrong == "reordered" and stage > 0
            due = self._due[2 if last else stage] + lot.delay
            # a clock put back must not stop the answers
            if timedelta(0) <= waited < timedelta(seconds=due):
                return False
            if stage == 1:
                # from here a cancellation comes too late
                self._books.liquidated(lot.seq, self._clock.now())
            if lot.wrong == "garbage":
                outputs.write(self._return, f"L{lot.seq:08d}-0-illisible.xml", b"\x00\xff<?")
            outputs.write(self._return, name, body)
            if lot.wrong == "duplicate":
                outputs.write(self._return, name.replace(".xml", "-bis.xml"), body)
        return True

    def _overtaken(self, lot: Lot) -> bool:
        """Is a later lot answered?"""
        done = {int(event.reference) for event in self._ledger.events("lot-done")}
        return any(seq > lot.seq for seq in done)

    def _files(self, lot: Lot) -> list[tuple[int, str, bytes]]:
        """Stage (index of `_due`), name and content of each file, in order."""
        stem, day = f"L{lot.seq:08d}", lot.received.date()
        nature = "annulation" if lot.cancelling else "feuille"
        receipt = outputs.acknowledgement(
            lot.number, lot.seq, day, lot.members, lot.refusal, nature
        )
        found = [(0, f"{stem}-1-accuse.xml", receipt)]
        if lot.refusal or lot.again:
            return found
        if lot.cancelling:
            answers = [self._books.answer(submission) for submission in lot.accepted]
            body = outputs.cancellations(lot.number, lot.seq, day, answers)
            return [*found, (0, f"{stem}-2-annulation.xml", body)]
        decided = self._books.standing(lot.accepted)
        if decided:
            body = outputs.decisions(lot.number, lot.seq, day, decided)
            # files are read by name: « reordered » lets the payment be read before
            rank = 9 if lot.wrong == "reordered" else 2
            found.append((1, f"{stem}-{rank}-liquidation.xml", body))
        # a sheet that came again in another lot is paid with the first
        mine = [decision for decision in decided if decision.lot == lot.seq]
        notices = outputs.payments(lot.number, lot.seq, day, mine)
        for rank, notice in enumerate(notices, 1):
            found.append((2, f"{stem}-3-paiement-{rank:03}.xml", notice))
        if lot.wrong == "contradictory" and decided:
            other = outputs.decisions(lot.number, lot.seq, day, [outputs.contrary(decided[0])])
            found.append((2, f"{stem}-4-liquidation.xml", other))
        return found
