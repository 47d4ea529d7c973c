"""What every step of a trip works with: the doors, the pace, and how a story line is made."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from hub.errors import Issue, Problem, Unreachable, Unreadable
from hub.exchange import crosswalk, dossier, routing
from hub.formats import exact_json
from hub.model import Event, Exchange, Message, Operation, State, Tree
from hub.ports import Adapter, Clock, Mapper, Store

log = logging.getLogger(__name__)

#: How the reason of what a partner did not prove to be its own begins in quarantine: it is sealed
#: and attested by the audit, as the bytes are, and whoever applies them looks for it.
UNPROVEN = "Origine non prouvée."
#: So many of a partner wait in quarantine at most: whoever forges answers does not fill the disk.
MOST_UNPROVEN = 500


@dataclass(frozen=True, slots=True)
class Pace:
    """How long to hold a lease and to wait between attempts, in seconds."""

    lease: float = 60.0
    first: float = 2.0
    most: float = 600.0

    def delay(self, attempts: int) -> timedelta:
        """Doubles with each attempt."""
        return timedelta(seconds=min(self.most, self.first * 2.0 ** min(attempts, 30)))


@dataclass(frozen=True, slots=True)
class Parts:
    """The doors through which a trip touches the outside."""

    store: Store
    mapper: Mapper
    adapters: Mapping[str, Adapter]
    table: routing.Routing
    clock: Clock
    pace: Pace
    #: told each time an exchange is answered or held, so that waiting requests wake up
    notify: Callable[[str], None]
    base: str = ""  #: address of this hub's FHIR base

    def adapter(self, exchange: Exchange) -> Adapter:
        """The door to the exchange's partner.

        Raises:
            Unreachable: its adapter is not installed or not started here.
        """
        adapter = self.adapters.get(exchange.partner or "")
        if adapter is None:
            raise Unreachable(
                Issue(
                    "not-supported",
                    fr=f"L'adaptateur {exchange.partner} n'est pas démarré ici.",
                    en=f"Adapter {exchange.partner} is not started here.",
                )
            )
        return adapter

    def resource(self, name: str) -> Tree:
        """A stored resource as a tree."""
        kind, _, id = name.partition("/")
        stored = self.store.read(kind, id)
        tree: Tree = exact_json.loads(stored.body) if stored else {}
        return tree

    def dossier(self, exchange: Exchange, parent: Exchange | None = None) -> Tree:
        """What outgoing maps are given: the claim and everybody it names."""
        claim = self.resource(exchange.resource)
        known = dossier.References(self.store, base=self.base, owner=exchange.resource)
        named = dossier.parties(claim, known)
        body = self._manager(parent or exchange)
        tree: Tree = {
            "submission": exchange.submission,
            "exchange": exchange.id,
            "careDate": exchange.care_date.isoformat(),
            "body": body.code if body else "",
            "claim": claim,
            **crosswalk.enriched(self.store, self.table, named, claim, exchange.care_date),
        }
        if parent is not None:
            tree |= self._about(exchange, parent)
        country = routing.country_of(named.get("provider"))
        if body and country and country != body.country:
            agreement = self.table.agreement(body, country, exchange.care_date)
            tree |= {"agreement": agreement.reference} if agreement else {}
        return tree

    def _manager(self, exchange: Exchange) -> routing.Body | None:
        """The body to which the claim itself goes, whatever copy or order is about it."""
        while exchange.parent and (above := self.store.exchange(exchange.parent)):
            exchange = above
        return next((b for b in self.table.bodies.values() if b.partner == exchange.partner), None)

    def _about(self, exchange: Exchange, parent: Exchange) -> Tree:
        """What a copy, a cancellation or a question says of the message it is about."""
        found: Tree = {"copyOf": parent.submission}
        if parent.partner_reference:
            found["partnerReference"] = parent.partner_reference
        if exchange.operation is Operation.LIQUIDATION_COPY and parent.answer:
            found["response"] = self.resource(parent.answer)
        if exchange.operation is Operation.CANCELLATION:
            found["reason"] = self.reason(exchange)
        return found

    def reason(self, exchange: Exchange) -> str:
        """Why a cancellation was asked for, as the first line of its story says."""
        story = self.store.events(exchange.id)
        return str(story[0].detail.get("reason", "")) if story else ""

    def outgoing(self, exchange: Exchange) -> Message:
        """The bytes made for the partner, exactly as they were stored.

        Raises:
            Unreadable: they are gone.
        """
        message = self.store.outgoing(exchange.id)
        if message is None:
            raise Unreadable(
                Issue(
                    "exception",
                    fr="Le message préparé est introuvable ; reprenez l'échange pour le refaire.",
                    en="The prepared message is missing; resume the exchange to make it again.",
                )
            )
        return message

    def set_aside(self, partner: str, problem: Problem, reference: str) -> None:
        """Keep for a person what the partner sent and could not be taken, if anything.

        What the partner did not prove to be its own is marked so, for good, and is an alert.
        """
        if not problem.evidence:
            return
        if problem.proven:
            self.store.quarantine(partner, problem.evidence, problem.text, reference)
        elif self.store.quarantine_waiting(partner) < MOST_UNPROVEN:
            reason = f"{UNPROVEN} {problem.text}"
            self.store.quarantine(partner, problem.evidence, reason, reference, proven=False)
        else:
            log.warning("partner %s: one more unproven answer, not kept", partner)

    def event(self, what: str, text: str, state: State | None = None, **detail: object) -> Event:
        """One line of the story, now."""
        return Event(at=self.clock.now(), what=what, text=text, state=state, detail=detail)
