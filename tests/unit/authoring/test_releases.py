"""The life of a version: written, tested, proposed, decided by another person, in force."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from release_world import (
    AWA,
    BINTOU,
    FANTA,
    MAP,
    OUMAR,
    TABLE,
    changed,
    commented,
    proposed,
    saved,
)

from hub.authoring import releases, two_people
from hub.errors import Conflict, Forbidden, Invalid, NotFound
from hub.ports.releases import When
from hub.release_wiring import headers
from hub.wiring import Hub


def test_what_came_with_the_hub_holds_until_something_is_published(hub: Hub) -> None:
    known = {one.url: one for one in releases.artefacts(hub)}
    assert known[MAP].state == "packaged"
    assert known[MAP].version == "0.2.0"
    kinds = {one.kind for one in known.values()}
    assert kinds == {"StructureMap", "ConceptMap", "CodeSystem", "StructureDefinition"}


def test_a_draft_is_published_by_a_second_person_and_holds(hub: Hub) -> None:
    draft = proposed(hub)
    entry = releases.approve(hub, FANTA, MAP, draft.hash, reason="Relu ligne à ligne")
    assert entry.version == "0.2.1"
    assert hub.maps.pin(MAP) == f"{MAP}|0.2.1"
    assert releases.draft(hub, MAP) is None
    states = {one.version.version: one.state for one in releases.versions(hub, MAP)}
    assert states == {"0.2.1": "effective", "0.2.0": "replaced", "0.1.0": "available"}
    told = [(one["action"], one["actor"]) for one in releases.history(hub, MAP)]
    assert told == [
        ("map-published", "person|fanta"),
        ("draft-proposed", "person|awa"),
        ("draft-tested", "person|awa"),
        ("draft-saved", "person|awa"),
        ("draft-opened", "person|awa"),
    ]
    assert list(hub.store.audit_differences()) == []


def test_nobody_publishes_what_they_wrote_even_with_both_roles(hub: Hub) -> None:
    draft = saved(hub, BINTOU)
    releases.test(hub, BINTOU, MAP)
    releases.propose(hub, BINTOU, MAP, draft.hash, "Je propose")
    with pytest.raises(Forbidden, match="another person"):
        releases.approve(hub, BINTOU, MAP, draft.hash, reason="Je relis aussi")
    assert hub.maps.pin(MAP) == f"{MAP}|0.2.0"


def test_nobody_publishes_what_they_only_proposed(hub: Hub) -> None:
    draft = saved(hub, AWA)
    releases.test(hub, AWA, MAP)
    releases.propose(hub, BINTOU, MAP, draft.hash, "Je propose")
    with pytest.raises(Forbidden):
        releases.approve(hub, BINTOU, MAP, draft.hash, reason="Je relis aussi")


@pytest.mark.parametrize("person", [FANTA, OUMAR])
def test_writing_needs_the_right_to_write(hub: Hub, person: releases.Person) -> None:
    with pytest.raises(Forbidden):
        releases.open_draft(hub, person, MAP)


def test_an_editor_of_one_institution_writes_only_its_maps(hub: Hub) -> None:
    body = next(code for code, one in hub.table.bodies.items() if one.partner == "inps")
    theirs = releases.Person("person|awa", ("mapping-editor",), body)
    with pytest.raises(Forbidden, match="assigned"):
        releases.open_draft(hub, theirs, MAP)
    assert releases.open_draft(hub, theirs, MAP.replace("cmss", "inps")).base == "0.1.0"


def test_two_editors_at_once_lose_nothing(hub: Hub) -> None:
    first = releases.open_draft(hub, AWA, MAP)
    second = releases.open_draft(hub, BINTOU, MAP)
    assert first == second
    releases.save(hub, AWA, MAP, commented(first.text, "Awa"), first.hash)
    yours = commented(second.text, "Bintou")
    with pytest.raises(releases.Overtaken, match=r"person\|awa changed this draft at") as caught:
        releases.save(hub, BINTOU, MAP, yours, second.hash)
    assert caught.value.yours == yours
    assert caught.value.theirs is not None
    assert "// Awa" in caught.value.theirs.text
    kept = releases.draft(hub, MAP)
    assert kept is not None
    assert "// Awa" in kept.text


def test_of_two_approvers_at_once_one_is_told_of_the_other(hub: Hub) -> None:
    draft = proposed(hub)
    releases.approve(hub, FANTA, MAP, draft.hash, reason="Relu en entier")
    with pytest.raises(NotFound):
        releases.approve(hub, BINTOU, MAP, draft.hash, reason="Relu aussi")
    assert len(hub.maps.entries()) == 1


def test_what_was_reviewed_is_what_is_published(hub: Hub) -> None:
    draft = proposed(hub)
    with pytest.raises(releases.Overtaken):
        releases.approve(hub, FANTA, MAP, "0" * 64, reason="Relu en entier")
    with pytest.raises(Conflict, match="waits for a decision"):
        releases.save(hub, AWA, MAP, commented(draft.text, "après coup"), draft.hash)
    assert hub.maps.entries() == []


def test_a_draft_that_does_not_compile_cannot_be_proposed(hub: Hub) -> None:
    draft = releases.open_draft(hub, AWA, MAP)
    draft = releases.save(hub, AWA, MAP, draft.text + "\ngroup {", draft.hash)
    found = releases.test(hub, AWA, MAP)
    assert not found.ok
    assert any(one["severity"] == "error" for one in found.errors)
    with pytest.raises(Conflict, match="has not passed its tests"):
        releases.propose(hub, AWA, MAP, draft.hash, "Quand même")


def test_a_draft_that_breaks_an_example_cannot_be_proposed(hub: Hub) -> None:
    draft = changed(hub, "f.identifiantDepot = v", "f.numeroFeuille = v")
    found = releases.test(hub, AWA, MAP)
    assert [one["name"] for one in found.failed] == ["claim/un"]
    assert {each["path"] for each in found.failed[0]["differences"]} == {
        "identifiantDepot",
        "numeroFeuille",
    }
    with pytest.raises(Conflict):
        releases.propose(hub, AWA, MAP, draft.hash, "Quand même")


def test_an_example_kept_with_a_draft_is_run_and_published_with_it(hub: Hub) -> None:
    draft = saved(hub)
    draft = releases.keep_example(hub, AWA, MAP, "vide", "{}", '{"rien": 1}', draft.hash)
    found = releases.test(hub, AWA, MAP)
    assert [one["name"] for one in found.failed] == ["claim/vide"]
    draft = releases.keep_example(hub, AWA, MAP, "vide", None, "", draft.hash)
    assert releases.test(hub, AWA, MAP).ok


def test_a_changed_text_must_be_tested_again(hub: Hub) -> None:
    draft = saved(hub)
    assert releases.test(hub, AWA, MAP).ok
    draft = releases.save(hub, AWA, MAP, commented(draft.text, "encore"), draft.hash)
    with pytest.raises(Conflict):
        releases.propose(hub, AWA, MAP, draft.hash, "Sans essai")


def test_a_version_holds_from_the_day_of_care_it_was_given(hub: Hub) -> None:
    draft = proposed(hub)
    start = date(2027, 1, 1)
    releases.approve(hub, FANTA, MAP, draft.hash, start, "care", "Nouveau tarif au 1er janvier")
    now = datetime.now(UTC)
    assert hub.maps.pin(MAP, When(date(2026, 12, 31), now)) == f"{MAP}|0.2.0"
    assert hub.maps.pin(MAP, When(start, now)) == f"{MAP}|0.2.1"
    assert hub.maps.pin(MAP) == f"{MAP}|0.2.0"
    about = releases.artefact(hub, MAP)
    assert about.scheduled is not None
    assert about.scheduled.start == "2027-01-01"
    states = {one.version.version: one.state for one in releases.versions(hub, MAP)}
    assert states == {"0.2.1": "approved", "0.2.0": "effective", "0.1.0": "available"}


def test_a_date_gone_by_counts_for_what_was_not_translated_yet(hub: Hub) -> None:
    draft = proposed(hub)
    releases.approve(hub, FANTA, MAP, draft.hash, date(2026, 10, 1), "care", "Erreur depuis")
    now = datetime.now(UTC)
    assert hub.maps.pin(MAP, When(date(2026, 10, 5), now)) == f"{MAP}|0.2.1"
    assert hub.maps.pin(MAP, When(date(2026, 9, 30), now)) == f"{MAP}|0.2.0"


def test_a_version_holds_from_the_instant_of_submission(hub: Hub) -> None:
    draft = proposed(hub)
    at = datetime.now(UTC) + timedelta(hours=1)
    releases.approve(hub, FANTA, MAP, draft.hash, at, "submission", "Dans une heure")
    day = date(2026, 11, 1)
    assert hub.maps.pin(MAP, When(day, at - timedelta(seconds=1))) == f"{MAP}|0.2.0"
    assert hub.maps.pin(MAP, When(day, at)) == f"{MAP}|0.2.1"


def test_the_version_before_returns_with_one_decision(hub: Hub) -> None:
    draft = proposed(hub)
    releases.approve(hub, FANTA, MAP, draft.hash, reason="Relu en entier")
    with pytest.raises(Forbidden):
        releases.revert(hub, AWA, MAP, "Rejets en masse")
    entry = releases.revert(hub, FANTA, MAP, "Rejets en masse")
    assert (entry.action, entry.version) == ("reverted", "0.2.0")
    assert hub.maps.pin(MAP) == f"{MAP}|0.2.0"
    assert list(hub.store.audit_differences()) == []


def test_an_operator_goes_back_only_by_breaking_glass(hub: Hub) -> None:
    draft = proposed(hub)
    releases.approve(hub, FANTA, MAP, draft.hash, reason="Relu en entier")
    with pytest.raises(Invalid):
        releases.revert(hub, OUMAR, MAP, "urgent")
    releases.revert(hub, OUMAR, MAP, "Tous les dépôts sont rejetés depuis midi")
    assert any(one["action"] == "break-glass" for one in releases.history(hub, MAP))


def test_a_retired_map_translates_nothing_new(hub: Hub) -> None:
    releases.retire(hub, FANTA, MAP, "La convention a pris fin")
    with pytest.raises(Exception, match="was retired"):
        hub.maps.pin(MAP)
    assert hub.maps.library().python(f"{MAP}|0.2.0")
    assert releases.artefact(hub, MAP).state == "retired"


def test_a_proposed_draft_is_sent_back_with_a_reason(hub: Hub) -> None:
    draft = proposed(hub)
    releases.send_back(hub, FANTA, MAP, draft.hash, "Il manque le cas des enfants")
    now = releases.draft(hub, MAP)
    assert now is not None
    assert (now.state, now.note) == ("draft", "Il manque le cas des enfants")
    with pytest.raises(releases.Overtaken):
        releases.approve(hub, FANTA, MAP, draft.hash, reason="Trop tard pour elle")


def test_a_published_number_is_never_used_again(hub: Hub) -> None:
    draft = proposed(hub)
    releases.approve(hub, FANTA, MAP, draft.hash, reason="Relu en entier")
    again = releases.open_draft(hub, AWA, MAP)
    assert "/// version = '0.2.2'" in again.text
    same = releases.save(hub, AWA, MAP, again.text.replace("0.2.2", "0.2.1"), again.hash)
    assert releases.test(hub, AWA, MAP).ok
    with pytest.raises(Invalid, match="exists already"):
        releases.propose(hub, AWA, MAP, same.hash, "Même numéro")


def test_a_table_has_the_same_life(hub: Hub) -> None:
    draft = proposed(hub, TABLE)
    releases.approve(hub, FANTA, TABLE, draft.hash, reason="Relu en entier")
    assert releases.artefact(hub, TABLE).version == "0.1.1"
    assert f"{TABLE}|0.1.1" in hub.maps.library().concept_maps()


def test_code_systems_and_models_are_read_only(hub: Hub) -> None:
    system = next(one for one in releases.artefacts(hub) if one.kind == "CodeSystem")
    with pytest.raises(Invalid):
        releases.open_draft(hub, AWA, system.url)


def test_what_one_person_alone_put_in_force_is_found(hub: Hub) -> None:
    draft = proposed(hub)
    releases.approve(hub, FANTA, MAP, draft.hash, reason="Relu en entier")
    assert two_people.alone(hub) == []
    text = draft.text.replace("0.2.1", "0.2.2")
    hash = headers.digest(text, {})
    version = hub.store.release_version(MAP, "0.2.1")
    entry = hub.maps.entries()[-1]
    assert version is not None
    forged = replace(version, version="0.2.2", text=text, hash=hash, approver="person|awa")
    hub.store.publish(replace(entry, version="0.2.2", hash=hash), forged, None, {})
    assert two_people.alone(hub) == [f"{MAP}|0.2.2"]
