"""One's own account for administrators: who one is, one's password, one's secret for codes."""

from __future__ import annotations

from typing import Any

from hub.access.accounts import Account
from hub.api.admin_door import doors, said, text
from hub.authoring import oneself
from hub.authoring.people import Person
from hub.authoring.proving import Place
from hub.errors import Forbidden, Issue
from hub.model import Tree
from hub.wiring import Hub


def _shown(hub: Hub, person: Person, asked: Tree) -> Any:
    own = _own(hub, person)
    return {"id": own.id, "name": own.name, "roles": list(own.roles), "body": own.body}


def _change(hub: Hub, person: Person, asked: Tree) -> Any:
    """Their password, or, without `new`, their secret for codes, which is told once."""
    own = _own(hub, person)
    proof = (text(asked, "password"), text(asked, "code"))
    new, place = said(asked, "new"), Place(f"session|{own.id}", said(asked, "device")[:200])
    if not new:
        return {"totp": oneself.renew_codes(hub, own, *proof, place)}
    oneself.change_password(hub, own, *proof, new, place)
    return {"changed": own.id}


def _own(hub: Hub, person: Person) -> Account:
    found = hub.store.account(person.id.removeprefix("person|"))
    if found is None or not person.id.startswith("person|"):
        raise Forbidden(
            Issue(
                "forbidden",
                "Seule une personne a un compte : donnez sa session (POST /admin/session).",
                "Only a person has an account: give their session (POST /admin/session).",
            )
        )
    return found


ROUTES = doors({("GET", "/account"): (_shown, ""), ("POST", "/account"): (_change, "")})
