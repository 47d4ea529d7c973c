"""What an import of a list would change, and what is wrong in its file, cell by cell."""

from __future__ import annotations

import io
import shutil
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from hub.authoring import references
from hub.authoring.references import Preview, Wanted
from hub.authoring.references_cells import amount, day, named
from hub.errors import Conflict, Invalid
from hub.formats import spreadsheet, workbook
from hub.ports import ReferenceRow
from hub.store import SqlStore, open_store

MAY = Wanted("tarifs", date(2027, 5, 1))
FIRST = (
    "code;libellé;montant;début\n"
    "C;Consultation;2000;02/01/2022\n"
    "Z 20;Échographie;8 000;2022-01-02\n"
)


@pytest.fixture
def store(tmp_path: Path, migrated_file: Path):
    opened = open_store(f"sqlite:///{shutil.copy(migrated_file, tmp_path / 'hub.sqlite')}")
    shown = references.preview(
        opened, replace(MAY, start=date(2022, 1, 2)), FIRST.encode(), "a.csv"
    )
    references.apply(opened, shown, "person|awa", "Premier tarif fictif")
    yield opened
    opened.close()


def see(store: SqlStore, text: str | bytes, wanted: Wanted = MAY) -> Preview:
    return references.preview(store, wanted, text.encode() if isinstance(text, str) else text)


def told(shown: Preview) -> list[tuple[str, str, str, str]]:
    return [
        (s.kind, s.code, s.old.value if s.old else "", s.new.value if s.new else "")
        for s in shown.plan.steps
    ]


def wrong(shown: Preview) -> list[tuple[str, str]]:
    return [(one.path, one.en) for one in shown.plan.findings]


def test_new_changed_ended_and_the_same_are_told_before_anything_is_written(store) -> None:
    before = store.list_rows("hub", "tarifs")
    shown = see(store, "code\tvaleur\nC\t2 500 F CFA\nNEUF\t100\n", replace(MAY, whole=True))
    assert told(shown) == [
        ("changed", "C", "2000", "2500"),
        ("new", "NEUF", "", "100"),
        ("ended", "Z 20", "8000", "8000"),
    ]
    assert store.list_rows("hub", "tarifs") == before
    number = references.apply(store, shown, "person|fanta", "Révision fictive")
    assert store.reference("tarifs", date(2027, 4, 30)) == [
        ReferenceRow("C", "Consultation", "2000", "XOF", "2022-01-02", "2027-04-30"),
        ReferenceRow("Z 20", "Échographie", "8000", "XOF", "2022-01-02", "2027-04-30"),
    ]
    assert store.reference("tarifs", date(2027, 5, 1)) == [
        ReferenceRow("C", "Consultation", "2500", "XOF", "2027-05-01"),
        ReferenceRow("NEUF", "", "100", "XOF", "2027-05-01"),
    ]
    [newest, _] = store.amendments("hub", "tarifs")
    assert (newest.seq, newest.actor, newest.reason) == (number, "person|fanta", "Révision fictive")
    assert (newest.added, newest.changed, newest.ended) == (1, 1, 1)


def test_a_list_taken_out_and_brought_in_again_changes_nothing(store) -> None:
    rows = [one.row for one in store.list_rows("hub", "tarifs")]
    for form in ("csv", "xlsx"):
        shown = see(store, references.export(rows, form, "tarifs"), replace(MAY, whole=True))
        assert (told(shown), wrong(shown), shown.plan.same) == ([], [], 2)
        with pytest.raises(Invalid, match="nothing to import"):
            references.apply(store, shown, "person|awa", "Rien")


def test_a_row_can_be_corrected_ended_and_reopened(store) -> None:
    ended = see(store, "code;fin\nC;31/12/2026\n", replace(MAY, start=date(2026, 1, 1)))
    assert told(ended) == [("ended", "C", "2000", "2000")]
    references.apply(store, ended, "person|awa", "Supprimé de la liste")
    assert [r.code for r in store.reference("tarifs", date(2027, 1, 1))] == ["Z 20"]
    head = "code;libelle;valeur;debut;fin\n"
    assert told(see(store, f"{head}C;Consultation;2000;2022-01-02;\n"))[0][0] == "corrected"
    assert told(see(store, f"{head}C;Consultation;2100;2022-01-02;2026-12-31\n")) == [
        ("corrected", "C", "2000", "2100")
    ]


def test_several_rows_of_one_code_follow_each_other_in_any_order(store) -> None:
    text = "code;valeur;debut;fin\nC;3;2027-07-01;\nC;2;2027-01-01;2027-06-30\n"
    shown = see(store, text)
    assert wrong(shown) == []
    references.apply(store, shown, "person|awa", "Deux étapes")
    rows = [(r.row.value, r.row.start, r.row.end) for r in store.list_rows("hub", "tarifs")][:3]
    assert rows == [
        ("2000", "2022-01-02", "2026-12-31"),
        ("2", "2027-01-01", "2027-06-30"),
        ("3", "2027-07-01", ""),
    ]
    overlapping = see(store, "code;valeur;debut\nC;9;2020-02-01\n")
    assert wrong(overlapping)[0][1].startswith("Row 2: code C already has a row from 2022-01-02")


@pytest.mark.parametrize(
    ("text", "cell", "said"),
    [
        ("code;valeur\nA;12,500\n", "B2", "“12,500” may mean 12500 or 12.500"),
        ("code;valeur\nA;12,5\n", "B2", "XOF has no decimals"),
        ("code;valeur\nA;-5\n", "B2", "is not a positive number"),
        ("code;valeur\nA;dix\n", "B2", "is not a positive number"),
        ("code;valeur;du\nA;1;31/02/2027\n", "C2", "is not a date"),
        ("code;valeur;du\nA;1;1/2/27\n", "C2", "is not a date"),
        ("code;valeur;fin\nA;1;2020-01-01\n", "C2", "it ends before it begins"),
        ("code;valeur\n;1\n", "A2", "the code is missing"),
        ("code;valeur\nA;1\nB;1\nA;2\n", "A4", "code A stands in row 2"),
        ("code;valeur;devise\nA;1;francs\n", "C2", "is not a currency"),
        ("a;b\n1;2\n", "", "The line of titles was not found"),
        ("code;valeur\n", "", "has the line of titles only"),
    ],
)
def test_what_is_wrong_is_named_by_its_cell_and_nothing_is_written(store, text, cell, said) -> None:
    shown = see(store, text)
    assert shown.plan.findings[0].path == cell
    assert said in shown.plan.findings[0].en
    assert not shown.applicable
    with pytest.raises(Invalid):
        references.apply(store, shown, "person|awa", "Malgré tout")
    assert len(store.amendments()) == 1


def test_one_code_in_thousands_of_rows_is_not_held_against_itself_for_minutes(store) -> None:
    days = (date(1900, 1, 1) + timedelta(days=n) for n in range(3_000))
    shown = see(store, "code;valeur;du;fin\n" + "\n".join(f"A;1;{d};{d}" for d in days))
    assert wrong(shown)[0][1].startswith("Row 202, cell A202: code A has more than 200 periods")
    assert len(shown.plan.findings) == 2_800


def book(*rows: list[Any], merge: str = "") -> bytes:
    made = Workbook()
    sheet = made.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    if merge:
        sheet.merge_cells(merge)
    hidden = made.create_sheet("Brouillon", 0)
    hidden.sheet_state = "hidden"
    hidden.append(["code", "valeur"])
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def test_a_workbook_is_read_from_its_first_visible_sheet_below_its_heading(store) -> None:
    body = book(
        ["Tarif 2027 (fictif)"],
        ["Code acte", "Tarif", "Du"],
        ["C", 2500.0, date(2027, 1, 1)],
        merge="A1:C1",
    )
    shown = see(store, body)
    assert told(shown) == [("changed", "C", "2000", "2500")]
    assert "« Brouillon » (masquée)" in shown.plan.notes[0].fr


def test_formulas_and_merged_cells_are_refused_with_their_cell(store) -> None:
    with pytest.raises(Invalid) as caught:
        see(store, book(["code", "valeur"], ["C", "=1000*2.5"]))
    assert caught.value.issues[0].path == "B2"
    assert "Collage spécial" in caught.value.issues[0].fr
    shown = see(store, book(["code", "valeur"], ["C", 1], ["D", 1], merge="B2:B3"))
    assert wrong(shown)[0][0] == "B2:B3"


@pytest.mark.parametrize(
    "body",
    [
        "code;libellé;valeur\r\nC;Été à l’hôpital;1\r\n".encode("cp1252"),
        "code\tlibellé\tvaleur\r\nC\tÉté à l’hôpital\t1\r\n".encode("utf-16"),
        "\ufeffcode,libellé,valeur\r\nC,Été à l’hôpital,1\r\n".encode(),
    ],
)
def test_accents_of_any_usual_file_are_read(store, body) -> None:
    assert see(store, body).plan.steps[0].new.label == "Été à l’hôpital"


@pytest.mark.parametrize(
    "body", [b"", b"\x00\x01", b"PK\x03\x04nothing", b"\xd0\xcf\x11\xe0", b'code;"']
)
def test_a_file_that_is_no_table_is_refused_with_what_to_do(store, body) -> None:
    try:
        found = see(store, body).plan.findings
    except Invalid as problem:
        found = [*problem.issues]
    assert found[0].fr.endswith(".")


def test_no_cell_becomes_a_formula_when_a_list_is_taken_out(store) -> None:
    rows = [
        ReferenceRow("=2+5", "@SUM(A1)", "1", "XOF", "2022-01-02"),
        ReferenceRow("'-x", "+", "2"),
    ]
    text = references.export(rows, "csv", "x").decode("utf-8-sig")
    assert "'=2+5;'@SUM(A1)" in text
    assert not any(
        cell[:1] in "=+-@" for line in text.splitlines() for cell in line.split(";") if cell
    )
    again = spreadsheet.read(references.export(rows, "csv", "x"))
    assert [cells[:2] for _, cells in again.rows[1:]] == [["=2+5", "@SUM(A1)"], ["'-x", "+"]]
    assert b"<f>" not in references.export(rows, "xlsx", "x")


def test_twenty_thousand_rows_are_previewed_and_written(store) -> None:
    rows = [["code", "libellé", "valeur"]]
    rows += [
        [f"A{n:05}", f"Acte fictif numéro {n} à libellé long, exactement ainsi", str(n + 1)]
        for n in range(20_000)
    ]
    shown = see(store, spreadsheet.write(rows))
    assert len(shown.plan.steps) == 20_000
    references.apply(store, shown, "person|awa", "Grande liste fictive")
    assert len(store.reference("tarifs", date(2027, 5, 1))) == 20_002
    assert sum(1 for _ in workbook.read(workbook.write(rows[:3], "x"))[0]) == 3


def test_who_changed_the_list_after_the_preview_is_named(store) -> None:
    mine, other = see(store, "code;valeur\nC;1\n"), see(store, "code;valeur\nC;2\n")
    references.apply(store, other, "person|fanta", "Plus rapide")
    with pytest.raises(Conflict, match="fanta"):
        references.apply(store, mine, "person|awa", "Trop tard")


def test_a_list_an_institution_publishes_itself_is_not_changed_here(store) -> None:
    store.keep_reference("p", "tarifs", date(2026, 11, 1), [ReferenceRow("C", value="1")])
    with pytest.raises(Invalid, match="publishes the list"):
        see(store, "code;valeur\nC;1\n", replace(MAY, owner="p"))
    with pytest.raises(Invalid, match="not the name of a list"):
        see(store, "code;valeur\nC;1\n", replace(MAY, list="Tarifs 2027"))


def test_cells_are_read_as_people_here_write_them() -> None:
    amounts = {"12\u202f500\u00a0F\u00a0CFA": "12500", "1.234.567": "1234567", "0,5": "0.5"}
    amounts |= {"1 234,50": "1234.50", "1.234,5": "1234.5", "00012": "12", "70 %": "70"}
    assert {text: amount(text, "EUR") for text in amounts} == amounts
    assert day("1/9/2026") == day("2026-09-01") == day("01.09.2026") == "2026-09-01"
    titles = {
        "Libellé": "label",
        "CODE ACTE": "code",
        "Valide jusqu’au": "",
        "Montant (F CFA)": "value",
    }
    titles |= {"valid_from": "start", "Jusqu’au": "end", "Prix public": "value", "Observation": ""}
    assert {title: named(title) for title in titles} == titles
