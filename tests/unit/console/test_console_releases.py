"""The pages of releases: a draft from its opening to its return, in both languages."""

from __future__ import annotations

import re

import pytest

from hub.authoring import releases, replay
from hub.authoring.people import Person

TABLE = "https://benkan.example/fhir/ConceptMap/inps-sexe"
PAGE = f"/releases/one?url={TABLE}"
EDITOR = Person("person|a-mapping-editor", ("mapping-editor",))


def saved(hub) -> str:
    draft = releases.open_draft(hub, EDITOR, TABLE)
    text = draft.text.replace('"publisher": "', '"publisher": "Essai ', 1)
    return releases.save(hub, EDITOR, TABLE, text, draft.hash).hash


def test_a_draft_goes_from_its_author_to_a_second_person_and_back(hub, signed_in) -> None:
    editor, publisher = signed_in("mapping-editor"), signed_in("mapping-publisher")
    assert editor.send("/releases/open", page=PAGE, url=TABLE).status_code == 303
    hash = saved(hub)
    assert "n'a pas encore été essayé" in editor.get(PAGE).text.replace("&#39;", "'")
    assert editor.send("/releases/test", page=PAGE, url=TABLE).status_code == 303
    shown = editor.get(PAGE).text
    assert "ses exemples passent" in shown
    told = {"url": TABLE, "hash": hash}
    editor.send("/releases/propose", page=PAGE, reason="Nouvel éditeur", **told)
    assert "une autre personne doit" in editor.get(PAGE).text
    refused = editor.send(
        "/releases/approve", page=PAGE, reason="moi aussi", reviewed="yes", **told
    )
    assert refused.status_code == 403
    diff = publisher.get(f"/releases/diff?url={TABLE}&first=0.1.0&second=draft").text
    assert "Essai Benkan" in diff
    forgot = publisher.send("/releases/approve", page=PAGE, reason="Relu en entier", **told)
    assert forgot.status_code == 422
    done = publisher.send(
        "/releases/approve", page=PAGE, reason="Relu en entier", reviewed="yes", start="", **told
    )
    assert done.status_code == 303
    assert releases.artefact(hub, TABLE).version == "0.1.1"
    shown = publisher.get(PAGE).text
    assert "Relu en entier" in shown
    publisher.send("/releases/revert", page=PAGE, reason="Rejets en masse", url=TABLE)
    assert releases.artefact(hub, TABLE).version == "0.1.0"
    assert "Return to the version before" in publisher.get(f"{PAGE}&lang=en").text


def test_what_another_has_changed_meanwhile_is_not_approved(hub, signed_in) -> None:
    hash = saved(hub)
    assert releases.test(hub, EDITOR, TABLE).ok
    releases.propose(hub, EDITOR, TABLE, hash, "Nouvel éditeur")
    publisher = signed_in("mapping-publisher")
    stale = publisher.send(
        "/releases/approve",
        page=PAGE,
        url=TABLE,
        hash="0" * 64,
        reason="Relu en entier",
        reviewed="yes",
    )
    assert stale.status_code == 409
    assert releases.artefact(hub, TABLE).version == "0.1.0"


def test_every_artefact_is_listed_and_can_be_narrowed(hub, signed_in) -> None:
    saved(hub)
    person = signed_in("auditor")
    whole = person.get("/releases").text
    assert len(whole.encode()) < 80_000
    assert "inps-sexe" in whole
    drafts = person.get("/releases?state=draft").text
    assert "inps-sexe" in drafts
    assert "inps-claim" not in drafts
    assert "inps-sexe" in person.get("/releases?q=INPS+séxe").text
    assert "Rien ne répond" in person.get("/releases?q=rien+de+tel").text


def test_pages_of_what_does_not_exist_are_not_found(signed_in) -> None:
    person = signed_in("mapping-editor")
    for path in (
        "/releases/one?url=https://nowhere.example",
        "/releases/one",
        f"/releases/diff?url={TABLE}&first=9&second=10",
        f"/releases/text?url={TABLE}&version=draft",
        "/releases/replays/none",
    ):
        assert person.get(path).status_code == 404, path


@pytest.mark.parametrize("role", ["operator", "auditor", "mapping-publisher"])
def test_reading_gives_no_right_to_write(hub, signed_in, role) -> None:
    person = signed_in(role)
    assert person.get(PAGE).status_code == 200
    answer = person.send("/releases/open", page="/releases", url=TABLE)
    token = signed_in("mapping-editor")
    assert token.get(PAGE).status_code == 200
    assert answer.status_code == 403
    assert releases.draft(hub, TABLE) is None


def test_a_replay_shows_how_far_it_is_and_what_it_found(hub, signed_in) -> None:
    saved(hub)
    person = signed_in("mapping-editor")
    made = replay.start(hub, EDITOR, TABLE)
    path = f"/releases/replays/{made.id}"
    assert 'hx-trigger="every 2s"' in person.get(path).text
    hub.store.tell_replay(made.id, made.beat, done=1, total=2)
    assert re.search(r'<progress[^>]*value="1" max="2"', person.get(path).text)
    found = {
        "counts": {"exchanges": 2, "changed": 1, "failing": 1},
        "groups": [
            {
                "path": "inps-claim : sexe",
                "kind": "changed",
                "values": 1,
                "exchanges": 1,
                "examples": [{"exchange": "X2", "path": "sexe", "first": "1", "second": "M"}],
            }
        ],
        "more": 0,
        "failing": [{"exchange": "X2", "map": TABLE, "why": [{"fr": "refus", "en": "refused"}]}],
        "complete": True,
    }
    hub.store.tell_replay(made.id, made.beat, state="done", done=2, result=found)
    page = person.get(path).text
    assert "inps-claim : sexe" in page
    assert "hx-trigger" not in page
