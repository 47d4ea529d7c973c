"""Every address of the administrators' door × every role × what strangers send: 403, never 500."""

from __future__ import annotations

import asyncio
import json
import secrets
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from plain_exchange import exchange

from hub import app, wiring
from hub.access import tokens
from hub.access.accounts import Account, Session
from hub.access.clients import Client as System
from hub.access.matrix import matrix
from hub.api.admin_door import Door
from hub.ports import Acceptance
from hub.settings import Settings

DOORS = [
    (method, door.path, door.right)
    for edge in app.EDGES
    for door in edge
    if isinstance(door, Door)
    for method in sorted((door.methods or set()) - {"HEAD"})
]
ROLES = list(matrix().roles)
SYSTEMS = ("provider", "partner")
#: Where the act looks closer: an exchange as a source, the audit of those who see a part of it, and
#: what only people have.
CLOSER = {"/admin/workbench/source", "/admin/audit", "/admin/audit/alerts", "/admin/account"}
Ask = Callable[..., httpx.Response]


@pytest.fixture
def hub(tmp_path: Path, migrated_file: Path):
    shutil.copy(migrated_file, tmp_path / "hub.sqlite")
    made = wiring.build(Settings(data=tmp_path, url="http://test"), adapters={})
    for id, partner in (("X1", "cmss"), ("X2", "inps")):
        made.store.accept([Acceptance((), (exchange(id, partner),))])
    yield made
    made.close()


@pytest.fixture
def ask(hub) -> Ask:
    """(token, method, address, body or query) → the answer."""
    served = app.create_app(hub)

    def send(
        token: str, method: str, at: str, told: Any = None, purpose: str = ""
    ) -> httpx.Response:
        headers = {"authorization": f"Bearer {token}"} if token else {}
        headers |= {"x-purpose-of-use": purpose} if purpose else {}

        async def go() -> httpx.Response:
            transport = httpx.ASGITransport(served, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
                if method == "GET":
                    return await client.get(at, params=told, headers=headers)
                body = told if isinstance(told, bytes) else json.dumps(told or {}).encode()
                return await client.request(method, at, content=body, headers=headers)

        return asyncio.run(go())

    return send


@pytest.fixture
def token(hub) -> Callable[[str], str]:
    """A session of a person with this role; a token of a system for the roles of systems."""

    def enter(role: str) -> str:
        body = "CMSS" if role in ("supervisor", "medical-adviser", "partner") else ""
        now = datetime.now(UTC)
        if role in SYSTEMS:
            system = System(f"c-{role}", role, (role,), role, (), "system/*.cruds", body)
            hub.store.put_client(system, "test", "client-added")
            text, kept = tokens.new(system.id, "system/*.cruds", now)
            hub.store.keep_token(kept)
            return text
        account = Account(f"a-{role}", role, (role,), "-", "-", body)
        hub.store.put_account(account, "test", "account-added")
        text = secrets.token_urlsafe(32)
        hub.store.open_session(Session(tokens.digest(text), account.id, now, now), "test")
        return text

    return enter


def test_every_address_but_those_of_long_work_takes_a_right() -> None:
    without = {path for _, path, right in DOORS if not right}
    # Each job asks for the right of its kind; one's own account is one's own.
    assert without == {"/admin/jobs", "/admin/jobs/one", "/admin/account"}
    assert len(DOORS) > 60


@pytest.mark.parametrize("role", ROLES)
def test_each_address_answers_only_the_roles_of_the_matrix(hub, ask, token, role) -> None:
    mine = token(role)
    refused = 0
    for method, path, right in DOORS:
        answer = ask(mine, method, path)
        granted = not right or matrix().granted((role,), right) is not None
        assert answer.status_code < 500, (method, path, answer.text)
        if not granted:
            assert answer.status_code == 403, (method, path, right)
            refused += 1
        elif path not in CLOSER:
            assert answer.status_code != 403, (method, path, right)
    rows = hub.store.audit_search(action="refused", limit=500)
    assert len(rows) == refused


def test_without_a_token_no_address_answers(ask) -> None:
    for method, path, _ in DOORS:
        assert ask("", method, path).status_code == 401, path
        assert ask("x" * 43, method, path).status_code == 401, path


NAMES = (
    *("exchange", "id", "partner", "account", "client", "url", "list", "table", "code", "target"),
    *("act", "action", "order", "kind", "reason", "text", "hash", "seen", "name", "source", "ids"),
    *("roles", "jwks", "number", "accept", "from", "content", "preview", "changes", "value"),
    *("setting", "line", "column", "count", "start", "month", "figure", "form", "month", "before"),
    *("depends", "system", "version", "first", "second", "role", "body", "whole", "package", "end"),
)
#: What no field of any address is.
WRONG: tuple[Any, ...] = (5, True, [1], {"a": 1}, "\0", "é'\"|%" * 60)


def test_wrong_types_and_ids_are_never_an_error_of_the_hub(hub, ask, token) -> None:
    mine = token("operator")
    account = hub.store.account("a-operator")
    roles = tuple(role for role in ROLES if role not in (*SYSTEMS, "supervisor"))
    hub.store.put_account(replace(account, roles=roles), "test", "account-roles")
    now = datetime.now(UTC)
    hub.store.open_session(Session(tokens.digest(mine), account.id, now, now), "test")
    for method, path, _ in DOORS:
        for value in WRONG:
            if method == "GET" and not isinstance(value, str):
                continue
            answer = ask(mine, method, path, dict.fromkeys(NAMES, value))
            assert answer.status_code < 500, (method, path, value, answer.text)
            assert answer.status_code not in (401, 403), (method, path, answer.text)
    for method, path, _ in DOORS:
        for body in (b"", b"[]", b'{"a":1,"a":2}', b"\xff"):
            if method == "POST":
                assert ask(mine, method, path, body).status_code in (400, 422), (path, body)


#: Addresses of one object of an institution, and what a supervisor names it by.
OBJECTS = [
    ("GET", "/admin/exchanges/one", "exchange"),
    ("GET", "/admin/exchanges/dossier", "exchange"),
]


def test_not_yours_and_not_there_are_one_answer(ask, token) -> None:
    mine = token("supervisor")
    for method, path, name in OBJECTS:
        assert ask(mine, method, path, {name: "X1"}).status_code == 200
        theirs, none = (ask(mine, method, path, {name: id}) for id in ("X2", "X9"))
        assert theirs.status_code == none.status_code == 404
        assert theirs.text == none.text
    listed = ask(mine, "GET", "/admin/exchanges", {"partner": "inps"}).json()["exchanges"]
    assert [one["id"] for one in listed] == ["X1"]
    adviser = token("medical-adviser")
    assert ask(adviser, "GET", "/admin/exchanges/one", {"exchange": "X2"}).status_code == 404


def test_the_purpose_a_caller_states_is_kept(hub, ask, token) -> None:
    adviser, asked = token("medical-adviser"), {"exchange": "X1"}
    assert ask(adviser, "GET", "/admin/exchanges/one", asked, "HPAYMT").status_code == 200
    assert ask(adviser, "GET", "/admin/exchanges/one", asked).status_code == 200
    without, stated = (json.loads(e.content) for e in hub.store.audit_search(action="read-payload"))
    assert stated["actor"] == "person|a-medical-adviser"
    assert stated["detail"]["purpose"] == "HPAYMT"
    assert "purpose" not in without["detail"]
