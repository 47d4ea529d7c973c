"""What could not be read or matched: seen redacted, taken again, matched by hand, discarded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, cast

from hub.errors import Conflict, Forbidden, Invalid, Issue, NotFound, Problem, Unreadable
from hub.exchange.parts import UNPROVEN
from hub.exchange.post import Post
from hub.exchange.trip import Trip
from hub.model import Exchange, Inbound, Reply, ReplyKind
from hub.ports import Store
from hub.watching.dossiers import legible
from hub.watching.settling import turn
from hub.wiring import Hub

AGAIN, MATCHED, DISCARDED = "again", "matched", "discarded"
SHORTEST_REASON = 5  #: characters


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that waits for a person."""

    id: str  #: a number, or "inbox-…" for a file that is tried again by itself
    partner: str
    reason: str  #: French
    reference: str  #: what it says it is about, or the file's name
    at: datetime
    body: bytes
    sha256: str
    applies_itself: bool


def items(hub: Hub, partner: str = "") -> list[Item]:
    """What waits, newest first."""
    found = (_item(row) for row in hub.store.quarantined())
    mine = [one for one in found if not partner or one.partner == partner]
    return sorted(mine, key=lambda one: one.at, reverse=True)


def item(hub: Hub, id: str) -> Item:
    """One of them.

    Raises:
        NotFound: there is none, or somebody has dealt with it.
    """
    for one in items(hub):
        if one.id == id:
            return one
    raise NotFound(
        Issue(
            "not-found",
            f"Rien n'attend en quarantaine sous le numéro {id} : c'est peut-être déjà réglé. "
            "Voyez la liste de la quarantaine.",
            f"Nothing waits in quarantine under number {id}: it may be settled already. See the "
            "list of what is in quarantine.",
        )
    )


def shown(hub: Hub, one: Item) -> str:
    """Its bytes as the partner's adapter leaves them to be read; "" when it cannot be asked."""
    adapter = hub.adapters.get(one.partner)
    return legible(adapter.redact(one.body)) if adapter else ""


def about(hub: Hub, one: Item) -> Exchange | None:
    """The exchange whose submission it names."""
    return hub.store.by_submission(one.partner, one.reference) if one.reference else None


def again(hub: Hub, id: str, actor: str) -> None:
    """Read it once more, as if it had just come; what was applied before stays.

    Raises:
        NotFound: it is not there any more.
        Unreadable: it still cannot be read or matched.
        Forbidden: the institution never proved that it sent it.
        Conflict: it waits for something else, an exchange is busy, or somebody else settles it.
    """
    if item(hub, id).applies_itself:
        hub.store.inbox_wake(item(hub, id).partner)
        return
    with turn(hub, id):
        _again(hub, item(hub, id), actor)


def _again(hub: Hub, one: Item, actor: str) -> None:
    source = _source(hub, one)
    _proven(one)
    told = _Told(hub.store)
    left = _post(hub, told).take(one.partner, source)
    why = next((reason for body, reason in told.refused if body == one.body), None)
    if why is not None:
        raise Unreadable(Issue("processing", why, why))
    if left is not None:
        raise Conflict(
            Issue(
                "transient",
                f"Pas encore appliqué : {left or 'un échange est occupé ou retenu'}. Réessayez "
                "dans un instant, ou reprenez d'abord l'échange retenu.",
                f"Not applied yet: {left or 'an exchange is busy or held'}. Try again in a moment, "
                "or resume the held exchange first.",
            )
        )
    _settle(hub, one, AGAIN, "", "", actor)


def match(hub: Hub, id: str, exchange: Exchange, actor: str) -> Exchange:
    """Give it to this exchange as the partner's answer; the exchange as it is then.

    Raises:
        NotFound: it is not there any more.
        Invalid: the exchange is another partner's.
        Unreadable: the exchange cannot take it in.
        Forbidden: the institution never proved that it sent it.
        Conflict: the exchange is busy or held, or somebody else settles the item.
    """
    with turn(hub, id):
        return _match(hub, item(hub, id), exchange, actor)


def _match(hub: Hub, one: Item, exchange: Exchange, actor: str) -> Exchange:
    if exchange.partner != one.partner:
        raise Invalid(
            Issue(
                "business-rule",
                f"Cet échange est avec {exchange.partner or 'aucun organisme'}, et le message "
                f"vient de {one.partner}. Choisissez un échange avec {one.partner}.",
                f"This exchange is with {exchange.partner or 'no institution'}, and the message "
                f"comes from {one.partner}. Choose an exchange with {one.partner}.",
            )
        )
    _proven(one)
    known = _reply(hub, one)
    made = known or Reply(ReplyKind.ANSWER, "", None, one.body, _guess(one.body))
    reply = replace(made, operation=exchange.operation.value, reference=exchange.submission)
    told = _Told(hub.store)
    taken = _post(hub, told).give(exchange, reply)
    if told.refused:
        why = told.refused[-1][1]
        raise Unreadable(Issue("processing", why, why))
    if not taken:
        raise Conflict(
            Issue(
                "lock-error",
                "L'échange est occupé ou retenu, ou n'a pas pu prendre cette réponse : voyez son "
                "histoire, reprenez-le s'il est retenu, puis recommencez.",
                "The exchange is busy or held, or could not take this answer in: see its story, "
                "resume it if it is held, then try again.",
            )
        )
    _settle(hub, one, MATCHED, exchange.id, "", actor)
    return hub.store.exchange(exchange.id) or exchange


def discard(hub: Hub, id: str, reason: str, actor: str) -> None:
    """It needs nothing more; the bytes stay stored.

    Raises:
        NotFound: it is not there any more.
        Invalid: no reason, or it is tried again by itself.
        Conflict: somebody else settles it.
    """
    with turn(hub, id):
        _discard(hub, item(hub, id), reason, actor)


def _discard(hub: Hub, one: Item, reason: str, actor: str) -> None:
    if len(reason.strip()) < SHORTEST_REASON:
        raise Invalid(
            Issue(
                "required",
                "Dites en quelques mots pourquoi rien n'est à faire : cela reste dans l'audit.",
                "Say in a few words why nothing is to be done: it stays in the audit.",
            )
        )
    if one.applies_itself:
        raise Invalid(
            Issue(
                "business-rule",
                "Ce fichier est repris de lui-même dès que ce qu'il attend est là : il ne peut pas "
                "être écarté.",
                "This file is taken again by itself once what it waits for is there: it cannot be "
                "discarded.",
            )
        )
    _settle(hub, one, DISCARDED, "", reason.strip(), actor)


def _proven(one: Item) -> None:
    """Only what is the partner's own may be applied, whoever asks."""
    if one.reason.startswith(UNPROVEN):
        raise Forbidden(
            Issue(
                "security",
                f"L'organisme {one.partner} n'a pas prouvé que ce message vient de lui : il ne "
                "peut être ni repris ni rattaché. Demandez-lui de le renvoyer, puis écartez "
                "celui-ci avec un motif.",
                f"Institution {one.partner} did not prove that this message comes from it: it can "
                "be neither taken again nor matched. Ask it to send it again, then discard this "
                "one with a reason.",
            )
        )


def _settle(hub: Hub, one: Item, outcome: str, exchange: str, reason: str, actor: str) -> None:
    if not hub.store.settle(int(one.id), outcome, exchange, reason, actor):
        item(hub, one.id)  # tells that it is gone


def _item(row: Mapping[str, Any]) -> Item:
    return Item(
        id=str(row["id"]),
        partner=row["partner"],
        reason=row["reason"],
        reference=row["reference"],
        at=row["at"],
        body=row["body"],
        sha256=row["sha256"],
        applies_itself=row["applies_itself"],
    )


class _Told:
    """The store, which also remembers what is put into quarantine through it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.refused: list[tuple[bytes, str]] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def quarantine(
        self, partner: str, body: bytes, reason: str, reference: str = "", *, proven: bool = True
    ) -> None:
        """As the store's."""
        self.refused.append((body, reason))
        self._store.quarantine(partner, body, reason, reference, proven=proven)


def _post(hub: Hub, told: _Told) -> Post:
    trip: Trip = replace(hub.trip, store=cast(Store, told))
    return Post(trip)


def _files(hub: Hub, one: Item) -> list[Inbound]:
    return [Inbound(name, body) for name, body in hub.store.inbox_files(one.partner, one.at)]


def _source(hub: Hub, one: Item) -> Inbound:
    """The file it came in: its own bytes, or the file of which it is a part."""
    for file in _files(hub, one):
        if file.body == one.body or any(r.body == one.body for r in _cut(hub, one, file)):
            return file
    return Inbound(one.reference or f"quarantaine-{one.id}", one.body)


def _reply(hub: Hub, one: Item) -> Reply | None:
    """The reply of which it is the bytes, as its file was cut."""
    for file in [*_files(hub, one), Inbound(one.reference, one.body)]:
        for reply in _cut(hub, one, file):
            if reply.body == one.body:
                return reply
    return None


def _cut(hub: Hub, one: Item, file: Inbound) -> list[Reply]:
    adapter = hub.adapters.get(one.partner)
    try:
        return adapter.receive({"name": file.name}, file.body) if adapter else []
    except Problem:
        return []


def _guess(body: bytes) -> str:
    start = body.lstrip()[:1]
    if start == b"<":
        return "application/xml"
    return "application/json" if start in (b"{", b"[") else "text/plain"
