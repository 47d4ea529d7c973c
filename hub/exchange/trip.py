"""One claim's trip, the steps in order: translate, dispatch, ask, receive, notify.

A worker takes an exchange by lease, runs the step of its state, and saves. What the step raises
says what happens next (hub/errors.py). Truth is in the store; being called twice does no harm.
"""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass, replace
from datetime import timedelta

from hub.errors import Conflict, IllegalMove, LeaseLost, Problem, Unreachable
from hub.exchange import (
    billing,
    cancelling,
    copies,
    dossier,
    enquiry,
    orders,
    rights,
    sightings,
    states,
    vetting,
)
from hub.exchange.receiving import Receiving
from hub.model import Event, Exchange, Message, Operation, State, StoredMessage, Tree
from hub.ports import Change
from hub.ports.releases import When

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Trip(Receiving):
    """The steps; everything it touches comes in through doors."""

    def advance(self, id: str) -> None:
        """Take the exchange as far as it can go now."""
        more = True
        while more and (exchange := self.store.lease(id, self.pace.lease)) is not None:
            change = sightings.noticed(self, exchange, self.step(exchange))
            try:
                change = billing.save(self, exchange, change)
            except (LeaseLost, Conflict) as lost:
                log.warning("exchange %s: %s, nothing written", id, type(lost).__name__)
                return
            self.notify(id)
            due = change.exchange.next_attempt
            more = due is not None and due <= self.clock.now() and not change.exchange.held

    def step(self, exchange: Exchange) -> Change:
        """Run the step of this state; an error becomes the change it asks for."""
        steps = {
            State.ACCEPTED: self.translate,
            State.READY: self.dispatch,
            State.SENT: self.ask,
            State.PENDING: self.ask,
            State.ANSWERED: self.close,
        }
        run = steps.get(exchange.state)
        if run is None:
            return Change(replace(exchange, next_attempt=None))
        try:
            return run(exchange)
        except (LeaseLost, IllegalMove):
            raise
        except Problem as problem:
            return self.failed(exchange, problem)
        except Exception as surprise:
            log.exception("exchange %s: step %s failed", exchange.id, exchange.state)
            return self.surprised(exchange, surprise)

    def translate(self, exchange: Exchange) -> Change:
        """ACCEPTED → READY: know the partner, run the map, make and keep the exact bytes."""
        events: list[Event] = []
        if exchange.operation is Operation.CANCELLATION:
            prepared = cancelling.prepare(self, exchange)
            if isinstance(prepared, Change):
                return prepared
            exchange = prepared
        if exchange.partner is None:
            exchange, event = rights.route(self, exchange)
            events.append(event)
        parent = self.store.exchange(exchange.parent) if exchange.parent else None
        first = copies.before(self, exchange)
        if first is not None:
            return first
        adapter = self.adapter(exchange)
        when = When(exchange.care_date, exchange.created)
        canonical = exchange.maps.get("request") or self.mapper.pin(
            f"{dossier.MAPS}{adapter.name}-{exchange.operation}", when
        )
        source = self.dossier(exchange, parent)
        rights.check_person(self, exchange, source)
        tree = self.mapper.map(canonical, source, when)
        message = adapter.encode(exchange.operation, tree, exchange.submission)
        waits = exchange.operation in adapter.batches
        now = self.clock.now()
        ready = states.move(
            exchange,
            State.READY,
            maps={**exchange.maps, "request": canonical},
            next_attempt=None if waits else now,
        )
        text = (
            f"Traduite pour {adapter.name} par {canonical} ; "
            f"{len(message.body)} octets conservés."
            + (" Attend la fermeture du prochain dépôt." if waits else "")
        )
        lost = {"losses": list(message.losses)} if message.losses else {}
        if lost:
            text += f" Signalé comme perte : {' ; '.join(message.losses)}"
        events.append(self.event("translated", text, State.READY, map=canonical, **lost))
        asked = exchange.operation is Operation.CANCELLATION
        task = orders.moved(self, exchange, "in-progress") if asked else ()
        change = Change(ready, events, (self._out("request", message),), task)
        return vetting.vetted(self, ready, change, source)

    def dispatch(self, exchange: Exchange) -> Change:
        """READY → SENT → …: the state is committed before the bytes leave."""
        first = copies.before(self, exchange)
        if first is not None:
            return first
        adapter = self.adapter(exchange)
        message = self.outgoing(exchange)
        guard = self.clock.now() + timedelta(seconds=self.pace.lease)
        sent = states.move(exchange, State.SENT, attempts=exchange.attempts, next_attempt=guard)
        text = f"Envoi à {adapter.name} ({adapter.operations[exchange.operation]})."
        self.store.save(Change(sent, (self.event("sent", text, State.SENT),)))
        try:
            reply = adapter.send(message)
        except Unreachable as problem:
            return self.later(states.move(sent, State.READY, attempts=sent.attempts), problem)
        except Problem as problem:
            return self.failed(sent, problem)
        try:
            return self.receive(sent, reply)
        except Problem as problem:
            return self.failed(sent, problem)

    def ask(self, exchange: Exchange) -> Change:
        """SENT or PENDING: ask what became of it; never send again blindly.

        What travels in a deposit is asked about by the deposit, and answered by files.
        """
        adapter = self.adapter(exchange)
        if exchange.operation in adapter.batches:
            return Change(replace(exchange, next_attempt=None))
        message = self.outgoing(exchange)
        reply = adapter.ask(message, exchange.partner_reference or None)
        return self.receive(exchange, reply)

    def close(self, exchange: Exchange) -> Change:
        """ANSWERED → CLOSED: the provider can read the answer."""
        if exchange.operation is Operation.CANCELLATION:
            return cancelling.settle(self, exchange)
        closed = states.move(exchange, State.CLOSED, next_attempt=None)
        text = (
            f"Réponse à la disposition du prestataire : {exchange.answer}."
            if exchange.answer
            else "Échange terminé."
        )
        return Change(closed, (self.event("closed", text, State.CLOSED),))

    def eligibility(self, resource: Tree, raw: bytes) -> bytes:
        """CoverageEligibilityRequest/$submit, in real time (hub/exchange/enquiry.py)."""
        return enquiry.eligibility(self, resource, raw, {})

    def _out(self, kind: str, message: Message) -> StoredMessage:
        return StoredMessage(
            "out",
            kind,
            message.body,
            message.content_type,
            self.clock.now(),
            name=message.name,
            sha256=hashlib.sha256(message.body).hexdigest(),
            operation=message.operation,
            key=message.key,
            total=message.total,
        )
