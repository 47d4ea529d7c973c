"""capabilities: https://hl7.org/fhir/R4/http.html#capabilities"""

from api_sheets import codes

from hub.api.offer import CREATED, ORDERED, SERVED
from hub.fhir.validate import validate
from hub.formats import exact_json


def test_the_statement_is_valid_and_names_every_type(client):
    answer = client.get("/fhir/metadata")
    assert answer.status_code == 200
    tree = exact_json.loads(answer.content)
    assert validate(tree, "CapabilityStatement") == []
    assert [r["type"] for r in tree["rest"][0]["resource"]] == [*SERVED, "AuditEvent"]
    assert tree["implementation"]["url"] == "https://hub.example/fhir"


def test_every_search_parameter_of_the_statement_is_accepted(client):
    samples = {"date": "2026", "reference": "Patient/1", "token": "x", "string": "x"}
    for resource in client.get("/fhir/metadata").json()["rest"][0]["resource"]:
        for parameter in resource["searchParam"]:
            given = {parameter["name"]: samples[parameter["type"]]}
            answer = client.get(f"/fhir/{resource['type']}", params=given)
            assert answer.status_code == 200, (resource["type"], parameter, answer.text)


def test_create_is_offered_exactly_where_the_statement_says(client, post):
    for resource in client.get("/fhir/metadata").json()["rest"][0]["resource"]:
        offered = any(i["code"] == "create" for i in resource["interaction"])
        assert offered == (resource["type"] in (*CREATED, ORDERED))
        status = post(f"/fhir/{resource['type']}", {"resourceType": "Basic"}).status_code
        assert status == (400 if offered else 405)


def test_the_root_points_to_it_and_health_is_plain(client):
    assert client.get("/").json()["metadata"] == "https://hub.example/fhir/metadata"
    assert client.get("/healthz").json() == {"status": "ok"}


def test_no_page_of_the_framework_is_left_open(client):
    for path in ("/docs", "/redoc", "/openapi.json", "/fhir/"):
        assert client.get(path).status_code in (404, 405)
        assert codes(client.get(path))
