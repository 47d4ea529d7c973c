"""read and vread: https://hl7.org/fhir/R4/http.html#read, #vread, #cread"""

import pytest
from api_sheets import codes, patient

from hub.fhir.validate import validate
from hub.formats import exact_json


@pytest.fixture
def stored(post):
    return post("/fhir/Patient", patient())


@pytest.fixture
def address(stored):
    return f"/fhir/Patient/{stored.json()['id']}"


def test_a_version_is_served_with_its_tag(client, stored, address):
    for path in (address, f"{address}/_history/1"):
        answer = client.get(path)
        assert answer.status_code == 200
        assert answer.content == stored.content
        assert answer.headers["etag"] == 'W/"1"'
        assert answer.headers["last-modified"] == stored.headers["last-modified"]


def test_head_says_the_same_without_the_body(client, address):
    answer = client.request("HEAD", address)
    assert answer.status_code == 200
    assert answer.headers["etag"] == 'W/"1"'


def test_what_the_client_has_is_not_sent_again(client, address, stored):
    for tag in ('W/"1"', '"1"', 'W/"7", W/"1"', "*"):
        answer = client.get(address, headers={"if-none-match": tag})
        assert (answer.status_code, answer.content) == (304, b""), tag
    assert client.get(address, headers={"if-none-match": 'W/"2"'}).status_code == 200
    since = {"if-modified-since": stored.headers["last-modified"]}
    assert client.get(address, headers=since).status_code == 304
    before = {"if-modified-since": "Wed, 21 Oct 2015 07:28:00 GMT"}
    assert client.get(address, headers=before).status_code == 200


@pytest.mark.parametrize("date", ["yesterday", "", "Wed, 99 Oct 99999 07:28:00 GMT"])
def test_a_date_that_cannot_be_read_is_ignored(client, address, date):
    assert client.get(address, headers={"if-modified-since": date}).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/fhir/Patient/absent",
        "/fhir/Patient/" + "x" * 5000,
        "/fhir/Patient/a%00b",
        "/fhir/Patient/%FF",
        "/fhir/Observation/1",
        "/fhir/Patient/absent/_history/1",
        "/fhir/Patient/absent/$everything/x",
        "/elsewhere",
    ],
)
def test_what_does_not_exist_is_404_with_an_outcome(client, path):
    answer = client.get(path)
    assert answer.status_code == 404
    assert codes(answer)[0] in ("not-found", "not-supported")


def test_an_outcome_never_repeats_a_character_that_fhir_forbids(client):
    answer = client.get("/fhir/Patient/a%00b")
    assert validate(exact_json.loads(answer.content), "OperationOutcome") == []


@pytest.mark.parametrize("version", ["2", "0", "x", "9" * 30])
def test_an_unknown_version_is_404(client, address, version):
    assert client.get(f"{address}/_history/{version}").status_code == 404


def test_methods_that_are_not_offered_are_405_and_say_which_are(client, address):
    for method in ("PUT", "DELETE", "PATCH", "POST"):
        answer = client.request(method, address)
        assert answer.status_code == 405
        assert answer.headers["allow"] == "GET, HEAD"
        assert codes(answer) == ["not-supported"]
    assert client.request("DELETE", "/fhir/Patient").headers["allow"] == "GET, HEAD, POST"


def test_xml_is_406_whether_by_header_or_by_format(client, address):
    assert client.get(address, headers={"accept": "application/fhir+xml"}).status_code == 406
    assert client.get(f"{address}?_format=xml").status_code == 406
    both = {"accept": "application/fhir+xml, application/fhir+json;q=0.5"}
    assert client.get(address, headers=both).status_code == 200
    refused = {"accept": "application/json;q=0"}
    assert client.get(address, headers=refused).status_code == 406
    json = client.get(f"{address}?_format=json", headers={"accept": "application/fhir+xml"})
    assert json.status_code == 200


def test_an_outcome_speaks_the_callers_language_french_first(client):
    french = client.get("/fhir/Patient/absent")
    english = client.get("/fhir/Patient/absent", headers={"accept-language": "en-GB"})
    assert french.headers["content-language"] == "fr"
    assert "n’existe pas" in french.text
    assert "does not exist" in english.text


def test_a_defect_is_500_with_a_reference_and_no_payload_in_the_log(client, hub, caplog, address):
    def broken(*_):
        raise RuntimeError("Fatoumata Doumbia")

    type(hub.store).read, kept = broken, type(hub.store).read
    try:
        answer = client.get(address)
    finally:
        type(hub.store).read = kept
    assert answer.status_code == 500
    assert codes(answer) == ["exception"]
    line = next(r.getMessage() for r in caplog.records if r.name == "hub.api")
    reference = line.split()[2].rstrip(":")
    assert reference in answer.text
    assert "RuntimeError" in line
    assert "Doumbia" not in line
    assert "Doumbia" not in answer.text
