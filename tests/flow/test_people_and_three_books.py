"""Registrations, doubts, acts billed twice and the month's books, with all sandboxes running."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from servers.benkan import Up

BASE = "https://benkan.example/fhir"
SID = f"{BASE}/sid"
Tree = dict[str, Any]

#: mappings/demo/movements.csv: from CMSS to INPS on 2026-09-01; numbers of each body
MOVED = "30000211-00"
MATRICULE, INPS_NUMBER = "M-0388114-H", "840277316"


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    # Whoever an institution or the hub asks about is nobody's: the API shows them to operators only
    # through the console; here the doors stand open.
    started = Up(tmp_path_factory.mktemp("people"), BENKAN_ACCESS="open").start()
    yield started
    assert started.stop() == 0


@pytest.fixture(scope="module")
def registered(up: Up) -> Up:
    """Every body has told what it knows of people."""
    for partner, address in up.state["sandboxes"].items():
        control = f"http://{address['host']}:{address['control']}/movements"
        told = httpx.post(control, json={"publish": 100}, timeout=120).json()
        assert told["published"], partner
    expected = {"cmss", "inps", "canam", "inamo"}
    wait(lambda: told_by(up, MOVED) >= expected - {"inamo"})
    wait(lambda: up.run("person", "show", "GN-0000000401", check=False).returncode == 0)
    return up


def told_by(up: Up, number: str) -> set[str]:
    done = up.run("person", "show", number, "--json", check=False)
    persons = json.loads(done.stdout) if done.returncode == 0 else []
    return {notice["partner"] for one in persons for notice in one["notices"]}


def wait(happened: Callable[[], bool], seconds: float = 300.0) -> None:
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.5)


def sheet(number: str, patient: tuple[str, str], insurer: str, day: str) -> Tree:
    """One consultation of a person named by a number alone."""
    money = {"value": 2000, "currency": "XOF"}
    acte = {"system": f"{BASE}/CodeSystem/acte", "code": "consult-gen"}
    category = {"coding": [{"system": f"{BASE}/CodeSystem/categorie", "code": "AMB"}]}
    type_system = "http://terminology.hl7.org/CodeSystem/claim-type"
    return {
        "resourceType": "Claim",
        "identifier": [{"system": f"{SID}/feuille", "value": number}],
        "status": "active",
        "type": {"coding": [{"system": type_system, "code": "professional"}]},
        "use": "claim",
        "patient": {"identifier": {"system": f"{SID}/{patient[0]}", "value": patient[1]}},
        "created": day,
        "billablePeriod": {"start": day, "end": day},
        "insurer": {"identifier": {"system": f"{SID}/organisme", "value": insurer}},
        "provider": {"reference": "Organization/hopital-faraba"},
        "priority": {"coding": [{"code": "normal"}]},
        "careTeam": [{"sequence": 1, "provider": {"display": "Dr Fictif Coulibaly"}}],
        "insurance": [{"sequence": 1, "focal": True, "coverage": {"display": "AMO"}}],
        "item": [
            {
                "sequence": 1,
                "category": category,
                "productOrService": {"coding": [acte]},
                "servicedDate": day,
                "quantity": {"value": 1},
                "unitPrice": money,
                "net": money,
            }
        ],
        "total": money,
    }


def submit(up: Up, claim: Tree) -> Tree:
    with up.client() as client:
        answer = client.post("/Claim/$submit", content=json.dumps(claim))
    assert answer.status_code in (200, 201, 202), answer.text
    return dict(answer.json())


def exchange(up: Up, number: str) -> Tree:
    """The claim's own exchange, not its copies."""
    told = json.loads(up.run("exchange", "show", number, "--json").stdout)
    [found] = [one for one in told if one["operation"] == "claim"]
    return dict(found)


def test_the_body_of_the_day_of_care_gets_the_sheet_whatever_the_number(registered: Up) -> None:
    cases = [("P-1", "2026-08-20", "cmss"), ("P-2", "2026-09-20", "inps")]
    for number, day, _ in cases:
        submit(registered, sheet(number, ("matricule", MATRICULE), "CANAM", day))
    for number, _, partner in cases:
        wait(lambda n=number: exchange(registered, n)["state"] == "CLOSED")
        found = exchange(registered, number)
        assert (found["partner"], found["held"]) == (partner, False)
        assert "routed" not in [event["what"] for event in found["events"]]


def test_the_same_act_at_two_bodies_is_held_and_goes_on_when_an_operator_says_so(
    registered: Up,
) -> None:
    first = sheet("D-1", ("matricule", MATRICULE), "CMSS", "2026-08-10")
    later = sheet("D-2", ("numero-inps", INPS_NUMBER), "INPS", "2026-08-10")
    coverage = {"resourceType": "Coverage", "id": "c", "status": "active"}
    coverage |= {"beneficiary": later["patient"], "payor": [later["insurer"]]}
    later |= {"contained": [coverage]}
    later["insurance"][0]["coverage"] = {"reference": "#c"}
    submit(registered, first)
    submit(registered, later)
    held = exchange(registered, "D-2")
    assert held["held"]
    assert "Double facturation" in held["reason"]
    [double] = json.loads(registered.run("exchange", "doubles", "--json").stdout)
    assert (double["exchange"], double["other_partner"]) == (held["id"], "cmss")
    registered.run("exchange", "resume", held["id"])
    wait(lambda: exchange(registered, "D-2")["state"] != "ACCEPTED")
    assert not exchange(registered, "D-2")["held"]


def test_an_unknown_number_makes_one_task_that_the_right_number_resolves(registered: Up) -> None:
    wrong = ("numero-amo", "99999999-00")
    for number in ("U-1", "U-2"):
        submit(registered, sheet(number, wrong, "CANAM", "2026-09-25"))
        wait(lambda n=number: bool(exchange(registered, n)["held"]))
    tasks = json.loads(registered.run("task", "list", "--json").stdout)
    [task] = [one for one in tasks if one["kind"] == "unknown"]
    assert len(task["exchanges"]) == 2
    with registered.client() as client:
        wait(lambda: client.get(f"/Task/{task['id']}").status_code == 200)
        assert client.get("/Task", params={"code": "unknown"}).json()["total"] == 1
    registered.run("task", "resolve", task["id"], "--number", MOVED)
    for number in ("U-1", "U-2"):
        wait(lambda n=number: exchange(registered, n)["state"] == "CLOSED")
        assert exchange(registered, number)["partner"] == "inps"


def test_the_three_positions_of_a_month_are_equal_to_the_franc(registered: Up) -> None:
    for number in range(3):
        submit(registered, sheet(f"M-{number}", ("matricule", MATRICULE), "CANAM", "2026-07-02"))
    for number in range(3):
        wait(lambda n=number: exchange(registered, f"M-{n}")["state"] == "CLOSED")

    def equal() -> bool:
        done = registered.run("reconcile", "--month", "2026-07", "--json", check=False)
        return bool(json.loads(done.stdout)["equal"])

    wait(equal)
    told = json.loads(registered.run("reconcile", "--month", "2026-07", "--json").stdout)
    [total] = told["totals"]
    assert told["claims"] == 3
    assert total["count"] == {"hub": 3, "managed": 3, "scheme": 3}
    assert len({total["share"][side] for side in ("hub", "managed", "scheme")}) == 1


def test_the_scheme_managers_lists_are_there_by_date(registered: Up) -> None:
    wait(lambda: "suspensions" in registered.run("reference", "list").stdout)
    words = ("reference", "show", "suspensions", "--on", "2026-10-05", "--json")
    assert [row["code"] for row in json.loads(registered.run(*words).stdout)] == ["CNV-ML-00010"]
    before = registered.run("reference", "show", "suspensions", "--on", "2026-02-01", check=False)
    assert before.returncode == 1
