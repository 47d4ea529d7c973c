"""`benkan submit` at a hub that is busy, or asks who is calling."""

from __future__ import annotations

from pathlib import Path
from threading import Event

import httpx
import pytest

from hub.cli import delivery
from hub.errors import Invalid

QUEUED = {"resourceType": "ClaimResponse", "outcome": "queued", "request": {"reference": "Claim/1"}}


def hub(*answers: httpx.Response) -> httpx.Client:
    """A hub that gives these answers one after the other."""
    waiting = iter(answers)
    return httpx.Client(
        base_url="http://hub.example", transport=httpx.MockTransport(lambda _: next(waiting))
    )


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "claim.json"
    made.write_text("{}")
    return made


def test_too_many_calls_are_waited_for_and_the_file_is_sent_again(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    monkeypatch.setattr(delivery.time, "sleep", waited.append)
    busy = (httpx.Response(429, headers={"retry-after": s}) for s in ("7", "9999", "soon"))
    found = delivery.post(hub(*busy, httpx.Response(202, json=QUEUED)), file, Event())
    assert (found.status, found.claim) == (delivery.WAITING, "Claim/1")
    assert {7, 60, 1} <= set(waited)


def test_who_has_no_key_is_told_what_to_set(file: Path) -> None:
    with pytest.raises(Invalid) as refused:
        delivery.post(hub(httpx.Response(401)), file, Event())
    assert "BENKAN_CLIENT_KEY" in refused.value.issues[0].fr
