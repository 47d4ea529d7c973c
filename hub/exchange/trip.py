"""One claim's trip, the steps in order: translate, dispatch, ask, receive, notify.

A worker takes an exchange by lease, runs the step of its state, and saves. What the step raises
says what happens next (hub/errors.py). Truth is in the store; being called twice does no harm.
"""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass, replace
from datetime import timedelta

from hub.errors import (
    IllegalMove,
    LeaseLost,
    Problem,
    Refused,
    Unconfirmed,
    Unmappable,
    Unreachable,
    Unreadable,
)
from hub.exchange import answers, dossier, rights, states
from hub.exchange.parts import Parts
from hub.model import Event, Exchange, Message, Reply, ReplyKind, State, StoredMessage, Tree
from hub.ports import Change

log = logging.getLogger(__name__)

#: An exchange that fails this often for a reason nobody foresaw is held for a person.
MOST_SURPRISES = 3


@dataclass(frozen=True, slots=True)
class Trip(Parts):
    """The steps; everything it touches comes in through doors."""

    def advance(self, id: str) -> None:
        """Take the exchange as far as it can go now."""
        more = True
        while more and (exchange := self.store.lease(id, self.pace.lease)) is not None:
            change = self.step(exchange)
            try:
                self.store.save(change)
            except LeaseLost:
                log.warning("exchange %s: lease lost, nothing written", id)
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

    # -- the steps -----------------------------------------------------------------------------

    def translate(self, exchange: Exchange) -> Change:
        """ACCEPTED → READY: know the partner, run the map, make and keep the exact bytes."""
        events: list[Event] = []
        if exchange.partner is None:
            exchange, event = rights.route(self, exchange)
            events.append(event)
        parent = self.store.exchange(exchange.parent) if exchange.parent else None
        if parent is not None and parent.state is State.CANCELLED:
            gone = states.move(exchange, State.CANCELLED, next_attempt=None)
            return Change(gone, (self.event("withdrawn", "La feuille a été retirée.", gone.state),))
        if parent is not None and parent.state in (State.ACCEPTED, State.READY):
            return Change(self._behind(exchange))
        adapter = self.adapter(exchange)
        canonical = exchange.maps.get("request") or self.mapper.pin(
            f"{dossier.MAPS}{adapter.name}-{exchange.operation}"
        )
        tree = self.mapper.map(canonical, self.dossier(exchange, parent))
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
        events.append(self.event("translated", text, State.READY, map=canonical))
        return Change(ready, events, (self._out("request", message),))

    def _behind(self, copy: Exchange) -> Exchange:
        """A copy leaves once its original has; until then it looks again, ever less often."""
        wait = min(self.pace.delay(copy.attempts), timedelta(seconds=30))
        return replace(copy, attempts=copy.attempts + 1, next_attempt=self.clock.now() + wait)

    def dispatch(self, exchange: Exchange) -> Change:
        """READY → SENT → …: the state is committed before the bytes leave."""
        adapter = self.adapter(exchange)
        message = self.outgoing(exchange)
        guard = self.clock.now() + timedelta(seconds=self.pace.lease)
        sent = states.move(exchange, State.SENT, attempts=exchange.attempts, next_attempt=guard)
        text = f"Envoi à {adapter.name} ({adapter.operations[exchange.operation]})."
        self.store.save(Change(sent, (self.event("sent", text, State.SENT),)))
        try:
            reply = adapter.send(message)
        except Unreachable as problem:
            return self._later(states.move(sent, State.READY, attempts=sent.attempts), problem)
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

    def receive(self, exchange: Exchange, reply: Reply) -> Change:
        """What the partner said, applied to the exchange it is about.

        Raises:
            Unreadable: the reply contradicts what the partner already decided, or pays what it
                has not decided; it goes to quarantine and changes nothing.
        """
        if self.store.reply_known(exchange.partner or "", reply):
            return self.unchanged(exchange)
        stored = StoredMessage(
            "in",
            str(reply.kind),
            reply.body,
            reply.content_type,
            self.clock.now(),
            sha256=hashlib.sha256(reply.body).hexdigest(),
        )
        if reply.kind is ReplyKind.UNKNOWN:
            return self._never_arrived(exchange)
        if reply.kind is ReplyKind.REJECTED:
            change = self._rejected(exchange, reply, stored)
        elif reply.kind is ReplyKind.ACKNOWLEDGED:
            change = self._acknowledged(exchange, reply, stored)
        else:
            change = answers.apply(self, exchange, reply, stored)
        return replace(change, reply=reply)

    def close(self, exchange: Exchange) -> Change:
        """ANSWERED → CLOSED: the provider can read the answer."""
        closed = states.move(exchange, State.CLOSED, next_attempt=None)
        text = (
            f"Réponse à la disposition du prestataire : {exchange.answer}."
            if exchange.answer
            else "Échange terminé."
        )
        return Change(closed, (self.event("closed", text, State.CLOSED),))

    def eligibility(self, resource: Tree, raw: bytes) -> bytes:
        """CoverageEligibilityRequest/$submit, in real time (hub/exchange/rights.py)."""
        return rights.eligibility(self, resource, raw, {})

    # -- what replies do -----------------------------------------------------------------------

    def unchanged(self, exchange: Exchange) -> Change:
        """Nothing new was learnt; only a partner that is asked regularly is asked again later."""
        if exchange.state in (State.SENT, State.PENDING) and exchange.next_attempt is not None:
            when = self.clock.now() + self.pace.delay(exchange.attempts)
            exchange = replace(exchange, attempts=exchange.attempts + 1, next_attempt=when)
        return Change(exchange)

    def _never_arrived(self, exchange: Exchange) -> Change:
        adapter = self.adapter(exchange)
        if exchange.state is State.SENT and adapter.resends_safely:
            ready = states.move(exchange, State.READY, next_attempt=self.clock.now())
            text = (
                f"{adapter.name} n'a jamais reçu ce message ; il repart avec le même identifiant."
            )
            return Change(ready, (self.event("asked", text, State.READY),))
        return self.hold(
            exchange,
            f"{adapter.name} dit n'avoir jamais reçu ce message, et ne reconnaît pas les doubles. "
            "Vérifiez avec l'organisme avant de reprendre l'échange.",
        )

    def _rejected(self, exchange: Exchange, reply: Reply, stored: StoredMessage) -> Change:
        if exchange.state not in (State.SENT, State.PENDING):
            return Change(exchange)
        ready = states.move(exchange, State.READY, next_attempt=None)
        change = self.hold(
            ready,
            f"Dépôt refusé en bloc par {exchange.partner} : {reply.text}. Rien n'y est enregistré. "
            "Corrigez la cause, puis reprenez l'échange.",
        )
        return replace(change, messages=(stored,))

    def _acknowledged(self, exchange: Exchange, reply: Reply, stored: StoredMessage) -> Change:
        reference = reply.partner_reference or exchange.partner_reference
        if exchange.state is not State.SENT:
            same = reference == exchange.partner_reference
            if same or exchange.state is not State.PENDING:
                return self.unchanged(exchange)
            told = self.event("acknowledged", self._receipt(exchange, reply))
            return Change(replace(exchange, partner_reference=reference), (told,), (stored,))
        batch = exchange.operation in self.adapter(exchange).batches
        pending = states.move(
            exchange,
            State.PENDING,
            partner_reference=reference,
            detail={"told": reply.text} if reply.text else {},
            next_attempt=None if batch else self.clock.now() + self.pace.delay(0),
        )
        told = self.event("acknowledged", self._receipt(exchange, reply), State.PENDING)
        return Change(pending, (told,), (stored,))

    def _receipt(self, exchange: Exchange, reply: Reply) -> str:
        number = f", sous le numéro {reply.partner_reference}" if reply.partner_reference else ""
        return f"Accusé de réception de {exchange.partner}{number}. {reply.text}".strip()

    # -- what errors do ------------------------------------------------------------------------

    def failed(self, exchange: Exchange, problem: Problem) -> Change:
        """The change an error's class asks for."""
        if isinstance(problem, Unmappable):
            missing = [
                {"map": m.concept_map, "system": m.system, "code": m.code, "path": m.path}
                for m in problem.missing
            ]
            return self.hold(exchange, problem.text, missing=missing)
        if isinstance(problem, Unreachable | Unconfirmed):
            return self._later(exchange, problem)
        if not isinstance(problem, Refused | Unreadable):
            log.error("exchange %s: %s", exchange.id, type(problem).__name__)
        return self.hold(exchange, problem.text)

    def _later(self, exchange: Exchange, problem: Problem) -> Change:
        attempts = exchange.attempts + 1
        when = self.clock.now() + self.pace.delay(exchange.attempts)
        waiting = replace(exchange, attempts=attempts, next_attempt=when)
        certain = exchange.state in (State.ACCEPTED, State.READY)
        told = "rien n'est parti" if certain else "issue inconnue, l'organisme sera interrogé"
        text = f"{problem.text} ({told} ; prochain essai le {when:%d/%m/%Y à %H:%M:%S} UTC)"
        told_as = self.event(type(problem).__name__.lower(), text, waiting.state, attempt=attempts)
        return Change(waiting, (told_as,))

    def surprised(self, exchange: Exchange, surprise: Exception) -> Change:
        """An error nobody foresaw: try again a few times, then a person looks at it."""
        attempts = exchange.attempts + 1
        if attempts >= MOST_SURPRISES:
            return self.hold(
                exchange,
                f"Erreur interne du hub ({type(surprise).__name__}) ; l'exploitant en est averti. "
                "La feuille est conservée.",
            )
        when = self.clock.now() + self.pace.delay(exchange.attempts)
        return Change(replace(exchange, attempts=attempts, next_attempt=when))

    def hold(self, exchange: Exchange, reason: str, **detail: object) -> Change:
        """Wait for a person: the reason says what to do."""
        held = replace(exchange, held=True, reason=reason, detail=detail, next_attempt=None)
        return Change(held, (self.event("held", reason, exchange.state, **detail),))

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
