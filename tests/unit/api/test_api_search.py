"""search: https://hl7.org/fhir/R4/search.html, https://hl7.org/fhir/R4/bundle.html#searchset"""

import pytest
from api_sheets import BASE, SID, claim, codes, patient

from hub.fhir.validate import validate
from hub.formats import exact_json


def found(answer) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [entry["resource"]["id"] for entry in answer.json().get("entry", [])]


@pytest.fixture
def people(post):
    return [post("/fhir/Patient", patient(f"10{n}")).json()["id"] for n in range(5)]


def test_a_searchset_is_a_valid_bundle_of_stored_bytes(client, people):
    answer = client.get(f"/fhir/Patient?identifier={SID}/numero-amo|103")
    tree = exact_json.loads(answer.content)
    assert validate(tree, "Bundle") == []
    assert (tree["type"], tree["total"]) == ("searchset", 1)
    entry = tree["entry"][0]
    assert entry["fullUrl"] == f"{BASE}/Patient/{people[3]}"
    assert entry["search"] == {"mode": "match"}
    assert client.get(f"/fhir/Patient/{people[3]}").content in answer.content


def test_an_empty_result_is_an_empty_bundle_not_404(client, people):
    tree = exact_json.loads(client.get("/fhir/Patient?identifier=none").content)
    assert tree["total"] == 0
    assert "entry" not in tree
    assert validate(tree, "Bundle") == []


def test_a_comma_is_or_and_a_repetition_is_and(client, people):
    either = client.get(f"/fhir/Patient?_id={people[1]},{people[2]}")
    assert found(either) == people[1:3]
    both = client.get(f"/fhir/Patient?_id={people[1]},{people[2]}&identifier=102")
    assert found(both) == [people[2]]


def test_a_token_has_four_forms(client, people):
    system = f"{SID}/numero-amo"
    assert found(client.get("/fhir/Patient?identifier=101")) == [people[1]]
    assert found(client.get(f"/fhir/Patient?identifier={system}|101")) == [people[1]]
    assert found(client.get(f"/fhir/Patient?identifier={system}|")) == people
    assert found(client.get("/fhir/Patient?identifier=|101")) == []


def test_pages_follow_each_other_while_others_arrive(client, post, people):
    first = client.get("/fhir/Patient?_count=2")
    links = {link["relation"]: link["url"] for link in first.json()["link"]}
    assert links["self"] == f"{BASE}/Patient?_count=2"
    post("/fhir/Patient", patient("999"))
    seen = found(first)
    url = links["next"]
    while url:
        page = client.get(url.removeprefix("https://hub.example"))
        seen += found(page)
        url = {link["relation"]: link["url"] for link in page.json()["link"]}.get("next")
    assert seen[:5] == people
    assert len(seen) == len(set(seen)) == 6


def test_a_count_of_zero_gives_the_total_alone(client, people):
    for query in ("_count=0", "_summary=count"):
        tree = client.get(f"/fhir/Patient?{query}").json()
        assert tree["total"] == 5
        assert "entry" not in tree
        assert [link["relation"] for link in tree["link"]] == ["self"]


def test_a_form_searches_like_an_address(client, people):
    answer = client.post("/fhir/Patient/_search?_count=3", data={"identifier": "104"})
    assert found(answer) == [people[4]]
    refused = client.post("/fhir/Patient/_search", content=b"{}", headers={"content-type": "a/b"})
    assert refused.status_code == 415


def test_claims_are_found_by_who_and_when_and_what(client, post):
    first = post("/fhir/Patient", patient()).json()["id"]
    mine = {"reference": f"Patient/{first}"}
    id = post("/fhir/Claim", claim("F-1", patient=mine)).json()["id"]
    post("/fhir/Claim", claim("F-2", created="2026-11-02"))
    for query in (
        f"patient=Patient/{first}",
        f"patient={first}",
        f"patient={BASE}/Patient/{first}",
        f"patient:Patient={first}",
        "patient.identifier=100200300",
        "identifier=F-1",
        "created=2026-10-05",
        "created=lt2026-10-06",
        "created=ge2026-10-01&created=le2026-10-31",
        f"status=active&use=claim&identifier={SID}/feuille|F-1",
    ):
        assert found(client.get(f"/fhir/Claim?{query}")) == [id], query
    assert len(found(client.get("/fhir/Claim?status=active"))) == 2
    assert found(client.get("/fhir/Claim?created=gt2026-11-02")) == []


def test_a_party_named_by_identifier_is_found_by_it(client, post):
    id = post("/fhir/Claim", claim()).json()["id"]
    query = f"patient:identifier={SID}/numero-amo|100200300"
    assert found(client.get(f"/fhir/Claim?{query}")) == [id]
    assert found(client.get("/fhir/Claim?patient:identifier=other")) == []


def test_a_name_is_found_by_its_beginning_whatever_the_case_and_the_accents(client, post):
    name = [{"family": "Traoré", "given": ["Éric"]}]
    id = post("/fhir/Patient", patient("1", name=name)).json()["id"]
    for query in ("name=TRAORE", "family=tra", "given=eric", "name=Tra%C3%B6,Traore"):
        assert found(client.get(f"/fhir/Patient?{query}")) == [id], query
    assert found(client.get("/fhir/Patient?name=raore")) == []
    assert found(client.get("/fhir/Patient?name=%25")) == []


def test_an_unknown_parameter_is_refused_with_the_list_unless_leniency_is_asked(client, people):
    refused = client.get("/fhir/Patient?shoe-size=43")
    assert refused.status_code == 400
    assert "identifier" in refused.text
    lenient = client.get("/fhir/Patient?shoe-size=43", headers={"prefer": "handling=lenient"})
    assert found(lenient) == people
    assert lenient.json()["link"][0]["url"] == f"{BASE}/Patient"


@pytest.mark.parametrize(
    "query",
    [
        "identifier:not=1",
        "identifier:exact=1",
        "_sort=name",
        "_include=Claim:patient",
        "_count=-1",
        "_count=x",
        "_count=99999999999999999999",
        "_cursor=zzz",
        "_cursor=%C3%A9",
        "_total=perhaps",
        "_summary=true",
        "identifier=",
        "identifier=a|b|c",
        "identifier=%00",
        "identifier=%zz",
        "identifier=%ff%fe",
        "_id=" + ",".join("x" * 300),
        "&".join(f"identifier={n}" for n in range(150)),
    ],
)
def test_what_is_not_understood_is_400(client, query):
    answer = client.get(f"/fhir/Patient?{query}")
    assert answer.status_code == 400, answer.text
    assert codes(answer)


@pytest.mark.parametrize("date", ["yesterday", "2026-13", "2026-02-30", "ge", "xx2026", "٢٠٢٦"])
def test_a_date_that_is_none_is_400(client, date):
    assert client.get("/fhir/Claim", params={"created": date}).status_code == 400


def test_a_type_that_is_not_served_is_404(client):
    assert client.get("/fhir/Observation?code=1").status_code == 404
