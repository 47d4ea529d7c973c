"""What the pages show, what their forms do, and what they never let in."""

from __future__ import annotations

import re
import time

import pytest
from console_world import exchange

from hub.console.application import POLICY
from hub.console.rendering import money, sentence
from hub.ports import Acceptance

CLAIM_TABLE = "https://benkan.example/fhir/ConceptMap/acte"


def test_every_answer_carries_the_security_headers(signed_in, nobody) -> None:
    person = signed_in("operator")
    answers = [person.get(path) for path in ("/exchanges", "/exchanges/X1", "/none", "/audit")]
    answers += [nobody.get("/sign-in"), nobody.get("/"), nobody.get("/static/console.css")]
    answers.append(nobody.request("PUT", "/exchanges"))
    for one in answers:
        assert one.headers["content-security-policy"] == POLICY, one.url
        assert one.headers["x-content-type-options"] == "nosniff"
        assert one.headers["referrer-policy"] == "no-referrer"
    assert all(one.headers["cache-control"] == "no-store" for one in answers[:4])


def test_pages_hold_nothing_inline_and_nothing_of_other_sites(signed_in) -> None:
    person = signed_in("operator")
    for path in ("/exchanges", "/exchanges/X1", "/exchanges/X1/hold", "/partners", "/codes"):
        page = person.get(path).text
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", page), path
        assert not re.search(r'(?:src|href|action)="(?:https?:)?//', page), path


def test_a_form_without_our_token_does_nothing(hub, signed_in) -> None:
    person = signed_in("operator")
    for data in ({"reason": "sans jeton"}, {"reason": "faux", "form_token": "0" * 64}):
        assert person.request("POST", "/exchanges/X1/hold", data=data).status_code == 403
    page = person.get("/exchanges/X1/hold").text
    token = re.search(r'name="form_token" value="([0-9a-f]+)"', page)[1]
    other = person.request(
        "POST",
        "/exchanges/X1/hold",
        data={"reason": "autre site", "form_token": token},
        headers={"sec-fetch-site": "cross-site"},
    )
    assert other.status_code == 403
    assert not hub.store.exchange("X1").held


def test_an_operator_holds_and_resumes_and_both_are_in_the_story(hub, signed_in) -> None:
    person = signed_in("operator")
    done = person.send("/exchanges/X1/hold", reason="Vérification demandée")
    assert done.headers["location"] == "/console/exchanges/X1?done=hold"
    assert hub.store.exchange("X1").held
    page = person.get("/exchanges/X1?done=hold").text
    assert "L'échange est retenu." in page
    assert "Vérification demandée" in page
    person.send("/exchanges/X1/resume")
    assert not hub.store.exchange("X1").held
    assert hub.rung == ["X1", "X1"]
    story = [(e.what, e.actor) for e in hub.store.events("X1")][-2:]
    assert story == [("held", "person|a-operator"), ("resumed", "person|a-operator")]


def test_an_act_needs_a_reason_and_the_state_it_was_offered_for(hub, signed_in) -> None:
    person = signed_in("operator")
    assert person.send("/exchanges/X1/hold", reason="").status_code == 422
    assert person.get("/exchanges/X1/resume").status_code == 409
    person.send("/exchanges/X1/withdraw", reason="Saisie en double")
    assert hub.store.exchange("X1").state == "CANCELLED"
    assert person.get("/exchanges/X1/withdraw").status_code == 409


def test_the_list_filters_by_its_address_and_pages(hub, signed_in) -> None:
    person = signed_in("operator")
    many = [exchange(f"M{n:03}", "cmss") for n in range(60)]
    hub.store.accept([Acceptance((), (one,)) for one in many])
    first = person.get("/exchanges?partner=cmss&state=ACCEPTED").text
    assert "F-2026-M059" in first
    assert "F-2026-M009" not in first
    older = re.search(r'href="/console(/exchanges\?[^"]+)" rel="next"', first)[1]
    second = person.get(older.replace("&amp;", "&")).text
    assert "F-2026-M009" in second
    assert "F-2026-X1" in second
    assert "F-2026-X2" not in second
    assert "Aucun échange ne correspond" in person.get("/exchanges?state=CLOSED").text
    assert person.get("/exchanges?state=no-state&before=nothing").status_code == 200


def test_the_refresh_brings_the_list_alone(signed_in) -> None:
    part = signed_in("operator").get("/exchanges", headers={"HX-Request": "true"}).text
    assert part.startswith('<div id="list"')
    assert "<html" not in part


def test_a_missing_code_is_added_and_its_exchange_released(hub, signed_in) -> None:
    table = next(one for one in hub.maps.library().concept_maps()).partition("|")[0]
    missing = [{"map": table, "system": "s", "code": "K<99>"}]
    held = exchange("H1", "cmss", held=True, reason="Codes.", detail={"missing": missing})
    hub.store.accept([Acceptance((), (held,))])
    editor, operator = signed_in("mapping-editor"), signed_in("operator")
    page = editor.get("/codes").text
    assert "K&lt;99&gt;" in page
    form = {"table": table, "system": "s", "code": "K<99>", "target": "990"}
    assert editor.send("/codes/add", page="/codes", **form).status_code == 303
    assert [row.target_code for row in hub.store.concept_rows()] == ["990"]
    assert "K&lt;99&gt;</strong>" not in editor.get("/codes").text
    assert ">Reprendre cet échange<" in operator.get("/codes/release").text
    done = operator.send("/codes/release")
    job = done.headers["location"].removeprefix("/console")
    ended = time.monotonic() + 10
    while hub.store.exchange("H1").held and time.monotonic() < ended:
        time.sleep(0.05)
    assert not hub.store.exchange("H1").held
    assert operator.get(job).status_code == 200
    assert operator.send("/codes/release", page="/codes").status_code == 409


def test_a_row_for_no_table_is_refused(hub, signed_in) -> None:
    form = {"table": "https://none.example", "code": "K", "target": "1"}
    answer = signed_in("mapping-editor").send("/codes/add", page="/sign-in", **form)
    assert answer.status_code == 422
    assert hub.store.concept_rows() == []


def test_the_audit_is_searched_and_verified(hub, signed_in) -> None:
    person = signed_in("auditor")
    assert "signed-in" in person.get("/audit?action=signed-in").text
    assert "Rien n'a été modifié." in person.send("/audit/verify").text


def test_amounts_and_dates_are_written_as_people_here_write_them(signed_in) -> None:
    page = signed_in("operator").get("/exchanges").text
    assert "12\u202f500\u00a0F\u00a0CFA" in page
    assert "03/11/2026" in page
    assert money("1234567", "GNF") == "1\u202f234\u202f567\u00a0GNF"
    assert money("", "XOF") == "—"


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_the_language_is_french_until_english_is_chosen(signed_in, lang) -> None:
    person = signed_in("operator")
    assert '<html lang="fr">' in person.get("/exchanges").text
    person.get(f"/exchanges?lang={lang}")
    page = person.get("/exchanges").text
    assert f'<html lang="{lang}">' in page
    assert ("Exchanges" in page) == (lang == "en")


def test_a_kept_sentence_is_shown_with_amounts_and_days_as_people_read_them() -> None:
    told = sentence(
        "VIR-31-8 : 1042930 XOF le 2026-11-22, 12.50 GNF ; CL-2026-11-22, n° 2026-000022"
    )
    assert told.replace("\u202f", " ").replace("\xa0", " ") == (
        "VIR-31-8 : 1 042 930 F CFA le 22/11/2026, 12,50 GNF ; CL-2026-11-22, n° 2026-000022"
    )
