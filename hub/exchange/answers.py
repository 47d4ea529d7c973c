"""Decisions and payments, from the partner's form back to FHIR."""

from __future__ import annotations

from dataclasses import replace

from hub.errors import Issue, Unreadable
from hub.exchange import dossier, resources, states
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

#: Identifier system of what the hub issues itself.
HUB_NUMBER = "https://benkan.example/fhir/sid/reponse"


def apply(parts: Parts, exchange: Exchange, reply: Reply, stored: StoredMessage) -> Change:
    """An answer or a payment, applied once.

    Raises:
        Unreadable: a second, different answer; or a payment for a claim nobody adjudicated.
    """
    decided = exchange.state in (State.ANSWERED, State.CLOSED)
    if reply.kind is ReplyKind.PAYMENT:
        if not decided:
            raise _out_of_turn(exchange, "paiement sans liquidation", "payment before adjudication")
        return _paid(parts, exchange, reply, stored)
    if decided or exchange.state not in (State.SENT, State.PENDING):
        raise _out_of_turn(exchange, "réponse pour un échange clos", "answer for a closed cycle")
    if exchange.operation is Operation.CONTROL_COPY:
        return _receipt(parts, exchange, reply, stored)
    tree, canonical = _back(parts, exchange, reply, "answer")
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
    told = parts.event("answered", text, State.ANSWERED, map=canonical, answer=name)
    return Change(answered, (told,), (stored,), (new,))


def _receipt(parts: Parts, exchange: Exchange, reply: Reply, stored: StoredMessage) -> Change:
    answered = states.move(
        exchange,
        State.ANSWERED,
        partner_reference=reply.partner_reference,
        next_attempt=parts.clock.now(),
    )
    text = f"Copie de contrôle enregistrée par {exchange.partner}."
    if reply.partner_reference:
        text = f"{text[:-1]} sous le numéro {reply.partner_reference}."
    return Change(answered, (parts.event("answered", text, State.ANSWERED),), (stored,))


def _paid(parts: Parts, exchange: Exchange, reply: Reply, stored: StoredMessage) -> Change:
    tree, canonical = _back(parts, exchange, reply, "payment")
    name, new = _resource(parts, exchange, tree)
    amount = tree.get("paymentAmount") or {}
    text = (
        f"Avis de paiement de {exchange.partner} : {amount.get('value', '?')} "
        f"{amount.get('currency', '')} ({name})."
    )
    paid = replace(exchange, maps={**exchange.maps, "payment": canonical})
    told = parts.event("paid", text, map=canonical, payment=name)
    return Change(paid, (told,), (stored,), (new,))


def _back(parts: Parts, exchange: Exchange, reply: Reply, role: str) -> tuple[Tree, str]:
    """The reply as FHIR, and the map that made it."""
    adapter = parts.adapter(exchange)
    parent = parts.store.exchange(exchange.parent) if exchange.parent else None
    canonical = exchange.maps.get(role) or parts.mapper.pin(
        f"{dossier.MAPS}{adapter.name}-{exchange.operation}-{role}"
    )
    source = {
        "dossier": parts.dossier(exchange, parent),
        "answer": adapter.decode(reply),
        "received": parts.clock.now().isoformat(timespec="milliseconds"),
    }
    return parts.mapper.map(canonical, source), canonical


def _resource(parts: Parts, exchange: Exchange, tree: Tree) -> tuple[str, NewResource]:
    """What the hub emits: checked twice, with its own id, number and link to the claim."""
    id = resources.new_id()
    numbers = [*tree.get("identifier", []), {"system": HUB_NUMBER, "value": id}]
    head = {"resourceType": tree["resourceType"], "id": id, "identifier": numbers}
    linked: Tree = {**head, **{k: v for k, v in tree.items() if k not in head}}
    if linked["resourceType"] == "ClaimResponse":
        linked["request"] = {"reference": exchange.resource}
    new = resources.emitted(linked, id, parts.clock.now())
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
