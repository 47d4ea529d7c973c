"""The edge behaves alike on each back end: https://hl7.org/fhir/R4/http.html"""

import random

import pytest
from api_client import Client
from api_sheets import FHIR, SID, claim, patient

from hub import wiring
from hub.app import create_app
from hub.formats import exact_json
from hub.settings import Settings


@pytest.fixture
def anywhere(store_url, tmp_path):
    settings = Settings(
        data=tmp_path, database_url=store_url, url="https://hub.example", wait=0.0, access="open"
    )
    hub = wiring.build(settings, adapters={"cmss": object(), "canam": object()})
    yield Client(create_app(hub))
    hub.close()
    hub.store.close()


def send(client, path, body):
    return client.post(path, content=exact_json.dumps(body), headers=FHIR)


def test_create_read_search_and_submit(anywhere):
    made = send(anywhere, "/fhir/Patient", patient(name=[{"family": "Traoré"}]))
    assert made.status_code == 201
    id = made.json()["id"]
    assert anywhere.get(f"/fhir/Patient/{id}").content == made.content
    for query in ("name=trao", f"identifier={SID}/numero-amo|100200300", "birthdate=1986"):
        assert anywhere.get(f"/fhir/Patient?{query}").json()["total"] == 1, query
    sheet = claim(patient={"reference": f"Patient/{id}"})
    assert send(anywhere, "/fhir/Claim/$submit", sheet).json()["outcome"] == "queued"
    assert send(anywhere, "/fhir/Claim", sheet).status_code == 200
    assert send(anywhere, "/fhir/Claim", sheet | {"created": "2026-10-06"}).status_code == 409
    assert anywhere.get(f"/fhir/Claim?patient={id}&created=2026-10").json()["total"] == 1


def test_very_long_values_are_kept_or_refused_but_never_a_5xx(anywhere):
    dice = random.Random(7)  # PostgreSQL compresses what repeats itself
    noise = "".join(dice.choices("abcdefghijklmnopqrstuvwxyz0123456789", k=60_000))
    for number in ("é" * 3000, noise[:3000], noise):
        made = send(anywhere, "/fhir/Patient", patient(number))
        assert made.status_code in (201, 422), made.text
        found = anywhere.get(f"/fhir/Patient?identifier={number[:3000]}")
        assert found.status_code < 500, found.text
        assert send(anywhere, "/fhir/Claim", claim(number)).status_code in (201, 422)
        payer = claim(provider={"display": number})
        assert send(anywhere, "/fhir/Claim", payer).status_code in (201, 422)
        named = patient(name=[{"family": number}])
        assert send(anywhere, "/fhir/Patient", named).status_code == 201
        assert anywhere.get(f"/fhir/Patient?name={number[:1000]}").json()["total"] > 0
