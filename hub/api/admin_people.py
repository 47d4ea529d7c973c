"""People, systems and rights for administrators; changes that a second person decides."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from hub.access.accounts import Account
from hub.access.clients import Client
from hub.access.matrix import matrix
from hub.api.admin_door import doors, number, said, text, truth, words, wrong
from hub.authoring.people import Person
from hub.errors import Forbidden, Issue
from hub.model import Tree
from hub.ports.watch import Proposal
from hub.watching import accounts, clients, proposals
from hub.wiring import Hub

PENDING = ("seq", "kind", "act", "subject", "payload", "reason", "proposer")
BIGGEST = 2**31 - 1


def _account(hub: Hub, one: Account, sessions: dict[str, int]) -> Tree:
    return {
        "id": one.id,
        "name": one.name,
        "roles": list(one.roles),
        "body": one.body,
        "state": accounts.state(one),
        "sessions": sessions.get(one.id, 0),
        "created": one.created.isoformat() if one.created else "",
    }


def _people(hub: Hub, person: Person, asked: Tree) -> Any:
    sessions = dict(hub.store.sessions())
    return {"people": [_account(hub, one, sessions) for one in hub.store.accounts()]}


def _one_of_them(hub: Hub, person: Person, asked: Tree) -> Any:
    found = accounts.found(hub, text(asked, "account"))
    history = [_decided(one) for one in hub.store.proposals("account", found.id)[:20]]
    return _account(hub, found, dict(hub.store.sessions())) | {"history": history}


def _decided(one: Proposal) -> Tree:
    told = {name: getattr(one, name) for name in PENDING}
    return told | {"decider": one.decider, "accepted": one.accepted}


def _add_person(hub: Hub, person: Person, asked: Tree) -> Any:
    payload = {
        "name": said(asked, "name"),
        "roles": words(asked, "roles"),
        "body": said(asked, "body"),
    }
    subject, reason = text(asked, "account").lower(), said(asked, "reason")
    seq = proposals.propose(hub, "account", "add", subject, payload, reason, person.id)
    return {"number": seq}


def _change_person(hub: Hub, person: Person, asked: Tree) -> Any:
    id, act = text(asked, "account"), text(asked, "act")
    roles = {"roles": words(asked, "roles"), "body": said(asked, "body")}
    payload = roles if act == "roles" else {}
    return _changed(hub, person, asked, "account", id, act, payload)


def _changed(
    hub: Hub, person: Person, asked: Tree, kind: str, id: str, act: str, payload: Tree
) -> Tree:
    """The number of the proposal; null: it is done."""
    reason = said(asked, "reason")
    return {"number": proposals.change(hub, kind, act, id, payload, reason, person.id) or None}


def _client(hub: Hub, one: Client) -> Tree:
    last = hub.store.last_tokens().get(one.id)
    return {
        "id": one.id,
        "name": one.name,
        "roles": list(one.roles),
        "tenant": one.tenant,
        "organizations": list(one.organizations),
        "body": one.body,
        "scopes": one.scopes,
        "certificate": one.certificate,
        "state": "disabled" if one.disabled else "active",
        "last_token": last.isoformat() if last else "",
    }


def _clients(hub: Hub, person: Person, asked: Tree) -> Any:
    return {"clients": [_client(hub, one) for one in hub.store.clients()]}


def _one_client(hub: Hub, person: Person, asked: Tree) -> Any:
    found = clients.found(hub, text(asked, "client"))
    history = [_decided(one) for one in hub.store.proposals("client", found.id)[:20]]
    keys = {"jwks": found.jwks, "jwks_url": found.jwks_url}
    return _client(hub, found) | keys | {"history": history}


def _keys(asked: Tree) -> Tree:
    jwks = asked.get("jwks") or {}
    if not isinstance(jwks, dict):
        raise wrong("« jwks » est un objet JSON (JWKS).", "'jwks' is a JSON object (JWKS).")
    return {"jwks": jwks, "jwks_url": said(asked, "jwks_url")}


def _add_client(hub: Hub, person: Person, asked: Tree) -> Any:
    payload = {
        **{name: said(asked, name) for name in ("name", "tenant", "body", "scopes", "certificate")},
        "roles": words(asked, "roles"),
        "organizations": words(asked, "organizations"),
        **_keys(asked),
    }
    subject, reason = text(asked, "client"), said(asked, "reason")
    return {"number": proposals.propose(hub, "client", "add", subject, payload, reason, person.id)}


def _change_client(hub: Hub, person: Person, asked: Tree) -> Any:
    id, act = text(asked, "client"), text(asked, "act")
    payload = _keys(asked) if act == "rotate" else {}
    return _changed(hub, person, asked, "client", id, act, payload)


def _rights(hub: Hub, person: Person, asked: Tree) -> Any:
    known = matrix()
    return {"roles": known.roles, "conditions": known.conditions, "rights": known.rights}


def _pending(hub: Hub, person: Person, asked: Tree) -> Any:
    found = [p for p in proposals.pending(hub) if _decides(person, p.kind)]
    return {"proposals": [{name: getattr(one, name) for name in PENDING} for one in found]}


def _decides(person: Person, kind: str) -> bool:
    return matrix().granted(person.roles, proposals.RIGHTS[kind]) is not None


def _decide(hub: Hub, person: Person, asked: Tree) -> Any:
    found = proposals.one(hub, number(asked, "number", 0, BIGGEST))
    matrix().require(person.roles, proposals.RIGHTS[found.kind])
    if not person.id.startswith("person|"):
        raise Forbidden(
            Issue(
                "forbidden",
                "Une seconde personne décide, avec sa session : un système ne le peut pas.",
                "A second person decides, with a session of their own: a system cannot.",
            )
        )
    if "accept" not in asked:
        raise wrong(
            "Décidez : « accept » vaut true (accepter) ou false (refuser).",
            "Decide: 'accept' is true (accept) or false (refuse).",
        )
    if truth(asked, "accept"):
        return {"told": dict(proposals.accept(hub, found.seq, person.id)[1])}
    return {"refused": asdict(proposals.refuse(hub, found.seq, person.id))["seq"]}


ROUTES = doors(
    {
        ("GET", "/people"): (_people, "user.manage"),
        ("GET", "/people/one"): (_one_of_them, "user.manage"),
        ("POST", "/people/add"): (_add_person, "user.manage"),
        ("POST", "/people/change"): (_change_person, "user.manage"),
        ("GET", "/clients"): (_clients, "client.manage"),
        ("GET", "/clients/one"): (_one_client, "client.manage"),
        ("POST", "/clients/add"): (_add_client, "client.manage"),
        ("POST", "/clients/change"): (_change_client, "client.manage"),
        ("GET", "/rights"): (_rights, "metadata.read"),
        ("GET", "/proposals"): (_pending, "user.manage"),
        ("POST", "/proposals"): (_decide, "user.manage"),
    }
)
