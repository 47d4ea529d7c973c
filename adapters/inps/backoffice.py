"""The sandbox's back office: books each sheet once, decides after a while, leaves files.

Everything it received, decided and issued is in the ledger; after a kill at any moment it goes on
from there, and issues no file twice.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from adapters.inps import deposit, liquidation, outputs, returns
from adapters.sandbox import twists
from adapters.sandbox.behaviour import Behaviour, Misbehaviour
from adapters.sandbox.clock import SandboxClock
from adapters.sandbox.ledger import Ledger, LedgerEvent
from adapters.sandbox.movements import Movements
from adapters.sandbox.world import World
from hub.model import Tree

#: what can go wrong with the files of a deposit
RETURNS = frozenset({"delay", "duplicate", "garbage", "late", "reordered", "contradictory"})
_PATIENCE = 30.0  #: seconds a late return waits for that of the next deposit
_PAUSE = 0.05  #: seconds between two looks


@dataclass(frozen=True, slots=True)
class Delays:
    """Seconds from a deposit's arrival to each of its files."""

    liquidation: float = 0.5
    payment: float = 1.0


@dataclass(slots=True)
class _Deposit:
    key: str
    seq: int
    received: datetime
    sender: str
    sheets: list[Tree]
    wrong: Misbehaviour | None = None
    decided: list[tuple[str, Tree]] | None = None  #: (convention, decision), once it is out


@dataclass(slots=True)
class Books:
    """What INPS knows of sheets: by submission id."""

    sheets: dict[str, Tree] = field(default_factory=dict)
    decided: dict[str, Tree] = field(default_factory=dict)
    paid: set[str] = field(default_factory=set)
    cancelled: set[str] = field(default_factory=set)


class BackOffice:
    """One INPS."""

    def __init__(
        self, ledger: Ledger, behaviour: Behaviour, clock: SandboxClock, delays: Delays
    ) -> None:
        self.books = Books()
        self.lock = threading.RLock()  #: held while books are read or written
        self.world = World.load()
        self.movements = Movements("INPS", ledger, clock)
        self._ledger = ledger
        self._behaviour = behaviour
        self._clock = clock
        self._delays = delays
        self._history = liquidation.History()
        self._remember()

    def take(self, key: str, body: bytes) -> LedgerEvent:
        """Book a deposit that was checked; the same again gives the first one's event."""
        with self.lock:
            found = self._ledger.events("depot", key)
            if not found:
                self._ledger.record("depot", key, body=body, at=self._clock.now())
                found = self._ledger.events("depot", key)
                wrong = self._behaviour.take("retour", RETURNS)
                self._open.append(self._read(found[0], wrong))
            return found[0]

    def run(self, stop: threading.Event, also: Callable[[], None] = lambda: None) -> None:
        """Work until told to stop; `also` is done at each turn."""
        while not stop.wait(_PAUSE):
            self.work()
            also()

    def work(self) -> None:
        """Issue the files that are due."""
        with self.lock:
            for one in list(self._open):
                if self._issue(one):
                    self._ledger.record("depot-termine", one.key, at=self._clock.now())
                    self._open.remove(one)

    def publish(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Movements.order; what is published by it goes out as a batch at once."""
        told = self.movements.order(body)
        with self.lock:
            self._announce()
        return told

    def waiting(self) -> list[str]:
        """Names of the files not acknowledged yet, oldest first."""
        with self.lock:
            return list(self._waiting)

    def acknowledge(self, name: str) -> None:
        """The other side has this file; nothing when it is none, or done already."""
        with self.lock:
            if name in self._waiting:
                self._ledger.record("accuse", name, at=self._clock.now())
                del self._waiting[name]

    def cancel(self, submission: str) -> None:
        """Take a sheet that is not decided off the books."""
        self._ledger.record("annulation", submission, at=self._clock.now())
        self.books.cancelled.add(submission)

    def _read(self, event: LedgerEvent, wrong: Misbehaviour | None = None) -> _Deposit:
        tree = deposit.open_file(event.body)
        at = datetime.fromisoformat(event.at)
        one = _Deposit(
            event.reference, event.seq, at, tree["emetteur"], deposit.sheets(tree), wrong
        )
        for sheet in one.sheets:
            submission = sheet["identifiantDepot"]
            body = deposit.sheet(sheet).body
            number = f"INPS-{hashlib.sha256(submission.encode()).hexdigest()[:10].upper()}"
            amount = format(sheet["fin"]["total"], "f")
            self._ledger.book(submission, "claim", number, sheet["devise"], amount, body, at)
            self.books.sheets.setdefault(submission, sheet)
        return one

    def _remember(self) -> None:
        done = {event.reference for event in self._ledger.events("depot-termine")}
        self.books.cancelled = {e.reference for e in self._ledger.events("annulation")}
        self.books.paid = {e.reference for e in self._ledger.events("paiement")}
        self._open = []
        for event in self._ledger.events("depot"):
            one = self._read(event)
            if event.reference not in done:
                self._open.append(one)
        taken = {event.reference for event in self._ledger.events("accuse")}
        files = [event.reference for event in self._ledger.events("fichier")]
        self._issued = set(files)
        self._waiting = {name: None for name in files if name not in taken}
        for event in self._ledger.events("liquidation"):
            self._keep(event.reference, returns.liquidation(event.body))
        self._announce()

    def _issue(self, one: _Deposit) -> bool:
        """Write what is due; True when nothing more will come."""
        kind = one.wrong.kind if one.wrong else ""
        waited = self._clock.now() - one.received
        extra = one.wrong.seconds if one.wrong and kind == "delay" else 0.0
        if kind == "late" and not self._overtaken(one):
            extra = _PATIENCE
        due = self._delays.payment if kind == "reordered" else self._delays.liquidation
        # a clock put back must not stop the answers
        if timedelta(0) <= waited < timedelta(seconds=due + extra):
            return False
        day = self._clock.today()
        stem = f"D{one.seq:08d}"
        if one.decided is None:
            one.decided = self._decide(one, day)
            self._liquidate(one, one.decided, day, stem, kind)
        if timedelta(0) <= waited < timedelta(seconds=self._delays.payment + extra):
            return False
        self._pay(one, one.decided, day, stem)
        return True

    def _liquidate(
        self, one: _Deposit, decided: list[tuple[str, Tree]], day: date, stem: str, kind: str
    ) -> None:
        """Leave the return of a deposit, as it should be or as it was asked to be."""
        if kind == "reordered":
            self._pay(one, decided, day, stem)
        if kind == "garbage":
            self._file(f"{stem}-0-illisible.txt", b"\x00\xff000")
        if decided:
            body = outputs.liquidations(stem, day, one.sender, decided)
            self._file(f"{stem}-1-liquidation.txt", body)
            if kind == "duplicate":
                self._file(f"{stem}-1-liquidation-bis.txt", body)
            if kind == "contradictory":
                contrary = [(convention, _contrary(tree)) for convention, tree in decided]
                body = outputs.liquidations(f"{stem}-C", day, one.sender, contrary)
                self._file(f"{stem}-1-liquidation-contraire.txt", body)

    def _decide(self, one: _Deposit, day: date) -> list[tuple[str, Tree]]:
        """(convention, decision) of each sheet that was not taken back; each decided once."""
        found = []
        for sheet in one.sheets:
            submission = sheet["identifiantDepot"]
            if submission in self.books.cancelled:
                continue
            if submission not in self.books.decided:
                read = liquidation.read(sheet, self.world)
                verdict = liquidation.decide(read, self.world, self._history, day)
                number = f"LQ-{hashlib.sha256(submission.encode()).hexdigest()[:12].upper()}"
                body = outputs.records(liquidation.write(verdict, submission, number, day))
                self._ledger.record("liquidation", submission, one.key, body, self._clock.now())
                self._keep(submission, returns.liquidation(body))
            convention = sheet["etablissement"].get("convention", "")
            found.append((convention, self.books.decided[submission]))
        return found

    def _keep(self, submission: str, decision: Tree) -> None:
        self.books.decided[submission] = decision
        if decision["statut"] != "REJ":
            self._history.add(liquidation.read(self.books.sheets[submission], self.world))

    def _pay(self, one: _Deposit, decided: list[tuple[str, Tree]], day: date, stem: str) -> None:
        unpaid = [
            (convention, tree)
            for convention, tree in decided
            if tree["identifiantDepot"] not in self.books.paid
        ]
        body = outputs.payments(stem, day, one.sender, unpaid)
        if body:
            self._file(f"{stem}-2-paiement.txt", body)
        for _, tree in unpaid:
            if outputs.share(tree) > 0:
                submission = tree["identifiantDepot"]
                self._ledger.record("paiement", submission, stem, at=self._clock.now())
                self.books.paid.add(submission)

    def _overtaken(self, one: _Deposit) -> bool:
        """Is the return of a later deposit out?"""
        newer = f"D{one.seq:08d}-9"
        return any(name > newer and "liquidation" in name for name in self._issued)

    def _announce(self) -> None:
        """Movements published since the last batch, as a new batch."""
        published = self.movements.published()
        before = sum(int(event.text) for event in self._ledger.events("lot-mouvements"))
        rows = published[before:]
        wrong = twists.asked(self._behaviour, twists.MOVEMENTS) if rows else ""
        if not rows or wrong == "late":
            return
        number = f"IM-{before + len(rows):06d}"
        if wrong == "garbage":
            self._file(f"{number}-0-illisible.json", twists.GARBAGE)
        for rank, some in enumerate(twists.batches(rows, wrong)):
            body = outputs.movements(number, self._clock.today(), some)
            self._file(f"{number}{f'-{rank}' if rank else ''}-immatriculation.json", body)
        self._ledger.record("lot-mouvements", number, str(len(rows)), at=self._clock.now())

    def _file(self, name: str, body: bytes) -> None:
        """Leave a file for the other side; nothing when it was left before."""
        if name not in self._issued:
            self._ledger.record("fichier", name, body=body, at=self._clock.now())
            self._issued.add(name)
            self._waiting[name] = None


def _contrary(decision: Tree) -> Tree:
    """The same sheet, rejected as a whole for another reason (999)."""
    nothing = dict.fromkeys(("base", "taux", "partCaisse", "ticketModerateur"), Decimal(0))
    lines = [
        {**line, **nothing, "ajuste": line["demande"], "motif": []} for line in decision["ligne"]
    ]
    reason = {"code": "999", "suite": [{"texte": "Décision annulée et remplacée (essai)."}]}
    head = {name: value for name, value in decision.items() if name not in ("fin", "motif")}
    number = f"{decision['numeroLiquidation']}-C"
    return {**head, "statut": "REJ", "numeroLiquidation": number, "motif": [reason], "ligne": lines}
