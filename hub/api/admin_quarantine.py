"""What partners sent and nobody could read or match: list, bytes as they may be seen, answers."""

from __future__ import annotations

from typing import Any

from hub.access.matrix import matrix
from hub.api.admin_door import doors, record, said, text, wrong
from hub.api.admin_exchanges import row
from hub.authoring.people import Person
from hub.errors import Issue, NotFound
from hub.model import Tree
from hub.watching import quarantine, reading
from hub.watching.dossiers import legible
from hub.watching.quarantine import Item
from hub.wiring import Hub

NAMES = ("id", "partner", "reason", "reference", "sha256", "applies_itself")


def _told(one: Item) -> Tree:
    names = {name: getattr(one, name) for name in NAMES}
    return names | {"at": one.at.isoformat(), "size": len(one.body)}


def _listed(hub: Hub, person: Person, asked: Tree) -> Any:
    return {"items": [_told(one) for one in quarantine.items(hub, said(asked, "partner"))]}


def _one(hub: Hub, person: Person, asked: Tree) -> Any:
    item = quarantine.item(hub, text(asked, "id"))
    whole = reading.sees_whole(person.roles)
    if whole:
        purpose = asked["purpose"]
        record(hub, person, "read-payload", f"Quarantine/{item.id}", page="api", purpose=purpose)
    shown = legible(item.body) if whole else quarantine.shown(hub, item)
    about = quarantine.about(hub, item)
    told = {"text": reading.indented(shown)[: reading.LONGEST], "masked": not whole}
    answers = matrix().granted(person.roles, "quarantine.answer") is not None
    return _told(item) | told | {"about": about.id if about else "", "answers": answers}


def _settle(hub: Hub, person: Person, asked: Tree) -> Any:
    id, act = text(asked, "id"), said(asked, "act")
    if act == "again":
        quarantine.again(hub, id, person.id)
    elif act == "discard":
        quarantine.discard(hub, id, said(asked, "reason"), person.id)
    elif act == "match":
        exchange = hub.store.exchange(text(asked, "exchange"))
        if exchange is None:
            raise NotFound(
                Issue(
                    "not-found",
                    "Aucun échange de cet identifiant : voyez GET /admin/exchanges.",
                    "No exchange with this id: see GET /admin/exchanges.",
                )
            )
        matched = quarantine.match(hub, id, exchange, person.id)
        hub.ring([matched.id])
        return row(matched)
    else:
        known = "again, match, discard"
        raise wrong(f"« act » est l'un de : {known}.", f"'act' is one of: {known}.")
    return {}


ROUTES = doors(
    {
        ("GET", "/quarantine"): (_listed, "quarantine.read"),
        ("GET", "/quarantine/one"): (_one, "quarantine.read"),
        ("POST", "/quarantine"): (_settle, "quarantine.answer"),
    }
)
