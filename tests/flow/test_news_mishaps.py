"""Registrations told twice, late, out of order, contradictory and illegible, by each body.

Nothing is lost, doubled or silently dropped. The month's books: test_cmss_books.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from flow_judge import when
from servers.benkan import Up

BASE = "https://benkan.example/fhir"
SID = f"{BASE}/sid"
Tree = dict[str, Any]
#: partner → the occasion of its registrations, and the body it registers for
PLACES = {
    "cmss": ("mouvements", "CMSS"),
    "inps": ("mouvements", "INPS"),
    "canam": ("RetirerMouvements", "CMSS"),
}
KINDS = ("duplicate", "late", "reordered", "contradictory", "garbage")


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    started = Up(tmp_path_factory.mktemp("news"), BENKAN_ACCESS="open").start()
    yield started
    assert started.stop() == 0


@pytest.fixture
def client(up: Up) -> Iterator[httpx.Client]:
    with up.client() as made:
        yield made


def control(up: Up, partner: str, path: str, body: Any) -> Any:
    at = up.state["sandboxes"][partner]
    answer = httpx.post(f"http://{at['host']}:{at['control']}{path}", json=body, timeout=120)
    assert answer.status_code == 200, answer.text
    return answer.json()


def row(number: str, id: str, **more: str) -> Tree:
    """One registration of an insured person of these numbers."""
    return {
        "id": id,
        "date": "2026-10-05",
        "event": "immatriculation",
        "numero": number,
        "nom": "Sissoko",
        "prenoms": "Rokia",
        "naissance": "1990-04-02",
        "sexe": "F",
        "qualite": "ASS",
        "assure": number,
        "regime": "AMO",
        "droits_debut": "2026-01-01",
    } | more


def patients(client: httpx.Client, number: str) -> list[Tree]:
    found = client.get("/Patient", params={"identifier": f"{SID}/numero-amo|{number}"}).json()
    return [entry["resource"] for entry in found.get("entry", [])]


def aside(up: Up) -> Counter[str]:
    """How much of each partner waits in quarantine."""
    return Counter(q["partner"] for q in json.loads(up.run("quarantine", "list", "--json").stdout))


def misbehave(up: Up, partner: str, wrong: str) -> None:
    control(up, partner, "/behaviour", {"next": [wrong]})


def settled(up: Up, partner: str) -> None:
    """What was asked for has happened."""
    at = up.state["sandboxes"][partner]
    url = f"http://{at['host']}:{at['control']}/behaviour"
    when(lambda: httpx.get(url, timeout=60).json()["waiting"], lambda waiting: not waiting)


def test_registrations_told_wrongly_are_neither_lost_nor_doubled(
    up: Up, client: httpx.Client
) -> None:
    numbers: list[str] = []
    before = aside(up)
    for serial, (partner, (place, body)) in enumerate(PLACES.items()):
        for rank, kind in enumerate(KINDS):
            mine = [f"4{serial}0{rank}000{n}-00" for n in (1, 2)]
            rows = [
                row(number, f"X{serial}{rank}{n}", gestionnaire=body)
                for n, number in enumerate(mine)
            ]
            misbehave(up, partner, f"{kind}@{place}")
            control(up, partner, "/movements", {"rows": rows})
            settled(up, partner)
            numbers += mine
    for number in numbers:
        [one] = when(lambda n=number: patients(client, n), bool)
        assert one["name"][0]["family"] == "Sissoko", number
        covers = client.get("/Coverage", params={"beneficiary": f"Patient/{one['id']}"}).json()
        assert covers["total"] == 1, number
    # of each: the two contradictory movements, and what was illegible
    more = when(lambda: aside(up) - before, lambda found: found.total() >= 9)
    assert more == {"cmss": 3, "inps": 3, "canam": 3}
