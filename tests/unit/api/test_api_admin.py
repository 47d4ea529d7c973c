"""The administrators' door: the acts of releases as JSON, for people and for systems."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from argon2 import PasswordHasher

from hub import wiring
from hub.access import passwords
from hub.access.accounts import Account
from hub.app import create_app
from hub.authoring import releases
from hub.authoring.people import Person
from hub.errors import Forbidden
from hub.settings import Settings

TABLE = "https://benkan.example/fhir/ConceptMap/inps-sexe"
PASSWORD = "correct horse battery"
HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)


@pytest.fixture
def hub(tmp_path):
    made = wiring.build(Settings(data=tmp_path, url="http://test"), adapters={})
    for id, role in (("awa", "mapping-editor"), ("fanta", "mapping-publisher"), ("ali", "auditor")):
        account = Account(id, id, (role,), HASH, passwords.new_secret())
        made.store.put_account(account, "test", "account-added")
    yield made
    made.close()


@pytest.fixture
def call(hub):
    """(method, address, token, fields) → the answer."""
    app = create_app(hub)

    def ask(method: str, at: str, token: str = "", **fields: Any) -> httpx.Response:
        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(app)
            headers = {"authorization": f"Bearer {token}"} if token else {}
            async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
                told = {"params": fields} if method == "GET" else {"json": fields}
                return await client.request(method, f"/admin{at}", headers=headers, **told)

        return asyncio.run(send())

    return ask


@pytest.fixture
def session(hub, call):
    """The token of somebody who signed in."""

    def enter(id: str) -> str:
        code = passwords.code_at(hub.store.account(id).totp, datetime.now(UTC))
        answer = call("POST", "/session", account=id, password=PASSWORD, code=code)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["token"])

    return enter


def test_a_draft_is_written_by_one_person_and_published_by_another(hub, call, session) -> None:
    awa, fanta = session("awa"), session("fanta")
    draft = call("POST", "/releases/draft", awa, url=TABLE).json()
    text = draft["text"].replace('"publisher": "', '"publisher": "Essai ', 1)
    saved = call("POST", "/releases/save", awa, url=TABLE, text=text, hash=draft["hash"]).json()
    late = call("POST", "/releases/save", awa, url=TABLE, text=text + " ", hash=draft["hash"])
    assert late.status_code == 409
    assert (late.json()["yours"], late.json()["theirs"]["text"]) == (text + " ", text)
    assert call("POST", "/releases/test", awa, url=TABLE).json()["ok"]
    told = {"url": TABLE, "hash": saved["hash"]}
    call("POST", "/releases/propose", awa, reason="Nouvel éditeur", **told)
    assert call("POST", "/releases/approve", awa, reason="Relu", **told).status_code == 403
    wrong = call("POST", "/releases/approve", fanta, reason="Relu entier", **told, **{"from": "x"})
    assert wrong.status_code == 422
    done = call("POST", "/releases/approve", fanta, reason="Relu en entier", **told)
    assert done.json()["version"] == "0.1.1"
    known = call("GET", "/releases/one", fanta, url=TABLE).json()
    assert known["artefact"]["version"] == "0.1.1"
    diff = call("GET", "/releases/diff", awa, url=TABLE, first="0.1.0", second="0.1.1").json()
    assert any("Essai" in line["right"] for line in diff["lines"])
    back = call("POST", "/releases/revert", fanta, url=TABLE, reason="Rejets en masse")
    assert back.json()["version"] == "0.1.0"
    assert call("GET", "/releases/history", awa, url=TABLE).json()[0]["action"] == "map-reverted"


@pytest.mark.parametrize("token", ["", "x", "x" * 43, "x" * 500])
def test_nobody_is_let_in_without_a_session_or_a_token(call, token) -> None:
    assert call("GET", "/releases", token).status_code == 401
    assert call("POST", "/releases/draft", token, url=TABLE).status_code == 401


def test_a_wrong_password_or_code_opens_nothing(hub, call) -> None:
    code = passwords.code_at(hub.store.account("awa").totp, datetime.now(UTC))
    for account, password, typed in (
        ("awa", "wrong horse battery", code),
        ("awa", PASSWORD, "000000"),
        ("nobody", PASSWORD, code),
    ):
        answer = call("POST", "/session", account=account, password=password, code=typed)
        assert answer.status_code == 401
    assert hub.store.audit_search(action="sign-in-refused")


def test_reading_gives_no_right_to_write(call, session) -> None:
    ali = session("ali")
    assert call("GET", "/releases", ali).status_code == 200
    assert call("POST", "/releases/draft", ali, url=TABLE).status_code == 403


def test_a_system_never_decides(hub) -> None:
    robot = Person("client|robot", ("mapping-editor", "mapping-publisher"))
    draft = releases.open_draft(hub, Person("person|awa", ("mapping-editor",)), TABLE)
    with pytest.raises(Forbidden, match="not a system"):
        releases.approve(hub, replace(robot), TABLE, draft.hash, reason="Automatique")


@pytest.mark.parametrize(
    ("at", "fields"),
    [
        ("/releases/draft", {}),
        ("/releases/draft", {"url": 5}),
        ("/releases/save", {"url": TABLE, "text": None, "hash": "x"}),
        ("/releases/package", {"package": "%%%"}),
        ("/releases/package", {"package": "aaaa"}),
        ("/releases/replay", {"url": TABLE, "count": "many"}),
    ],
)
def test_what_is_missing_or_odd_is_said(call, session, at, fields) -> None:
    answer = call("POST", at, session("awa"), **fields)
    assert answer.status_code in (400, 422)
    assert answer.json()["issue"]


def test_what_holds_travels_as_a_package(hub, call, session) -> None:
    awa = session("awa")
    packed = call("GET", "/releases/package", awa, url=TABLE).json()["package"]
    [same] = call("POST", "/releases/package", awa, package=packed).json()
    assert (same["url"], same["became"]) == (TABLE, "same")
