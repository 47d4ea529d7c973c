"""The next misbehaviours of a sandbox, asked for by a test or an operator."""

from __future__ import annotations

import threading
from collections.abc import Container, Mapping
from dataclasses import dataclass

#: kind → what happens, in French for the operator
KINDS: Mapping[str, str] = {
    "delay": "répond après N secondes",
    "refuse": "refuse les connexions un moment, ou coupe celle-ci, sans rien enregistrer",
    "timeout-after-booking": "enregistre, puis ne répond jamais",
    "error": "répond par une panne (HTTP 500) sans rien enregistrer",
    "fault": "répond par un Fault SOAP Server sans rien enregistrer",
    "duplicate": "reçoit la demande deux fois, ou donne la réponse deux fois",
    "garbage": "enregistre, puis répond par des octets illisibles",
    "late": "ne donne une réponse qu'après celle de la demande suivante",
    "reordered": "donne les réponses d'un envoi dans l'ordre inverse",
    "contradictory": "donne après la réponse une autre qui la contredit",
}


@dataclass(frozen=True, slots=True)
class Misbehaviour:
    """One thing to do wrong, once."""

    kind: str  #: a key of KINDS
    seconds: float = 0.0  #: for `delay`
    operation: str = ""  #: only for this operation; empty: for the next one, whichever

    def __str__(self) -> str:
        kind = f"{self.kind}:{self.seconds:g}" if self.kind == "delay" else self.kind
        return f"{kind}@{self.operation}" if self.operation else kind


def parse(text: str) -> Misbehaviour:
    """Read ``kind``, ``delay:N`` or ``kind@operation``.

    Raises:
        ValueError: with a French sentence that lists the kinds.
    """
    head, _, operation = text.partition("@")
    kind, _, seconds = head.partition(":")
    if kind not in KINDS or (kind == "delay") != bool(seconds):
        raise ValueError(
            f"« {text} » n'est pas un comportement. Choisissez parmi : "
            + ", ".join("delay:N" if k == "delay" else k for k in KINDS)
            + ", suivi au besoin de @opération."
        )
    try:
        return Misbehaviour(kind, float(seconds or 0), operation)
    except ValueError:
        raise ValueError(f"« {seconds} » n'est pas un nombre de secondes.") from None


class Behaviour:
    """A queue of misbehaviours; each is used up by the first operation it fits."""

    def __init__(self) -> None:
        self._waiting: list[Misbehaviour] = []
        self._lock = threading.Lock()

    def add(self, text: str) -> None:
        """Queue one, see `parse`.

        Raises:
            ValueError: the text names no known misbehaviour.
        """
        misbehaviour = parse(text)
        with self._lock:
            self._waiting.append(misbehaviour)

    def take(
        self, operation: str, kinds: Container[str] = KINDS, *, named: bool = False
    ) -> Misbehaviour | None:
        """The oldest one of these kinds that fits this operation, taken out of the queue.

        `named`: only one that is meant for it by name.
        """
        fitting = (operation,) if named else ("", operation)
        with self._lock:
            for index, waiting in enumerate(self._waiting):
                if waiting.kind in kinds and waiting.operation in fitting:
                    return self._waiting.pop(index)
        return None

    def waiting(self) -> list[str]:
        """What is still to come, in order."""
        with self._lock:
            return [str(m) for m in self._waiting]

    def clear(self) -> None:
        """Behave from now on."""
        with self._lock:
            self._waiting.clear()
