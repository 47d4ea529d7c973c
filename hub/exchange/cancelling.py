"""Taking a claim back: at once while nothing has left, else by asking the partner.

A cancellation is an exchange of its own whose parent is what it takes back. The partner's word
decides: it accepts while nothing is liquidated and refuses afterwards.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hub.errors import Conflict, Issue
from hub.exchange import orders, resources, states
from hub.exchange.orders import Words
from hub.exchange.parts import Parts
from hub.model import Event, Exchange, NewResource, Operation, State, Tree
from hub.ports import Acceptance, Change

#: What carries a provider's resource, whose own status follows.
OF_A_CLAIM = (Operation.CLAIM, Operation.PREAUTHORIZATION)

_WITHDRAWN = Words(
    "Retirée avant envoi : rien n'a été transmis à l'organisme.",
    "Withdrawn before sending: nothing went to the institution.",
)
_CANCELLED = Words(
    "L'organisme a annulé la feuille dans ses livres ; elle ne sera pas liquidée.",
    "The institution has cancelled the claim in its books; it will not be adjudicated.",
)
_DECIDED = Words(
    "L'organisme a déjà décidé de cette feuille : elle ne peut plus être annulée. Lisez la "
    "décision, puis demandez une régularisation à l'organisme.",
    "The institution has already decided on this claim: it cannot be cancelled any more. Read the "
    "decision, then ask the institution for an adjustment.",
)
_NOT_OFFERED = Words(
    "Cet organisme ne prend pas d'annulation par le hub. La feuille suit son cours : adressez-vous "
    "à l'organisme.",
    "This institution takes no cancellations through the hub. The claim goes on: turn to the "
    "institution.",
)
_CONTRADICTION = Words(
    "L'organisme dit avoir annulé une feuille dont il a déjà rendu la décision. Rien n'est changé "
    "ici ; un opérateur le lui demande.",
    "The institution says it cancelled a claim on which it has already decided. Nothing is changed "
    "here; an operator asks it.",
)


def running(parts: Parts, claim: Exchange) -> list[Exchange]:
    """The cancellations of this exchange so far, newest first."""
    found = parts.store.exchanges(resource=claim.resource)
    return [e for e in found if e.operation is Operation.CANCELLATION and e.parent == claim.id]


def asked_before(parts: Parts, claim: Exchange) -> Exchange | None:
    """The cancellation that is under way, or was carried out."""
    newest = next(iter(running(parts, claim)), None)
    if newest is None or (newest.state is State.CLOSED and claim.state is not State.CANCELLED):
        return None
    return newest


def under_way(claim: Exchange, order: Exchange) -> Conflict:
    """What somebody who asks once more is told."""
    sheet = claim.identifier.rpartition("|")[2]
    return Conflict(
        Issue(
            "duplicate",
            fr=f"L'annulation de la feuille {sheet} est déjà demandée : suivez Task/{order.id}.",
            en=f"The cancellation of claim {sheet} was asked for already: follow Task/{order.id}.",
        )
    )


def name(parts: Parts, claim: Exchange) -> str:
    """The id of the next cancellation, and of its Task: two at once get the same."""
    return resources.id_of("cancellation", claim.id, str(len(running(parts, claim))))


def acceptance(
    parts: Parts, claim: Exchange, id: str, reason: str, task: NewResource | None, actor: str
) -> Acceptance:
    """What asking for a cancellation stores: its exchange, its Task, a line in both stories."""
    now = parts.clock.now()
    asked = f"Annulation demandée : {reason}"
    exchange = replace(
        claim,
        id=id,
        state=State.ACCEPTED,
        operation=Operation.CANCELLATION,
        submission=resources.new_id(),
        correlation=resources.new_id(),
        created=now,
        updated=now,
        parent=claim.id,
        maps={},
        amount="",
        currency="",
        held=False,
        reason="",
        detail={},
        attempts=0,
        next_attempt=now,
        fence=0,
        deposit=None,
        partner_reference="",
        answer=None,
    )
    first = replace(parts.event("accepted", asked, State.ACCEPTED, reason=reason), actor=actor)
    told = replace(parts.event("cancellation-asked", asked, None, cancellation=id), actor=actor)
    return Acceptance(
        resources=(task,) if task else (),
        exchanges=(exchange,),
        events={id: (first,), claim.id: (told,)},
    )


def prepare(parts: Parts, exchange: Exchange) -> Change | Exchange:
    """ACCEPTED: settle it here if that can be done, wait, or give the exchange to be translated."""
    target = parts.store.exchange(exchange.parent or "")
    if target is None or target.state is State.CANCELLED:
        return _close(parts, exchange, "completed", _WITHDRAWN)
    if target.state in (State.ACCEPTED, State.READY):
        return _withdraw(parts, exchange, target)
    if target.state is State.SENT:
        # Not known yet whether it arrived: an answer to this question would mean nothing.
        return wait(parts, exchange)
    if target.state in (State.ANSWERED, State.CLOSED) and target.operation not in states.UNDOABLE:
        return _close(parts, exchange, "rejected", _DECIDED)
    routed = replace(exchange, partner=target.partner)
    if Operation.CANCELLATION not in parts.adapter(routed).operations:
        return _close(parts, routed, "rejected", _NOT_OFFERED)
    return routed


def wait(parts: Parts, exchange: Exchange, longest: float = 30.0) -> Change:
    """Look again later, ever less often, after `longest` seconds at most."""
    pause = min(parts.pace.delay(exchange.attempts), timedelta(seconds=longest))
    when = parts.clock.now() + pause
    return Change(replace(exchange, attempts=exchange.attempts + 1, next_attempt=when))


def settle(parts: Parts, exchange: Exchange) -> Change:
    """ANSWERED → CLOSED: what the partner decided becomes true of the claim and of its Task."""
    said = exchange.detail
    words = Words(str(said.get("message", "")), str(said.get("message", "")))
    if not said.get("accepted"):
        return _close(parts, exchange, "rejected", _refusal(exchange, words.fr))
    target = parts.store.lease(exchange.parent or "", parts.pace.lease, due=False)
    if target is None:
        return wait(parts, exchange)
    if target.state is State.CANCELLED:
        parts.store.save(Change(target))
    elif states.can_be_cancelled(target):
        parts.store.save(cancelled(parts, target, "cancelled", _CANCELLED.fr, "hub", left=True))
        parts.notify(target.id)
    else:
        parts.store.save(Change(target))
        parts.store.quarantine(target.partner or "", b"", _CONTRADICTION.fr, target.submission)
        return _close(parts, exchange, "failed", _CONTRADICTION)
    return _close(parts, exchange, "completed", _CANCELLED)


def cancelled(
    parts: Parts, target: Exchange, what: str, text: str, actor: str, *, left: bool = False
) -> Change:
    """The target → CANCELLED; its Claim says so from its next version on; its copies follow.

    `left`: it was with the partner.
    """
    gone = states.move(target, State.CANCELLED, next_attempt=None, detail={"left": left})
    told = replace(parts.event(what, text, gone.state), actor=actor)
    if target.operation not in OF_A_CLAIM:
        return Change(gone, (told,))
    kind, _, id = target.resource.partition("/")
    stored = parts.store.read(kind, id)
    new = (resources.revised(stored, parts.clock.now(), status="cancelled"),) if stored else ()
    return Change(gone, (told,), resources=new, spawn=tuple(_copies(parts, target, text)))


def _copies(parts: Parts, claim: Exchange, reason: str) -> list[Acceptance]:
    """A cancellation for each copy that has been made; one not made yet is dropped by itself."""
    copies = [e for e in parts.store.exchanges(resource=claim.resource) if e.parent == claim.id]
    return [
        acceptance(parts, copy, name(parts, copy), reason, None, "hub")
        for copy in copies
        if copy.operation in states.COPIES and copy.state not in (State.ACCEPTED, State.CANCELLED)
    ]


def _withdraw(parts: Parts, exchange: Exchange, target: Exchange) -> Change:
    taken = parts.store.lease(target.id, parts.pace.lease, due=False)
    if taken is None:
        return wait(parts, exchange)
    if taken.state not in (State.ACCEPTED, State.READY):
        parts.store.save(Change(taken))
        return wait(parts, exchange)
    text = f"Retirée avant envoi : {parts.reason(exchange)}"
    actor = parts.store.events(exchange.id)[0].actor
    parts.store.save(cancelled(parts, taken, "withdrawn", text, actor))
    parts.notify(target.id)
    return _close(parts, exchange, "completed", _WITHDRAWN)


def _refusal(exchange: Exchange, message: str) -> Words:
    code = str(exchange.detail.get("reason", ""))
    words = message.rstrip(". ")  # a sentence of the institution, put in brackets
    said = f" ({', '.join(filter(None, (code, words)))})" if code or words else ""
    return Words(
        f"L'organisme refuse l'annulation{said}. La feuille suit son cours : lisez la décision par "
        f"GET ClaimResponse?request={exchange.resource}, ou demandez une régularisation à "
        "l'organisme.",
        f"The institution refuses the cancellation{said}. The claim goes on: read the decision "
        f"with GET ClaimResponse?request={exchange.resource}, or ask the institution for an "
        "adjustment.",
        code,
    )


def _close(parts: Parts, exchange: Exchange, status: str, words: Words) -> Change:
    """The end of a cancellation: for its Task, its own story and the claim's."""
    closed = states.move(exchange, State.CLOSED, next_attempt=None, detail=exchange.detail)
    what = {"completed": "closed", "rejected": "refused"}.get(status, "contradicted")
    told = parts.event(what, words.fr, State.CLOSED)
    spawn: tuple[Acceptance, ...] = ()
    if status != "completed":
        line: Event = parts.event(f"cancellation-{what}", words.fr, None, cancellation=exchange.id)
        spawn = (Acceptance(events={exchange.parent or "": (line,)}),)
    return Change(
        closed, (told,), resources=orders.moved(parts, exchange, status, words), spawn=spawn
    )


def answered(tree: Tree) -> Tree:
    """What is kept of the partner's decision, from the logical model Annulation."""
    return {
        "accepted": bool(tree.get("accepted")),
        **{k: tree[k] for k in ("reason", "message") if tree.get(k)},
    }
