"""The domain's cases T1 to T24 (domain.md §17), through the public doors of the whole product.

The rules themselves, with their edges: tests/unit/adapters/sandbox/test_rules.py.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest
from flow_judge import claim as story_of
from flow_judge import when
from pydantic import SecretStr
from servers.benkan import Up

from adapters.canam.adapter import Canam
from adapters.canam.settings import Settings
from adapters.cmss import documents
from adapters.inps import outputs, signature
from hub.formats import exact_json, xml

BASE = "https://benkan.example/fhir"
Tree = dict[str, Any]
#: persons of the demo world (mappings/demo/people.csv); each case has its own, since what was
#: paid for somebody counts for the next sheet
CHU, PHARMACY, STOPPED = "chu-niarela", "officine-baobab", "officine-suspendue"
CONAKRY = "hopital-tinkisso"
DAY = "2026-10-20"
AMBULATORY = (
    ("img-radio-thorax", 6000),
    ("bio-nfs", 4000),
    ("bio-glycemie", 1500),
    ("bio-tdr-palu", 1000),
)
HOSPITAL = (("cesarienne", 75000), ("journee-hosp", 6000), ("bio-nfs", 4000))
GUINEA = (("acc-eutocique", 150000), ("img-echo-obs", 80000), ("consult-gen", 20000))
_numbers = count(1)


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    folder = tmp_path_factory.mktemp("cases")
    agreement = {
        "care": "GN",
        "cover": "ML",
        "start": "2026-10-01",
        "reference": "ACCORD-CIPRES-FICTIF-1",
    }
    (folder / "routing.json").write_text(json.dumps({"agreements": [agreement]}))
    demo = Path(__file__).parents[2] / "mappings" / "demo" / "routing.json"
    settings = {
        "BENKAN_ROUTING": f"{demo},{folder / 'routing.json'}",
        "BENKAN_RETRY_MOST": "2",
        "BENKAN_CMSS_SANDBOX_PAYMENT": "86400",  # for T22; no other case waits for its money
        "BENKAN_INPS_SANDBOX_PAYMENT": "86400",  # for T18: what is pushed is the only payment
    }
    running = Up(folder, **settings).start()
    yield running
    assert running.stop() == 0


@pytest.fixture
def client(up: Up) -> Iterator[httpx.Client]:
    with up.client() as made:
        yield made


def sheet(person: str, *acts: tuple[Any, ...], day: str = DAY, **more: Any) -> Tree:
    """A care sheet; an act is (code, amount) or (code, amount, quantity)."""
    currency = more.pop("currency", "GNF" if person.startswith("GN-") else "XOF")
    body = more.pop("body", "cnps" if currency == "GNF" else "cmss")
    system = more.pop("system", "acte")
    items = [_item(n, act, system, currency, day) for n, act in enumerate(acts, 1)]
    total = sum(act[1] for act in acts)
    cover = {"sequence": 1, "focal": True, "coverage": {"reference": f"Coverage/amo-{person}"}}
    number = more.pop("number", f"CAS-{next(_numbers):04}")
    return {
        "resourceType": "Claim",
        "identifier": [{"system": f"{BASE}/sid/feuille", "value": number}],
        "status": "active",
        "type": {"coding": [_claim_type(more.pop("type", "professional"))]},
        "use": "claim",
        "patient": {"reference": f"Patient/amo-{person}"},
        "created": day,
        "billablePeriod": {"start": day, "end": day},
        "insurer": {"reference": f"Organization/{body}"},
        "provider": {"reference": f"Organization/{more.pop('provider', CHU)}"},
        "priority": {"coding": [{"code": more.pop("priority", "normal")}]},
        "careTeam": [{"sequence": 1, "provider": {"display": "Dr Fictif Coulibaly"}}],
        "insurance": [cover | more.pop("insurance", {})],
        "item": items,
        "total": {"value": total, "currency": currency},
        **more,
    }


def _item(rank: int, act: tuple[Any, ...], system: str, currency: str, day: str) -> Tree:
    code, amount, quantity = (*act, 1)[:3]
    hospital = code in ("cesarienne", "journee-hosp")
    coding = {"system": f"{BASE}/CodeSystem/{system}", "code": code}
    category = {"system": f"{BASE}/CodeSystem/categorie", "code": "HOS" if hospital else "AMB"}
    return {
        "sequence": rank,
        "category": {"coding": [category]},
        "productOrService": {"coding": [coding]},
        "servicedDate": day,
        "quantity": {"value": quantity},
        "unitPrice": {"value": amount // quantity, "currency": currency},
        "net": {"value": amount, "currency": currency},
    }


def _claim_type(code: str) -> Tree:
    return {"system": "http://terminology.hl7.org/CodeSystem/claim-type", "code": code}


def send(client: httpx.Client, tree: Tree) -> httpx.Response:
    return client.post("/Claim/$submit", content=exact_json.dumps(tree))


def decided(client: httpx.Client, tree: Tree) -> Tree:
    """The decision on a claim, however long it takes."""
    answer = send(client, tree)
    assert answer.status_code < 300, answer.text
    first: Tree = answer.json()
    if first["outcome"] != "queued":
        return first
    reference = first["request"]["reference"]
    found = when(
        lambda: client.get("/ClaimResponse", params={"request": reference}).json(),
        lambda bundle: bundle["total"],
    )
    response: Tree = found["entry"][0]["resource"]
    return response


def parts(response: Tree) -> tuple[int, int]:
    """The fund's and the patient's shares."""
    sums = {t["category"]["coding"][0]["code"]: t["amount"]["value"] for t in response["total"]}
    return int(sums["benefit"]), int(sums["copay"])


def reasons(tree: Any) -> list[str]:
    """Canonical reasons anywhere below, each once, in order of appearance."""
    found: list[str] = []
    if isinstance(tree, dict):
        if tree.get("system") == f"{BASE}/CodeSystem/motif-rejet":
            found.append(tree["code"])
        tree = list(tree.values())
    if isinstance(tree, list):
        for child in tree:
            found += reasons(child)
    return list(dict.fromkeys(found))


def by_line(response: Tree) -> list[list[str]]:
    return [reasons(item) for item in response["item"]]


def control(up: Up, partner: str, path: str, body: Any) -> Any:
    at = up.state["sandboxes"][partner]
    answer = httpx.post(f"http://{at['host']}:{at['control']}{path}", json=body, timeout=120)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_t01_an_ambulatory_sheet_is_shared_seventy_to_thirty(client: httpx.Client) -> None:
    response = decided(client, sheet("20000148-00", *AMBULATORY))
    assert (response["outcome"], parts(response)) == ("complete", (8750, 3750))


def test_t02_a_hospital_sheet_is_shared_eighty_to_twenty(client: httpx.Client) -> None:
    response = decided(client, sheet("20000111-01", *HOSPITAL, type="institutional"))
    assert (response["outcome"], parts(response)) == ("complete", (68000, 17000))


def in_hospital(day: str) -> Tree:
    """A delivery is covered in Guinea as a stay: two days here."""
    end = (date.fromisoformat(day) + timedelta(days=1)).isoformat()
    stay = {"start": day, "end": end}
    return {"provider": CONAKRY, "type": "institutional", "billablePeriod": stay}


def test_t03_guinea_pays_eighty_percent_since_its_cover_began(client: httpx.Client) -> None:
    tree = sheet("GN-0000000001", *GUINEA, day="2024-08-02", **in_hospital("2024-08-02"))
    response = decided(client, tree)
    assert (by_line(response), parts(response)) == ([[], [], []], (200000, 50000))
    assert {t["amount"]["currency"] for t in response["total"]} == {"GNF"}


def test_t04_the_day_before_nothing_was_covered_in_guinea(client: httpx.Client) -> None:
    tree = sheet("GN-0000000002", *GUINEA, day="2024-07-31", **in_hospital("2024-07-31"))
    response = decided(client, tree)
    assert (response["outcome"], reasons(response)) == ("error", ["R02"])


@pytest.mark.parametrize("person", ["20000037-00", "20000074-00"])
def test_t05_five_months_of_contributions_are_not_enough(person: str, client: httpx.Client) -> None:
    body = "cmss" if person == "20000037-00" else "inps"
    response = decided(client, sheet(person, ("consult-gen", 2000), body=body))
    assert (response["outcome"], reasons(response)) == ("error", ["R03"])


@pytest.mark.parametrize(
    ("person", "expected"),
    [("05", ["R04"]), ("06", []), ("07", ["R04"]), ("08", [])],
    ids=["no certificate", "certificate", "21 years", "disabled"],
)
def test_t06_a_child_is_covered_by_age_certificate_or_disability(
    person: str, expected: list[str], client: httpx.Client
) -> None:
    response = decided(client, sheet(f"20000111-{person}", ("consult-gen", 2000)))
    assert reasons(response) == expected


def test_t07_a_mother_declared_twice_belongs_to_the_first_declarant(client: httpx.Client) -> None:
    first = decided(client, sheet("20000148-90", ("consult-gen", 2000)))
    second = decided(
        client, sheet("20000185-90", ("consult-gen", 2000), day="2026-09-01", body="inps")
    )
    assert (reasons(first), reasons(second)) == ([], ["R19"])


def test_t08_a_child_on_two_accounts_is_flagged_on_the_second(client: httpx.Client) -> None:
    first = decided(client, sheet("20000222-05", ("consult-gen", 2000)))
    second = decided(
        client, sheet("20000259-05", ("consult-gen", 2000), day="2026-09-01", body="inps")
    )
    assert (reasons(first), reasons(second)) == ([], ["R19"])


def test_t09_a_second_specialist_in_four_days_is_refused_but_in_an_emergency(
    client: httpx.Client,
) -> None:
    consultation = ("consult-spec", 3000)
    first = decided(client, sheet("20000518-00", consultation, day="2026-10-01"))
    again = decided(client, sheet("20000518-00", consultation, day="2026-10-05"))
    urgent = sheet("20000518-00", consultation, day="2026-10-06", priority="stat")
    assert (by_line(first), by_line(again)) == ([[]], [["R11"]])
    assert by_line(decided(client, urgent)) == [[]]


def authorised(client: httpx.Client, person: str, act: tuple[Any, ...], day: str) -> Tree:
    """The scheme manager's decision on a request for prior authorisation."""
    code = {"system": "http://hl7.org/fhir/sid/icd-10", "code": "K35"}
    why = [{"sequence": 1, "diagnosisCodeableConcept": {"coding": [code]}}]
    return decided(client, sheet(person, act, day=day, use="preauthorization", diagnosis=why))


def test_t10_a_fourth_echo_and_a_scanner_need_an_authorisation(client: httpx.Client) -> None:
    mother = "20000407-01"
    echo = ("img-echo-obs", 8000)
    for month in ("05", "06", "07"):
        assert by_line(decided(client, sheet(mother, echo, day=f"2026-{month}-10"))) == [[]]
    fourth = {"day": "2026-08-10"}
    assert by_line(decided(client, sheet(mother, echo, **fourth))) == [["R10"]]

    granted = authorised(client, mother, ("img-scanner", 60000), "2026-08-20")
    number, period = granted["preAuthRef"], granted["preAuthPeriod"]
    assert (period["start"], period["end"]) == ("2026-08-20", "2026-11-20")
    scan = {"insurance": {"preAuthRef": [number]}}
    scanner = ("img-scanner", 60000)
    assert by_line(decided(client, sheet(mother, scanner, day="2026-11-21"))) == [["R10"]]
    late = sheet(mother, scanner, day="2026-11-21", **scan)
    assert by_line(decided(client, late)) == [["R10"]]
    paid = decided(client, sheet(mother, scanner, day="2026-09-01", **scan))
    assert (by_line(paid), parts(paid)) == ([[]], (42000, 18000))
    beyond = decided(client, sheet(mother, scanner, day="2026-09-15", **scan))
    assert by_line(beyond) == [["R18"]]


def dispensed(person: str, *drugs: tuple[Any, ...], **more: Any) -> Tree:
    kind = {"system": "medicament", "provider": PHARMACY, "type": "pharmacy"}
    return sheet(person, *drugs, **(kind | more))


def test_t11_a_brand_with_a_generic_is_refused_and_the_generic_named(
    client: httpx.Client,
) -> None:
    response = decided(client, dispensed("20000592-00", ("algofictif-500-cp", 1800, 20)))
    assert by_line(response) == [["R08"]]
    assert "Paracétamol 500 mg" in json.dumps(response, ensure_ascii=False)


def test_t12_a_drug_off_the_list_is_refused_and_the_other_line_is_paid(
    client: httpx.Client,
) -> None:
    drugs = (("vitamine-c-1000-cp", 1800, 10), ("paracetamol-500-cp", 500, 20))
    response = decided(client, dispensed("20000592-00", *drugs, day="2026-10-02"))
    assert (response["outcome"], by_line(response)) == ("partial", [["R07"], []])
    assert parts(response) == (350, 150)


def test_t13_the_family_is_covered_for_twelve_months_after_a_death(client: httpx.Client) -> None:
    """The insured person died on 2025-08-15."""
    within = decided(client, sheet("20000296-01", ("consult-gen", 2000), day="2026-08-10"))
    after = decided(client, sheet("20000296-01", ("consult-gen", 2000), day="2026-09-16"))
    assert (reasons(within), reasons(after)) == ([], ["R02"])


def test_t14_a_ramed_card_leaves_nothing_to_pay(client: httpx.Client) -> None:
    response = decided(client, sheet("20000333-00", *AMBULATORY))
    assert parts(response) == (12500, 0)


def test_t15_a_sheet_for_the_wrong_body_is_rejected_and_the_right_one_named(
    client: httpx.Client,
) -> None:
    """The Coverage sent along names CMSS; its books say INPS."""
    person, cover = (f"urn:uuid:{n * 8}-{n * 4}-4{n * 3}-8{n * 3}-{n * 12}" for n in "12")
    number = "20000370-00"
    tree = sheet(number, ("consult-gen", 2000)) | {"patient": {"reference": person}}
    tree["insurance"][0]["coverage"] = {"reference": cover}
    patient = {
        "resourceType": "Patient",
        "identifier": [{"system": f"{BASE}/sid/numero-amo", "value": number}],
        "name": [{"family": "Keïta", "given": ["Adama"]}],
        "gender": "male",
        "birthDate": "1982-06-03",
    }
    coverage = {
        "resourceType": "Coverage",
        "status": "active",
        "beneficiary": {"reference": person},
        "subscriberId": number,
        "payor": [{"reference": "Organization/cmss"}],
    }
    entries = [(f"urn:uuid:{'3' * 8}-3333-4333-8333-{'3' * 12}", tree)]
    entries += [(person, patient), (cover, coverage)]
    bundle = {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"fullUrl": url, "resource": one} for url, one in entries],
    }
    response = decided(client, bundle)
    assert (response["outcome"], reasons(response)) == ("error", ["R16"])
    assert "Adressez la feuille à INPS" in json.dumps(response, ensure_ascii=False)


@pytest.mark.parametrize(("person", "body"), [("20000592-00", "cmss"), ("20000185-00", "inps")])
def test_t16_a_suspended_provider_is_refused_by_both_bodies(
    person: str, body: str, client: httpx.Client
) -> None:
    drug = ("paracetamol-500-cp", 500, 20)
    tree = dispensed(person, drug, provider=STOPPED, body=body, day="2026-10-12")
    response = decided(client, tree)
    assert (response["outcome"], reasons(response)) == ("error", ["R05"])


def test_t17_care_in_guinea_is_carried_only_under_an_agreement_of_that_day(
    client: httpx.Client,
) -> None:
    """The agreement begins on 2026-10-01."""
    before = sheet("20000407-00", ("consult-gen", 2000), day="2026-09-30", provider=CONAKRY)
    answer = send(client, before)
    assert answer.status_code == 422
    assert "R17" in answer.json()["issue"][0]["details"]["text"]
    assert "urn" not in answer.json()["issue"][0]["details"]["text"]


@pytest.mark.parametrize(("person", "body"), [("20000407-00", "cmss"), ("20000555-00", "inps")])
def test_t17_care_in_guinea_under_an_agreement_is_paid_at_guinean_tariffs_in_gnf(
    person: str, body: str, client: httpx.Client
) -> None:
    """The tariff there is 20,000 GNF, the rate of the Malian scheme 70 %."""
    care = {"day": "2026-10-20", "provider": CONAKRY, "body": body, "currency": "GNF"}
    response = decided(client, sheet(person, ("consult-gen", 22000), **care))
    assert (reasons(response), parts(response)) == (["R09"], (14000, 6000))
    assert {t["amount"]["currency"] for t in response["total"]} == {"GNF"}


def test_t18_a_payment_without_a_decision_is_blocked_and_told(up: Up, client: httpx.Client) -> None:
    """Finding 4: the notice is left by CMSS while it has not liquidated the sheet."""
    control(up, "cmss", "/behaviour", {"next": ["delay:3600"]})
    tree = sheet("20000703-00", ("consult-gen", 2000))
    answer = client.post(
        "/Claim/$submit", content=exact_json.dumps(tree), headers={"Prefer": "respond-async"}
    )
    reference = answer.json()["request"]["reference"]
    story = when(lambda: story_of(up, reference), lambda e: e["state"] in ("SENT", "PENDING"))
    _leave_payment(up, story["submission"], tree["identifier"][0]["value"])
    told = when(
        lambda: story_of(up, reference),
        lambda e: any(event["what"] == "payment-blocked" for event in e["events"]),
    )
    assert told["state"] != "CLOSED"
    found = client.get("/PaymentNotice", params={"request": reference}).json()
    assert found["total"] == 0


def waiting_for_its_decision(up: Up, client: httpx.Client, tree: Tree) -> Tree:
    """The story of a sheet that its body has and has not decided."""
    answer = client.post(
        "/Claim/$submit", content=exact_json.dumps(tree), headers={"Prefer": "respond-async"}
    )
    reference = answer.json()["request"]["reference"]
    return when(lambda: story_of(up, reference), lambda e: e["state"] == "PENDING") | {
        "reference": reference
    }


def notices(client: httpx.Client, story: Tree) -> int:
    found = client.get("/PaymentNotice", params={"request": story["reference"]}).json()
    return int(found["total"])


def blocked(up: Up, story: Tree) -> Tree:
    """The story, once it tells that a payment waits for the decision."""
    return when(
        lambda: story_of(up, story["reference"]),
        lambda e: any(event["what"] == "payment-blocked" for event in e["events"]),
    )


def test_t18_at_inps_a_pushed_payment_waits_for_its_decision(up: Up, client: httpx.Client) -> None:
    control(up, "inps", "/behaviour", {"next": ["delay:3600@retour"]})
    tree = sheet("20000740-00", ("consult-gen", 2000), body="inps")
    story = waiting_for_its_decision(up, client, tree)
    number = tree["identifier"][0]["value"]
    for sheet_number in (f"{number}-B", number):  # the first names another sheet
        _push_payment(up, client, story["submission"], sheet_number)
    assert blocked(up, story)["state"] == "PENDING"
    assert notices(client, story) == 0
    aside = json.loads(up.run("quarantine", "list", "--json").stdout)
    assert [one for one in aside if f"« {number}-B »" in one["reason"]]
    control(up, "inps", "/clock", {"advance": 3700})
    assert when(lambda: notices(client, story), bool) == 1


def _push_payment(up: Up, client: httpx.Client, submission: str, number: str) -> None:
    numbers = client.get(f"/Organization/{CHU}").json()["identifier"]
    [convention] = [i["value"] for i in numbers if i["system"].endswith("/sid/convention")]
    decision = {
        "identifiantDepot": submission,
        "numeroFeuille": number,
        "numeroLiquidation": "LQ-T18",
        "devise": "XOF",
        "ligne": [{"partCaisse": Decimal(1400)}],
    }
    body = outputs.payments(f"T18-{number}", date(2026, 11, 1), "BENKAN", [(convention, decision)])
    headers = signature.sign(SecretStr("demo-callback"), body, datetime.now(UTC))
    url = f"{up.state['url']}/partners/inps"
    assert httpx.post(url, content=body, headers=headers, timeout=60).status_code < 300


def test_t18_in_guinea_an_order_of_payment_before_the_decision_waits(
    up: Up, client: httpx.Client
) -> None:
    control(up, "inamo", "/behaviour", {"next": ["late@Claim"]})
    tree = sheet("GN-0000000003", ("consult-gen", 20000), provider=CONAKRY)
    story = waiting_for_its_decision(up, client, tree)
    control(up, "inamo", "/behaviour", {"next": ["reordered@exports"]})
    assert blocked(up, story)["state"] == "PENDING"
    assert notices(client, story) == 0
    decided(client, sheet("GN-0000000103", ("consult-gen", 20000), provider=CONAKRY))
    assert when(lambda: notices(client, story), bool) == 1


def _leave_payment(up: Up, submission: str, number: str) -> None:
    tree = {
        "numeroOrdre": "VIR-T18",
        "devise": "XOF",
        "identifiantDepot": submission,
        "numeroFeuille": number,
        "numeroLiquidation": "LQ-T18",
        "datePaiement": "2026-11-01",
        "montant": 1400,
    }
    payment = xml.serialize(xml.build(tree, documents.model("paiement")))
    _, _, part = payment.partition(b"?>\n")
    body = (
        f'<AvisPaiement xmlns="{documents.RETURN}"><Entete><numeroRetour>PAI-T18</numeroRetour>'
        "<numeroLot>LOT-T18</numeroLot><date>2026-11-01</date></Entete>".encode()
        + part
        + b"<Controle><nombreFeuilles>1</nombreFeuilles>"
        + b'<total devise="XOF">1400</total></Controle></AvisPaiement>'
    )
    folder = up.folder / "benkan-data" / "sandbox" / "cmss" / "files" / "retour"
    part_file = folder / "T18.part"
    part_file.write_bytes(body)
    part_file.rename(folder / "T18-paiement.xml")


def reconciled(up: Up, month: str, body: str) -> Tree:
    asked = ["reconcile", "--month", month, "--body", body, "--json", "--wait", "30"]
    report: Tree = json.loads(up.run(*asked, check=False).stdout)
    return report


def test_t19_a_decision_the_scheme_manager_has_alone_is_a_line_of_the_comparison(
    up: Up, canam: Callable[..., Any], client: httpx.Client
) -> None:
    decided(client, sheet("20000148-00", ("consult-gen", 2000), day="2025-03-04"))
    canam("liquidation-copy", _ghost("CMSS", "2025-03-05"), "t19-ghost")
    report = reconciled(up, "2025-03", "CMSS")
    text = json.dumps(report, ensure_ascii=False)
    assert "feuille-fantome" in text
    assert not report["equal"]


def _ghost(body: str, day: str) -> Tree:
    return {
        "referenceOGD": "t19-ogd",
        "gestionnaire": body,
        "feuille": "feuille-fantome",
        "convention": "CNV-ML-00006",
        "dateSoins": day,
        "statut": "liquidee",
        "demande": 2000,
        "partCaisse": 1400,
        "devise": "XOF",
    }


@pytest.fixture
def canam(up: Up) -> Callable[..., Any]:
    """Somebody else who declares to the scheme manager."""
    at = up.state["sandboxes"]["canam"]
    secret = SecretStr(at["password"])
    told = {name: at[name] for name in ("url", "username", "trust")}
    adapter = Canam(Settings(**told, password=secret))
    return lambda operation, tree, key: adapter.send(adapter.encode(operation, tree, key))


def test_t20_an_amount_with_centimes_of_a_franc_is_refused_at_the_door(
    client: httpx.Client,
) -> None:
    text = json.dumps(sheet("20000148-00", ("consult-gen", 2000), number="T20"))
    answer = client.post("/Claim/$submit", content=text.replace("2000", "2000.50").encode())
    assert answer.status_code == 422
    found = client.get("/Claim", params={"identifier": f"{BASE}/sid/feuille|T20"}).json()
    assert found["total"] == 0


def test_t21_the_same_sheet_sent_twice_is_decided_and_booked_once(
    up: Up, client: httpx.Client
) -> None:
    tree = sheet("20000592-00", ("consult-gen", 2000), day="2026-08-03")
    first, second = decided(client, tree), decided(client, tree)
    assert first["id"] == second["id"]
    submission = story_of(up, first["request"]["reference"])["submission"]
    booked = [e for e in up.ledger("cmss") if e["submission"] == submission]
    assert len(booked) == 1


def test_t22_a_pharmacy_unpaid_on_day_sixteen_is_beyond_article_forty(
    up: Up, client: httpx.Client
) -> None:
    tree = dispensed("20000703-00", ("paracetamol-500-cp", 500, 20), day="2026-11-02")
    number = tree["identifier"][0]["value"]
    decided(client, tree)
    received = when(lambda: _arrears(up, number, 0), bool)["received"]
    assert _arrears(up, number, 15)["late"] is False
    late = _arrears(up, number, 16)
    assert (late["late"], late["kind"], late["received"]) == (True, "OFF", received)


def _arrears(up: Up, number: str, days: int) -> Tree:
    day = (datetime.now(UTC) + timedelta(days=days)).date().isoformat()
    told = up.run("reconcile", "arrears", "--on", day, "--json", check=False).stdout
    claims: list[Tree] = json.loads(told)["claims"]
    return next((one for one in claims if one["sheet"] == number), {})


def test_t23_three_of_five_prescribed_lines_are_paid_and_the_rest_not_spoken_of(
    client: httpx.Client,
) -> None:
    drugs = (
        ("paracetamol-500-cp", 500, 20),
        ("metronidazole-500-cp", 800, 20),
        ("sro-sachet", 600, 4),
    )
    response = decided(client, dispensed("20000111-00", *drugs))
    assert (response["outcome"], by_line(response)) == ("complete", [[], [], []])
    assert parts(response) == (1330, 570)


def test_t24_a_nina_without_its_letter_is_refused_at_the_door(client: httpx.Client) -> None:
    patient = {
        "resourceType": "Patient",
        "identifier": [{"system": f"{BASE}/sid/nina", "value": "12012345678901"}],
        "name": [{"family": "Keïta", "given": ["Adama"]}],
    }
    answer = client.post("/Patient", content=exact_json.dumps(patient))
    assert answer.status_code == 422
    [issue] = answer.json()["issue"]
    assert issue["expression"] == ["Patient.identifier[0].value"]
    assert "14 chiffres puis une lettre" in issue["details"]["text"]
