"""What partners leave for us: fetched, kept whole, then applied, each part once."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from functools import partial

from hub.errors import LeaseLost, Problem, Unreadable
from hub.exchange.trip import Trip
from hub.model import Exchange, Inbound, Reply, State

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
                for inbound in adapter.collect(partial(self.trip.store.inbox_known, name)):
                    self.trip.store.inbox_put(name, inbound)
                    adapter.dispose(inbound.name)
                    found += 1
            except Problem as problem:
                log.info("partner %s: nothing collected (%s)", name, type(problem).__name__)
        return found

    def apply_waiting(self) -> int:
        """Apply the files that wait; gives how many are done."""
        done = 0
        for id, partner, inbound in self.trip.store.inbox_waiting():
            if partner not in self.trip.adapters:
                continue
            try:
                complete = self._apply(partner, inbound)
            except Unreadable as problem:
                self.trip.store.inbox_done(id, problem.text)
                continue
            if complete:
                self.trip.store.inbox_done(id)
                done += 1
        return done

    def _apply(self, partner: str, inbound: Inbound) -> bool:
        """False when some exchange was busy or is held: the file is applied again later."""
        replies = self.trip.adapters[partner].receive({"name": inbound.name}, inbound.body)
        results = [self.apply(partner, reply) for reply in replies]
        return all(results)

    def apply(self, partner: str, reply: Reply) -> bool:
        """One reply to its exchange, by its own reference, never by order of arrival.

        A reply about a whole deposit is applied to each exchange that travelled in it.
        """
        store = self.trip.store
        found = store.by_submission(partner, reply.reference) if reply.reference else None
        if found is not None:
            return self._one(found, reply)
        members = store.deposit_members(reply.reference) if reply.reference else []
        carried = [e for id in members if (e := store.exchange(id)) is not None]
        if not carried:
            told = f"Référence inconnue du hub : {reply.reference or 'aucune'}."
            store.quarantine(partner, reply.body, told, reply.reference or "")
        parts = [(e, replace(reply, reference=e.submission)) for e in carried]
        results = [self._one(exchange, part) for exchange, part in parts]
        return all(results)

    def _one(self, found: Exchange, reply: Reply) -> bool:
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
            change = self.trip.unchanged(exchange)
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
