"""Cross-border agreements for administrators: list, propose one, propose its last day."""

from __future__ import annotations

from typing import Any

from hub.api.admin_door import Act, doors, said, text
from hub.authoring.people import Person
from hub.model import Tree
from hub.routing_wiring import ADD, END, KIND
from hub.watching import agreements, proposals
from hub.wiring import Hub


def _listed(hub: Hub, person: Person, asked: Tree) -> Any:
    return {"agreements": [agreements.told(one) for one in agreements.listed(hub)]}


def _propose(act: str) -> Act:
    def propose(hub: Hub, person: Person, asked: Tree) -> Any:
        care, cover, start = (text(asked, name) for name in ("care", "cover", "start"))
        end, reference = said(asked, "end"), said(asked, "reference")
        payload = agreements.payload(care, cover, start, end, reference)
        subject, reason = agreements.subject(payload), said(asked, "reason")
        return {"number": proposals.propose(hub, KIND, act, subject, payload, reason, person.id)}

    return propose


ROUTES = doors(
    {
        ("GET", "/agreements"): (_listed, "partner.read"),
        ("POST", "/agreements/add"): (_propose(ADD), "partner.endpoint"),
        ("POST", "/agreements/end"): (_propose(END), "partner.endpoint"),
    }
)
