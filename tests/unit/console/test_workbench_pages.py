"""The workbench's addresses: who may use them, what they answer, with and without a script."""

from __future__ import annotations

import json
import re
from contextlib import ExitStack

import pytest
from console_world import ROLES

from hub.access.matrix import matrix
from hub.authoring import bench_turn, releases

MAP = "https://benkan.example/fhir/StructureMap/cmss-cancellation"
OPEN = f"/workbench?map={MAP}"
READERS = [role for role in ROLES if matrix().granted((role,), "mapping.read")]


def fields(page: str) -> dict[str, str]:
    """What the form of the page holds."""
    found = dict(
        re.findall(r'<input type="hidden" name="(\w+)"(?: id="\w+")? value="([^"]*)"', page)
    )
    for name in ("source", "text"):
        held = re.search(rf'<textarea id="{name}"[^>]*>(.*?)</textarea>', page, re.DOTALL)
        assert held is not None
        found[name] = held[1].replace("&#39;", "'").replace("&#34;", '"').replace("&gt;", ">")
        found[name] = found[name].replace("&lt;", "<").replace("&amp;", "&")
    return found


def ask(person, path: str, form: dict[str, str], accept: str = "application/json", **more: str):
    return person.request(
        "POST", f"/workbench/{path}", data={**form, **more}, headers={"accept": accept}
    )


@pytest.mark.parametrize("role", ROLES)
def test_only_readers_of_maps_open_the_workbench(signed_in, role) -> None:
    person = signed_in(role)
    wanted = 200 if role in READERS else 403
    assert person.get("/workbench").status_code == wanted
    assert person.get(OPEN).status_code == wanted


@pytest.mark.parametrize("role", ["mapping-editor", "supervisor"])
def test_an_exchange_opens_only_for_who_may_read_both_it_and_maps(signed_in, hub, role) -> None:
    person = signed_in(role)
    assert person.get("/workbench/exchanges/X1").status_code == 403
    token = {"form_token": fields_token(person)}
    answer = person.request("POST", "/workbench/exchanges/X1/whole", data=token)
    assert answer.status_code == 403


def fields_token(person) -> str:
    found = re.search(r'name="form_token" value="([0-9a-f]+)"', person.get("/sign-in").text)
    assert found is not None
    return found[1]


def test_a_text_is_checked_and_completed_as_json(signed_in) -> None:
    person = signed_in("auditor")
    form = fields(person.get(OPEN).text)
    assert ask(person, "check", form).json() == {"diagnostics": []}
    wrong = form["text"].replace("src.submission", "src.submision", 1)
    (one,) = (
        found
        for found in ask(person, "check", form, text=wrong).json()["diagnostics"]
        if found["severity"] == "error"
    )
    assert "submision" in one["fr"]
    lines = form["text"].split("\n")
    line = next(n for n, row in enumerate(lines) if "src.submission" in row)
    column = lines[line].index("src.") + len("src.su") + 1
    told = ask(person, "complete", form, line=str(line + 1), column=str(column)).json()
    assert told["options"][0]["label"] == "submission"


@pytest.mark.parametrize(
    ("line", "column"), [("", ""), ("x", "1"), ("1", "-5"), ("99999", "99999")]
)
def test_a_place_outside_of_the_text_is_no_defect(signed_in, line, column) -> None:
    person = signed_in("auditor")
    form = fields(person.get(OPEN).text)
    answer = ask(person, "complete", form, line=line, column=column)
    assert answer.status_code in (200, 422)
    assert answer.headers["content-type"] == "application/json"


def test_a_run_answers_with_json_with_panes_and_with_a_page(signed_in) -> None:
    person = signed_in("mapping-editor")
    form = fields(person.get(OPEN).text)
    told = json.loads(ask(person, "run", form).text)
    assert told["map"].startswith(MAP)
    assert told["targets"]
    assert told["compared"] is True
    assert told["differences"] == []
    page = ask(person, "run", form, "text/html").text
    assert "<html" in page
    assert 'class="leaf' in page
    person_form = {**form, "source": "{"}
    refused = ask(person, "run", person_form)
    assert refused.status_code == 422
    assert refused.json()["issues"][0]["fr"]
    shown = ask(person, "run", person_form, "text/html")
    assert shown.status_code == 200
    assert "La carte n'a rien donné." in shown.text


def test_panes_are_compressed_and_hold_no_token(signed_in) -> None:
    person = signed_in("auditor")
    form = fields(person.get(OPEN).text)
    panes = person.request(
        "POST",
        "/workbench/run",
        data=form,
        headers={"accept": "text/html", "x-part": "run", "accept-encoding": "gzip"},
    )
    assert panes.headers["content-encoding"] == "gzip"
    assert 'class="leaf' in panes.text
    assert form["form_token"] not in panes.text
    assert int(panes.headers["content-length"]) < 20_000


def test_a_run_that_finds_all_seats_taken_is_asked_to_come_again(signed_in) -> None:
    person = signed_in("auditor")
    form = fields(person.get(OPEN).text)
    with ExitStack() as taken:
        for _ in range(bench_turn.AT_ONCE):
            taken.enter_context(bench_turn.turn())
        for _ in range(bench_turn.WAITING):
            bench_turn._seats.acquire()
            taken.callback(bench_turn._seats.release)
        busy = ask(person, "run", form)
    assert busy.status_code == 503
    assert "Réessayez" in busy.json()["issues"][0]["fr"]
    assert ask(person, "run", form).status_code == 200


def test_a_form_from_elsewhere_is_refused(signed_in) -> None:
    person = signed_in("mapping-editor")
    form = fields(person.get(OPEN).text)
    assert ask(person, "check", {**form, "form_token": "0" * 64}).status_code == 403


def test_a_draft_is_kept_and_the_second_of_two_editors_is_told(signed_in, hub) -> None:
    person = signed_in("mapping-editor")
    form = fields(person.get(OPEN).text)
    form["text"] = form["text"].replace("\nuses", "\n// essai\nuses", 1)
    kept = ask(person, "save", form)
    assert kept.status_code == 200, kept.text
    draft = releases.draft(hub, MAP)
    assert draft is not None
    assert (kept.json()["hash"], kept.json()["text"]) == (draft.hash, draft.text)
    assert "// essai" in draft.text
    again = ask(person, "save", {**form, "text": draft.text + "\n// deux"}, seen="0" * 64)
    assert again.status_code == 409
    assert "a-mapping-editor" in again.json()["fr"]
    assert again.json()["theirs"]["hash"] == draft.hash
    assert "+// deux" in again.json()["difference"]
    assert releases.draft(hub, MAP).text == draft.text
    shown = fields(person.get(OPEN).text)
    assert (shown["seen"], shown["text"]) == (draft.hash, draft.text)
    published = fields(person.get(f"{OPEN}&draft=no").text)
    assert "// essai" not in published["text"]


def test_who_only_reads_cannot_save(signed_in) -> None:
    person = signed_in("auditor")
    page = person.get(OPEN).text
    assert 'id="save"' not in page
    assert ask(person, "save", fields(page)).status_code == 403


def test_a_result_is_kept_as_an_example_of_the_draft(signed_in, hub) -> None:
    person = signed_in("mapping-editor")
    form = fields(person.get(OPEN).text)
    saved = ask(person, "save", form).json()
    kept = ask(person, "keep", form, name="nouveau", seen=saved["hash"])
    assert kept.status_code == 200, kept.text
    draft = releases.draft(hub, MAP)
    assert list(draft.examples) == ["nouveau"]
    assert json.loads(draft.examples["nouveau"]["out"])
    assert ">nouveau</option>" in person.get(OPEN).text


def test_an_unknown_map_is_a_page_that_says_so(signed_in) -> None:
    answer = signed_in("auditor").get("/workbench?map=https://nowhere.example/x")
    assert answer.status_code in (404, 422)
    assert "nowhere" in answer.text
