"""POST Task: https://hl7.org/fhir/R4/task.html, financialtaskcode cancel and status."""

from __future__ import annotations

import shutil

import pytest
from api_client import Client
from api_sheets import BASE, FHIR, SID, claim, codes, organization

from adapters.loopback.adapter import Loopback
from hub import wiring
from hub.app import create_app
from hub.formats import exact_json
from hub.model import State
from hub.settings import Settings

CODES = "http://terminology.hl7.org/CodeSystem/financialtaskcode"
PROVIDER = {"identifier": {"system": f"{SID}/convention", "value": "CNV-ML-00001"}}


class Fund(Loopback):
    """The fund: has the claim, and takes its time."""

    name = "cmss"


class Maps:
    """Maps by hand; all claims are pending."""

    def pin(self, canonical: str, when: object = None) -> str:
        return f"{canonical}|1"

    def map(self, canonical: str, source: dict, when: object = None) -> dict:
        if canonical.endswith("-cancellation-answer|1"):
            return {k: v for k, v in source["answer"].items() if k in ("accepted", "message")}
        if canonical.endswith("-answer|1"):
            made = source["dossier"]["claim"]
            return {
                "resourceType": "ClaimResponse",
                "status": "active",
                **{name: made[name] for name in ("type", "use", "patient")},
                "created": "2026-10-31",
                "insurer": {"display": "CMSS"},
                "outcome": "complete",
                "disposition": "Accordé",
            }
        return {"reference": source["submission"]}


@pytest.fixture
def fund() -> Fund:
    made = Fund()
    made.say["claim"] = [{"kind": "acknowledged"}]
    return made


@pytest.fixture
def hub(tmp_path, migrated_file, fund):
    shutil.copy(migrated_file, tmp_path / "hub.sqlite")
    settings = Settings(
        data=tmp_path, url="https://hub.example", wait=0.0, retry_first=0.0, access="open"
    )
    joined = wiring.build(settings, adapters={"cmss": fund})
    joined.maps = Maps()
    yield joined
    joined.close()


@pytest.fixture
def client(hub):
    return Client(create_app(hub))


@pytest.fixture
def post(client):
    def send(path, tree, **headers):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        given = {"accept-language": "en", **FHIR, **named}
        return client.post(path, content=exact_json.dumps(tree), headers=given)

    return send


def sheet() -> dict:
    """A claim without a number under which the scheme manager would be asked first."""
    return claim(patient={"display": "Assurée fictive"})


def task(order: str = "cancel", **more) -> dict:
    """As the official examples Task/fm-example1 and fm-example5 write it."""
    return {
        "resourceType": "Task",
        "status": "requested",
        "intent": "order",
        "priority": "stat",
        "code": {"coding": [{"system": CODES, "code": order}]},
        "focus": {"identifier": {"system": f"{SID}/feuille", "value": "F-0001"}},
        "authoredOn": "2026-11-20T08:25:05+00:00",
        "requester": PROVIDER,
        **more,
    }


def sent(hub, post) -> str:
    """A claim that is with the fund; its id."""
    made = post("/fhir/Claim", sheet())
    assert made.status_code == 201
    [exchange] = hub.store.exchanges(resource=f"Claim/{made.json()['id']}")
    for _ in range(2):
        leased = hub.store.lease(exchange.id, 30)
        hub.store.save(hub.trip.step(leased))
    assert hub.store.exchange(exchange.id).state is State.PENDING
    return made.json()["id"]


def run(hub) -> None:
    for _ in range(6):
        for id in hub.store.due():
            leased = hub.store.lease(id, 30)
            if leased is not None:
                hub.store.save(hub.trip.step(leased))


def test_a_claim_that_has_not_left_is_cancelled_while_the_provider_waits(client, post):
    made = post("/fhir/Claim", sheet()).json()
    assert made["resourceType"] == "Claim", made
    answer = post("/fhir/Task", task(reasonCode={"text": "saisie deux fois"}))
    assert answer.status_code == 201, answer.text
    tree = answer.json()
    assert (tree["status"], tree["meta"]["versionId"]) == ("completed", "2")
    assert answer.headers["location"] == f"{BASE}/Task/{tree['id']}/_history/2"
    read = client.get(f"/fhir/Claim/{made['id']}")
    assert (read.json()["status"], read.headers["etag"]) == ("cancelled", 'W/"2"')
    first = client.get(f"/fhir/Claim/{made['id']}/_history/1").json()
    assert first["status"] == "active"
    assert client.get("/fhir/Claim?status=active").json()["total"] == 0
    found = client.get(f"/fhir/Task?focus:identifier={SID}/feuille|F-0001&status=completed")
    assert found.json()["total"] == 1


def test_a_claim_that_left_is_cancelled_once_the_institution_agrees(hub, client, post, fund):
    id = sent(hub, post)
    fund.say["cancellation"] = [{"kind": "answer", "accepted": True}]
    asked = post("/fhir/Task", task(focus={"reference": f"{BASE}/Claim/{id}"}))
    assert (asked.status_code, asked.json()["status"]) == (201, "requested")
    run(hub)
    assert client.get(f"/fhir/Task/{asked.json()['id']}").json()["status"] == "completed"
    assert client.get(f"/fhir/Claim/{id}").json()["status"] == "cancelled"


def test_the_same_task_again_is_the_same_order_and_another_one_is_409(hub, post):
    sent(hub, post)
    first, again = post("/fhir/Task", task()), post("/fhir/Task", task())
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json()["id"] == first.json()["id"]
    other = post("/fhir/Task", task(priority="routine"))
    assert other.status_code == 409
    assert first.json()["id"] in other.text


def test_only_the_provider_of_a_claim_may_order_about_it(hub, post):
    sent(hub, post)
    other = {"identifier": {"system": f"{SID}/convention", "value": "CNV-ML-00002"}}
    refused = post("/fhir/Task", task(requester=other))
    assert (refused.status_code, codes(refused)) == (422, ["forbidden"])
    silent = task()
    del silent["requester"]
    assert post("/fhir/Task", silent).status_code == 422


def test_the_provider_may_be_named_by_reference(hub, post):
    sent(hub, post)
    own = organization("CNV-ML-00001", "convention")
    id = post("/fhir/Organization", own).json()["id"]
    named = {"reference": f"Organization/{id}"}
    assert post("/fhir/Task", task(requester=named)).status_code == 201


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"code": {"coding": [{"system": CODES, "code": "release"}]}}, "business-rule"),
        ({"code": {"text": "annuler"}}, "business-rule"),
        ({"status": "completed"}, "business-rule"),
        ({"focus": {"reference": "Claim/nobody"}}, "not-found"),
        ({"focus": {"display": "ma feuille"}}, "not-found"),
    ],
)
def test_an_order_the_hub_cannot_take_is_422_and_stores_nothing(hub, client, post, change, code):
    sent(hub, post)
    refused = post("/fhir/Task", task(**change))
    assert (refused.status_code, codes(refused)) == (422, [code])
    assert client.get("/fhir/Task?_count=0").json()["total"] == 0


def test_a_task_does_not_travel_in_a_bundle(post):
    entry = {"resource": task(), "request": {"method": "POST", "url": "Task"}}
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": [entry]}
    refused = post("/fhir", bundle)
    assert refused.status_code == 405
    assert "POST to /fhir/Task" in refused.text


def said(tree: dict) -> tuple[str, str, str]:
    """The code, the French and the English words of a status."""
    outputs = tree["output"]
    english = outputs[1]["_valueString"]["extension"][0]["extension"][1]["valueString"]
    return outputs[0]["valueCode"], outputs[1]["valueString"], english


def test_a_status_is_asked_of_the_institution_in_real_time(hub, post, fund):
    sent(hub, post)
    fund.say["status"] = [{"kind": "acknowledged", "text": "en contrôle médical"}]
    answer = post("/fhir/Task", task("status"))
    tree = answer.json()
    assert (answer.status_code, tree["status"]) == (201, "completed")
    code, french, english = said(tree)
    assert code == "queued"
    assert "en contrôle médical" in french
    assert "Accusé de réception le" in french
    assert "Acknowledged on" in english
    assert hub.store.exchanges(resource=tree["focus"].get("reference", "none")) == []


def test_a_decision_in_the_status_is_applied_as_an_answer(hub, client, post, fund):
    id = sent(hub, post)
    fund.say["status"] = [{"kind": "answer"}]
    tree = post("/fhir/Task", task("status")).json()
    assert said(tree)[0] == "complete"
    reference = tree["output"][2]["valueReference"]["reference"]
    assert client.get(f"/fhir/{reference}").json()["request"] == {"reference": f"Claim/{id}"}
    assert client.get(f"/fhir/ClaimResponse?request=Claim/{id}").json()["total"] == 1


@pytest.mark.parametrize("failure", ["unreachable", "unconfirmed-after", "refused", "garbage"])
def test_an_institution_that_does_not_answer_leaves_what_the_hub_knows(hub, post, fund, failure):
    sent(hub, post)
    fund.fail_next = [failure]
    tree = post("/fhir/Task", task("status")).json()
    code, french, _ = said(tree)
    assert code == "queued"
    assert "Accusé de réception le" in french


def test_an_unknown_status_is_not_final(hub, post, fund):
    id = sent(hub, post)
    fund.say["status"] = [{"kind": "unknown"}]
    tree = post("/fhir/Task", task("status")).json()
    assert said(tree)[0] == "queued"
    [exchange] = hub.store.exchanges(resource=f"Claim/{id}")
    assert (exchange.state, exchange.held) == (State.PENDING, False)


def test_a_claim_that_has_not_left_needs_no_question(hub, post, fund):
    post("/fhir/Claim", sheet())
    tree = post("/fhir/Task", task("status")).json()
    assert said(tree)[0] == "queued"
    assert fund.sent == []
