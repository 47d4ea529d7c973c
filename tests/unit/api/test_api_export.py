"""POST /admin/export/claims: for the roles of the matrix, as far as theirs reaches, audited."""

from __future__ import annotations

import asyncio
import io
import json
import shutil
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from hub import wiring
from hub.access import tokens
from hub.access.accounts import Account, Session
from hub.access.matrix import matrix
from hub.app import create_app
from hub.settings import Settings

ASKED = {"from": "2026-03-01", "to": "2026-03-31", "reason": "bilan annuel"}
ROLES = sorted(set(matrix().roles) - {"provider", "partner"})
MAY = {"auditor", "supervisor"}


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory, migrated_file: Path) -> Iterator[wiring.Hub]:
    folder = tmp_path_factory.mktemp("export")
    shutil.copy(migrated_file, folder / "hub.sqlite")
    made = wiring.build(Settings(data=folder, url="http://test"), adapters={})
    now = datetime.now(UTC)
    for role in ROLES:
        body = "CMSS" if role in ("supervisor", "medical-adviser") else ""
        made.store.put_account(Account(role, role, (role,), "", "", body), "t", "account-added")
        made.store.open_session(Session(tokens.digest(f"session-{role}"), role, now, now), role)
    yield made
    made.close()


def ask(hub: wiring.Hub, role: str, **changes: object) -> httpx.Response:
    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(create_app(hub))
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.post(
                "/admin/export/claims",
                json=ASKED | changes,
                headers={"authorization": f"Bearer session-{role}"},
            )

    return asyncio.run(send())


def told(hub: wiring.Hub) -> list[dict[str, object]]:
    found = hub.store.audit_search(action="exported")
    return [json.loads(entry.content) for entry in found]


@pytest.mark.parametrize("role", ROLES)
def test_only_the_roles_of_the_matrix_get_it_and_the_audit_tells(hub, role) -> None:
    assert set(matrix().rights["claims.export"]) == MAY
    before = len(told(hub))
    answer = ask(hub, role)
    if role not in MAY:
        assert answer.status_code == 403
        assert len(told(hub)) == before
        return
    assert answer.status_code == 200
    files = zipfile.ZipFile(io.BytesIO(answer.content))
    manifest = json.loads(files.read("manifest.json"))
    assert set(files.namelist()) == {*manifest["files"], "manifest.json"}
    assert manifest["actor"] == f"person|{role}"
    assert (told(hub)[0]["actor"], len(told(hub))) == (f"person|{role}", before + 1)
    assert told(hub)[0]["detail"]["files"] == manifest["files"]


def test_nobody_without_a_session_gets_it(hub) -> None:
    assert ask(hub, "nobody").status_code == 401


def test_a_supervisor_gets_their_institution_only(hub) -> None:
    assert ask(hub, "supervisor", body="INPS").status_code == 403
    answer = ask(hub, "supervisor")
    manifest = zipfile.ZipFile(io.BytesIO(answer.content)).read("manifest.json")
    assert json.loads(manifest)["bodies"] == ["CMSS"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"from": "hier"},
        {"to": 7},
        {"from": "2026-04-01"},
        {"from": "1926-03-01"},
        {"reason": ""},
        {"body": "NONE"},
        {"key": "../../etc"},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_what_is_wrong_is_refused_and_makes_no_export(hub, wrong) -> None:
    before = len(told(hub))
    assert ask(hub, "auditor", **wrong).status_code == 422
    assert len(told(hub)) == before
