"""The dashboards: what is counted, what is hidden, whose it is."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal

import pytest
from console_world import NOW, exchange

from hub.model import Event, IndexEntry, NewResource, State
from hub.ports import Acceptance
from hub.watching import regions, statistics
from hub.watching.figures import HIDDEN, Column, Figure

REASONS = "https://benkan.example/fhir/CodeSystem/motif-rejet"


def resource(type: str, id: str, index: tuple[IndexEntry, ...] = (), **tree: object) -> NewResource:
    body = json.dumps({"resourceType": type, "id": id, **tree}).encode()
    return NewResource(type, id, body, index)


@pytest.fixture
def month(hub):
    """Six rejected claims of CMSS in Ségou, two of INPS nobody knows where."""
    place = resource(
        "Organization",
        "seg",
        (IndexEntry("identifier", "segou", "s"),),
        address=[{"state": "Région de Ségou", "country": "ML"}],
    )
    hub.store.accept([Acceptance((place,), ())])
    coded = {"coding": [{"system": REASONS, "code": "R07"}]}
    for number in range(8):
        id, partner = f"N{number}", "cmss" if number < 6 else "inps"
        provider = "s|segou" if number < 6 else "s|elsewhere"
        total = {"value": 1000, "currency": "XOF"}
        claim = resource("Claim", id, total=total, item=[])
        answer = resource("ClaimResponse", id, outcome="error", error=[{"code": coded}])
        made = exchange(
            id, partner, provider=provider, state=State.CLOSED, answer=f"ClaimResponse/{id}"
        )
        told = Event(NOW, "answered", "Rejetée.", State.ANSWERED)
        hub.store.accept([Acceptance((claim, answer), (made,), {id: (told,)})])
    return hub


def figure(hub, key: str, body: str = "") -> dict[str, list[object]]:
    [found] = statistics.figures(hub, "2026-11", body, key)
    return {str(row[0]): row[1:] for row in found.rows}


def test_claims_are_counted_by_region_and_reason_and_small_counts_are_hidden(month) -> None:
    assert figure(month, "reasons") == {"R07": [8]}
    placed = figure(month, "regions")
    # the smallest alone could be worked out from the sum: the next one is hidden with it
    assert placed["Ségou"] == [HIDDEN, HIDDEN]
    assert placed[regions.UNKNOWN] == [HIDDEN, HIDDEN]
    assert placed["Gao"] == [0, 0]
    assert figure(month, "answers", "CMSS")["CMSS"][0] == 6
    month.settings.masking = 1
    assert figure(month, "regions")["Ségou"] == [6, Decimal(6000)]


def test_a_hidden_cell_is_never_alone() -> None:
    columns = (Column("x", "x", "x"), Column("n", "n", "n", counts=True, of=("a",)))
    columns += (Column("a", "a", "a"),)
    rows = [["p", 3, 30], ["q", 9, 90], ["r", 50, 500], ["s", 0, 0]]
    masked = Figure("k", "f", "e", columns, rows).masked(5)
    assert masked.rows == [
        ["p", HIDDEN, HIDDEN],
        ["q", HIDDEN, HIDDEN],
        ["r", 50, 500],
        ["s", 0, 0],
    ]
    assert masked.hidden == 2
    assert Figure("k", "f", "e", columns, rows).masked(1).rows == rows


def test_csv_has_keys_empty_hidden_cells_and_no_formula() -> None:
    columns = (Column("name", "Nom", "Name"), Column("claims", "n", "n", counts=True))
    told = Figure("k", "f", "e", columns, [["=1+1", 2], ["-1+1", 3]]).masked(5)
    assert list(csv.reader(io.StringIO(told.csv()))) == [
        ["name", "claims"],
        ["'=1+1", ""],
        ["'-1+1", ""],
    ]


def test_an_amount_below_zero_is_a_number_in_csv() -> None:
    told = Figure("k", "f", "e", (Column("amount", "F", "F"),), [[Decimal("-12500")]])
    assert told.csv().split() == ["amount", "-12500"]


@pytest.mark.parametrize(
    ("state", "country", "region"),
    [
        ("Région de Ségou", "ML", "Ségou"),
        ("TOMBOUCTOU", "", "Tombouctou"),
        ("District de Bamako", "ML", "Bamako"),
        ("Nioro du Sahel", "ML", "Nioro"),
        ("Kankan", "GN", regions.ABROAD),
        ("Sahel", "ML", regions.UNKNOWN),
    ],
)
def test_an_address_leads_to_a_region_of_2023(state, country, region) -> None:
    assert regions.named(state, country) == region
    assert len(regions.NAMES) == 20
    assert len({(tile.column, tile.row) for tile in regions.TILES}) == 20


def test_the_page_shows_each_chart_with_its_table_and_file(month, signed_in) -> None:
    person = signed_in("auditor")
    page = person.get("/dashboards?month=2026-11").text
    assert page.count("<table") == page.count(".csv?month=2026-11") - 2  # no codes, no arrears
    assert "R07" in page
    assert "Carte schématique" in page
    assert "echarts" not in person.get("/partners").text
    file = person.get("/dashboards/regions.csv?month=2026-11")
    assert file.headers["content-type"].startswith("text/csv")
    assert file.content.startswith("\ufeffregion,claims,amount\r\n".encode())
    assert person.get("/dashboards/nothing.csv").status_code == 422
    assert person.get("/dashboards?month=13-2026").status_code == 422


def test_a_supervisor_sees_the_figures_of_the_own_institution_only(month, signed_in) -> None:
    person = signed_in("supervisor")
    page = person.get("/dashboards?month=2026-11&body=INPS").text
    assert "Tableaux de bord : CMSS" in page
    assert ">INPS<" not in page
    rows = list(
        csv.reader(io.StringIO(person.get("/dashboards/reasons.csv?month=2026-11&body=INPS").text))
    )
    assert rows[1] == ["R07", "6"]


def test_the_command_line_tells_the_same(month, monkeypatch, capsys) -> None:
    from hub.cli.stats import stats

    monkeypatch.setattr("hub.wiring.build", lambda **_: month)
    monkeypatch.setattr(type(month), "close", lambda _: None)
    stats("reasons", "2026-11", "", as_json=True, as_csv=False)
    told = json.loads(capsys.readouterr().out)
    assert told[0]["rows"] == [{"reason": "R07", "claims": 8}]
