"""Decisions and payments, from the partner's form back to FHIR."""

from __future__ import annotations

from hub.errors import Issue, Unreadable
from hub.exchange import (
    authorisations,
    cancelling,
    copies,
    dossier,
    doubts,
    plausible,
    reason_words,
    resources,
    sightings,
    states,
)
from hub.exchange.parts import Parts
from hub.model import (
    Exchange,
    NewResource,
    Operation,
    Reply,
    ReplyKind,
    State,
    StoredMessage,
    Tree,
)
from hub.ports import Change
from hub.ports.releases import When

#: Identifier system of what the hub issues itself.
HUB_NUMBER = "https://benkan.example/fhir/sid/reponse"


def apply(parts: Parts, exchange: Exchange, reply: Reply, stored: StoredMessage) -> Change:
    """An answer, applied once. Payments come in notices (hub/exchange/notices.py).

    Raises:
        Unreadable: a second, different answer; not an answer at all; or one that cannot be about
            this claim.
    """
    if reply.kind is not ReplyKind.ANSWER:
        raise _out_of_turn(exchange, f"« {reply.kind} » au lieu d'une réponse", "not an answer")
    if exchange.state not in (State.SENT, State.PENDING):
        raise _out_of_turn(exchange, "réponse pour un échange clos", "answer for a closed cycle")
    if exchange.operation in states.COPIES:
        return _receipt(parts, exchange, reply, stored)
    tree, canonical = back(parts, exchange, reply, "answer")
    if exchange.operation is Operation.CANCELLATION:
        return _verdict(parts, exchange, tree, canonical, stored)
    if tree.get("resourceType") == "ClaimResponse":
        plausible.check(parts.resource(exchange.resource), tree)
    name, new = _resource(parts, exchange, tree)
    answered = states.move(
        exchange,
        State.ANSWERED,
        answer=name,
        maps={**exchange.maps, "answer": canonical},
        partner_reference=reply.partner_reference or exchange.partner_reference,
        next_attempt=parts.clock.now(),
    )
    text = f"Décision de {exchange.partner} : {tree.get('disposition', 'voir la réponse')}"
    text += authorisations.told(tree)
    told = parts.event("answered", text, State.ANSWERED, map=canonical, answer=name)
    spawned = copies.of_decision(parts, answered)
    seen = sightings.codes(tree)
    doubt = doubts.disowned(parts, exchange, tree)
    return Change(answered, (told,), (stored,), (new,), spawned, seen=seen, doubt=doubt)


def _verdict(
    parts: Parts, exchange: Exchange, tree: Tree, canonical: str, stored: StoredMessage
) -> Change:
    """The logical model Annulation; what it means for the claim is the next step."""
    answered = states.move(
        exchange,
        State.ANSWERED,
        maps={**exchange.maps, "answer": canonical},
        detail=cancelling.answered(tree),
        next_attempt=parts.clock.now(),
    )
    said = "accepte" if tree.get("accepted") else "refuse"
    text = f"{exchange.partner} {said} l'annulation. {tree.get('message', '')}".strip()
    told = parts.event("answered", text, State.ANSWERED, map=canonical)
    return Change(answered, (told,), (stored,))


def _receipt(parts: Parts, exchange: Exchange, reply: Reply, stored: StoredMessage) -> Change:
    answered = states.move(
        exchange,
        State.ANSWERED,
        partner_reference=reply.partner_reference,
        next_attempt=parts.clock.now(),
    )
    control = exchange.operation is Operation.CONTROL_COPY
    what = "Copie de contrôle" if control else "Copie de la décision"
    text = f"{what} enregistrée par {exchange.partner}."
    if reply.partner_reference:
        text = f"{text[:-1]} sous le numéro {reply.partner_reference}."
    return Change(answered, (parts.event("answered", text, State.ANSWERED),), (stored,))


def back(parts: Parts, exchange: Exchange, reply: Reply, role: str) -> tuple[Tree, str]:
    """The reply as FHIR, and the map that made it."""
    adapter = parts.adapter(exchange)
    parent = parts.store.exchange(exchange.parent) if exchange.parent else None
    when = When(exchange.care_date, exchange.created)
    canonical = exchange.maps.get(role) or parts.mapper.pin(
        f"{dossier.MAPS}{adapter.name}-{exchange.operation}-{role}", when
    )
    source = {
        "dossier": parts.dossier(exchange, parent),
        "answer": adapter.decode(reply),
        "received": parts.clock.now().isoformat(timespec="milliseconds"),
    }
    return parts.mapper.map(canonical, source, when), canonical


def _resource(parts: Parts, exchange: Exchange, tree: Tree) -> tuple[str, NewResource]:
    """What the hub emits: checked twice, with its own id, number and link to the claim."""
    id = resources.new_id()
    numbers = [*tree.get("identifier", []), {"system": HUB_NUMBER, "value": id}]
    head = {"resourceType": tree["resourceType"], "id": id, "identifier": numbers}
    linked: Tree = {**head, **{k: v for k, v in tree.items() if k not in head}}
    if linked["resourceType"] == "ClaimResponse":
        linked["request"] = {"reference": exchange.resource}
    new = resources.emitted(reason_words.translated(linked), id, parts.clock.now())
    return f"{new.type}/{id}", new


def _out_of_turn(exchange: Exchange, fr: str, en: str) -> Unreadable:
    return Unreadable(
        Issue(
            "business-rule",
            fr=f"{exchange.partner} : {fr} (feuille {exchange.identifier.rpartition('|')[2]}). "
            "Mis en quarantaine : vérifiez avec l'organisme.",
            en=f"{exchange.partner}: {en} (sheet {exchange.identifier.rpartition('|')[2]}). Put in "
            "quarantine: check with the institution.",
        )
    )
