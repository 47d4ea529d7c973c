"""What partners leave for us: fetched, kept whole, then applied, each part once."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass, replace
from datetime import timedelta

from hub.errors import LeaseLost, Problem, Unreadable
from hub.exchange import news, notices
from hub.exchange.trip import Trip
from hub.model import Exchange, Inbound, Reply, ReplyKind, State
from hub.ports import Change

#: Seconds after which a file that waits for something is tried again at the latest.
LONGEST_WAIT = 60
#: What quarantine says in place of a reference of something that came while collecting.
COLLECTED = "relève"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Post:
    """Collects files and applies them. Being killed anywhere loses and doubles nothing: a file is
    stored before it is moved away at the partner, and a reply already applied changes nothing."""

    trip: Trip

    def collect(self) -> int:
        """Fetch what waits at every partner; a partner that does not answer stops no other."""
        found = 0
        for name, adapter in self.trip.adapters.items():
            try:
                for inbound in adapter.collect():
                    self.trip.store.inbox_put(name, inbound)
                    adapter.dispose(inbound.name)
                    found += 1
            except Problem as problem:
                self.trip.set_aside(name, problem, COLLECTED)
                log.info("partner %s: nothing collected (%s)", name, type(problem).__name__)
            except Exception:  # whatever one partner sends must not keep the others waiting
                log.exception("partner %s: nothing collected", name)
        return found

    def apply_waiting(self) -> int:
        """Apply the files that wait; gives how many are done."""
        store, done = self.trip.store, set[str]()
        waiting = [w for w in store.inbox_waiting() if w[1] in self.trip.adapters]
        for id, partner, inbound in waiting:
            try:
                left = self.take(partner, inbound)
            except Unreadable as problem:
                store.inbox_done(id, problem.text)
                continue
            except Exception as surprise:
                log.exception("partner %s: a file could not be applied", partner)
                left = (
                    f"Erreur interne du hub ({type(surprise).__name__}) ; l'exploitant en est "
                    "averti. Le fichier est conservé et sera repris."
                )
            if left is None:
                store.inbox_done(id)
                done.add(id)
            else:
                wait = self.trip.pace.delay(inbound.attempts)
                due = self.trip.clock.now() + min(wait, timedelta(seconds=LONGEST_WAIT))
                store.inbox_later(id, left, due)
        for partner in {partner for id, partner, _ in waiting if id in done}:
            store.inbox_wake(partner)
        return len(done)

    def take(self, partner: str, inbound: Inbound) -> str | None:
        """One file: None when all of it is applied; else why it must be applied again later ("":
        busy).

        Raises:
            Unreadable: as a whole; a part that cannot be read goes to quarantine.
        """
        # By its name alone: it was fetched by us, or proved its origin at our door.
        replies = self.trip.adapters[partner].receive({"name": inbound.name}, inbound.body)
        others = [reply for reply in replies if reply.kind is not ReplyKind.PAYMENT]
        left = [None if self.apply(partner, reply) else "" for reply in others]
        for notice in notices.group(partner, replies):
            left.append(self._notice(notice, inbound.reason))
        reasons = [reason for reason in left if reason is not None]
        return " ".join(filter(None, reasons)) if reasons else None

    def _notice(self, notice: notices.Notice, told: str) -> str | None:
        """As `notices.apply`; `told`: what the file waited for before."""
        try:
            reason = notices.apply(self.trip, notice)
        except Unreadable as problem:
            for reply in dict.fromkeys(notice.replies):
                known = reply.reference or ""
                self.trip.store.quarantine(notice.partner, reply.body, problem.text, known)
            return None
        except Problem as problem:
            reason = f"Avis de paiement {notice.number} : {problem.text}"
        if reason and reason not in told:
            notices.tell_blocked(self.trip, notice, reason)
        return reason

    def apply(self, partner: str, reply: Reply) -> bool:
        """One reply to its exchange, by its own reference, never by order of arrival.

        A reply about a whole deposit is applied to each exchange that travelled in it.
        """
        store = self.trip.store
        if reply.kind is ReplyKind.NEWS:
            return self._news(partner, reply)
        if reply.kind is ReplyKind.PAYMENT:
            return all(self._notice(n, "") is None for n in notices.group(partner, [reply]))
        found = store.by_submission(partner, reply.reference) if reply.reference else None
        if found is not None:
            return self.give(found, reply)
        members = store.deposit_members(reply.reference) if reply.reference else []
        carried = [e for id in members if (e := store.exchange(id)) is not None]
        if not carried:
            told = f"Référence inconnue du hub : {reply.reference or 'aucune'}."
            store.quarantine(partner, reply.body, told, reply.reference or "")
        parts = [(e, replace(reply, reference=e.submission)) for e in carried]
        results = [self.give(exchange, part) for exchange, part in parts]
        return all(results)

    def _news(self, partner: str, reply: Reply) -> bool:
        try:
            return news.apply(self.trip, partner, reply)
        except Unreadable as problem:
            number = reply.partner_reference
            self.trip.store.quarantine(partner, reply.body, problem.text, number)
            return True
        except Problem as problem:
            log.warning("partner %s: news not applied (%s)", partner, type(problem).__name__)
            return False

    def give(self, found: Exchange, reply: Reply) -> bool:
        """False when the exchange is busy or held, or could not take the reply in."""
        store, partner = self.trip.store, found.partner or ""
        exchange = None if found.held else store.lease(found.id, self.trip.pace.lease, due=False)
        if exchange is None:
            return False
        complete = True
        try:
            change = self.trip.receive(exchange, reply)
        except Unreadable as problem:
            store.quarantine(partner, reply.body, problem.text, reply.reference or "")
            change = self._set_aside(exchange, reply, problem)
        except Problem as problem:
            change, complete = self.trip.failed(exchange, problem), False
        except Exception as surprise:
            log.exception("exchange %s: reply not applied", exchange.id)
            change, complete = self.trip.surprised(exchange, surprise), False
        try:
            store.save(change)
        except LeaseLost:
            return False
        self.trip.notify(exchange.id)
        if change.exchange.state is State.ANSWERED:
            # All that is left is to close it: nobody need be rung for that.
            self.trip.advance(exchange.id)
        return complete

    def _set_aside(self, exchange: Exchange, reply: Reply, problem: Unreadable) -> Change:
        """Nothing changes but the story, which tells once that there is something to read."""
        change = self.trip.unchanged(exchange)
        body = hashlib.sha256(reply.body).hexdigest()
        if any(line.detail.get("aside") == body for line in self.trip.store.events(exchange.id)):
            return change
        text = (
            f"Réponse reçue et non appliquée : {problem.text} Rien n'a changé ici. Lisez-la dans "
            "la quarantaine et voyez avec l'organisme ce qui vaut."
        )
        told = self.trip.event("set-aside", text, aside=body)
        return replace(change, events=(*change.events, told))
