"""Cross-border agreements set by two people: with dates, at once in every process."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from hub import wiring
from hub.errors import Conflict, Forbidden, Invalid, NotFound, Unroutable
from hub.settings import Settings
from hub.watching import agreements, proposals

ACCORD = agreements.payload("sn", "ML", "2027-01-01", "", "ACCORD-FICTIF-1")


@pytest.fixture
def hub(tmp_path: Path, migrated_file: Path):
    shutil.copy(migrated_file, tmp_path / "hub.sqlite")
    made = wiring.build(Settings(data=tmp_path, access="open"), adapters={})
    yield made
    made.close()


def proposed(hub: wiring.Hub, act: str = "add", **changes: str) -> int:
    told = {**ACCORD, **changes}
    subject = agreements.subject(told)
    return proposals.propose(hub, "agreement", act, subject, told, "Texte reçu", "person|awa")


def accepted(hub: wiring.Hub, seq: int) -> None:
    proposals.accept(hub, seq, "person|fanta")


def refused(hub: wiring.Hub, day: date) -> bool:
    body = next(b for b in hub.table.bodies.values() if b.country == "ML")
    try:
        hub.table.check_border(body, "SN", day)
    except Unroutable:
        return True
    return False


def test_an_agreement_holds_from_its_day_once_another_person_accepted(hub, tmp_path) -> None:
    other = wiring.build(Settings(data=tmp_path, access="open"), adapters={})  # another process
    seq = proposed(hub)
    assert refused(other, date(2027, 1, 1))
    with pytest.raises(Forbidden):
        proposals.accept(hub, seq, "person|awa")
    accepted(hub, seq)
    assert not refused(other, date(2027, 1, 1))
    assert refused(other, date(2026, 12, 31))
    body = next(b for b in other.table.bodies.values() if b.country == "ML")
    assert other.table.agreement(body, "SN", date(2027, 6, 1)).reference == "ACCORD-FICTIF-1"
    with pytest.raises(NotFound):
        accepted(hub, seq)
    other.close()


def test_its_last_day_is_given_the_same_way(hub) -> None:
    accepted(hub, proposed(hub))
    accepted(hub, proposed(hub, "end", end="2027-06-30"))
    assert not refused(hub, date(2027, 6, 30))
    assert refused(hub, date(2027, 7, 1))
    accepted(hub, proposed(hub, start="2027-07-01", reference="ACCORD-FICTIF-2"))
    assert [a.reference for a in agreements.listed(hub)] == ["ACCORD-FICTIF-1", "ACCORD-FICTIF-2"]


@pytest.mark.parametrize(
    ("act", "changes", "problem"),
    [
        ("add", {"start": "demain"}, Invalid),
        ("add", {"start": ""}, Invalid),
        ("add", {"care": "Sénégal"}, Invalid),
        ("add", {"cover": "FR"}, Invalid),
        ("add", {"care": "ML"}, Invalid),
        ("add", {"end": "2026-01-01"}, Invalid),
        ("add", {"reference": ""}, Invalid),
        ("add", {"reference": "x" * 201}, Invalid),
        ("add", {"start": "2027-03-01"}, Conflict),
        ("end", {}, Invalid),
        ("end", {"start": "2028-01-01", "end": "2028-02-01"}, NotFound),
        ("drop", {}, Invalid),
    ],
)
def test_what_makes_no_sense_is_not_proposed(hub, act, changes, problem) -> None:
    accepted(hub, proposed(hub))
    with pytest.raises(problem):
        proposed(hub, act, **changes)
    assert proposals.pending(hub) == []


def test_two_proposals_of_the_same_agreement_make_one(hub) -> None:
    first, second = proposed(hub), proposed(hub)
    accepted(hub, first)
    with pytest.raises(Conflict):
        accepted(hub, second)
    assert len(agreements.listed(hub)) == 1


def test_an_agreement_of_a_file_is_ended_too(hub, tmp_path) -> None:
    file = tmp_path / "accords.json"
    record = '{"care": "SN", "cover": "ML", "start": "2026-01-01", "reference": "FICHIER"}'
    file.write_text(f'{{"agreements": [{record}]}}', encoding="utf-8")
    settings = Settings(data=tmp_path, access="open", routing=[file])
    with_file = wiring.build(settings, adapters={})
    assert not refused(with_file, date(2026, 5, 1))
    accepted(with_file, proposed(with_file, "end", start="2026-01-01", end="2026-03-31"))
    assert refused(with_file, date(2026, 5, 1))
    assert with_file.table.agreements[0].end == date(2026, 3, 31)
    assert with_file.table.agreements[0:] == [*with_file.table.agreements]
    with_file.close()
