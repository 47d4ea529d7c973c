"""What exchanges do when a version is published: open ones keep theirs, new ones take the new."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

from release_world import FANTA, MAP, Fund, changed, proposed, received, stepped

from hub import wiring
from hub.authoring import releases
from hub.authoring.people import Person
from hub.exchange import replaying
from hub.model import State
from hub.wiring import Hub

AWA = Person("person|awa", ("mapping-editor",))


def publish(hub: Hub, word: str = "essai", start: date | None = None, by: str = "care") -> None:
    draft = proposed(hub, word=word)
    start = start or date(2026, 1, 1)
    releases.approve(hub, FANTA, MAP, draft.hash, start, by, "Relu en entier")


def test_an_open_exchange_keeps_its_version_and_a_new_one_takes_the_new(hub: Hub) -> None:
    old = stepped(hub, received(hub, "F-1"))
    assert old.maps["request"] == f"{MAP}|0.2.0"
    publish(hub)
    again = hub.control.hold(old.id, "à refaire", "person|oumar")
    assert again.state is State.READY
    hub.control.resume(old.id, "person|oumar")
    assert stepped(hub, old).maps["request"] == f"{MAP}|0.2.0"
    assert stepped(hub, received(hub, "F-2")).maps["request"] == f"{MAP}|0.2.1"


def test_what_a_partner_refused_takes_the_new_version_when_it_is_replayed(hub: Hub) -> None:
    refused = stepped(hub, received(hub))
    hub.control.hold(refused.id, "refusé par le schéma", "person|oumar")
    publish(hub)
    done = replaying.replay(hub.control, refused.id, "carte corrigée", "person|oumar")
    assert done.exchange.state is State.ACCEPTED
    assert stepped(hub, refused).maps["request"] == f"{MAP}|0.2.1"


def test_what_a_map_stopped_takes_the_corrected_one(hub: Hub) -> None:
    draft = changed(hub, 'f.identifiantDepot = v "depot"', 'f.identifiantDepot = v "d2"')
    assert releases.test(hub, AWA, MAP).ok
    stopped = received(hub)
    hub.control.hold(stopped.id, "attend une correction", "person|oumar")
    releases.propose(hub, AWA, MAP, draft.hash, "Correction demandée")
    releases.approve(hub, FANTA, MAP, draft.hash, stopped.created, "submission", "Relu en entier")
    hub.control.resume(stopped.id, "person|oumar")
    assert stepped(hub, stopped).maps["request"] == f"{MAP}|0.2.1"


def test_the_day_of_care_chooses_the_version(hub: Hub) -> None:
    claim = received(hub)
    publish(hub, start=claim.care_date + timedelta(days=1))
    assert stepped(hub, claim).maps["request"] == f"{MAP}|0.2.0"


def test_another_process_takes_the_new_version_without_a_restart(hub: Hub, tmp_path: Path) -> None:
    other = wiring.build(hub.settings, adapters={"cmss": Fund()})
    try:
        assert other.maps.pin(MAP) == f"{MAP}|0.2.0"
        publish(hub)
        assert other.maps.pin(MAP) == f"{MAP}|0.2.1"
        claim = received(other)
        assert stepped(other, claim).maps["request"] == f"{MAP}|0.2.1"
    finally:
        other.close()


def test_a_published_text_that_was_altered_is_not_run(hub: Hub, tmp_path: Path) -> None:
    publish(hub)
    with hub.store.db.write() as connection:
        connection.exec_driver_sql("DROP TRIGGER release_versions_no_update")
        connection.exec_driver_sql("UPDATE release_versions SET text = text || '// x'")
    other = wiring.build(hub.settings, adapters={"cmss": Fund()})
    try:
        held = stepped(other, received(other))
        assert held.held
        assert "n’est plus celle qui a été publiée" in held.reason
        assert [one for one in hub.store.audit_differences() if "release_versions" in one.where]
    finally:
        other.close()
