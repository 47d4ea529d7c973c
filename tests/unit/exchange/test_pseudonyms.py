"""Rows for statistics: nobody can be recognised, sums stay exact, few are hidden."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from hub.exchange import pseudonyms

PATIENT = {
    "id": "p1",
    "name": [{"family": "Traoré", "given": ["Kadidia"]}],
    "identifier": [{"value": "20041987-04"}],
    "gender": "female",
    "birthDate": "1987-04-20",
    "telecom": [{"value": "+22376000000"}],
    "address": [{"line": ["Rue 42"], "city": "Sogoba", "state": "Ségou"}],
}


def position(number: int = 1, **changes: Any) -> dict[str, Any]:
    made = {
        "id": f"e{number}",
        "provider": "https://benkan.example/sid/convention|CNV-ML-00001",
        "identifier": "https://csref.example/feuille|F-0001",
        "care_date": "2026-03-17",
        "resource": f"Claim/c{number}",
        "state": "CLOSED",
        "outcome": "complete",
        "category": "pharmacy",
        "claimed": Decimal("12500"),
        "share": Decimal("8750"),
        "currency": "XOF",
        "sent": datetime(2026, 3, 18, tzinfo=UTC),
        "answered": datetime(2026, 3, 21, tzinfo=UTC),
    }
    return made | changes


def named(kind: str, what: str) -> str:
    return f"{kind}-{hash((kind, what)) % 10**12}"


def told(number: int = 1, patient: dict[str, Any] = PATIENT, **changes: Any) -> dict[str, Any]:
    return pseudonyms.row(position(number, **changes), "FOND", patient, named)


def test_a_row_says_nothing_by_which_somebody_could_be_recognised() -> None:
    text = str(told())
    for canary in ("Traor", "Kadidia", "20041987", "1987", "22376", "Rue 42", "Sogoba", "F-0001"):
        assert canary not in text
    assert "CNV-ML" not in text
    assert "-17" not in text
    assert "p1" not in text.replace("sheet", "")


def test_a_row_keeps_what_statistics_need() -> None:
    one = told()
    assert set(one) == set(pseudonyms.COLUMNS)
    assert (one["month"], one["age"], one["region"]) == ("2026-03", "35-39", "Ségou")
    assert (one["claimed"], one["share"], one["days"]) == ("12500", "8750", "3")


@pytest.mark.parametrize(
    ("born", "age"),
    [("2026-01-01", "0-4"), ("1986", "40-44"), ("1926-05", "85+"), ("", ""), ("?", "")],
)
def test_a_birth_date_becomes_five_years_of_age(born: str, age: str) -> None:
    assert told(patient={**PATIENT, "birthDate": born})["age"] == age


def test_the_same_person_has_the_same_pseudonym() -> None:
    assert told(1)["person"] == told(2)["person"]
    assert told(1)["sheet"] != told(2)["sheet"]
    assert told(1)["person"] != told(1, {**PATIENT, "id": "p2"})["person"]


def test_rows_that_few_people_share_lose_what_tells_them_apart() -> None:
    many = [told(n, {**PATIENT, "id": f"p{n}"}) for n in range(5)]
    same_person = [told(10 + n, {**PATIENT, "id": "x", "gender": "male"}) for n in range(9)]
    rows = [*many, *same_person]
    assert pseudonyms.hide_rare(rows, 5) == 9
    assert {row["age"] for row in many} == {"35-39"}
    for column in pseudonyms.TELLING:
        assert {row[column] for row in same_person} == {"*"}


def test_cells_about_few_people_are_hidden_and_others_are_exact() -> None:
    rows = [told(n, {**PATIENT, "id": f"p{n}"}, claimed=Decimal("0.10")) for n in range(5)]
    rows += [told(10 + n, {**PATIENT, "id": "x"}, category="dental") for n in range(9)]
    found = {cell["category"]: cell for cell in pseudonyms.aggregates(rows, 5)}
    assert (found["pharmacy"]["claims"], found["pharmacy"]["claimed"]) == ("5", "0.50")
    assert [found["dental"][name] for name in ("claims", "claimed", "share")] == ["*"] * 3
