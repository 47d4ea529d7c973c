"""What tests of access share: whose claims they send, and Bundles."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
from api_sheets import SID

from hub.model import State
from hub.ports import Change
from hub.wiring import Hub

MINE, THEIRS = f"{SID}/convention|CNV-ML-00001", f"{SID}/convention|CNV-ML-00002"
ALL = "system/*.cruds"
Call = Callable[..., httpx.Response]


def bundle(kind: str, *entries: dict[str, Any]) -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": kind, "entry": list(entries)}


def entry(method: str, url: str, resource: Any = None) -> dict[str, Any]:
    made: dict[str, Any] = {"request": {"method": method, "url": url}}
    return made | ({"resource": resource} if resource is not None else {})


def send_to(hub: Hub, id: str, partner: str) -> None:
    """A claim goes to this partner, whose institution manages it from then on."""
    leased = hub.store.lease(hub.store.exchanges(resource=f"Claim/{id}")[-1].id, 60)
    assert leased is not None
    hub.store.save(Change(replace(leased, state=State.READY, partner=partner)))
