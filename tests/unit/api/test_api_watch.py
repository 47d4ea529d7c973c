"""The administrators' door of those who watch: the console's acts as JSON, with the same rights."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from argon2 import PasswordHasher
from plain_exchange import exchange

from hub import wiring
from hub.access import passwords
from hub.access.accounts import Account
from hub.app import create_app
from hub.ports import Acceptance
from hub.settings import Settings

PASSWORD = "correct horse battery"
HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
PEOPLE = (("awa", "operator"), ("ali", "supervisor"), ("fanta", "security"), ("binta", "security"))


@pytest.fixture
def hub(tmp_path):
    made = wiring.build(Settings(data=tmp_path, url="http://test"), adapters={})
    for id, role in PEOPLE:
        body = "CMSS" if role == "supervisor" else ""
        account = Account(id, id, (role,), HASH, passwords.new_secret(), body)
        made.store.put_account(account, "test", "account-added")
    for id, partner in (("X1", "cmss"), ("X2", "inps")):
        made.store.accept([Acceptance((), (exchange(id, partner),))])
    yield made
    made.close()


@pytest.fixture
def call(hub):
    """(who, method, address, fields) → the answer."""
    app = create_app(hub)
    tokens: dict[str, str] = {}

    def ask(who: str, method: str, at: str, **fields: Any) -> httpx.Response:
        if who and who not in tokens:
            code = passwords.code_at(hub.store.account(who).totp, datetime.now(UTC))
            signed = ask("", "POST", "/session", account=who, password=PASSWORD, code=code)
            tokens[who] = signed.json()["token"]

        async def send() -> httpx.Response:
            headers = {"authorization": f"Bearer {tokens[who]}"} if who else {}
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
                told = {"params": fields} if method == "GET" else {"json": fields}
                return await client.request(method, f"/admin{at}", headers=headers, **told)

        return asyncio.run(send())

    return ask


def test_exchanges_are_listed_as_far_as_the_right_reaches(call) -> None:
    mine = [e["id"] for e in call("awa", "GET", "/exchanges").json()["exchanges"]]
    assert mine == ["X2", "X1"]
    theirs = call("ali", "GET", "/exchanges", partner="inps").json()["exchanges"]
    assert [e["id"] for e in theirs] == ["X1"]
    assert call("awa", "GET", "/exchanges", state="NONE").status_code == 422
    assert call("fanta", "GET", "/exchanges").status_code == 403
    assert call("", "GET", "/exchanges").status_code == 401


def test_a_bulk_act_tells_first_and_acts_when_told_to(hub, call) -> None:
    asked = {"action": "hold", "partner": "cmss"}
    told = call("awa", "POST", "/exchanges/bulk", **asked).json()
    assert (told["able"], told["ids"]) == (1, ["X1"])
    assert not hub.store.exchange("X1").held
    refused = call("awa", "POST", "/exchanges/bulk", **asked, preview=False)
    assert refused.status_code == 422
    done = call("awa", "POST", "/exchanges/bulk", **asked, preview=False, reason="Contrôle").json()
    assert done == {"done": 1, "changed": 0, "failed": []}
    assert hub.store.events("X1")[-1].actor == "person|awa"
    assert call("ali", "POST", "/exchanges/bulk", **asked).status_code == 403


def test_a_partner_is_paused_and_resumed(hub, call) -> None:
    order = {"partner": "cmss", "order": "pause", "reason": "Arrêt annoncé"}
    assert call("awa", "POST", "/partners", **order).json() == {"partner": "cmss", "mode": "paused"}
    assert hub.store.switch("cmss").actor == "person|awa"
    assert call("awa", "POST", "/partners", **order).status_code == 422
    assert call("fanta", "POST", "/partners", **order).status_code == 403
    assert call("awa", "POST", "/partners", **order | {"partner": "nobody"}).status_code == 404
    assert call("fanta", "GET", "/partners").json() == {"partners": []}


def test_figures_come_as_json_and_csv_and_a_supervisor_gets_the_own(call) -> None:
    found = call("awa", "GET", "/stats", month="2026-11", figure="volumes").json()
    assert found["figures"][0]["rows"][0]["claims"] is None  # two claims: hidden
    csv = call("awa", "GET", "/stats", month="2026-11", figure="volumes", format="csv")
    assert csv.text.splitlines()[0] == "day,claims,answered,held"
    theirs = call("ali", "GET", "/stats", month="2026-11", body="INPS", figure="answers").json()
    assert [row["body"] for row in theirs["figures"][0]["rows"]] == ["CMSS"]


def test_quarantine_is_listed_and_settled(hub, call) -> None:
    hub.store.quarantine("cmss", b"?", "Illisible.", "L-1")
    [item] = call("awa", "GET", "/quarantine").json()["items"]
    gone = {"id": item["id"], "act": "discard", "reason": "Envoyé par erreur"}
    assert call("awa", "POST", "/quarantine", **gone).status_code == 200
    assert call("awa", "GET", "/quarantine").json() == {"items": []}
    assert call("awa", "POST", "/quarantine", **gone).status_code == 404
    assert call("ali", "GET", "/quarantine").status_code == 403


def test_what_two_persons_change_takes_two_here_too(hub, call) -> None:
    from hub.watching import proposals

    roles = {"roles": ["auditor"], "name": "Mariam"}
    seq = proposals.propose(hub, "account", "add", "mariam", roles, "Arrivée", "person|fanta")
    [one] = call("binta", "GET", "/proposals").json()["proposals"]
    assert one["seq"] == seq
    assert call("fanta", "POST", "/proposals", number=seq, accept=True).status_code == 403
    told = call("binta", "POST", "/proposals", number=seq, accept=True).json()["told"]
    assert passwords.is_right(hub.store.account("mariam").password, told["password"])
    assert call("binta", "POST", "/proposals", number=seq, accept=True).status_code == 404
