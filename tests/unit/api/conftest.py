"""The real application over a real hub on SQLite; only the partners are missing."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from api_client import Client
from api_sheets import FHIR

from hub import wiring
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
