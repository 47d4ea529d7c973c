"""A sandbox's ledger, misbehaviour, clock, control port and world."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from adapters.sandbox.behaviour import Behaviour
from adapters.sandbox.clock import SandboxClock
from adapters.sandbox.control import control_app
from adapters.sandbox.ledger import Ledger
from adapters.sandbox.reference import LISTS
from adapters.sandbox.world import World


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = Ledger(tmp_path / "ledger.sqlite")
    yield opened
    opened.close()


def book(ledger: Ledger, submission: str, amount: str = "2000", currency: str = "XOF") -> bool:
    return ledger.book(submission, "claim", f"N-{submission}", currency, amount, b"body")


def test_a_submission_is_booked_once_and_the_first_one_stays(ledger):
    assert book(ledger, "s1")
    assert not book(ledger, "s1", "9999")
    found = ledger.find("s1")
    assert found is not None
    assert (found.amount, ledger.count()) == ("2000", 1)


def test_of_many_threads_one_books(ledger):
    won: list[bool] = []
    threads = [threading.Thread(target=lambda: won.append(book(ledger, "s"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(won) == [False] * 7 + [True]


@pytest.mark.parametrize("table", ["entry", "event"])
@pytest.mark.parametrize("change", ["DELETE FROM {}", "UPDATE {} SET at = ''"])
def test_the_ledger_is_append_only_even_for_another_program(ledger, tmp_path, table, change):
    book(ledger, "s1")
    ledger.record("question", "s1")
    other = sqlite3.connect(tmp_path / "ledger.sqlite")
    with pytest.raises(sqlite3.IntegrityError, match="ajout seul"):
        other.execute(change.format(table))
    other.close()


def test_totals_are_exact_by_currency_and_skip_what_carries_no_amount(ledger):
    for number, (amount, currency) in enumerate(
        [
            ("0.10", "EUR"),
            ("0.20", "EUR"),
            ("99999999999999999999999999999.01", "EUR"),
            ("2000", "XOF"),
            ("", ""),
        ]
    ):
        book(ledger, str(number), amount, currency)
    assert ledger.totals() == {
        "EUR": {"count": 3, "sum": "99999999999999999999999999999.31"},
        "XOF": {"count": 1, "sum": "2000"},
    }


def test_entries_survive_the_process(tmp_path):
    first = Ledger(tmp_path / "l.sqlite")
    book(first, "s1")
    first.record("depot", "lot-1", "Lot reçu.", b"<lot/>")
    first.close()
    again = Ledger(tmp_path / "l.sqlite")
    assert [e.submission for e in again.entries()] == ["s1"]
    assert [e.body for e in again.events("depot", "lot-1")] == [b"<lot/>"]
    assert again.events("depot", "lot-2") == []
    again.close()


def test_misbehaviours_are_used_once_in_order_by_the_operation_they_fit():
    behaviour = Behaviour()
    for text in ("error@B", "delay:1.5", "garbage"):
        behaviour.add(text)
    first = behaviour.take("A")
    assert first is not None
    assert (first.kind, first.seconds) == ("delay", 1.5)
    assert behaviour.waiting() == ["error@B", "garbage"]
    assert behaviour.take("A", {"refuse"}) is None
    assert str(behaviour.take("B")) == "error@B"
    assert str(behaviour.take("A")) == "garbage"
    assert behaviour.take("A") is None


@pytest.mark.parametrize("text", ["", "explode", "delay", "delay:", "error:3", "delay:vite"])
def test_an_unknown_misbehaviour_is_refused(text):
    with pytest.raises(ValueError, match="n'est pas"):
        Behaviour().add(text)


def test_the_clock_runs_on_from_where_it_is_put():
    clock = SandboxClock()
    clock.set(datetime(2024, 8, 2, 12, tzinfo=UTC))
    assert clock.today() == date(2024, 8, 2)
    clock.advance(86400)
    assert timedelta() <= clock.now() - datetime(2024, 8, 3, 12, tzinfo=UTC) < timedelta(seconds=5)


class Door:
    """The control application, called without a socket."""

    def __init__(self, ledger: Ledger) -> None:
        self.app = control_app("essai", ledger, Behaviour(), SandboxClock())

    def __call__(self, method: str, path: str, **sent: Any) -> httpx.Response:
        async def call() -> httpx.Response:
            transport = httpx.ASGITransport(self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://door") as client:
                return await client.request(method, path, **sent)

        return asyncio.run(call())


@pytest.fixture
def door(ledger: Ledger) -> Door:
    return Door(ledger)


def test_the_control_port_shows_the_ledger_and_its_totals(door, ledger):
    book(ledger, "s1", "12.50", "EUR")
    [entry] = door("GET", "/ledger").json()
    assert (entry["submission"], entry["amount"]) == ("s1", "12.50")
    assert door("GET", "/ledger/totals").json() == {"EUR": {"count": 1, "sum": "12.50"}}
    assert door("GET", "/healthy").json() == {"name": "essai", "healthy": True}


def test_the_control_port_queues_and_clears_misbehaviours(door):
    answer = door("POST", "/behaviour", json={"next": ["error", "delay:2@X"]})
    assert answer.json()["waiting"] == ["error", "delay:2@X"]
    assert door("DELETE", "/behaviour").json()["waiting"] == []


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/behaviour", "{}"),
        ("/behaviour", '{"next": ["explode"]}'),
        ("/behaviour", "not json"),
        ("/behaviour", "[1]"),
        ("/clock", "{}"),
        ("/clock", '{"now": "2026-01-31T12:00:00"}'),
        ("/clock", '{"now": "demain"}'),
    ],
)
def test_the_control_port_explains_what_it_refuses(door, path, body):
    answer = door("POST", path, content=body)
    assert answer.status_code == 400
    assert answer.json()["error"]


def test_the_control_port_moves_the_clock(door):
    moved = door("POST", "/clock", json={"now": "2024-08-02T00:00:00Z"}).json()["now"]
    assert moved.startswith("2024-08-02T00:00:0")
    assert door("POST", "/clock", json={"advance": 86400}).json()["now"].startswith("2024-08-03T")
    assert door("GET", "/clock").json()["now"].startswith("2024-08-03T")


def test_the_world_names_products_by_each_bodys_code():
    world = World.load()
    for code in ("C 1", "10101", "CON-GEN", "CG"):
        found = world.named(code)
        assert found is not None
        assert found.code == "consult-gen"
    scanner = world.named("Z 150")
    assert scanner is not None
    assert scanner.needs_approval
    assert world.named("Z 999") is None


def test_a_reference_list_is_that_of_the_day():
    world = World.load()
    before = world.reference("suspensions", date(2026, 2, 28))
    after = world.reference("suspensions", date(2026, 3, 1))
    assert (before, [row.code for row in after or []]) == ([], ["CNV-ML-00010"])
    assert (after or [])[0].valid.start == date(2026, 3, 1)
    assert world.reference("inconnue", date(2026, 3, 1)) is None


def test_every_reference_list_has_rows_and_tariffs_say_currency_and_since_when():
    world = World.load()
    day = date(2026, 3, 1)
    assert all(world.reference(name, day) for name in LISTS)
    tariffs = {row.code: row for row in world.reference("tarifs", day) or []}
    found = tariffs["CON-GEN"]
    assert (found.label, found.value) == ("Consultation de médecine générale", Decimal(2000))
    assert (found.currency, found.valid.start) == ("XOF", date(2022, 1, 2))
    assert world.reference("tarifs", date(2021, 12, 31)) != world.reference("tarifs", day)


def test_a_world_can_be_read_from_a_folder_and_follows_a_change_of_body(tmp_path):
    header = (
        "numero_amo,nina,nom,prenoms,naissance,sexe,qualite,regime,gestionnaire,pays,droits_debut,"
        "droits_fin,cotisations_mois,scolarite_fin,invalide,deces_assure,assure,nom_marital,cas"
    )
    row = "1-00,,Traoré,Awa,1980,F,ASS,AMO,{},ML,{},{},60,,,,1-00,,"
    rows = [row.format("INPS", "2010-01-01", "2025-12-31"), row.format("CMSS", "2026-01-01", "")]
    (tmp_path / "people.csv").write_text("\n".join([header, *rows]), encoding="utf-8")
    (tmp_path / "organizations.json").write_text("[]", encoding="utf-8")
    (tmp_path / "rates.csv").write_text(
        "scheme,category,rate,from,until\nAMO,AMB,70,2011-05-01,2025-12-31\nAMO,AMB,75,2026-01-01,",
        encoding="utf-8",
    )
    world = World.load(tmp_path)
    bodies = [world.person("1-00", date(year, 6, 1)) for year in (2025, 2026)]
    assert [p.body for p in bodies if p] == ["INPS", "CMSS"]
    rates = [world.rate("AMO", "AMB", date(year, 6, 1)) for year in (2025, 2026, 2000)]
    assert rates == [Decimal(70), Decimal(75), None]
