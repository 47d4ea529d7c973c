"""Too many calls: 429 with Retry-After, before the body is read, each caller alone."""

from __future__ import annotations

import pytest
from api_sheets import claim


@pytest.fixture
def closed(closed):
    closed.settings.rate = "3/minute"
    closed.settings.rates = ["*=4/minute"]
    return closed


def test_a_client_that_calls_too_often_waits_and_another_does_not(closed, a, b) -> None:
    told = [a("POST", "/Claim", claim(f"F-{n}")) for n in range(5)]
    assert [answer.status_code for answer in told] == [201, 201, 201, 429, 429]
    refused = told[-1]
    assert 1 <= int(refused.headers["retry-after"]) <= 61
    issue = refused.json()["issue"][0]
    assert issue["code"] == "throttled"
    assert refused.headers["retry-after"] in issue["details"]["text"]
    assert b("GET", "/Claim").status_code == 200
    assert len(closed.store.exchanges(limit=20)) == len({e.id for e in closed.store.exchanges()})
    assert len({e.resource for e in closed.store.exchanges(limit=20)}) == 3


def test_whoever_has_no_token_is_counted_by_address(door) -> None:
    statuses = [door.get("/fhir/Claim").status_code for _ in range(3)]
    statuses.append(door.post("/auth/token").status_code)
    assert 429 not in statuses
    assert door.get("/fhir/Claim").status_code == 429
    assert door.post("/auth/token").status_code == 429
    assert door.post("/partners/cmss", content=b"x").status_code == 429
    assert door.get("/admin/exchanges").status_code == 429
    assert door.get("/console/sign-in").status_code == 429
    assert door.get("/console/exchanges").status_code != 429
