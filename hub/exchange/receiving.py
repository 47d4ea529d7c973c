"""What replies do: acknowledged, decided, unknown, refused; each applied once."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

from hub.errors import Unreadable
from hub.exchange import answers, states
from hub.exchange.mishaps import Mishaps
from hub.model import Exchange, Reply, ReplyKind, State, StoredMessage
from hub.ports import Change


@dataclass(frozen=True, slots=True)
class Receiving(Mishaps):
    """Turns a partner's replies into changes of the exchange they are about."""

    def receive(self, exchange: Exchange, reply: Reply) -> Change:
        """What the partner said, applied to the exchange it is about.

        Raises:
            Unreadable: the reply contradicts what the partner already decided, or is about
                something else; it goes to quarantine and changes nothing.
        """
        if self.store.reply_known(exchange.partner or "", reply):
            return self.unchanged(exchange)
        try:
            self.about(exchange, reply)
            return self._received(exchange, reply)
        except Unreadable as problem:
            problem.evidence = problem.evidence or reply.body
            raise

    def about(self, exchange: Exchange, reply: Reply) -> None:
        """Is it about what this exchange sent, in all that it repeats of it?

        Raises:
            Unreadable: it names another sheet, person, provider, day…
        """
        sent = self.store.outgoing(exchange.id)
        if sent is not None and reply.kind is not ReplyKind.UNKNOWN:
            self.adapter(exchange).check(sent, reply)

    def _received(self, exchange: Exchange, reply: Reply) -> Change:
        stored = self.crossed(reply)
        if reply.kind is ReplyKind.UNKNOWN:
            return self._never_arrived(exchange)
        if reply.kind is ReplyKind.REJECTED:
            change = self._rejected(exchange, reply, stored)
        elif reply.kind is ReplyKind.ACKNOWLEDGED:
            change = self._acknowledged(exchange, reply, stored)
        elif self._decided_so_before(exchange, reply):
            change = self.unchanged(exchange)
        else:
            change = answers.apply(self, exchange, reply, stored)
        return replace(change, reply=reply)

    def crossed(self, reply: Reply) -> StoredMessage:
        """The reply's bytes, to be kept with the exchange."""
        return StoredMessage(
            "in",
            str(reply.kind),
            reply.body,
            reply.content_type,
            self.clock.now(),
            sha256=hashlib.sha256(reply.body).hexdigest(),
        )

    def unchanged(self, exchange: Exchange) -> Change:
        """Nothing new was learnt; only a partner that is asked regularly is asked again later."""
        if exchange.state in (State.SENT, State.PENDING) and exchange.next_attempt is not None:
            when = self.clock.now() + self.pace.delay(exchange.attempts)
            exchange = replace(exchange, attempts=exchange.attempts + 1, next_attempt=when)
        return Change(exchange)

    def _decided_so_before(self, exchange: Exchange, reply: Reply) -> bool:
        """The same decision in other bytes: in a file after it was in the answer to a question."""
        if reply.kind is not ReplyKind.ANSWER:
            return False
        if exchange.state not in (State.ANSWERED, State.CLOSED):
            return False
        adapter = self.adapter(exchange)
        try:
            said = adapter.decode(reply)
            return any(
                adapter.decode(replace(reply, body=m.body, content_type=m.content_type)) == said
                for m in self.store.messages(exchange.id)
                if m.direction == "in" and m.kind == ReplyKind.ANSWER
            )
        except Unreadable:
            return False

    def _never_arrived(self, exchange: Exchange) -> Change:
        adapter = self.adapter(exchange)
        if exchange.state not in (State.SENT, State.PENDING):
            return Change(exchange)
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
            same = reference == exchange.partner_reference and self._said_before(exchange, reply)
            if same or exchange.state is not State.PENDING:
                return self.unchanged(exchange)
            told = self.event("acknowledged", self._receipt(exchange, reply))
            known = {**exchange.detail, "told": reply.text} if reply.text else exchange.detail
            again = self.unchanged(exchange).exchange
            pending = replace(again, partner_reference=reference, detail=known)
            return Change(pending, (told,), (stored,))
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

    def _said_before(self, exchange: Exchange, reply: Reply) -> bool:
        """A partner that puts its decision off says why; the newest reason is the one shown."""
        return not reply.text or reply.text == exchange.detail.get("told", reply.text)

    def _receipt(self, exchange: Exchange, reply: Reply) -> str:
        number = f", sous le numéro {reply.partner_reference}" if reply.partner_reference else ""
        return f"Accusé de réception de {exchange.partner}{number}. {reply.text}".strip()
