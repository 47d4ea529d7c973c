"""Nothing the hub answers is kept by a cache, framed, or taken for another kind of content."""

from __future__ import annotations

import pytest

ANSWERS = [
    ("GET", "/fhir/metadata", 200),
    ("GET", "/fhir/Claim/none", 401),
    ("GET", "/admin/exchanges", 401),
    ("POST", "/auth/token", 400),
    ("POST", "/partners/nobody", 404),
    ("GET", "/nowhere", 404),
    ("DELETE", "/fhir/Claim/x", 401),
]


@pytest.mark.parametrize(("method", "path", "status"), ANSWERS)
def test_every_answer_says_so(door, method: str, path: str, status: int) -> None:
    answer = door.request(method, path)
    assert answer.status_code == status
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert "max-age" in answer.headers["strict-transport-security"]  # reached by https


def test_a_page_of_the_console_keeps_its_own_policy(door) -> None:
    answer = door.request("GET", "/console/sign-in")
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert answer.headers["x-frame-options"] == "DENY"


def test_a_claim_is_not_kept_by_a_cache(a) -> None:
    assert a("GET", "/Claim").headers["cache-control"] == "no-store"
