"""Replay: take an exchange's present step again with the maps of today, without sending twice.

What is held goes on, what waits is tried now, and the stored answer of what is over is translated
anew: when it then says something else, the answer gets a new version. Bytes that have left are
never sent again by this.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from hub.errors import Conflict, Invalid, Issue
from hub.exchange import answers, reason_words, resources
from hub.exchange.control import Control
from hub.formats import exact_json
from hub.model import (
    Exchange,
    NewResource,
    Reply,
    ReplyKind,
    State,
    StoredMessage,
    StoredResource,
    Tree,
)
from hub.ports import Change

#: What a replay would do to an exchange.
RESUME, NOW, ANSWER, NOTHING = "resume", "now", "answer", "nothing"
#: What the hub itself puts into what it emits: it is no difference.
_OWN = ("id", "meta", "identifier", "request", "created")


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a replay did."""

    exchange: Exchange
    kind: str  #: RESUME, NOW or ANSWER
    changed: bool = False  #: the answer now says something else


def kind(exchange: Exchange) -> str:
    """What a replay would do to it as it is now."""
    if exchange.held:
        return RESUME
    if exchange.state in (State.ANSWERED, State.CLOSED):
        return ANSWER if exchange.answer else NOTHING
    if exchange.state is State.CANCELLED or exchange.next_attempt is None:
        return NOTHING
    return NOW


def replay(control: Control, id: str, reason: str, actor: str) -> Replayed:
    """Do it.

    Raises:
        NotFound: there is no such exchange.
        Invalid: there is nothing to replay in its state.
        Conflict: a worker has it now.
        Unmappable, Unreadable: the stored answer cannot be translated; nothing is changed.
    """
    exchange = control.known(id)
    what = kind(exchange)
    if what == RESUME:
        return Replayed(control.resume(id, actor, reason, new_maps=True), what)
    if what == NOTHING:
        raise Invalid(
            Issue(
                "business-rule",
                f"L'échange {id} n'a rien à rejouer : il est annulé, n'a pas de réponse "
                "conservée, ou attend un dépôt ou un fichier de l'organisme.",
                f"Exchange {id} has nothing to replay: it is cancelled, has no stored answer, or "
                "waits for a deposit or a file of the institution.",
            )
        )
    taken = control.take(id)
    if kind(taken) != what:
        control.release(taken)
        raise _moved(id)
    if what == NOW:
        now = control.trip.clock.now()
        free = replace(taken, attempts=0, next_attempt=now)
        text = f"Nouvel essai demandé tout de suite : {reason}"
        return Replayed(control.save(free, "replayed", text, actor), what)
    try:
        change, changed = _answered(control, taken, reason, actor)
    except BaseException:
        control.release(taken)
        raise
    control.trip.store.save(change)
    return Replayed(change.exchange, what, changed)


def _answered(control: Control, exchange: Exchange, reason: str, actor: str) -> tuple[Change, bool]:
    """The stored answer, translated with the map published now."""
    trip = control.trip
    stored, message = _stored(control, exchange)
    reply = Reply(
        ReplyKind.ANSWER,
        exchange.operation.value,
        exchange.submission,
        message.body,
        message.content_type,
        exchange.partner_reference,
    )
    others = {role: map for role, map in exchange.maps.items() if role != "answer"}
    tree, canonical = answers.back(trip, replace(exchange, maps=others), reply, "answer")
    before: Tree = exact_json.loads(stored.body)
    kept = {name: before[name] for name in _OWN if name in before and name != "meta"}
    told = reason_words.translated({"resourceType": tree["resourceType"], **tree, **kept})
    changed = _said(before) != _said(told)
    after = replace(exchange, maps={**exchange.maps, "answer": canonical})
    new: tuple[NewResource, ...] = ()
    if changed:
        new = (resources.emitted(told, stored.id, trip.clock.now(), stored.version + 1),)
    outcome = f"nouvelle version {stored.version + 1}" if changed else "même réponse qu'avant"
    text = f"Réponse conservée retraduite par {canonical} ({outcome}) : {reason}"
    event = trip.event("replayed", text, exchange.state, map=canonical, changed=changed)
    return Change(after, (replace(event, actor=actor),), (), new), changed


def _stored(control: Control, exchange: Exchange) -> tuple[StoredResource, StoredMessage]:
    """The answer as it was published, and the partner's bytes it was made of."""
    store = control.trip.store
    type, _, id = (exchange.answer or "").partition("/")
    published = store.read(type, id)
    messages = [
        one
        for one in store.messages(exchange.id)
        if one.direction == "in" and one.kind == ReplyKind.ANSWER
    ]
    if published is None or not messages:
        raise Invalid(
            Issue(
                "not-found",
                f"Les octets de la réponse de l'échange {exchange.id} ne sont plus conservés : "
                "elle ne peut pas être retraduite.",
                f"The bytes of exchange {exchange.id}'s answer are not kept any more: it cannot "
                "be translated again.",
            )
        )
    return published, messages[-1]


def _said(tree: Tree) -> Tree:
    return {name: value for name, value in tree.items() if name not in (*_OWN, "text")}


def _moved(id: str) -> Conflict:
    return Conflict(
        Issue(
            "lock-error",
            f"L'échange {id} a avancé entre-temps. Relisez-le, puis recommencez si c'est utile.",
            f"Exchange {id} has moved on meanwhile. Read it again, then repeat if still useful.",
        )
    )
