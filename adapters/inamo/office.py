"""What the sandbox's CNPS does with claims: books each once, decides, lets time pass.

Illustrative: no official rule. Everything decided is in the ledger before anything shows, so
that a restart shows the same.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from adapters.inamo import dialect, responses, verdicts
from adapters.inamo.intake import Intake, Rejected
from adapters.sandbox.clock import SandboxClock
from adapters.sandbox.ledger import Entry, Ledger
from adapters.sandbox.rules import liquidate
from adapters.sandbox.sheets import Sheet
from adapters.sandbox.world import World
from hub.formats import exact_json
from hub.model import Tree

#: how long a deferred authorisation waits for its papers before it is refused
PATIENCE = timedelta(days=1)
_ENTERED: Tree = {"statut": "saisie"}
_CHECKED: Tree = {"statut": "verifiee"}


@dataclass(slots=True)
class Record:
    """One claim as the fund keeps it."""

    key: str
    number: str
    claim: Tree
    sheet: Sheet
    at: datetime  #: of booking
    decision: Tree
    late: bool = False  #: decided only after the claim that comes next
    cancelled: bool = False
    ordered: tuple[Tree, datetime] | None = None  #: the adviser's later decision, and when

    @property
    def authorization(self) -> bool:
        """Is it a request for prior authorisation?"""
        return bool(self.claim.get("use") == "preauthorization")


class Office:
    """The fund's books. `review` is how long a claim waits for its decision."""

    def __init__(
        self, world: World, ledger: Ledger, clock: SandboxClock, review: timedelta
    ) -> None:
        self.world, self._ledger, self._clock, self._review = world, ledger, clock, review
        self.intake = Intake(world)
        self._lock = threading.RLock()
        self._records: dict[str, Record] = {}
        self._by_person: dict[str, list[Record]] = {}
        self._remember()

    def submit(self, claim: Tree, late: bool = False) -> Record:
        """Book a claim once and decide; the same again gives the same record.

        With `late`, the decision shows only after that on the claim which comes next.

        Raises:
            Rejected: 400 not a claim openIMIS takes, 409 the code was used for other content.
        """
        self.intake.check(claim)
        key = dialect.identifier(claim)
        with self._lock:
            known = self._records.get(key)
            if known is not None:
                if known.claim != claim:
                    raise Rejected(409, f"Le code {key} a déjà servi pour un autre contenu.")
                return known
            sheet = self.intake.sheet(claim)
            number = hashlib.sha256(key.encode()).hexdigest()[:12].upper()
            number = f"{'DP' if claim.get('use') == 'preauthorization' else 'GN'}-{number}"
            now = self._clock.now()
            decision = self._decide(claim, sheet)
            self._ledger.record("decision", key, number, exact_json.dumps(decision), now)
            if late:
                self._ledger.record("late", key, at=now)
            self._book(key, number, claim, now)
            return self._keep(Record(key, number, claim, sheet, now, decision, late))

    def find(self, key: str) -> Record | None:
        """The record of a claim's code."""
        return self._records.get(key)

    def records(self) -> list[Record]:
        """Everything booked, in order."""
        with self._lock:
            return list(self._records.values())

    def standing(self, record: Record) -> tuple[Tree, datetime]:
        """Where a record stands now: what is decided by now, and since when."""
        now, due = self._clock.now(), self._due(record)
        if record.cancelled or due is None:
            return _ENTERED, record.at
        if now >= due:
            if record.ordered is not None and now >= record.ordered[1]:
                return record.ordered
            if record.decision["statut"] == "verifiee" and now >= due + PATIENCE:
                return verdicts.expired(record.sheet), due + PATIENCE
            return record.decision, due
        half = record.at + self._review / 2
        return (_CHECKED, half) if now >= half else (_ENTERED, record.at)

    def _due(self, record: Record) -> datetime | None:
        """When its decision shows; None: not before another claim comes."""
        if not record.late:
            return record.at + self._review
        keys = list(self._records)
        following = keys[keys.index(record.key) + 1 :][:1]
        after = self._due(self._records[following[0]]) if following else None
        return after + self._review if after else None

    def shown(self, record: Record, contrary: bool = False) -> Tree:
        """The ClaimResponse of a record, as openIMIS writes it today.

        With `contrary`, the contrary of what was decided, as a misbehaviour.
        """
        decision, since = self.standing(record)
        if contrary and "ligne" in decision:
            decision = verdicts.contrary(record.sheet)
        instant = since.strftime("%Y-%m-%dT%H:%M:%SZ")
        today = self._clock.today()
        shown = responses.response(record.claim, record.number, decision, instant, today)
        return shown | ({"status": "cancelled"} if record.cancelled else {})

    def cancel(self, key: str, reason: str) -> str:
        """Take a claim back while nothing is decided; gives why not, or "" when it is done."""
        with self._lock:
            record = self._records.get(key)
            if record is None:
                return "Ce dossier est inconnu : il n'y a rien à annuler."
            if record.cancelled:
                return ""
            decision, _ = self.standing(record)
            if decision["statut"] not in ("saisie", "verifiee"):
                return "Le dossier est déjà liquidé : il ne peut plus être annulé."
            self._ledger.record("cancellation", key, reason, at=self._clock.now())
            record.cancelled = True
            return ""

    def waiting(self) -> list[Record]:
        """Requests for prior authorisation that the adviser put off, and may now decide."""
        return [
            record
            for record in self.records()
            if record.authorization
            and not record.cancelled
            and record.decision["statut"] == "verifiee"
            and self.standing(record)[0]["statut"] in ("saisie", "verifiee")
        ]

    def advise(self, record: Record, granted: bool, most: Mapping[int, Decimal]) -> None:
        """Decide a request that was put off: granted, at most `most` of a line, or refused."""
        with self._lock:
            serial = self._ledger.count() + 1
            decision = verdicts.declined(record.sheet)
            if granted:
                decision = verdicts.examined(record.sheet, serial, self.world, most)
            now = self._clock.now()
            self._ledger.record("advice", record.key, "", exact_json.dumps(decision), now)
            record.ordered = (decision, now)

    def _decide(self, claim: Tree, sheet: Sheet) -> Tree:
        today = self._clock.today()
        if claim.get("use") == "preauthorization":
            serial = self._ledger.count() + 1
            return verdicts.advised(sheet, dialect.explanation(claim), serial, self.world)
        verdict = liquidate(sheet, self.world, list(self._history(sheet)), today)
        return verdicts.decided(verdict, sheet)

    def _history(self, sheet: Sheet) -> Iterator[Sheet]:
        """Accepted claims of the same person, or of the same number from the same provider."""
        for record in self._by_person.get(sheet.beneficiary, []):
            if not record.cancelled and record.decision["statut"] == "valorisee":
                yield record.sheet
        for record in self._by_person.get(f"{sheet.provider}|{sheet.number}", []):
            if not record.cancelled and record.sheet.beneficiary != sheet.beneficiary:
                yield record.sheet

    def _book(self, key: str, number: str, claim: Tree, now: datetime) -> None:
        total, paid = claim["total"], claim.get("use") != "preauthorization"
        self._ledger.book(
            key,
            "Claim" if paid else "Preauthorization",
            number,
            total.get("currency", "") if paid else "",
            f"{total['value']}" if paid else "",
            exact_json.dumps(claim),
            now,
        )

    def _keep(self, record: Record) -> Record:
        self._records[record.key] = record
        if not record.authorization:
            sheet = record.sheet
            self._by_person.setdefault(sheet.beneficiary, []).append(record)
            self._by_person.setdefault(f"{sheet.provider}|{sheet.number}", []).append(record)
        return record

    def _remember(self) -> None:
        decisions = {e.reference: e.body for e in self._ledger.events("decision")}
        late = {e.reference for e in self._ledger.events("late")}
        for entry in self._ledger.entries():
            if entry.kind in ("Claim", "Preauthorization"):
                self._keep(self._restored(entry, decisions, late))
        for event in self._ledger.events("advice"):
            if event.reference in self._records:
                decision = exact_json.loads(event.body)
                self._records[event.reference].ordered = (
                    decision,
                    datetime.fromisoformat(event.at),
                )
        for event in self._ledger.events("cancellation"):
            if event.reference in self._records:
                self._records[event.reference].cancelled = True

    def _restored(self, entry: Entry, decisions: dict[str, bytes], late: set[str]) -> Record:
        claim = exact_json.loads(entry.body)
        return Record(
            entry.submission,
            entry.number,
            claim,
            self.intake.sheet(claim),
            datetime.fromisoformat(entry.at),
            exact_json.loads(decisions[entry.submission]),
            entry.submission in late,
        )
