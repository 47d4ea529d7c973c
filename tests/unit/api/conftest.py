"""The real application over a real hub on SQLite; only the partners are missing."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from api_access import ALL, MINE, THEIRS, Call
from api_client import Client
from api_sheets import FHIR

from hub import wiring
from hub.access import tokens
from hub.access.clients import Client as System
from hub.app import create_app
from hub.formats import exact_json
from hub.settings import Settings


@pytest.fixture
def hub(tmp_path: Path, migrated_file: Path):
    """A hub whose partners never answer: what is accepted stays accepted."""
    shutil.copy(migrated_file, tmp_path / "hub.sqlite")
    settings = Settings(
        data=tmp_path, url="https://hub.example", wait=0.0, max_body=200_000, access="open"
    )
    joined = wiring.build(settings, adapters={"cmss": object(), "canam": object()})
    joined.rung = []
    joined.bell = joined.rung.append
    yield joined
    joined.close()
    joined.store.close()


@pytest.fixture
def client(hub):
    return Client(create_app(hub))


@pytest.fixture
def post(client):
    """POST a tree (or bytes) as FHIR JSON, in English unless said otherwise."""

    def send(path: str, body: Any, **headers: str):
        content = body if isinstance(body, bytes) else exact_json.dumps(body)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return client.post(
            path, content=content, headers={"accept-language": "en", **FHIR, **named}
        )

    return send


@pytest.fixture
def closed(tmp_path: Path, migrated_file: Path):
    """As the other API tests' hub, but its doors ask for a token."""
    shutil.copy(migrated_file, tmp_path / "hub.sqlite")
    settings = Settings(data=tmp_path, url="https://hub.example", wait=0.0, access="required")
    joined = wiring.build(settings, adapters={"cmss": object(), "canam": object()})
    yield joined
    joined.close()


@pytest.fixture
def door(closed) -> Client:
    return Client(create_app(closed))


@pytest.fixture
def as_(closed, door) -> Callable[..., Call]:
    """A caller: `as_("awa", ["provider"])` gives a function that calls with their token."""

    def caller(
        name: str,
        roles: list[str],
        *,
        body: str = "",
        scope: str = ALL,
        purpose: str = "",
        **more: Any,
    ):
        speaks = more.get("organizations", [MINE if name == "a" else THEIRS])
        system = System(name, name, tuple(roles), f"tenant-{name}", tuple(speaks), ALL, body)
        closed.store.put_client(system, "test", "client-added")
        text, token = tokens.new(name, scope, datetime.now(UTC), purpose=purpose)
        closed.store.keep_token(token)
        bearer = {"authorization": f"Bearer {text}", "accept-language": "en"}

        def call(method: str, path: str, tree: Any = None, **headers: str) -> httpx.Response:
            content = None if tree is None else exact_json.dumps(tree)
            sent = {**bearer, **(FHIR if tree is not None else {}), **headers}
            return door.request(method, f"/fhir{path}", content=content, headers=sent)

        return call

    return caller


@pytest.fixture
def a(as_) -> Call:
    return as_("a", ["provider"])


@pytest.fixture
def b(as_) -> Call:
    return as_("b", ["provider"])
