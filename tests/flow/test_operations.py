"""Every operation of every partner, through its sandbox and the hub, as docs/partners.md lists.

The sandboxes decide an hour after they got a claim, by their own clocks, which the tests move.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import httpx
import pytest
from flow_judge import claim, when
from servers.benkan import Up

from hub.cli import demo, sample, sample_orders
from hub.formats import exact_json
from hub.model import Tree

HOUR = 3600
#: partner → code of the body, its Organization, identifier system of its insured people
BODIES = {
    "cmss": ("CMSS", "cmss"),
    "inps": ("INPS", "inps"),
    "inamo": ("CNPS", "cnps"),
}
SLOW = {
    "BENKAN_CMSS_SANDBOX_LIQUIDATION": str(HOUR),
    "BENKAN_CMSS_SANDBOX_PAYMENT": str(2 * HOUR),
    "BENKAN_INPS_SANDBOX_LIQUIDATION": str(HOUR),
    "BENKAN_INPS_SANDBOX_PAYMENT": str(2 * HOUR),
    "BENKAN_INAMO_SANDBOX_REVIEW": str(HOUR),
    "BENKAN_INAMO_SANDBOX_PAYMENT": str(HOUR),
    "BENKAN_RETRY_MOST": "2",
}
FHIR = "https://benkan.example/fhir"
CANCEL_OR_STATUS = sample_orders.TASKS
trip = pytest.mark.trip


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    running = Up(tmp_path_factory.mktemp("operations"), **SLOW).start()
    yield running
    assert running.stop() == 0


@pytest.fixture
def client(up: Up) -> Iterator[httpx.Client]:
    with up.client() as made:
        yield made


@pytest.fixture(scope="module")
def fresh() -> Callable[[str], Tree]:
    """The next claim nobody has sent, of a person insured by a partner's body."""

    def of(partner: str) -> Iterator[Tree]:
        code, organization = BODIES[partner]
        for _, made in sample.generate(400, 70 + list(BODIES).index(partner), {code}):
            if made["insurer"]["reference"] == f"Organization/{organization}":
                yield made

    waiting = {partner: of(partner) for partner in BODIES}
    return lambda partner: next(waiting[partner])


def control(up: Up, partner: str, path: str, body: Any) -> Any:
    at = up.state["sandboxes"][partner]
    url = f"http://{at['host']}:{at['control']}{path}"
    answer = httpx.post(url, json=body, timeout=120)
    assert answer.status_code == 200, answer.text
    return answer.json()


def send(client: httpx.Client, resource: Tree) -> str:
    """Post a claim; gives its reference once the hub has it."""
    kind = {"Prefer": "respond-async"}
    answer = client.post("/Claim/$submit", content=exact_json.dumps(resource), headers=kind)
    assert answer.status_code < 300, answer.text
    return str(answer.json()["request"]["reference"])


def stories(up: Up, reference: str, operation: str) -> list[dict[str, Any]]:
    """The exchanges of one operation that carry a claim."""
    every = json.loads(up.run("exchange", "show", reference, "--json").stdout)
    return [story for story in every if story["operation"] == operation]


def with_partner(up: Up, reference: str) -> dict[str, Any]:
    """The claim's story once the partner has it."""
    return when(lambda: claim(up, reference), lambda e: e["state"] == "PENDING" or e["held"])


def decided(client: httpx.Client, reference: str) -> Tree:
    found = when(
        lambda: client.get("/ClaimResponse", params={"request": reference}).json(),
        lambda bundle: bundle["total"],
    )
    response: Tree = found["entry"][0]["resource"]
    return response


def order(client: httpx.Client, code: str, reference: str, provider: Tree) -> Tree:
    """The Task by which a provider asks something about a claim, as the hub answers it."""
    task = {
        "resourceType": "Task",
        "status": "requested",
        "intent": "order",
        "code": {"coding": [{"system": CANCEL_OR_STATUS, "code": code}]},
        "focus": {"reference": reference},
        "requester": provider,
        "reasonCode": {"text": "Feuille saisie deux fois."},
    }
    answer = client.post("/Task", content=exact_json.dumps(task))
    assert answer.status_code == 201, answer.text
    made: Tree = answer.json()
    return made


@trip("cmss", "claim")
@trip("inps", "claim")
@trip("inamo", "claim")
@pytest.mark.parametrize("partner", list(BODIES))
def test_a_claim_is_decided_and_paid(
    partner: str, up: Up, client: httpx.Client, fresh: Callable[[str], Tree]
) -> None:
    sent = [fresh(partner) for _ in range(4)]
    references = [send(client, each) for each in sent]
    for reference in references:
        assert not with_partner(up, reference)["held"]
    control(up, partner, "/clock", {"advance": HOUR + 60})
    for each, reference in zip(sent, references, strict=True):
        response = decided(client, reference)
        sums = {t["category"]["coding"][0]["code"]: t["amount"] for t in response["total"]}
        assert sums["submitted"] == each["total"]
        assert response["outcome"] in ("complete", "partial", "error")
    control(up, partner, "/clock", {"advance": 3 * HOUR})

    def paid() -> int:
        stories = [claim(up, reference)["events"] for reference in references]
        return sum(any(event["what"] == "paid" for event in story) for story in stories)

    assert when(paid, bool) >= 1


@trip("canam", "control-copy")
@trip("canam", "liquidation-copy")
@pytest.mark.parametrize("partner", ["cmss", "inps"])
def test_the_scheme_manager_gets_the_claim_then_the_decision(
    partner: str, up: Up, client: httpx.Client, fresh: Callable[[str], Tree]
) -> None:
    reference = send(client, fresh(partner))
    with_partner(up, reference)
    control(up, partner, "/clock", {"advance": HOUR + 60})
    decided(client, reference)
    ledger = {}
    for operation in ("control-copy", "liquidation-copy"):
        mine = when(
            lambda of=operation: stories(up, reference, of),
            lambda them: them and them[0]["state"] == "CLOSED",
        )
        assert [row["partner"] for row in mine] == ["canam"]
        ledger[operation] = mine[0]["submission"]
    booked = [entry["submission"] for entry in up.ledger("canam")]
    assert [booked.count(submission) for submission in ledger.values()] == [1, 1]


@trip("canam", "preauthorization")
@trip("inamo", "preauthorization")
@pytest.mark.parametrize(("partner", "body"), [("canam", "CMSS"), ("inamo", "CNPS")])
def test_a_prior_authorisation_is_decided(
    partner: str, body: str, up: Up, client: httpx.Client
) -> None:
    seed = 80 + ["CMSS", "CNPS"].index(body)
    requests = [request for _, request in sample_orders.preauthorizations(4, seed, {body})]
    references = [send(client, request) for request in requests]
    for reference in references:
        when(
            lambda of=reference: stories(up, of, "preauthorization")[0],
            lambda e: e["state"] in ("PENDING", "CLOSED") or e["held"],
        )
    control(up, partner, "/clock", {"advance": HOUR + 60})
    responses = [decided(client, reference) for reference in references]
    assert {response["use"] for response in responses} == {"preauthorization"}
    granted = [response for response in responses if response.get("preAuthRef")]
    assert granted
    assert all(response["preAuthPeriod"]["end"] for response in granted)


@trip("canam", "eligibility")
@trip("inps", "eligibility")
@trip("inamo", "eligibility")
@pytest.mark.parametrize(
    ("partner", "body"), [("canam", "CMSS"), ("inps", "INPS"), ("inamo", "CNPS")]
)
def test_rights_are_told(partner: str, body: str, up: Up, client: httpx.Client) -> None:
    """INPS answers from its own copy while the scheme manager is away."""
    people = demo.table("people")
    person = next(
        p
        for p in people
        if p["gestionnaire"] == body and p["payeur"] == body.lower() and not p["cas"]
    )
    question = {
        "resourceType": "CoverageEligibilityRequest",
        "status": "active",
        "purpose": ["benefits", "validation"],
        "patient": {"reference": f"Patient/amo-{person['numero_amo']}"},
        "servicedDate": "2026-10-20",
        "created": "2026-10-20",
        "insurer": {"reference": f"Organization/{person['payeur']}"},
        "insurance": [{"coverage": {"reference": f"Coverage/amo-{person['numero_amo']}"}}],
    }
    if partner == "inps":
        control(up, "canam", "/behaviour", {"next": ["refuse"]})
    answer = client.post("/CoverageEligibilityRequest/$submit", content=exact_json.dumps(question))
    assert answer.status_code == 200, answer.text
    response = answer.json()
    assert response["resourceType"] == "CoverageEligibilityResponse"
    assert response["insurance"][0]["inforce"] is True


@trip("inps", "status")
@trip("inamo", "status")
@pytest.mark.parametrize("partner", ["inps", "inamo"])
def test_where_a_claim_stands_is_told(
    partner: str, up: Up, client: httpx.Client, fresh: Callable[[str], Tree]
) -> None:
    sent = fresh(partner)
    reference = send(client, sent)
    with_partner(up, reference)
    task = order(client, "status", reference, sent["provider"])
    told = [output.get("valueCode") or output.get("valueString", "") for output in task["output"]]
    assert told[0] == "queued"
    assert partner in told[1]
    control(up, partner, "/clock", {"advance": HOUR + 60})
    decided(client, reference)
    task = order(client, "status", reference, sent["provider"])
    assert task["output"][0]["valueCode"] == "complete"


@trip("cmss", "cancellation")
@trip("inps", "cancellation")
@trip("inamo", "cancellation")
@trip("canam", "cancellation")
@pytest.mark.parametrize("partner", list(BODIES))
def test_a_claim_is_taken_back_before_its_decision(
    partner: str, up: Up, client: httpx.Client, fresh: Callable[[str], Tree]
) -> None:
    """In Mali its control copy is taken back at the scheme manager too."""
    sent = fresh(partner)
    reference = send(client, sent)
    with_partner(up, reference)
    copies = 0 if partner == "inamo" else 1
    when(
        lambda: [e["state"] for e in stories(up, reference, "control-copy")],
        lambda states: states == ["CLOSED"] * copies,
    )
    task = order(client, "cancel", reference, sent["provider"])
    done = when(
        lambda: client.get(f"/Task/{task['id']}").json(),
        lambda it: it["status"] in ("completed", "rejected", "failed"),
    )
    assert done["status"] == "completed", done["statusReason"]
    assert claim(up, reference)["state"] == "CANCELLED"
    assert client.get(f"/{reference}").json()["status"] == "cancelled"
    when(
        lambda: [e["state"] for e in stories(up, reference, "control-copy")],
        lambda states: states == ["CANCELLED"] * copies,
    )


@trip("canam", "registration")
@trip("cmss", "registration")
@trip("inps", "registration")
@trip("inamo", "registration")
@pytest.mark.parametrize("partner", ["canam", *BODIES])
def test_people_a_body_registers_are_known_to_its_supervisor(partner: str, up: Up) -> None:
    code = {"canam": "CANAM"} | {name: body for name, (body, _) in BODIES.items()}
    watcher = f"superviseur-{partner}"
    key = ("--new-key", f"benkan-data/clients/{watcher}.json")
    up.run("client", "add", watcher, "--role", "supervisor", "--body", code[partner], *key)
    control(up, partner, "/movements", {"publish": 4})
    with up.client(watcher) as client:
        client.headers["X-Purpose-Of-Use"] = "ENROLLM"
        assert when(partial(told_of, client, partner), bool)


def told_of(client: httpx.Client, partner: str) -> list[str]:
    """Sources of all the people that a client sees, if this partner told of them."""
    page, sources = client.get("/Patient", params={"_count": "200"}).json(), []
    while page is not None:
        entries = page.get("entry", [])
        sources += [e["resource"].get("meta", {}).get("source", "") for e in entries]
        after = next((link["url"] for link in page["link"] if link["relation"] == "next"), None)
        page = client.get(after).json() if after else None
    return [source for source in sources if source.startswith(f"{FHIR}/avis/{partner}/")]


@trip("canam", "reference")
def test_reference_lists_are_pulled_and_read_by_date(up: Up) -> None:
    pulled = json.loads(up.run("reference", "pull", "--on", "2026-10-20", "--json").stdout)
    assert all(row["done"] for row in pulled)
    rows = json.loads(up.run("reference", "show", "taux", "--on", "2026-10-20", "--json").stdout)
    assert rows


@trip("canam", "statement")
@trip("cmss", "statement")
@trip("inps", "statement")
@trip("inamo", "statement")
@pytest.mark.parametrize("partner", list(BODIES))
def test_what_a_body_has_on_its_books_is_told(
    partner: str, up: Up, client: httpx.Client, fresh: Callable[[str], Tree]
) -> None:
    """The body's own statement, and in Mali the scheme manager's about it."""
    sent = fresh(partner)
    reference = send(client, sent)
    submission = with_partner(up, reference)["submission"]
    control(up, partner, "/clock", {"advance": HOUR + 60})
    decided(client, reference)
    month, body = sent["billablePeriod"]["start"][:7], BODIES[partner][0]

    def told() -> list[dict[str, Any]]:
        asked = ["reconcile", "--month", month, "--body", body, "--json", "--wait", "5"]
        report = json.loads(up.run(*asked, check=False).stdout)
        return report["absent"]

    assert when(told, lambda absent: absent == []) == []
    listed = up.run("reconcile", "--month", month, "--body", body, "--no-ask", "--csv", check=False)
    row = next(line for line in listed.stdout.splitlines() if submission in line)
    sides = {"managed": row.split(",")[9]}
    assert sides["managed"], row
