"""The sample generator: the same claims for the same seed, in the proportions of the surveys."""

from __future__ import annotations

import time
from collections import Counter
from datetime import date

import pytest

from hub.cli import demo, sample, sample_orders
from hub.errors import Invalid
from hub.fhir.validate import validate
from hub.formats import exact_json
from hub.model import Tree

BOTH = {"CMSS", "INPS"}


@pytest.fixture(scope="module")
def many() -> list[Tree]:
    return [claim for _, claim in sample.generate(3000, 11, BOTH)]


def codings(claims: list[Tree]) -> list[Tree]:
    return [i["productOrService"]["coding"][0] for claim in claims for i in claim["item"]]


def test_the_same_seed_gives_the_same_bytes() -> None:
    first = [(n, exact_json.dumps(c)) for n, c in sample.generate(200, 7, BOTH)]
    again = [(n, exact_json.dumps(c)) for n, c in sample.generate(200, 7, BOTH)]
    assert first == again


def test_two_seeds_share_no_sheet_number() -> None:
    numbers = [
        claim["identifier"][0]["value"]
        for seed in (1, 2, 10)
        for _, claim in sample.generate(50, seed, BOTH)
    ]
    assert len(set(numbers)) == 150


def test_every_claim_passes_the_door(many: list[Tree]) -> None:
    for claim in many[:300]:
        assert validate(exact_json.loads(exact_json.dumps(claim)), "Claim") == []


def test_totals_and_lines_add_up_in_whole_francs(many: list[Tree]) -> None:
    for claim in many:
        for item in claim["item"]:
            quantity, price = item["quantity"]["value"], item["unitPrice"]["value"]
            assert item["net"] == {"value": quantity * price, "currency": "XOF"}
        total = sum(item["net"]["value"] for item in claim["item"])
        assert claim["total"] == {"value": total, "currency": "XOF"}
        assert isinstance(total, int)


def test_lines_are_numbered_from_one(many: list[Tree]) -> None:
    for claim in many:
        assert [i["sequence"] for i in claim["item"]] == list(range(1, len(claim["item"]) + 1))


def test_a_sheet_has_about_4_7_lines(many: list[Tree]) -> None:
    mean = sum(len(claim["item"]) for claim in many) / len(many)
    assert mean == pytest.approx(4.7, abs=0.25)


def test_half_of_the_sheets_are_for_the_insured_in_person(many: list[Tree]) -> None:
    quality = {f"Patient/amo-{p['numero_amo']}": p["qualite"] for p in demo.table("people")}
    own = sum(quality[claim["patient"]["reference"]] == "ASS" for claim in many)
    assert own / len(many) == pytest.approx(0.521, abs=0.04)


def test_one_drug_in_six_is_not_on_the_list(many: list[Tree]) -> None:
    drugs = {d["code"]: d for d in demo.table("drugs")}
    served = [drugs[c["code"]] for c in codings(many) if c["system"].endswith("/medicament")]
    off = [d for d in served if not d["list_from"] or d["list_until"]]
    assert len(off) / len(served) == pytest.approx(0.1623, abs=0.02)


def test_the_two_managers_share_the_sheets_61_to_39(many: list[Tree]) -> None:
    body = {f"Patient/amo-{p['numero_amo']}": p["gestionnaire"] for p in demo.table("people")}
    counted = Counter(body[claim["patient"]["reference"]] for claim in many)
    assert counted["CMSS"] / len(many) == pytest.approx(0.61, abs=0.04)
    assert set(counted) == BOTH


def test_only_bodies_asked_for_get_sheets() -> None:
    body = {f"Patient/amo-{p['numero_amo']}": p["gestionnaire"] for p in demo.table("people")}
    claims = [claim for _, claim in sample.generate(60, 3, {"CNPS"})]
    assert {body[c["patient"]["reference"]] for c in claims} == {"CNPS"}
    assert {c["total"]["currency"] for c in claims} == {"GNF"}


def test_without_a_choice_only_connected_bodies_get_sheets() -> None:
    body = {f"Patient/amo-{p['numero_amo']}": p["gestionnaire"] for p in demo.table("people")}
    found = {body[c["patient"]["reference"]] for _, c in sample.generate(100, 3)}
    assert found == set(sample.connected()) & set(body.values())


def test_an_unknown_body_is_refused_with_the_known_ones() -> None:
    with pytest.raises(Invalid, match="CMSS, CNPS, INPS"):
        next(iter(sample.generate(1, 1, {"NOBODY"})))


def test_every_reference_leads_into_the_demo_world(many: list[Tree]) -> None:
    known = {f"{r['resourceType']}/{r['id']}" for r in demo.resources()}
    for claim in many:
        named = [claim[k]["reference"] for k in ("patient", "insurer", "provider")]
        named.append(claim["insurance"][0]["coverage"]["reference"])
        assert set(named) <= known


def test_care_lies_in_the_sixty_days_before_the_reference_date() -> None:
    reference = date(2026, 3, 1)
    for _, claim in sample.generate(200, 5, BOTH, reference):
        start = date.fromisoformat(claim["billablePeriod"]["start"])
        end = date.fromisoformat(claim["billablePeriod"]["end"])
        created = date.fromisoformat(claim["created"])
        assert 0 < (reference - start).days <= 60
        assert start <= end <= created <= reference


def test_a_months_care_lies_on_every_day_of_that_month_and_on_no_other() -> None:
    for month, last in (("2026-10", 31), ("2028-02", 29), ("2026-12", 31)):
        claims = [c for _, c in sample.generate(600, 5, BOTH, *sample.month_of(month))]
        starts = {c["billablePeriod"]["start"] for c in claims}
        assert starts == {f"{month}-{day:02d}" for day in range(1, last + 1)}
        items = {i["servicedDate"] for c in claims for i in c["item"]}
        assert items == starts


@pytest.mark.parametrize("text", ["octobre", "2026-13", "2026", "0000-01", "9999-12-01"])
def test_what_is_no_month_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(Invalid, match="2026-10"):
        sample.month_of(text)


def test_some_sheets_will_be_rejected(many: list[Tree]) -> None:
    cases = {f"Patient/amo-{p['numero_amo']}": p["cas"] for p in demo.table("people")}
    troubled = [claim for claim in many if cases[claim["patient"]["reference"]]]
    assert 0.02 < len(troubled) / len(many) < 0.07
    suspended = [c for c in many if c["provider"]["reference"] == "Organization/officine-suspendue"]
    assert suspended


def test_five_hundred_claims_take_less_than_five_seconds() -> None:
    start = time.perf_counter()
    assert len(list(sample.generate(500, 7, BOTH))) == 500
    assert time.perf_counter() - start < 5


def test_two_countries_are_sampled_each_in_its_currency() -> None:
    claims = [claim for _, claim in sample.generate(200, 5, {"CMSS", "INPS", "CNPS"})]
    seen = Counter((c["insurer"]["reference"], c["total"]["currency"]) for c in claims)
    assert {"cmss", "inps", "cnps"} <= {insurer.partition("/")[2] for insurer, _ in seen}
    abroad = sum(n for (_, currency), n in seen.items() if currency == "GNF")
    assert 10 <= abroad <= 35
    assert all(c["total"]["currency"] == i["net"]["currency"] for c in claims for i in c["item"])


def test_guinean_sheets_are_of_every_kind_the_country_has_providers_for_at_its_own_prices() -> None:
    claims = [claim for _, claim in sample.generate(400, 5, {"CNPS"})]
    kinds = Counter(c["subType"]["coding"][0]["code"] for c in claims)
    assert set(kinds) == {"pharmacie", "consultation", "examens", "hospitalisation"}
    assert kinds["pharmacie"] > 200
    country = {o["id"]: o["address"][0]["country"] for o in demo.organizations()}
    assert {country[c["provider"]["reference"].partition("/")[2]] for c in claims} == {"GN"}
    home = {p["numero_ordre"] for p in demo.table("prescribers") if p["pays"] == "GN"}
    team = [t["provider"]["identifier"]["value"] for c in claims for t in c.get("careTeam", [])]
    assert set(team) == home
    items = [i for c in claims for i in c["item"]]
    tariffs = {r["acte"]: int(r["amount"]) for r in demo.table("tariffs") if r["country"] == "GN"}
    drugs = [i for i in items if i["category"]["coding"][0]["code"] == "PHA"]
    assert drugs
    for item in drugs:
        code = item["productOrService"]["coding"][0]["code"]
        assert item["unitPrice"] == {"value": tariffs[code], "currency": "GNF"}
    for claim in claims[:100]:
        assert validate(exact_json.loads(exact_json.dumps(claim)), "Claim") == []


def test_a_month_before_the_demo_worlds_tariffs_is_refused() -> None:
    first = f"{sample.BEGINS:%Y-%m}"
    claims = list(sample.generate(200, 5, {"CMSS", "CNPS"}, *sample.month_of(first)))
    assert len(claims) == 200
    with pytest.raises(Invalid, match=first):
        sample.month_of("2024-07")


def test_prior_authorisations_pass_the_door_and_are_planned() -> None:
    made = list(sample_orders.preauthorizations(40, 5, {"CMSS", "INPS", "CNPS"}))
    assert made == list(sample_orders.preauthorizations(40, 5, {"CMSS", "INPS", "CNPS"}))
    for _, request in made:
        assert validate(exact_json.loads(exact_json.dumps(request)), "Claim") == []
        assert request["use"] == "preauthorization"
        assert request["billablePeriod"]["start"] > request["created"]
    assert {r["total"]["currency"] for _, r in made} == {"XOF", "GNF"}


def test_a_cancellation_names_its_claim_and_who_asks() -> None:
    _, claim = next(sample.generate(1, 5, BOTH))
    name, task = sample_orders.cancellation(claim)
    assert validate(exact_json.loads(exact_json.dumps(task)), "Task") == []
    assert task["focus"]["identifier"] == claim["identifier"][0]
    assert task["requester"] == claim["provider"]
    assert name > sample.generate(1, 5, BOTH).__next__()[0]
