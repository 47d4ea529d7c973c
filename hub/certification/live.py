"""Checks of one running partner or sandbox, message by message; synthetic people only."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hub.certification.findings import Checks, NotConcerned, Note, Part, must
from hub.certification.ground import MAPS, ROLES, Ground
from hub.errors import Unconfirmed, Unreachable, Unreadable
from hub.model import Message, Operation, Reply, ReplyKind, Tree

#: Operations whose examples make sense to a partner that knows nothing of earlier ones.
BY_THEMSELVES = (
    Operation.ELIGIBILITY,
    Operation.PREAUTHORIZATION,
    Operation.CONTROL_COPY,
    Operation.LIQUIDATION_COPY,
    Operation.REFERENCE,
    Operation.STATEMENT,
)
#: What a sandbox can be told to do wrong, once each (docs/partners.md).
MISBEHAVIOURS = ("refuse", "error", "timeout-after-booking", "duplicate", "garbage", "delay:1")
PAUSE, LONGEST_PAUSE = 0.1, 1.0  #: seconds between attempts, doubled each time


@dataclass(frozen=True)
class Live:
    """A partner that answers now."""

    ground: Ground
    #: so many new claims it should decide, each with what it refers to; None: it takes no claims
    claims: Callable[[int], Sequence[Tree]] | None = None
    world: Callable[[Any], object] = lambda hub: None  #: stores the people of `claims` in a hub
    control: Callable[..., Any] | None = None  #: a sandbox's control port: (path, body, method)
    routing: Sequence[Path] = ()
    seconds: float = 60.0  #: how long it may take to decide and to pay

    @property
    def adapter(self) -> Any:
        """The partner's door."""
        return self.ground.adapter

    def booked(self, key: str) -> int:
        """How often a sandbox has booked this submission; 0 when it cannot be asked."""
        if self.control is None:
            return 0
        return sum(entry["submission"] == key for entry in self.control("/ledger", None))

    @contextmanager
    def misbehaving(self, kind: str) -> Iterator[None]:
        """The sandbox does this wrong once.

        Raises:
            NotConcerned: it is no sandbox.
        """
        if self.control is None:
            fr = "seul un bac à sable se comporte mal sur demande"
            raise NotConcerned(fr, "only a sandbox misbehaves on request")
        self.control("/behaviour", {"next": [kind]})
        try:
            yield
        finally:
            self.control("/behaviour", None, "DELETE")


CHECKS: Checks[Live] = Checks()


@CHECKS.add(
    Part.TECHNICAL,
    "never-seen",
    "Le partenaire dit ne pas connaître ce qu'il n'a jamais reçu",
    "The partner says it does not know what it never received",
)
def never_seen(live: Live) -> None:
    """`ask` about a new key gives UNKNOWN."""
    if not live.ground.case.asks:
        fr = "il ne peut être interrogé : il n'enregistre rien, ou écarte les doubles"
        raise NotConcerned(fr, "it cannot be asked: it registers nothing, or drops copies")
    reply = live.adapter.ask(_parcel(live, _key()), None)
    must(reply.kind is ReplyKind.UNKNOWN, f"il répond {reply.kind}", f"it answers {reply.kind}")


@CHECKS.add(
    Part.TECHNICAL,
    "resend-books-once",
    "Le même envoi deux fois n'est enregistré qu'une fois",
    "The same message twice is booked once",
)
def resend(live: Live) -> None:
    """Two sends under one key: the same receipt, at most one line in a sandbox's ledger."""
    if not live.adapter.resends_safely:
        fr = "il ne reconnaît pas les doubles : le hub demande toujours avant de renvoyer"
        raise NotConcerned(fr, "it does not drop copies: the hub always asks before sending again")
    key = _key()
    message = _parcel(live, key)
    first, again = live.adapter.send(message), live.adapter.send(message)
    same = (first.kind, first.partner_reference) == (again.kind, again.partner_reference)
    must(same, "deux reçus différents", "two different receipts")
    times = live.booked(key)
    must(times <= 1, f"enregistré {times} fois", f"booked {times} times")


@CHECKS.add(
    Part.PROCESS,
    "questions",
    "Les demandes qui se suffisent sont posées et leurs réponses comprises",
    "Requests that stand alone are made, and their answers understood",
)
def questions(live: Live) -> Sequence[Note]:
    """Each example of an operation through map, adapter, partner, adapter and map."""
    notes = []
    for operation in BY_THEMSELVES:
        if operation in live.adapter.operations and operation not in live.adapter.batches:
            answered = [_asked(live, operation, source) for source in _examples(live, operation)]
            must(answered, f"{operation} : aucun exemple", f"{operation}: no example")
            kinds = ", ".join(sorted(set(answered)))
            count = f"{len(answered)} ({kinds})"
            notes.append(Note(f"{operation} : {count}", f"{operation}: {count}"))
    if not notes:
        raise NotConcerned("aucune de ces opérations", "none of these operations")
    return notes


@CHECKS.add(
    Part.PROCESS,
    "misbehaviour-line",
    "Après un incident, on apprend ce qu'est devenu l'envoi, enregistré une seule fois",
    "After a mishap we learn what became of the message, booked once",
)
def misbehaviour(live: Live) -> Sequence[Note]:
    """For each mishap: send, ask, send again only when it never arrived."""
    if live.ground.case.operation in live.adapter.batches:
        raise NotConcerned("voir les incidents des demandes", "see the mishaps of claims")
    notes = []
    for kind in MISBEHAVIOURS:
        key = _key()
        with live.misbehaving(kind):
            reply = _insist(live, _parcel(live, key))
        must(reply is not None, f"{kind} : sans issue", f"{kind}: no outcome")
        times = live.booked(key)
        must(times <= 1, f"{kind} : enregistré {times} fois", f"{kind}: booked {times} times")
        if reply is not None:
            notes.append(Note(f"{kind} : {reply.kind}", f"{kind}: {reply.kind}"))
    return notes


def _insist(live: Live, message: Message) -> Reply | None:
    """Send, and after a doubt ask; what the hub does, with short waits for a shut door."""
    sent, pause = False, PAUSE
    end = time.monotonic() + live.seconds
    while time.monotonic() < end:
        try:
            reply: Reply = live.adapter.ask(message, None) if sent else live.adapter.send(message)
        except (Unreachable, Unconfirmed, Unreadable) as problem:
            sent = sent or not isinstance(problem, Unreachable)
            time.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)
            continue
        if reply.kind is not ReplyKind.UNKNOWN:
            return reply
        sent = False
    return None


def _asked(live: Live, operation: str, source: Tree) -> str:
    """The kind of the partner's reply to one example; its answer is mapped back."""
    name, library, key = live.ground.name, live.ground.library, _key()
    source = source | {"submission": key}
    tree = library.map(library.pin(f"{MAPS}{name}-{operation}"), source)
    message = live.adapter.encode(operation, tree, key)
    reply = live.adapter.send(message)
    live.adapter.check(message, reply)
    if reply.kind is ReplyKind.ANSWER and "-answer" in ROLES[operation]:
        answer = {"answer": live.adapter.decode(reply), "received": _RECEIVED}
        if "claim" in source or "request" in source:
            answer["dossier"] = source
        library.map(library.pin(f"{MAPS}{name}-{operation}-answer"), answer)
    return str(reply.kind)


def _examples(live: Live, operation: str) -> list[Tree]:
    return [source for _, source in live.ground.examples(operation)]


def _parcel(live: Live, key: str) -> Message:
    """The case's message under this key; in a deposit of its own where they travel so."""
    case, adapter = live.ground.case, live.adapter
    message: Message = adapter.encode(case.operation, case.tree, key)
    if case.operation in adapter.batches:
        message = adapter.bundle(case.operation, [message], _key())
    return message


def _key() -> str:
    return str(uuid.uuid4())


_RECEIVED = "2026-10-06T08:00:00.000Z"
