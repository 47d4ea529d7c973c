"""What an operator may do to an exchange: resume, hold, withdraw."""

from __future__ import annotations

from dataclasses import dataclass, replace

from hub.errors import Conflict, Invalid, Issue, NotFound
from hub.exchange import cancelling, orders, states
from hub.exchange.trip import Trip
from hub.model import Exchange, State
from hub.ports import Change


@dataclass(frozen=True, slots=True)
class Control:
    """Operator commands. Each is one event in the exchange's story, with its actor."""

    trip: Trip

    def resume(self, id: str, actor: str, reason: str = "", *, new_maps: bool = False) -> Exchange:
        """Let a held exchange go on. What has not left yet is translated again.

        With `new_maps` by the version that holds for it now, not by the one it was pinned to.

        Raises:
            NotFound, Invalid (it is not held), Conflict (a worker has it now).
        """
        exchange = self.take(id)
        if not exchange.held:
            self.release(exchange)
            raise Invalid(
                Issue(
                    "business-rule",
                    fr=f"L'échange {id} n'est pas retenu : il n'y a rien à reprendre.",
                    en=f"Exchange {id} is not held: there is nothing to resume.",
                )
            )
        free = replace(
            exchange,
            held=False,
            reason="",
            attempts=0,
            next_attempt=self.trip.clock.now(),
            detail={k: v for k, v in exchange.detail.items() if k == "ask"},
        )
        self.trip.store.inbox_wake(exchange.partner or "")
        if new_maps and free.state in (State.ACCEPTED, State.READY):
            free = replace(free, maps={k: v for k, v in free.maps.items() if k != "request"})
        if free.state is State.READY:
            free = states.move(free, State.ACCEPTED, next_attempt=free.next_attempt)
        text = f"Reprise demandée : {reason}" if reason else "Reprise demandée."
        return self.save(free, "resumed", text, actor)

    def hold(self, id: str, reason: str, actor: str) -> Exchange:
        """Stop an exchange where it is.

        Raises:
            NotFound, Invalid (it is held already, for its own reason), Conflict (a worker has it).
        """
        exchange = self.take(id)
        if exchange.held:
            self.release(exchange)
            raise Invalid(
                Issue(
                    "business-rule",
                    fr=f"L'échange {id} est déjà retenu : {exchange.reason} Il n'y a rien à faire.",
                    en=f"Exchange {id} is held already: there is nothing to do.",
                )
            )
        held = replace(exchange, held=True, reason=reason, next_attempt=None)
        return self.save(held, "held", reason, actor)

    def cancel(self, id: str, reason: str, actor: str) -> Exchange:
        """Ask for a claim to be cancelled, as a Task of the provider would; gives the exchange
        that carries it out. What has not left is withdrawn at once.

        Raises:
            NotFound: there is no such exchange.
            Invalid: it is not a claim's own exchange.
            Conflict: its cancellation was asked for already.
        """
        claim = self.known(id)
        if claim.parent is not None or claim.operation not in cancelling.OF_A_CLAIM:
            raise Invalid(
                Issue(
                    "business-rule",
                    fr=f"L'échange {id} n'est pas celui d'une feuille : annulez la feuille, ses "
                    "copies suivent.",
                    en=f"Exchange {id} is not a claim's own: cancel the claim, its copies follow.",
                )
            )
        parts = self.trip
        order = cancelling.asked_before(parts, claim)
        if order is not None:
            raise cancelling.under_way(claim, order)
        key = cancelling.name(parts, claim)
        task = orders.made(parts, claim, key, reason, actor)
        parts.store.accept([cancelling.acceptance(parts, claim, key, reason, task, actor)])
        if claim.state in (State.ACCEPTED, State.READY):
            parts.advance(key)
        return self.known(key)

    def withdraw(self, id: str, reason: str, actor: str) -> Exchange:
        """Cancel before anything has left.

        Raises:
            Invalid: it has left already; the institution must be asked to cancel.
        """
        exchange = self.take(id)
        if exchange.state is State.CANCELLED:
            self.release(exchange)
            raise Invalid(
                Issue(
                    "business-rule",
                    fr=f"L'échange {id} est déjà retiré : il n'y a rien à faire.",
                    en=f"Exchange {id} is withdrawn already: there is nothing to do.",
                )
            )
        if exchange.state not in (State.ACCEPTED, State.READY):
            self.release(exchange)
            raise Invalid(
                Issue(
                    "business-rule",
                    fr=f"L'échange {id} est déjà parti ({exchange.state}) : il ne peut plus être "
                    "retiré ici. Demandez l'annulation à l'organisme.",
                    en=f"Exchange {id} has left already ({exchange.state}): it cannot be withdrawn "
                    "here any more. Ask the institution to cancel it.",
                )
            )
        change = cancelling.cancelled(self.trip, exchange, "withdrawn", reason, actor)
        self.trip.store.save(change)
        return change.exchange

    def known(self, id: str) -> Exchange:
        """The exchange of this id.

        Raises:
            NotFound: there is none.
        """
        exchange = self.trip.store.exchange(id)
        if exchange is None:
            raise NotFound(
                Issue(
                    "not-found",
                    fr=f"Aucun échange {id}. « benkan exchange list » les montre.",
                    en=f"No exchange {id}. 'benkan exchange list' shows them.",
                )
            )
        return exchange

    def take(self, id: str) -> Exchange:
        """Lease it for an operator's act.

        Raises:
            NotFound, Conflict (a worker has it now).
        """
        self.known(id)
        exchange = self.trip.store.lease(id, self.trip.pace.lease, due=False)
        if exchange is None:
            raise Conflict(
                Issue(
                    "lock-error",
                    fr=f"L'échange {id} est en cours de traitement. Réessayez dans un instant.",
                    en=f"Exchange {id} is being worked on. Try again in a moment.",
                )
            )
        return exchange

    def release(self, exchange: Exchange) -> None:
        """Give back what was taken, unchanged."""
        self.trip.store.save(Change(exchange))

    def save(self, exchange: Exchange, what: str, text: str, actor: str) -> Exchange:
        """Write it with one line of its story."""
        event = replace(self.trip.event(what, text, exchange.state), actor=actor)
        self.trip.store.save(Change(exchange, (event,)))
        return exchange
