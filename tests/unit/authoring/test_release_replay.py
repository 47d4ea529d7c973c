"""A draft over real exchanges: what would change, what would fail, and nobody's name in it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from release_world import AWA, FANTA, MAP, OUMAR, Fund, changed, received, saved, stepped

from hub.authoring import releases, replay, replay_sources
from hub.errors import Forbidden, NotFound
from hub.model import Operation
from hub.ports.releases import Replay
from hub.wiring import Hub

ANSWER = "https://benkan.example/fhir/StructureMap/cmss-claim-answer"


def replayed(hub: Hub, **asked: int) -> Replay:
    made = replay.start(hub, AWA, MAP, **asked)
    replay.run(hub, made)
    return replay.replay(hub, made.id)


@pytest.fixture
def claims(hub: Hub) -> list[str]:
    return [stepped(hub, received(hub, f"F-{number}")).id for number in range(3)]


def test_a_harmful_change_shows_by_target_path(hub: Hub, claims: list[str]) -> None:
    changed(hub, 'f.devise = v "devise"', "f.devise = 'EUR' \"devise\"")
    found = replayed(hub)
    assert (found.state, found.done, found.total) == ("done", 3, 3)
    assert found.result["counts"] == {"exchanges": 3, "changed": 3, "bytes_changed": 3}
    [group] = found.result["groups"]
    assert (group["path"], group["kind"]) == ("cmss-claim : devise", "changed")
    assert (group["values"], group["exchanges"]) == (3, 3)
    assert {one["exchange"] for one in group["examples"]} == set(claims)
    assert (group["examples"][0]["first"], group["examples"][0]["second"]) == ("XOF", "EUR")


def test_a_change_without_effect_shows_none(hub: Hub, claims: list[str]) -> None:
    saved(hub)
    counts = replayed(hub).result["counts"]
    assert counts == {"exchanges": 3, "alike": 3, "bytes_alike": 3}


def test_names_are_hidden(hub: Hub, claims: list[str]) -> None:
    changed(hub, 'b.nom = v "nom"', 'b.prenoms = v "nom"')
    kept = json.dumps(replayed(hub).result)
    assert "beneficiaire.prenoms" in kept
    assert "Kadidia" not in kept
    assert "Fictive" not in kept


def test_exchanges_that_would_newly_fail_are_named(hub: Hub, claims: list[str]) -> None:
    check = "d.claim as claim check (total.empty()) then {"
    changed(hub, "d.claim as claim then {", check)
    found = replayed(hub).result
    assert found["counts"] == {"exchanges": 3, "failing": 3}
    assert {one["exchange"] for one in found["failing"]} == set(claims)
    assert found["failing"][0]["why"][0]["fr"]


def test_one_may_leave_and_come_back(hub: Hub, claims: list[str]) -> None:
    saved(hub)
    made = replay.start(hub, AWA, MAP)
    assert replay.start(hub, FANTA, MAP).id == made.id
    replay.run(hub, made)
    [kept] = replay.replays(hub, MAP)
    assert (kept.id, kept.state) == (made.id, "done")


def test_only_so_many_exchanges_are_run(hub: Hub, claims: list[str]) -> None:
    saved(hub)
    assert replayed(hub, count=2).total == 2


def test_a_replay_that_was_stopped_keeps_its_state(hub: Hub, claims: list[str]) -> None:
    saved(hub)
    made = replay.start(hub, AWA, MAP)
    with pytest.raises(Forbidden):
        replay.stop(hub, OUMAR, made.id)
    replay.stop(hub, FANTA, made.id)
    replay.run(hub, made)
    assert replay.replay(hub, made.id).state == "stopped"


def test_a_replay_its_process_left_is_not_waited_for(hub: Hub, claims: list[str]) -> None:
    saved(hub)
    made = replay.start(hub, AWA, MAP)
    hub.store.tell_replay(made.id, datetime.now(UTC) - replay.SILENT - timedelta(seconds=1))
    assert replay.replay(hub, made.id).state == "stopped"
    assert replay.start(hub, AWA, MAP).id != made.id


def test_a_map_that_never_ends_is_stopped(hub: Hub, claims: list[str]) -> None:
    endless = 'group Sans(source d, target f) { d -> f then Sans(d, f) "sans"; }'
    draft = changed(
        hub, "d.submission as v -> f", 'd -> f then Sans(d, f) "x";\n  d.submission as v -> f'
    )
    releases.save(hub, AWA, MAP, f"{draft.text}\n{endless}\n", draft.hash)
    assert replayed(hub).result["counts"]["failing"] == 3


def test_without_a_draft_or_the_right_there_is_no_replay(hub: Hub) -> None:
    with pytest.raises(NotFound):
        replay.start(hub, AWA, MAP)
    saved(hub)
    with pytest.raises(Forbidden):
        replay.start(hub, replace(OUMAR), MAP)


def test_a_map_of_answers_is_run_over_what_the_partner_said(hub: Hub) -> None:
    fund = hub.adapters["cmss"]
    assert isinstance(fund, Fund)
    said = {"statut": "LIQUIDE", "numeroLiquidation": "L-1", "dateLiquidation": "2026-10-10"}
    fund.say = {"claim": [{**said, "devise": "XOF"}]}
    answered = stepped(hub, stepped(hub, received(hub)))
    assert answered.maps["answer"] == f"{ANSWER}|0.1.0", answered.reason
    draft = releases.open_draft(hub, AWA, ANSWER)
    text = draft.text.replace("'Feuille liquidée'", "'Feuille payée'")
    assert text != draft.text
    releases.save(hub, AWA, ANSWER, text, draft.hash)
    made = replay.start(hub, AWA, ANSWER)
    replay.run(hub, made)
    found = replay.replay(hub, made.id).result
    assert found["counts"] == {"exchanges": 1, "changed": 1}
    assert [one["path"] for one in found["groups"]] == ["cmss-claim-answer : disposition"]


def test_a_table_is_run_through_the_maps_that_use_it(hub: Hub) -> None:
    table = "https://benkan.example/fhir/ConceptMap/cmss-motif-rejet"
    draft = releases.open_draft(hub, AWA, table)
    maps = replay_sources.entry_maps(hub, draft)
    assert maps[ANSWER] == ("cmss", Operation.CLAIM, "answer")
    assert all(partner == "cmss" for partner, _, _ in maps.values())
