"""Files that carry many messages to one partner: when they close, how they leave."""

from __future__ import annotations

import uuid
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal

from hub.errors import Issue, Problem, Refused
from hub.exchange.trip import Trip
from hub.model import BatchLimits, Deposit, Event, Message, ReplyKind, State
from hub.ports import Adapter


@dataclass(frozen=True, slots=True)
class Deposits:
    """Closes and delivers deposits. Every step may be repeated after a crash."""

    trip: Trip

    def close_due(self) -> int:
        """Close each deposit that is full, large or old enough; gives how many."""
        closed = 0
        for adapter in self.trip.adapters.values():
            for operation, limits in adapter.batches.items():
                while self._close(adapter, operation, limits):
                    closed += 1
        return closed

    def _close(self, adapter: Adapter, operation: str, limits: BatchLimits) -> bool:
        store, now = self.trip.store, self.trip.clock.now()
        waiting = store.deposit_candidates(adapter.name, operation, limits.count)
        if not waiting:
            return False
        oldest = store.exchange(waiting[0])
        age = (now - oldest.updated).total_seconds() if oldest else 0.0
        members: list[str] = []
        messages: list[Message] = []
        size = 0
        for id in waiting:
            message = store.outgoing(id)
            if message is None:
                continue
            if members and size + len(message.body) > limits.size:
                break
            members.append(id)
            messages.append(message)
            size += len(message.body)
        full = len(members) >= limits.count or len(members) < len(waiting)
        if not members or not (full or age >= limits.age):
            return False
        return self._store(adapter, operation, members, messages)

    def _store(
        self, adapter: Adapter, operation: str, members: list[str], messages: list[Message]
    ) -> bool:
        key = str(uuid.uuid4())
        try:
            message = adapter.bundle(operation, messages, key)
        except Problem as problem:
            self._hold(members, problem)
            return False
        now = self.trip.clock.now()
        deposit = Deposit(
            id=key,
            partner=adapter.name,
            operation=operation,
            key=key,
            name=message.name,
            state=State.SENT,
            count=len(members),
            amounts=_sums(messages),
            created=now,
            next_attempt=now,
        )
        return self.trip.store.close_deposit(deposit, members, message)

    def _hold(self, members: list[str], problem: Problem) -> None:
        """These cannot travel together: a person looks at them, others are not kept waiting."""
        store = self.trip.store
        for id in members:
            exchange = store.lease(id, self.trip.pace.lease, due=False)
            if exchange is not None:
                store.save(self.trip.hold(exchange, problem.text))

    def deliver_due(self) -> int:
        """Send the deposits that are due, or ask about those whose fate is unknown."""
        due = self.trip.store.deposits_due()
        for id in due:
            self.deliver(id)
        return len(due)

    def deliver(self, id: str) -> None:
        """One attempt for one deposit."""
        leased = self.trip.store.lease_deposit(id, self.trip.pace.lease)
        if leased is None:
            return
        deposit, message = leased
        adapter = self.trip.adapters[deposit.partner]
        guard = self.trip.clock.now() + timedelta(seconds=self.trip.pace.lease)
        tried = replace(deposit, attempts=deposit.attempts + 1, next_attempt=guard)
        self.trip.store.save_deposit(tried, None)
        try:
            delivered = self._deliver(adapter, message, first=deposit.attempts == 0)
        except Refused as problem:
            self._stop(tried, problem)
        except Problem as problem:
            when = self.trip.clock.now() + self.trip.pace.delay(deposit.attempts)
            self.trip.store.save_deposit(
                replace(tried, next_attempt=when, reason=problem.text), None
            )
        else:
            done = replace(tried, state=State.PENDING, next_attempt=None, reason="")
            self.trip.store.save_deposit(done, State.PENDING, (self._told(done, delivered),))

    def _deliver(self, adapter: Adapter, message: Message, *, first: bool) -> str:
        """Gives how it was found out that the partner has the file.

        Raises:
            Refused: the partner says it never came, and does not drop copies: a person decides.
        """
        if not first:
            reply = adapter.ask(message, None)
            if reply.kind is not ReplyKind.UNKNOWN:
                return "présence vérifiée chez l'organisme"
            if not adapter.resends_safely:
                raise _undecided(adapter.name, message.name)
        adapter.send(message)
        return "remis"

    def _told(self, deposit: Deposit, how: str) -> Event:
        sums = ", ".join(f"{v} {c}" for c, v in deposit.amounts.items())
        text = (
            f"Dépôt {deposit.name} {how} (feuilles : {deposit.count}, total : {sums}). "
            "Attend l'accusé de réception."
        )
        return self.trip.event("delivered", text, State.PENDING, deposit=deposit.id)

    def _stop(self, deposit: Deposit, problem: Problem) -> None:
        """The partner will not take this file: a person looks at it."""
        stopped = replace(deposit, next_attempt=None, reason=problem.text)
        told = self.trip.event("held", problem.text, None, deposit=deposit.id)
        self.trip.store.save_deposit(stopped, None, (told,))


def _sums(messages: list[Message]) -> dict[str, str]:
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for message in messages:
        if message.total is not None:
            sums[message.total.currency] += message.total.amount
    return {currency: str(amount) for currency, amount in sums.items()}


def _undecided(partner: str, name: str) -> Refused:
    return Refused(
        Issue(
            "transient",
            fr=f"{partner} dit n'avoir jamais reçu {name}, et ne reconnaît pas les doubles. "
            "Vérifiez avec l'organisme avant de renvoyer ce dépôt.",
            en=f"{partner} says it never received {name}, and does not drop copies. Check with "
            "the institution before sending this deposit again.",
        )
    )
