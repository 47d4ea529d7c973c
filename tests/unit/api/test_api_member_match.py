"""Patient/$member-match: one member by number, birth date and name; guessing leads nowhere."""

from __future__ import annotations

import pytest
from api_sheets import SID

from hub.exchange import merging, resources
from hub.ports import Acceptance
from hub.store import SqlStore

AMO = f"{SID}/numero-amo"
ADDRESS = "/fhir/Patient/$member-match"


def name(family: str, *given: str, use: str = "official") -> dict:
    return {"use": use, "family": family, "given": list(given)}


def store_person(hub, id: str, number: str, names: list[dict], birth: str) -> None:
    tree = {
        "resourceType": "Patient",
        "id": id,
        "identifier": [
            {"system": AMO, "value": f"PRV-{number}", "use": "old"},
            {"system": AMO, "value": number},
        ],
        "name": names,
        "birthDate": birth,
    }
    store: SqlStore = hub.store
    made = resources.emitted(tree, id, hub.trip.clock.now())
    store.accept([Acceptance(resources=(made,))])
    store.note_identities(merging.identities(tree, id, "test"))


@pytest.fixture(autouse=True)
def people(hub):
    maiden = [name("N'Diaye", "Maïmouna"), name("Traoré", "Maïmouna", use="usual")]
    store_person(hub, "p1", "20000037-00", maiden, "1960")
    store_person(hub, "p2", "20000074-00", [name("Ag Mohamed", "Moussa")], "1987-03-15")


def question(number: str, names: list[dict], birth: str, **coverage: object) -> dict:
    member = {
        "resourceType": "Patient",
        "identifier": [{"system": AMO, "value": number}] if number else [],
        "name": names,
        "birthDate": birth,
    }
    if not number:
        del member["identifier"]
    cover = {
        "resourceType": "Coverage",
        "status": "active",
        "beneficiary": {"display": "x"},
        "payor": [{"display": "y"}],
        **coverage,
    }
    return {
        "resourceType": "Parameters",
        "parameter": [
            {"name": "MemberPatient", "resource": member},
            {"name": "CoverageToMatch", "resource": cover},
        ],
    }


@pytest.mark.parametrize(
    ("names", "birth"),
    [
        ([name("NDIAYE", "MAIMOUNA")], "1960"),
        ([name("Traoré", "Maïmouna", "N’Diaye")], "1960-04-02"),
        ([{"text": "Mme Traoré Maïmouna N'Diaye"}], "1960"),
        ([name("Maïmouna", "N'Diaye")], "1960-04"),
    ],
    ids=["no accents", "married name", "text", "order"],
)
def test_a_name_is_recognised_however_it_is_written(post, names, birth) -> None:
    found = post(ADDRESS, question("20000037-00", names, birth))
    assert found.status_code == 200
    told = {p["name"]: p for p in found.json()["parameter"]}
    assert told["MemberIdentifier"]["valueIdentifier"] == {"system": AMO, "value": "20000037-00"}
    assert told["MemberId"]["valueReference"] == {"reference": "Patient/p1"}


def test_an_old_number_on_the_card_finds_the_member_and_gives_the_new_one(post) -> None:
    asked = question("", [name("Mohamed", "Moussa")], "1987", subscriberId="PRV-20000074-00")
    found = post(ADDRESS, asked)
    assert found.status_code == 200
    assert found.json()["parameter"][0]["valueIdentifier"]["value"] == "20000074-00"


@pytest.mark.parametrize(
    ("number", "names", "birth"),
    [
        ("20000037-00", [name("N'Diaye", "Maïmouna")], "1961"),
        ("20000037-00", [name("Cissé", "Maïmouna")], "1960"),
        ("20000037-00", [name("N'Diaye", "Awa")], "1960"),
        ("20000099-00", [name("N'Diaye", "Maïmouna")], "1960"),
    ],
    ids=["birth", "family", "given", "number"],
)
def test_anything_else_is_refused_in_the_same_words(post, number, names, birth) -> None:
    refused = post(ADDRESS, question(number, names, birth))
    assert refused.status_code == 422
    [issue] = refused.json()["issue"]
    assert (issue["code"], issue["details"]["text"][:20]) == ("not-found", "No member can be ide")


def test_two_members_with_one_number_are_told_apart_or_nobody_is(post, hub) -> None:
    twin = [name("N'Diaye", "Maïmouna")]
    store_person(hub, "p3", "20000037-00", twin, "1960")
    refused = post(ADDRESS, question("20000037-00", twin, "1960"))
    nobody = post(ADDRESS, question("20000099-00", twin, "1960"))
    assert refused.json()["issue"] == nobody.json()["issue"]


@pytest.mark.parametrize("lacking", ["MemberPatient", "CoverageToMatch"])
def test_a_question_without_its_parts_is_refused(post, lacking) -> None:
    asked = question("20000037-00", [name("N'Diaye", "Maïmouna")], "1960")
    asked["parameter"] = [p for p in asked["parameter"] if p["name"] != lacking]
    refused = post(ADDRESS, asked)
    assert refused.status_code == 400
    assert lacking in refused.text


def test_a_question_without_a_birth_date_says_so(post) -> None:
    asked = question("20000037-00", [name("N'Diaye", "Maïmouna")], "1960")
    del asked["parameter"][0]["resource"]["birthDate"]
    refused = post(ADDRESS, asked)
    assert (refused.status_code, "birthDate" in refused.text) == (422, True)


def test_who_guesses_is_made_to_wait(post) -> None:
    for year in range(10):
        asked = question("20000037-00", [name("N'Diaye", "Maïmouna")], f"19{70 + year}")
        assert post(ADDRESS, asked).status_code == 422
    right = question("20000037-00", [name("N'Diaye", "Maïmouna")], "1960")
    refused = post(ADDRESS, right)
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "600")


def test_the_operation_is_in_the_capability_statement(client) -> None:
    told = client.get("/fhir/metadata").json()["rest"][0]["resource"]
    [patient] = [r for r in told if r["type"] == "Patient"]
    assert [o["name"] for o in patient["operation"]] == ["member-match"]


def test_a_provider_finds_whom_the_institutions_told_of_and_nobody_that_others_stored(
    closed, a, b
) -> None:
    """Nobody owns what an institution told; another provider's copy of a person is not there."""
    told = [name("Guindo", "Modibo", "dit", "Papa")]
    store_person(closed, "told", "30000137-00", told, "1987-03-15")
    asked = question("PRV-30000137-00", told, "1987-03-15")
    found = a("POST", "/Patient/$member-match", asked)
    assert found.status_code == 200, found.text
    assert found.json()["parameter"][0]["valueIdentifier"]["value"] == "30000137-00"
    assert a("GET", "/Patient/told").status_code == 404  # found, and nothing more of it shown

    copy = asked["parameter"][0]["resource"]
    hidden = copy | {"identifier": [{"system": AMO, "value": "40000000-00"}]}
    for tree in (copy, hidden):
        id = b("POST", "/Patient", tree).json()["id"]
        closed.store.note_identities(merging.identities(tree, id, "b"))
    assert a("POST", "/Patient/$member-match", asked).status_code == 200
    theirs = question("40000000-00", told, "1987-03-15")
    assert a("POST", "/Patient/$member-match", theirs).status_code == 422
    assert b("POST", "/Patient/$member-match", theirs).status_code == 200
