"""The door for partners that call us: authenticated, stored, acknowledged, applied once."""

from __future__ import annotations

import shutil

import pytest
from api_client import Client

from adapters.loopback import failures
from adapters.loopback.adapter import SIGNATURE, Loopback
from hub import wiring
from hub.app import create_app
from hub.formats import exact_json
from hub.model import ReplyKind
from hub.settings import Settings

PART = {"kind": "answer", "operation": "claim", "reference": "nobody"}


class Trusting(Loopback):
    """Only ever fetches files: reads whatever it is given."""

    def receive(self, headers, body):
        return super().receive({}, body)


@pytest.fixture
def hub(tmp_path, migrated_file):
    shutil.copy(migrated_file, tmp_path / "hub.sqlite")
    settings = Settings(data=tmp_path, url="https://hub.example", max_body=10_000)
    joined = wiring.build(settings, adapters={"loopback": Loopback(), "files": Trusting()})
    yield joined
    joined.close()


@pytest.fixture
def client(hub):
    return Client(create_app(hub))


def call(client, body: bytes, secret: bytes = b"loopback", name: str = "loopback", **more):
    headers = {SIGNATURE: failures.sign(secret, body), "accept-language": "en", **more}
    return client.post(f"/partners/{name}", content=body, headers=headers)


def test_a_signed_call_is_stored_before_it_is_acknowledged_and_applied_by_the_sweep(hub, client):
    body = exact_json.dumps(PART)
    answer = call(client, body)
    assert (answer.status_code, answer.json()["resourceType"]) == (202, "OperationOutcome")
    [(_, partner, kept)] = hub.store.inbox_waiting()
    assert (partner, kept.body) == ("loopback", body)
    hub.sweep()
    assert hub.store.inbox_waiting() == []
    assert [q["reference"] for q in hub.store.quarantined()] == ["nobody"]


def test_the_same_call_again_is_kept_once(hub, client):
    body = exact_json.dumps(PART)
    assert [call(client, body).status_code for _ in range(3)] == [202, 202, 202]
    assert len(hub.store.inbox_waiting()) == 1


@pytest.mark.parametrize("body", [exact_json.dumps(PART), b"\x00garbage", b""])
def test_a_call_that_is_not_signed_is_refused_and_not_kept(hub, client, body):
    forged = call(client, body, secret=b"guessed")
    plain = client.post("/partners/loopback", content=body)
    named = client.post("/partners/loopback", content=body, headers={"name": "a.json"})
    assert [r.status_code for r in (forged, plain, named)] == [401, 401, 401]
    assert forged.json()["issue"][0]["code"] == "security"
    assert hub.store.inbox_waiting() == hub.store.quarantined() == []
    assert hub.refused["loopback"] == 3


def test_signed_garbage_is_kept_for_a_person(hub, client):
    answer = call(client, b"\x00garbage")
    assert answer.status_code == 400
    [aside] = hub.store.quarantined()
    assert aside["body"] == b"\x00garbage"
    assert hub.store.inbox_waiting() == []


def test_a_partner_that_is_not_here_or_never_calls_has_no_door(hub, client):
    body = exact_json.dumps(PART)
    for name in ("nobody", "files"):
        answer = call(client, body, name=name)
        assert (answer.status_code, answer.json()["resourceType"]) == (404, "OperationOutcome")
    assert hub.store.inbox_waiting() == hub.store.quarantined() == []


def test_a_call_over_the_limit_is_413(client):
    assert call(client, b" " * 10_001).status_code == 413


def test_news_that_nobody_takes_goes_to_quarantine(hub, client):
    body = exact_json.dumps({"kind": ReplyKind.NEWS, "operation": "gossip", "reference": None})
    assert call(client, body).status_code == 202
    hub.sweep()
    [aside] = hub.store.quarantined()
    assert "gossip" in aside["reason"]
