"""Partners: what their pages tell, pause and drain, certification as work that can be left."""

from __future__ import annotations

import http.server
import json
import threading
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from hub.exchange.lines import Lines, percentile
from hub.model import Message, State
from hub.ports import Change
from hub.watching import certifying, jobs, sandboxes


def test_the_list_and_a_partner_tell_line_queue_and_switch(hub, signed_in) -> None:
    person = signed_in("operator")
    page = person.get("/partners").text
    assert "cmss" in page
    assert "pas encore appelée" in page
    one = person.get("/partners/cmss").text
    assert "envois ouverts" in one
    assert "Aucun accord transfrontalier" in one
    assert person.get("/partners/nobody").status_code == 404
    assert person.get("/partners/cmss/certificates").status_code == 200


def test_a_paused_partner_gets_nothing_and_a_resumed_one_all_that_waits(hub, signed_in) -> None:
    person = signed_in("operator")
    ready = hub.store.lease("X1", 60, due=False)
    hub.store.save(
        Change(replace(ready, state=State.READY, next_attempt=datetime(2026, 1, 1, tzinfo=UTC)))
    )
    assert hub.store.due() == ["X1"]
    assert person.send("/partners/cmss/pause", reason="").status_code == 422
    done = person.send("/partners/cmss/pause", reason="Arrêt annoncé par CMSS")
    assert done.headers["location"] == "/console/partners/cmss?done=pause"
    assert hub.store.due() == []
    assert hub.store.lease("X1", 60) is None
    assert "Arrêt annoncé" in person.get("/exchanges/X1").text
    assert person.send("/partners/cmss/pause", reason="encore une fois").status_code == 422
    person.send("/partners/cmss/resume", reason="CMSS répond de nouveau")
    assert hub.store.due() == ["X1"]
    rows = hub.store.audit_search(object="Partner/cmss", limit=10)
    assert len(rows) == 2


@pytest.mark.parametrize(
    ("mode", "state", "goes"),
    [
        ("drain", State.READY, False),
        ("drain", State.PENDING, True),
        ("pause", State.PENDING, False),
        ("pause", State.ACCEPTED, True),
    ],
)
def test_draining_stops_what_is_new_and_pausing_all_that_goes_out(
    hub, signed_in, mode, state, goes
) -> None:
    taken = hub.store.lease("X1", 60, due=False)
    past = datetime(2026, 1, 1, tzinfo=UTC)
    hub.store.save(Change(replace(taken, state=state, next_attempt=past)))
    signed_in("operator").send(f"/partners/cmss/{mode}", reason="Essai de la vanne")
    assert (hub.store.due() == ["X1"]) is goes


def test_nobody_but_an_operator_stops_a_partner(hub, signed_in) -> None:
    for role in ("auditor", "security"):
        person = signed_in(role)
        assert person.get("/partners/cmss").status_code == 200
        assert person.get("/partners/cmss/pause").status_code == 403
    assert signed_in("supervisor").get("/partners").status_code == 403


def test_latencies_are_told_by_slots() -> None:
    assert percentile({"10": 50, "100": 45, "500": 5}, 50) == 10
    assert percentile({"10": 50, "100": 45, "500": 5}, 95) == 100
    assert percentile({}, 50) is None


def test_a_send_while_paused_does_not_reach_the_adapter(hub) -> None:
    class Counting:
        name, batches = "cmss", {}
        sent = 0

        def send(self, message: Message) -> None:
            self.sent += 1

    adapter = Counting()
    hub.store.set_switch(replace(hub.store.switch("cmss"), mode="paused", reason="x", actor="t"))
    line = Lines({"cmss": adapter}, hub.store, 0.01)["cmss"]
    with pytest.raises(Exception, match="suspended"):
        line.send(Message("claim", "k", b"", "text/plain"))
    assert adapter.sent == 0


def test_a_certification_runs_apart_and_its_report_is_kept(hub, signed_in, monkeypatch) -> None:
    def work(name: str, progress: jobs.Progress) -> tuple[str, bytes]:
        made = {"report": {"partner": name, "at": "2026-11-22T07:00:00+00:00"}}
        return "Certification réussie.", json.dumps(made | {"fr": "<p>ok", "en": "<p>ok"}).encode()

    monkeypatch.setattr(certifying, "_work", work)
    person = signed_in("operator")
    begun = person.send("/partners/inps/certify", page="/partners/inps")
    where = begun.headers["location"].removeprefix("/console")
    for thread in threading.enumerate():
        if thread.name == "job-certify":
            thread.join(10)
    assert "Certification réussie" in person.get(where).text
    id = where.rpartition("/")[2]
    assert f"/console/partners/inps/certifications/{id}" in person.get(f"/jobs/{id}").text
    assert person.get(f"/partners/inps/certifications/{id}").text == "<p>ok"
    assert person.get(f"/partners/inps/certifications/{id}/json").json()["partner"] == "inps"
    assert person.get(f"/partners/cmss/certifications/{id}").status_code == 404
    assert f"certifications/{id}" in person.get("/partners/inps").text


def test_the_sandbox_is_told_what_to_do_wrong_next(hub, signed_in) -> None:
    told: list[object] = []

    class Door(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps({"waiting": told, "kinds": {"error": "une panne"}}).encode()
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            length = int(self.headers["content-length"])
            told.extend(json.loads(self.rfile.read(length))["next"])
            self.do_GET()

        def log_message(self, *_: object) -> None:
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Door) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        hub.settings.sandboxes = [f"cmss=http://127.0.0.1:{server.server_port}"]
        person = signed_in("operator")
        assert "une panne" in person.get("/partners/cmss").text
        person.send("/partners/cmss/misbehave", page="/partners/cmss", kind="error", operation="")
        assert sandboxes.behaviour(hub.settings, "cmss").waiting == ["error"]
        server.shutdown()
    assert "Aucun bac à sable" in person.get("/partners/cmss").text
