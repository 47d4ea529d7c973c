"""One act on many exchanges: preview, count, act, outcome; jobs for what takes long."""

from __future__ import annotations

import re
import time
from dataclasses import replace

import pytest
from console_world import exchange

from hub.model import Event, State
from hub.ports import Acceptance, Change
from hub.watching import bulk


def token(page: str) -> str:
    found = re.search(r'name="form_token" value="([0-9a-f]+)"', page)
    assert found
    return found[1]


def ask(person, path: str, page: str, **fields: str):
    return person.request("POST", path, data={"form_token": token(page), **fields})


def fields(page: str, action: str) -> dict[str, str]:
    """What the confirmation form would send."""
    form = page[page.index(f'action="/console{action}"') :]
    pairs = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form)
    return dict(pairs)


def test_ticked_rows_are_previewed_with_their_count_then_held(hub, signed_in) -> None:
    person = signed_in("operator")
    listed = person.get("/exchanges").text
    assert 'name="x-X1"' in listed
    page = ask(person, "/exchanges/bulk", listed, action="hold", scope="ticked", **{"x-X1": "on"})
    assert "1 échange concerné<" in page.text
    assert ">Confirmer pour 1 échange<" in page.text
    assert not hub.store.exchange("X1").held
    done = person.request(
        "POST",
        "/exchanges/bulk/do",
        data={**fields(page.text, "/exchanges/bulk/do"), "reason": "Contrôle du mois"},
    )
    assert "Échanges traités" in done.text
    assert hub.store.exchange("X1").held
    assert not hub.store.exchange("X2").held
    assert hub.store.events("X1")[-1].text == "Contrôle du mois"


def test_all_of_a_filter_means_what_was_there_at_the_preview(hub, signed_in) -> None:
    person = signed_in("operator")
    many = [exchange(f"M{n:03}", "cmss") for n in range(60)]
    hub.store.accept([Acceptance((), (one,)) for one in many])
    listed = person.get("/exchanges?partner=cmss").text
    page = ask(
        person, "/exchanges/bulk", listed, action="hold", scope="filter", partner="cmss"
    ).text
    assert "61 échanges concernés" in page
    hub.store.accept([Acceptance((), (exchange("LATE", "cmss"),))])
    wanted = fields(page, "/exchanges/bulk/do")
    done = person.request(
        "POST", "/exchanges/bulk/do", data={**wanted, "reason": "Panne de l'organisme"}
    )
    assert done.status_code == 200
    held = {one.id for one in hub.store.exchanges(held=True)}
    assert held == {"X1", *(one.id for one in many)}


def test_what_cannot_be_done_is_counted_apart_and_nothing_without_a_reason(hub, signed_in) -> None:
    person = signed_in("operator")
    story = Event(hub.store.exchange("X1").created, "closed", "Terminé.", State.CLOSED)
    hub.store.accept(
        [Acceptance((), (exchange("DONE", "cmss", state=State.CLOSED),), {"DONE": (story,)})]
    )
    listed = person.get("/exchanges").text
    ticks = {"x-X1": "on", "x-DONE": "on"}
    page = ask(person, "/exchanges/bulk", listed, action="withdraw", **ticks).text
    assert "1 échange concerné<" in page
    assert "Laissés de côté" in page
    wanted = fields(page, "/exchanges/bulk/do")
    assert person.request("POST", "/exchanges/bulk/do", data=wanted).status_code == 422
    assert hub.store.exchange("X1").state is State.ACCEPTED
    nothing = ask(person, "/exchanges/bulk", listed, action="withdraw")
    assert nothing.status_code == 422


def test_many_become_a_job_whose_page_can_be_left(hub, signed_in, monkeypatch) -> None:
    monkeypatch.setattr(bulk, "LARGE", 1)
    person = signed_in("operator")
    listed = person.get("/exchanges").text
    page = ask(person, "/exchanges/bulk", listed, action="hold", scope="filter").text
    wanted = fields(page, "/exchanges/bulk/do")
    begun = person.request("POST", "/exchanges/bulk/do", data={**wanted, "reason": "Contrôle"})
    where = begun.headers["location"].removeprefix("/console")
    assert where.startswith("/jobs/")
    end = time.monotonic() + 20
    while "Échanges traités : 2" not in person.get(where).text:
        assert time.monotonic() < end
        time.sleep(0.05)
    assert hub.store.exchange("X2").held
    assert signed_in("security").get(where).status_code == 404


def test_a_supervisor_sees_no_ticks_and_may_not_act(hub, signed_in) -> None:
    person = signed_in("supervisor")
    assert 'name="x-' not in person.get("/exchanges").text
    assert person.get("/exchanges/bulk").status_code == 403


@pytest.mark.parametrize("changes", [{"state": State.CANCELLED}, {"state": State.PENDING}])
def test_a_replay_is_refused_where_there_is_nothing_to_replay(hub, signed_in, changes) -> None:
    person = signed_in("operator")
    found = hub.store.lease("X1", 60, due=False)
    hub.store.save(Change(replace(found, **changes)))
    assert person.get("/exchanges/X1/replay").status_code == 409


def test_a_replay_tries_now_what_waits(hub, signed_in) -> None:
    person = signed_in("operator")
    found = hub.store.lease("X1", 60, due=False)
    later = found.created.replace(year=2099)
    hub.store.save(Change(replace(found, attempts=7, next_attempt=later)))
    done = person.send("/exchanges/X1/replay", reason="Ligne rétablie")
    assert done.headers["location"].endswith("done=replay")
    now = hub.store.exchange("X1")
    assert now.attempts == 0
    assert now.next_attempt.year < 2099
    assert hub.store.events("X1")[-1].what == "replayed"


def test_the_dossier_can_be_printed_and_kept_without_identities(hub, signed_in) -> None:
    person = signed_in("operator")
    page = person.get("/exchanges/X1/dossier")
    assert "DIARRA" not in page.text
    assert "Dossier de preuve" in page.text
    assert "script-src" not in page.headers["content-security-policy"]
    kept = person.get("/exchanges/X1/dossier.json")
    assert kept.headers["content-disposition"].startswith("attachment")
    assert kept.json()["audit"]
    assert signed_in("supervisor").get("/exchanges/X2/dossier").status_code == 404
