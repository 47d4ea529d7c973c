"""What errors do: the class of an error says what happens next (hub/errors.py)."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace

from hub.errors import Problem, Refused, Unconfirmed, Unmappable, Unreachable, Unreadable
from hub.exchange import doubts
from hub.exchange.parts import Parts
from hub.model import Exchange, State
from hub.ports import Change

log = logging.getLogger(__name__)

#: An exchange that fails this often for a reason nobody foresaw is held for a person.
MOST_SURPRISES = 3


@dataclass(frozen=True, slots=True)
class Mishaps(Parts):
    """Turns errors into changes of the exchange they happened to."""

    def failed(self, exchange: Exchange, problem: Problem) -> Change:
        """The change an error's class asks for; what the partner sent is kept."""
        self.set_aside(exchange.partner or "", problem, exchange.submission)
        if isinstance(problem, Unmappable):
            missing = [
                {"map": m.concept_map, "system": m.system, "code": m.code, "path": m.path}
                | ({"depends": m.depends} if m.depends else {})
                for m in problem.missing
            ]
            return doubts.attached(self.hold(exchange, problem.text, missing=missing), problem)
        if isinstance(problem, Unreachable | Unconfirmed) or not problem.proven:
            # Whoever answered without proof was not the partner: it has not answered.
            return self.later(exchange, problem)
        if not isinstance(problem, Refused | Unreadable):
            log.error("exchange %s: %s", exchange.id, type(problem).__name__)
        return self.hold(exchange, problem.text)

    def later(self, exchange: Exchange, problem: Problem) -> Change:
        """The partner could not be reached or did not answer: again, ever less often."""
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
