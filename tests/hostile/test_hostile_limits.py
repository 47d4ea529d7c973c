"""Small requests that ask for much work, and many at one moment: no limit is escaped.

https://owasp.org/API-Security/editions/2023/en/0xa4-unrestricted-resource-consumption/
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hostile_world import SID, World, claim, patient
from json_bodies import bundle, entry

from hub.api import batch, member_match
from hub.formats import exact_json
from hub.store import budget, pages


def _collected(*more: dict[str, Any]) -> bytes:
    sent = [{"fullUrl": f"urn:x:{n}", "resource": one} for n, one in enumerate([claim(), *more])]
    return exact_json.dumps({"resourceType": "Bundle", "type": "collection", "entry": sent})


_MANY = [{"system": "urn:x", "value": str(n)} for n in range(30)]
_TEAM = [{"sequence": n + 1, "provider": {"reference": f"Practitioner/{n}"}} for n in range(30)]

#: Address and body of what would be a day of work if it were longer.
COSTLY: dict[str, tuple[str, bytes]] = {
    "conditions": (
        "/fhir",
        bundle(
            "transaction",
            *(entry("POST", "Patient", patient(), ifNoneExist=f"_id={n}") for n in range(30)),
        ),
    ),
    "people sent along": (
        "/fhir/Claim/$submit",
        _collected(*(patient() | {"identifier": [one]} for one in _MANY)),
    ),
    "one with many numbers": ("/fhir/Claim/$submit", _collected(patient() | {"identifier": _MANY})),
    "references": ("/fhir/Claim/$submit", exact_json.dumps(claim(careTeam=_TEAM))),
}


@pytest.mark.parametrize("name", COSTLY)
def test_no_request_makes_the_hub_search_for_ever(world: World, monkeypatch, name):
    monkeypatch.setattr(budget, "MOST", 20)
    before = world.stored()
    answer = world.call("POST", *COSTLY[name])
    assert (answer.status_code, answer.json()["issue"][0]["code"]) == (400, "too-costly")
    assert world.stored() == before


def test_what_a_batch_may_not_search_any_more_is_said_entry_by_entry(world: World, monkeypatch):
    monkeypatch.setattr(budget, "MOST", 10)
    asked = bundle("batch", *(entry("GET", "Claim?status=active"),) * 20)
    told = [e["response"] for e in world.call("POST", "/fhir", asked).json()["entry"]]
    assert [one["status"][:3] for one in told] == ["200"] * 5 + ["400"] * 15
    assert told[-1]["outcome"]["issue"][0]["code"] == "too-costly"


def test_searches_that_take_too_long_together_are_ended(world: World, monkeypatch):
    monkeypatch.setattr(budget, "SECONDS", 0.0)
    answer = world.call("GET", "/fhir/Claim?status=active")
    assert (answer.status_code, answer.json()["issue"][0]["code"]) == (400, "too-costly")


def test_neither_a_page_nor_a_batch_of_pages_grows_without_end(world: World, monkeypatch):
    for _ in range(4):
        world.call("POST", "/fhir/Patient", exact_json.dumps(patient()))
    monkeypatch.setattr(pages, "LARGEST", 1)
    found = world.call("GET", "/fhir/Patient?_count=50").json()
    assert len(found["entry"]) == 1 < found["total"]
    assert [link["relation"] for link in found["link"]] == ["self", "next"]
    monkeypatch.setattr(batch, "_LARGEST", 1)
    asked = bundle("batch", *(entry("GET", "Patient?_count=1"),) * 3)
    told = world.call("POST", "/fhir", asked).json()["entry"]
    assert [one["response"]["status"][:3] for one in told] == ["200", "413", "413"]


def _question(*numbers: str) -> bytes:
    named = [{"system": f"{SID}/numero-amo", "value": number} for number in numbers]
    covered = {"status": "active", "beneficiary": {"display": "x"}, "payor": [{"display": "x"}]}
    parts = (
        ("MemberPatient", patient() | {"identifier": named}),
        ("CoverageToMatch", {"resourceType": "Coverage", **covered}),
    )
    asked = [{"name": name, "resource": resource} for name, resource in parts]
    return exact_json.dumps({"resourceType": "Parameters", "parameter": asked})


def test_one_question_is_not_many_guesses(world: World):
    many = _question(*(f"9{n:08d}" for n in range(member_match.MOST_NUMBERS + 1)))
    answer = world.call("POST", "/fhir/Patient/$member-match", many)
    assert (answer.status_code, answer.json()["issue"][0]["code"]) == (400, "too-costly")


def test_guesses_made_at_one_moment_are_counted_like_others(world: World):
    def guess(number: int) -> int:
        asked = _question(f"8{number:08d}")
        return world.call("POST", "/fhir/Patient/$member-match", asked).status_code

    with ThreadPoolExecutor(12) as pool:
        told = list(pool.map(guess, range(30)))
    assert set(told) == {422, 429}
    assert told.count(422) <= member_match.MOST_GUESSES


@pytest.mark.parametrize("kind", ["Patient", "Claim"])
def test_no_name_of_a_system_is_longer_than_can_be_indexed(world: World, kind):
    tree = patient() if kind == "Patient" else claim("F-LONG")
    tree["identifier"] = [{"system": "urn:" + "x" * 3000, "value": "1"}]
    before = world.stored()
    answer = world.call("POST", f"/fhir/{kind}", exact_json.dumps(tree))
    assert (answer.status_code, answer.json()["issue"][0]["code"]) == (422, "too-long")
    assert world.stored() == before
