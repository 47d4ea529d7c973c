"""AuditEvents over HTTP: each caller what concerns them, by entity, agent, date and action."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from api_access import bundle, entry, send_to
from api_sheets import claim

from hub.fhir.validate import validate
from hub.formats import exact_json


def events(call: Any, query: str = "") -> list[dict[str, Any]]:
    """Every AuditEvent a search finds, page after page."""
    found, path = [], f"/AuditEvent?_count=7{query}"
    while path:
        answer = call("GET", path)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        found += [one["resource"] for one in page.get("entry", [])]
        after = [link["url"] for link in page["link"] if link["relation"] == "next"]
        path = after[0].partition("/fhir")[2] if after else ""
    return found


def words(found: list[dict[str, Any]]) -> set[str]:
    return {one["subtype"][0]["code"] for one in found}


@pytest.fixture
def made(closed, a, b) -> str:
    """A claim of a's, which both asked for."""
    id = a("POST", "/Claim", claim()).json()["id"]
    assert a("GET", f"/Claim/{id}").status_code == 200
    assert b("GET", f"/Claim/{id}").status_code == 404
    return id


def test_a_provider_sees_what_was_done_to_its_claims_and_nobody_elses(a, b, made) -> None:
    mine = events(a, f"&entity=Claim/{made}")
    assert {"stored", "read"} <= words(mine)
    assert all(validate(one) == [] for one in mine)
    assert events(b, f"&entity=Claim/{made}") == []
    theirs = {one["id"] for one in events(b)}
    assert theirs
    assert theirs.isdisjoint(one["id"] for one in mine)
    assert "accepted" in words(events(a))  # the claim's own exchange
    assert "accepted" not in words(events(b))


def test_an_event_of_others_is_as_if_it_were_not_there(a, b, made) -> None:
    one = events(a, f"&entity=Claim/{made}")[0]["id"]
    assert a("GET", f"/AuditEvent/{one}").json()["id"] == one
    not_mine, not_there = b("GET", f"/AuditEvent/{one}"), b("GET", "/AuditEvent/audit-999999999")
    assert (not_mine.status_code, not_there.status_code) == (404, 404)
    assert not_mine.text.replace(one, "X") == not_there.text.replace("audit-999999999", "X")
    batched = b("POST", "", bundle("batch", entry("GET", f"AuditEvent/{one}"))).json()
    assert batched["entry"][0]["response"]["status"].startswith("404")


def test_a_supervisor_sees_what_concerns_their_institution(closed, a, as_, made) -> None:
    cmss, inps = (as_(body, ["supervisor"], body=body) for body in ("CMSS", "INPS"))
    assert events(cmss, f"&entity=Claim/{made}") == []
    send_to(closed, made, "cmss")
    assert "stored" in words(events(cmss, f"&entity=Claim/{made}"))
    assert events(inps, f"&entity=Claim/{made}") == []


def test_an_auditor_sees_everything_and_is_seen(closed, as_, made) -> None:
    auditor = as_("z", ["auditor"])
    assert {"stored", "read", "client-added", "token-given"} <= words(events(auditor))
    assert events(auditor, "&altid=client%7Cz&subtype=audit-searched") != []


@pytest.mark.parametrize("letter", ["C", "R", "U", "E"])
def test_the_action_asked_for_is_the_action_shown(as_, made, letter) -> None:
    auditor = as_("z", ["auditor"])
    before = events(auditor)
    found = events(auditor, f"&action={letter}")
    assert {one["action"] for one in found} <= {letter}
    there = {one["id"] for one in before if one["action"] == letter}
    assert there <= {one["id"] for one in found}
    assert there or letter == "U"


def test_days_and_agents_narrow_the_search(as_, made) -> None:
    auditor, today = as_("z", ["auditor"]), datetime.now(UTC).date()
    assert events(auditor, f"&date=ge{today}") != []
    assert events(auditor, f"&date=lt{today}") == []
    assert events(auditor, f"&date=ge{today}&date=lt{today + timedelta(days=2)}") != []
    assert words(events(auditor, "&altid=client%7Ca&subtype=read")) == {"read"}


@pytest.mark.parametrize(
    "query", ["date=jamais", "patient=Patient/1", "_id=", "_count=x", "entity=a&entity=b"]
)
def test_what_cannot_be_understood_is_refused(as_, query) -> None:
    answer = as_("z", ["auditor"])("GET", f"/AuditEvent?{query}")
    assert answer.status_code == 400
    assert answer.json()["resourceType"] == "OperationOutcome"


@pytest.mark.parametrize("role", ["operator", "partner", "mapping-editor", "security"])
def test_who_has_no_right_to_the_audit_gets_none_of_it(as_, role) -> None:
    call = as_("x", [role])
    assert call("GET", "/AuditEvent").status_code == 403
    assert call("GET", "/AuditEvent/audit-1").status_code == 403


def test_an_idempotency_key_belongs_to_the_client_not_to_its_token(as_) -> None:
    key = {"idempotency-key": "k-1"}
    first = as_("a", ["provider"])("POST", "/Claim", claim(), **key)
    again = as_("a", ["provider"])("POST", "/Claim", claim(), **key)  # with a fresh token
    other = as_("b", ["provider"])("GET", "/Claim")
    assert (first.status_code, again.status_code) == (201, 201)
    assert exact_json.loads(first.content) == exact_json.loads(again.content)
    assert other.json()["total"] == 0
