"""Where a claim stands: asked of the partner in real time when it answers such questions, else
told from what the hub knows. A question is never queued, and an unknown status is not final."""

from __future__ import annotations

from dataclasses import dataclass, replace

from hub.errors import LeaseLost, Problem
from hub.exchange import dossier, queued, resources
from hub.exchange.orders import Words
from hub.exchange.parts import Parts
from hub.exchange.trip import Trip
from hub.model import Event, Exchange, Operation, Reply, ReplyKind, State, Tree
from hub.ports import Acceptance, Adapter

#: Type of a Task's outputs. Source: https://hl7.org/fhir/R4/task-fm-example6.json
OUTPUT = "http://hl7.org/financial-taskoutputtype"

_NO_ANSWER = Words(
    "L'organisme n'a pas répondu à la question ; voici ce que sait le hub.",
    "The institution did not answer the question; this is what the hub knows.",
)
_NEVER_SEEN = Words(
    "L'organisme dit ne pas connaître encore cette feuille ; le hub suit l'affaire, ne la "
    "renvoyez pas.",
    "The institution says it does not know this claim yet; the hub follows it up, do not send it "
    "again.",
)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a claim stands now."""

    exchange: Exchange
    words: Words
    asked: bool  #: the partner was asked and answered

    @property
    def code(self) -> str:
        """queued, complete or cancelled: what a Task's output says."""
        if self.exchange.state is State.CANCELLED:
            return "cancelled"
        return "complete" if self.exchange.answer else "queued"

    def outputs(self) -> list[Tree]:
        """Task.output: the code, the words, and the ClaimResponse when there is one."""
        kind = {"coding": [{"system": OUTPUT, "code": "status"}]}
        found: list[Tree] = [
            {"type": kind, "valueCode": self.code},
            {"type": {"text": "explication"}, **self.words.member("valueString")},
        ]
        if self.exchange.answer:
            answer = {"reference": self.exchange.answer}
            found.append({"type": {"text": "ClaimResponse"}, "valueReference": answer})
        return found


def ask(trip: Trip, claim: Exchange) -> Standing:
    """Where the claim stands. A decision found in the answer is applied as one.

    Never raises for what the partner does: then the hub tells what it knows.
    """
    adapter = trip.adapters.get(claim.partner or "")
    left = claim.state in (State.SENT, State.PENDING)
    if not left or adapter is None or Operation.STATUS not in adapter.operations:
        return Standing(claim, known(trip, claim), asked=False)
    try:
        reply = _question(trip, claim, adapter)
    except Problem as problem:
        _tell(trip, claim, f"Question sur l'avancement sans réponse : {problem.text}")
        return Standing(claim, _joined(_NO_ANSWER, known(trip, claim)), asked=False)
    if reply.kind is ReplyKind.UNKNOWN:
        _tell(trip, claim, f"{claim.partner} : {_NEVER_SEEN.fr} {reply.text}".strip())
        return Standing(claim, _NEVER_SEEN, asked=True)
    if reply.kind is ReplyKind.ANSWER:
        claim = _apply(trip, claim, reply)
        return Standing(claim, known(trip, claim), asked=True)
    said = f"{claim.partner} : {reply.text or 'feuille reçue.'}"
    _tell(trip, claim, f"Avancement demandé. {said}")
    return Standing(claim, _joined(Words(said, said), known(trip, claim)), asked=True)


def told(trip: Trip, id: str) -> str:
    """`ask` about an exchange by its id, in French."""
    claim = trip.store.exchange(id)
    return ask(trip, claim).words.fr if claim else f"Aucun échange {id}."


def known(trip: Parts, claim: Exchange) -> Words:
    """What the hub itself knows: the state, when it left, when it was received, what is next."""
    fr = [queued.disposition(claim, "fr")]
    en = [queued.disposition(claim, "en")]
    story = trip.store.events(claim.id)
    for what, french, english in (
        ("sent", "Partie le {}.", "Left on {}."),
        ("delivered", "Remise le {}.", "Delivered on {}."),
        ("acknowledged", "Accusé de réception le {}.", "Acknowledged on {}."),
        ("answered", "Décision reçue le {}.", "Decision received on {}."),
        ("paid", "Payée, avis reçu le {}.", "Paid, notice received on {}."),
    ):
        at = _last(story, what)
        if at is not None:
            fr.append(french.format(f"{at.at:%d/%m/%Y à %H:%M} UTC"))
            en.append(english.format(f"{at.at:%Y-%m-%d %H:%M} UTC"))
    if claim.partner_reference:
        fr.append(f"Numéro chez l'organisme : {claim.partner_reference}.")
        en.append(f"Number at the institution: {claim.partner_reference}.")
    if claim.answer:
        fr.append(f"Lisez la décision : GET {claim.answer}.")
        en.append(f"Read the decision: GET {claim.answer}.")
    return Words(" ".join(fr), " ".join(en))


def _last(story: list[Event], what: str) -> Event | None:
    return next((e for e in reversed(story) if e.what == what), None)


def _joined(first: Words, second: Words) -> Words:
    return Words(f"{first.fr} {second.fr}", f"{first.en} {second.en}")


def _question(trip: Trip, claim: Exchange, adapter: Adapter) -> Reply:
    source = trip.dossier(claim) | {"submission": resources.new_id(), "copyOf": claim.submission}
    if claim.partner_reference:
        source["partnerReference"] = claim.partner_reference
    canonical = trip.mapper.pin(f"{dossier.MAPS}{adapter.name}-{Operation.STATUS}")
    tree = trip.mapper.map(canonical, source)
    message = adapter.encode(Operation.STATUS, tree, source["submission"])
    return adapter.send(message)


def _apply(trip: Trip, claim: Exchange, reply: Reply) -> Exchange:
    """The decision, applied to the claim unless somebody else does so at this moment."""
    leased = trip.store.lease(claim.id, trip.pace.lease, due=False)
    if leased is None:
        return claim
    own = replace(reply, operation=claim.operation.value, reference=claim.submission)
    try:
        change = trip.receive(leased, own)
    except Problem as problem:
        trip.store.quarantine(claim.partner or "", reply.body, problem.text, claim.submission)
        change = trip.unchanged(leased)
    try:
        trip.store.save(change)
    except LeaseLost:
        return claim
    trip.notify(claim.id)
    if change.exchange.state is State.ANSWERED:
        trip.advance(claim.id)
    return trip.store.exchange(claim.id) or claim


def _tell(trip: Trip, claim: Exchange, text: str) -> None:
    line = trip.event("status", text)
    trip.store.accept([Acceptance(events={claim.id: (line,)})])
