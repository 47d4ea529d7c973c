"""A reference list through the API: tried, written with a reason, refused to who may not."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from api_access import ALL

from hub.access import tokens
from hub.access.clients import Client

FILE = "code;libellé;tarif\nC;Consultation;2 000\n".encode("cp1252")
ASKED = "/fhir/$reference-import?list=tarifs&from=2027-01-01"


@pytest.fixture
def send(closed, door):
    def post(path: str, content: bytes = FILE, role: str = "mapping-publisher"):
        system = Client(role, role, (role,), "t", (), ALL)
        closed.store.put_client(system, "test", "client-added")
        text, token = tokens.new(role, ALL, datetime.now(UTC))
        closed.store.keep_token(token)
        headers = {"authorization": f"Bearer {text}", "content-type": "text/csv"}
        return door.request("POST", path, content=content, headers=headers)

    return post


def test_a_list_is_tried_and_then_written_under_the_clients_name(closed, send) -> None:
    tried = send(ASKED).json()
    assert (tried["written"], tried["steps"][0]["kind"]) == (None, "new")
    assert tried["steps"][0]["new"]["value"] == "2000"
    assert closed.store.amendments() == []
    written = send(f"{ASKED}&reason=Arr%C3%AAt%C3%A9%20fictif&file=tarif.csv").json()
    [kept] = closed.store.amendments()
    assert (written["written"], kept.actor) == (kept.seq, "mapping-publisher")
    assert (kept.reason, kept.file) == ("Arrêté fictif", "tarif.csv")
    assert closed.store.reference("tarifs", date(2027, 1, 1))[0].value == "2000"


@pytest.mark.parametrize(
    ("path", "content", "status"),
    [
        ("/fhir/$reference-import?list=tarifs", FILE, 400),
        (f"{ASKED}&whole=oui", FILE, 400),
        (f"{ASKED}&other=1", FILE, 400),
        (f"{ASKED}&list=actes", FILE, 400),
        (f"{ASKED}&reason=Pourtant", b"code;tarif\nA;dix\n", 422),
        (ASKED, b"PK\x03\x04", 422),
        (ASKED.replace("tarifs", "Tarifs"), FILE, 422),
    ],
)
def test_what_cannot_be_read_is_refused_with_what_to_do(send, path, content, status) -> None:
    answer = send(path, content)
    assert answer.status_code == status
    assert answer.json()["issue"][0]["details"]["text"]


def test_other_roles_may_not(closed, send) -> None:
    for role in ("provider", "operator", "auditor"):
        assert send(f"{ASKED}&reason=Essai", role=role).status_code == 403
    assert closed.store.amendments() == []
