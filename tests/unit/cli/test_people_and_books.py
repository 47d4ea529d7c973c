"""`benkan person`, `task`, `reference`, `reconcile`: what they print, and their exit status."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from hub.cli import reconcile
from hub.exchange import merging, resources
from hub.model import Event, Exchange, NewResource, Operation, State
from hub.ports import Acceptance, Doubt, Identity, ReferenceRow, Statement, StatementRow
from hub.store import SqlStore, open_store

SID = "https://benkan.example/fhir/sid/"
AMO = f"{SID}numero-amo"
NOW = datetime.now(UTC)
Run = Callable[..., tuple[int, str]]


@pytest.fixture
def store(tmp_path: Path):
    (tmp_path / "benkan-data").mkdir()
    opened = open_store(f"sqlite:///{tmp_path / 'benkan-data' / 'hub.sqlite'}")
    yield opened
    opened.close()


def person(store: SqlStore) -> None:
    tree = {
        "resourceType": "Patient",
        "id": "p1",
        "identifier": [
            {"system": AMO, "value": "20000037-00"},
            {"system": AMO, "value": "PRV-1", "use": "old", "period": {"end": "2026-08-01"}},
        ],
        "name": [{"family": "Guindo", "given": ["Modibo", "dit", "Papa"]}],
        "birthDate": "1987",
    }
    store.accept([Acceptance(resources=(resources.emitted(tree, "p1", NOW),))])
    store.note_identities(merging.identities(tree, "p1", "fonds N-1"))


def test_a_person_is_shown_by_any_number(benkan: Run, store: SqlStore) -> None:
    person(store)
    status, printed = benkan("person", "show", "PRV-1")
    assert status == 0
    for told in ("Modibo dit Papa Guindo (1987)", "20000037-00", "ancien", "2026-08-01", "fonds"):
        assert told in printed
    status, printed = benkan("person", "show", f"{AMO}|20000037-00", "--json")
    [told] = json.loads(printed)
    assert [i["use"] for i in told["identifiers"]] == ["official", "old"]
    assert benkan("person", "show", "nobody")[0] == 1


def test_a_task_is_listed_shown_and_resolved(benkan: Run, store: SqlStore) -> None:
    person(store)
    store.open_task(Doubt("unknown", [(AMO, "2000003700")], "R01 : inconnu.", exchange="e1"), "t1")
    assert "2000003700" in benkan("task", "list")[1]
    status, printed = benkan("task", "show", "t1")
    assert (status, "benkan task resolve t1" in printed) == (0, True)
    assert benkan("task", "show", "none")[0] == 1
    status, printed = benkan("task", "resolve", "t1", "--number", "nobody")
    assert (status, "Personne n'a le numéro nobody" in printed) == (1, True)
    assert benkan("task", "resolve", "t1", "--number", "PRV-1", "--actor", "awa")[0] == 0
    assert json.loads(benkan("task", "list", "--json")[1]) == []
    [told] = json.loads(benkan("task", "list", "--all", "--json")[1])
    assert told["person"] == "p1"
    assert re.fullmatch(r"account\|\S+ \(awa\)", told["actor"])  # said, not proved
    assert "20000037-00" in benkan("person", "show", "2000003700")[1]


def test_lists_are_shown_by_day(benkan: Run, store: SqlStore) -> None:
    rows = [ReferenceRow("X1", "Consultation", "2000", "XOF", "2022-01-02", "2026-06-30")]
    store.keep_reference("fonds", "tarifs", date(2026, 1, 1), rows)
    assert "tarifs" in benkan("reference", "list")[1]
    status, printed = benkan("reference", "show", "tarifs", "--on", "2026-06-30", "--json")
    assert (status, json.loads(printed)[0]["value"]) == (0, "2000")
    assert benkan("reference", "show", "tarifs", "--on", "2026-07-01")[0] == 1


def test_without_a_worker_a_pull_says_so(benkan: Run) -> None:
    status, printed = benkan("reference", "pull", "--wait", "0")
    assert (status, "aucun ouvrier" in printed) == (1, True)


def claim(store: SqlStore, share: str = "700", *events: Event) -> None:
    made = Exchange(
        id="e1",
        state=State.CLOSED,
        operation=Operation.CLAIM,
        resource="Claim/c1",
        provider=f"{SID}convention|CNV-GN-00001",
        identifier=f"{SID}feuille|F-1",
        content_hash="",
        submission="s1",
        correlation="",
        workflow="",
        care_date=date(2026, 10, 5),
        created=NOW,
        updated=NOW,
        partner="inamo",
        amount="1000",
        currency="GNF",
        answer="ClaimResponse/r1",
    )
    sheet = b'{"resourceType":"Claim","total":{"value":1000,"currency":"GNF"}}'
    benefit = '{"coding":[{"code":"benefit"}]}'
    answer = (
        f'{{"resourceType":"ClaimResponse","outcome":"complete","total":[{{"category":{benefit},'
        f'"amount":{{"value":{share},"currency":"GNF"}}}}]}}'
    ).encode()
    made_resources = (
        NewResource("Claim", "c1", sheet),
        NewResource("ClaimResponse", "r1", answer),
    )
    [done] = store.accept([Acceptance(made_resources, (made,), {"e1": events})])
    assert not done.error


def books(store: SqlStore, share: str) -> None:
    row = StatementRow("s1", "F-1", "CNV-GN-00001", "liquidee", "1000", share, "GNF")
    store.keep_statement(Statement("inamo", "CNPS", "2026-10", NOW, [row]))


@pytest.mark.parametrize(("share", "status"), [("700", 0), ("699", 1)])
def test_a_month_is_compared(benkan: Run, store: SqlStore, share: str, status: int) -> None:
    claim(store)
    books(store, share)
    words = ("reconcile", "--month", "2026-10", "--no-ask")
    ended, printed = benkan(*words)
    assert ended == status
    assert ("ÉCART feuille F-1" in printed) is (status == 1)
    ended, printed = benkan(*words, "--json")
    told = json.loads(printed)
    assert (told["equal"], len(told["differences"])) == (status == 0, status)
    ended, printed = benkan(*words, "--csv", "--body", "CNPS")
    [row] = csv.DictReader(io.StringIO(printed))
    assert (row["hub_share"], row["managed_share"], row["scheme_share"]) == ("700", share, "")
    assert row["differences"] == ("" if status == 0 else "share")


def test_one_sum_a_body_stands_below_those_of_its_providers(benkan: Run, store: SqlStore) -> None:
    claim(store)
    books(store, "700")
    words = ("reconcile", "--month", "2026-10", "--no-ask")
    told = json.loads(benkan(*words, "--json")[1])
    [body] = told["bodies"]
    assert (body["body"], body["provider"], body["share"]["managed"]) == ("CNPS", "", "700")
    assert "tous / all" in benkan(*words)[1]


def test_a_copy_that_does_not_move_is_not_waited_for_long_and_told(
    benkan: Run, store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim(store)
    books(store, "700")
    claimed = store.exchange("e1")
    assert claimed is not None
    copy = replace(
        claimed, id="e2", submission="s2", parent="e1", partner="canam", state=State.ACCEPTED
    )
    copy = replace(copy, operation=Operation.CONTROL_COPY, answer=None)
    store.accept([Acceptance(exchanges=(copy,))])
    monkeypatch.setattr(reconcile, "STILL", 0.1)
    printed = benkan("reconcile", "--month", "2026-10", "--wait", "1")[1]
    assert "1 copie(s) encore en route" in printed
    assert "relancez la même commande" in printed
    assert "encore en route" not in benkan("reconcile", "--month", "2026-09", "--wait", "0")[1]


def test_a_month_that_is_none_or_an_unknown_body_is_refused(benkan: Run) -> None:
    assert benkan("reconcile")[0] == 2
    assert benkan("reconcile", "--month", "2026-13")[0] == 2
    assert benkan("reconcile", "--month", "2026-10", "--body", "XX", "--no-ask")[0] == 2


def test_a_missing_statement_is_not_equal(benkan: Run, store: SqlStore) -> None:
    claim(store)
    ended, printed = benkan("reconcile", "--month", "2026-10", "--no-ask")
    assert (ended, "Il manque l'état" in printed) == (1, True)


def test_arrears_are_shown_and_the_late_ones_named(benkan: Run, store: SqlStore) -> None:
    pharmacy = {
        "resourceType": "Organization",
        "id": "o1",
        "name": "Officine fictive",
        "identifier": [{"system": f"{SID}convention", "value": "CNV-GN-00001"}],
        "type": [{"coding": [{"code": "OFF"}]}],
    }
    store.accept([Acceptance(resources=(resources.emitted(pharmacy, "o1", NOW),))])
    received = datetime(2026, 10, 6, tzinfo=UTC)
    claim(store, "700", Event(received, "acknowledged", "Accusé."))
    on_time = (received + timedelta(days=15)).date().isoformat()
    assert benkan("reconcile", "arrears", "--on", on_time)[0] == 0
    late = (received + timedelta(days=16)).date().isoformat()
    status, printed = benkan("reconcile", "arrears", "--on", late)
    assert (status, "HORS DÉLAI ART. 40 : feuille F-1" in printed) == (1, True)
    status, printed = benkan("reconcile", "arrears", "--on", late, "--json")
    assert (status, json.loads(printed)["late"]) == (1, 1)


def test_acts_billed_twice_are_listed(benkan: Run, store: SqlStore) -> None:
    store.note_identities([Identity(AMO, "A", "p1")])
    assert json.loads(benkan("exchange", "doubles", "--json")[1]) == []
    assert benkan("exchange", "doubles")[0] == 0
