"""Files of fixed-position records, by a layout of the tests' own."""

from __future__ import annotations

import sys
from copy import deepcopy
from decimal import Decimal
from typing import Any

import pytest
from record_layouts import FIXED, LOT_ELEMENTS, LOTS, element, layout

from hub import errors
from hub.formats import fixed_width

TREE: dict[str, Any] = {
    "emetteur": "BENKAN",
    "lot": [
        {
            "numero": 1,
            "facture": [
                {
                    "numero": "F-1",
                    "nom": "Traoré Maïmouna",
                    "naissance": "1960-03-04",
                    "soins": "2026-11-02",
                    "urgence": False,
                    "diagnostic": ["B50", "J06"],
                    "ligne": [
                        {
                            "acte": "30101",
                            "coefficient": Decimal("32.5"),
                            "montant": Decimal(4000),
                            "part": [
                                {"qui": "AM", "montant": Decimal(2800)},
                                {"qui": "TM", "montant": Decimal(1200)},
                            ],
                        },
                        {"acte": "ANNUL", "montant": Decimal(-500)},
                    ],
                },
                {"numero": "F-2", "soins": "1999-12-31"},
            ],
        }
    ],
}


def lines(tree: dict[str, Any] = TREE) -> list[str]:
    return fixed_width.dumps(tree, LOTS).body.decode("iso-8859-1").split("\r\n")


def refused(tree: dict[str, Any]) -> list[errors.Issue]:
    with pytest.raises(errors.Refused) as caught:
        fixed_width.dumps(tree, LOTS)
    return list(caught.value.issues)


def unreadable(body: bytes) -> errors.Issue:
    with pytest.raises(errors.Unreadable) as caught:
        fixed_width.loads(body, LOTS)
    return caught.value.issues[0]


def with_invoice(**values: Any) -> dict[str, Any]:
    tree = deepcopy(TREE)
    tree["lot"][0]["facture"][0].update(values)
    return tree


def test_every_value_stands_at_its_positions() -> None:
    written = lines()
    assert written.pop() == ""
    assert {len(line) for line in written} == {80}
    assert [line[:3] for line in written] == [
        *("000", "001", "002", "004", "004", "005", "002", "005", "006", "999")
    ]
    assert written[0].rstrip() == "000BENKAN      T1"
    assert written[1].rstrip() == "001000001"
    assert written[2] == (
        "002F-1            Traoré Maïmouna               04031960261102NB50 J06      ".ljust(80)
    )
    assert written[3].rstrip() == "00430101     003250+000004000AM0002800TM0001200"
    assert written[4].rstrip() == "004ANNUL           -000000500"


def test_control_totals_are_written_for_every_level() -> None:
    written = lines()
    assert written[5].rstrip() == "005+0000003500"
    assert written[7].rstrip() == "005+0000000000"
    assert written[8].rstrip() == "00600002+000000003500"
    assert written[9].rstrip() == "99900000010"


def test_what_is_written_is_read_with_its_totals_and_constants() -> None:
    tree = fixed_width.loads(fixed_width.dumps(TREE, LOTS).body, LOTS)
    assert tree["norme"] == "T1"
    assert tree["fin"] == {"enregistrements": 10}
    (lot,) = tree["lot"]
    assert lot["fin"] == {"factures": 2, "total": Decimal(3500)}
    first, second = lot["facture"]
    assert {k: first[k] for k in TREE["lot"][0]["facture"][0]} == TREE["lot"][0]["facture"][0]
    assert "ligne" not in second
    assert fixed_width.loads(fixed_width.dumps(tree, LOTS).body, LOTS) == tree


def test_amounts_are_exact_decimals_and_never_floats() -> None:
    tree = fixed_width.loads(fixed_width.dumps(TREE, LOTS).body, LOTS)
    line = tree["lot"][0]["facture"][0]["ligne"][0]
    assert type(line["montant"]) is Decimal
    assert str(line["coefficient"]) == "32.50"
    found = refused(with_invoice(ligne=[{"acte": "A", "montant": 1.5}]))
    assert "Fichier.lot[0].facture[0].ligne[0].montant" in [issue.path for issue in found]


@pytest.mark.parametrize("born", ["1960", "1960-03", "1960-03-04"])
def test_a_date_known_in_part_survives(born: str) -> None:
    body = fixed_width.dumps(with_invoice(naissance=born), LOTS).body
    assert fixed_width.loads(body, LOTS)["lot"][0]["facture"][0]["naissance"] == born


@pytest.mark.parametrize(
    ("day", "kept"),
    [("1970-01-01", True), ("2069-12-31", True), ("1969-12-31", False), ("2070-01-01", False)],
)
def test_two_digits_of_a_year_mean_one_century_only(day: str, kept: bool) -> None:
    tree = with_invoice(soins=day)
    if kept:
        body = fixed_width.dumps(tree, LOTS).body
        assert fixed_width.loads(body, LOTS)["lot"][0]["facture"][0]["soins"] == day
    else:
        assert "two digits" in refused(tree)[0].en


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"numero": "F" * 16}, "16 characters, at most 15"),
        ({"numero": "F "}, "padding"),
        ({"numero": "F\n1"}, "more than one line"),
        ({"numero": "F\x001"}, "control"),
        ({"numero": "TraorÃ©"}, "read in another encoding"),
        ({"numero": "Bɛnkan"}, "cannot carry ɛ (U+025B); this field is not transliterated"),
        ({"nom": "Bɛnkan ☃"}, "cannot carry ☃ (U+2603);"),
        ({"soins": "2026-02-30"}, "cannot be written"),
        ({"urgence": "oui"}, "cannot be written"),
    ],
)
def test_what_a_field_cannot_say_is_refused_with_its_path(values: dict[str, Any], why: str) -> None:
    (issue,) = refused(with_invoice(**values))
    assert issue.path == f"Fichier.lot[0].facture[0].{next(iter(values))}"
    assert why in issue.en
    assert "corrigez la demande" in issue.fr


def test_a_refusal_gives_its_reason_in_french_too() -> None:
    assert (
        "« Fichier.lot.facture.numero » ne peut pas être écrit : 16 caractères, 15 au plus ;"
        in (refused(with_invoice(numero="F" * 16))[0].fr)
    )
    letter = refused(with_invoice(numero="ɛ"))[0].fr
    assert "ne porte pas ɛ (U+025B), et ce champ n'est pas translittéré" in letter


def test_all_that_is_wrong_is_said_at_once() -> None:
    found = refused(with_invoice(numero=None, soins=None, inconnu="x", diagnostic=list("ABCD")))
    assert [(issue.code, issue.path.rpartition(".")[2]) for issue in found] == [
        ("structure", "inconnu"),
        ("required", "numero"),
        ("required", "soins"),
        ("structure", "diagnostic"),
    ]


def test_a_negative_amount_needs_a_sign_field() -> None:
    parts = [{"qui": "AM", "montant": Decimal(-1)}]
    tree = with_invoice(ligne=[{"acte": "A", "montant": Decimal(1), "part": parts}])
    (issue,) = refused(tree)
    assert issue.path == "Fichier.lot[0].facture[0].ligne[0].part[0].montant"


def test_an_amount_with_more_decimals_than_implied_is_not_rounded() -> None:
    found = refused(with_invoice(ligne=[{"acte": "A", "montant": Decimal("10.5")}]))
    assert found[0].path == "Fichier.lot[0].facture[0].ligne[0].montant"
    assert "more than 0 decimals" in found[0].en


def test_a_total_that_the_tree_gives_must_be_right() -> None:
    (issue,) = refused(with_invoice(fin={"total": Decimal(1)}))
    assert issue.path == "Fichier.lot[0].facture[0].fin.total"
    assert "doit être 3500" in issue.fr


def test_letters_the_encoding_lacks_are_transliterated_where_the_layout_says_so() -> None:
    written = fixed_width.dumps(with_invoice(nom="Sanɔgɔ Œuf d’Ŋɛnɛ"), LOTS)
    name = fixed_width.loads(written.body, LOTS)["lot"][0]["facture"][0]["nom"]
    assert name == "Sanogo OEuf d'Nene"
    (loss,) = written.losses
    assert (loss.severity, loss.path) == ("information", "Fichier.lot[0].facture[0].nom")
    told = "« ɔ » écrit « o », « Œ » écrit « OE », « ’ » écrit « ' », « Ŋ » écrit « N », "
    assert loss.fr.startswith(f"{told}« ɛ » écrit « e »")
    assert not {"Sanɔgɔ", "Sanogo"} & set(loss.fr.split())


def test_nothing_is_reported_lost_when_nothing_is() -> None:
    assert fixed_width.dumps(TREE, LOTS).losses == ()


def spoilt(number: int, start: int, text: str) -> bytes:
    written = lines()
    line = written[number - 1]
    written[number - 1] = line[: start - 1] + text + line[start - 1 + len(text) :]
    return "\r\n".join(written).encode("iso-8859-1")


@pytest.mark.parametrize(
    ("line", "column", "text", "why"),
    [
        (2, 1, "007", "unknown type “007”"),
        (4, 1, "999", "record “999” is out of place (expected: 005"),
        (2, 4, "00000x", "not a well-written positiveInt"),
        (2, 4, "000000", "not a well-written positiveInt"),
        (3, 57, "261302", "not a well-written date"),
        (3, 49, "00001960", ""),
        (3, 49, "04001960", "not a well-written date"),
        (3, 63, "X", "not a well-written boolean"),
        (4, 20, " ", "not a well-written decimal"),
        (4, 21, " ", "not a well-written decimal"),
        (4, 46, "x", "not a well-written decimal"),
        (4, 60, "x", "text where no field is"),
        (1, 16, "T2", "the value must be T1"),
        (1, 4, " " * 12, "“emetteur” is missing"),
        (3, 64, "    ", "an empty repeat comes before"),
        (4, 30, " " * 9, "an empty repeat comes before"),
        (6, 14, "1", "control total 3501, the file has 3500"),
        (9, 4, "00003", "control total 3, the file has 2"),
        (10, 4, "00000011", "control total 11, the file has 10"),
    ],
)
def test_what_the_layout_does_not_say_is_not_read(
    line: int, column: int, text: str, why: str
) -> None:
    body = spoilt(line, column, text)
    if not why:
        fixed_width.loads(body, LOTS)
        return
    issue = unreadable(body)
    assert why in issue.en
    assert issue.en.startswith(f"line {line}, column ")
    assert issue.fr.startswith(f"ligne {line}, colonne ")
    assert "demandez à l'institution" in issue.fr


def test_the_column_is_where_the_field_begins() -> None:
    assert unreadable(spoilt(3, 57, "261302")).en.startswith("line 3, column 57:")
    assert unreadable(spoilt(4, 60, "x")).en.startswith("line 4, column 60:")
    assert unreadable(spoilt(6, 14, "1")).en.startswith("line 6, column 5:")


BODY = fixed_width.dumps(TREE, LOTS).body


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "line 1, column 1: the file ends, a record 000"),
        (BODY[:-2], "line 10, column 81: the end-of-record mark is missing"),
        (BODY[:-82], "line 10, column 1: the file ends, a record 999"),
        (BODY + b"x", "line 11, column 2: the end-of-record mark is missing"),
        (BODY + b"\r\n", "line 11, column 1: unknown type “”"),
        (BODY + BODY[-82:], "line 11, column 1: record “999” is out of place"),
        (BODY.replace(b"\r\n", b"\n"), "line 1, column 81: unexpected line end"),
        (BODY[:70] + BODY[80:], "line 1, column 71: 70 characters, not 80"),
        (BODY[:80] + b" " + BODY[80:], "line 1, column 81: 81 characters, not 80"),
        (BODY.decode("iso-8859-1").encode(), "line 1, column 1: UTF-8, not iso8859-1"),
        (b"\xef\xbb\xbf" + BODY, "not a well-written"),
        (BODY.replace(b"BENKAN", b"BEN\x00AN"), "line 1, column 7: control character U+0000"),
        (BODY.replace(b"\xe9", b"\x92"), "line 3, column 24: control character U+0092"),
    ],
)
def test_a_damaged_file_is_refused_with_its_place(body: bytes, why: str) -> None:
    if body.startswith(b"\xef"):
        unreadable(body)
    else:
        assert why in unreadable(body).en


def test_records_without_an_end_mark_have_a_length() -> None:
    model = layout({**FIXED, "end": "none"}, *LOT_ELEMENTS)
    body = fixed_width.dumps(TREE, model).body
    assert body == BODY.replace(b"\r\n", b"")
    assert fixed_width.loads(body, model) == fixed_width.loads(BODY, LOTS)
    with pytest.raises(errors.Unreadable, match="line 10, column 80: 79 characters"):
        fixed_width.loads(body[:-1], model)


def calls(lots: int) -> int:
    """How many function calls a trip of so many lots of 100 records takes."""
    counted = 0

    def count(*_: Any) -> None:
        nonlocal counted
        counted += 1

    invoice = TREE["lot"][0]["facture"][1]
    tree = {"emetteur": "B", "lot": [{"numero": 1, "facture": [invoice] * 49}] * lots}
    sys.setprofile(count)
    try:
        body = fixed_width.dumps(tree, LOTS).body
        back = fixed_width.loads(body, LOTS)
    finally:
        sys.setprofile(None)
    assert back["fin"]["enregistrements"] == 2 + lots * 100
    return counted


def test_ten_thousand_records_take_ten_times_the_work_of_a_thousand() -> None:
    assert 9.5 < calls(100) / calls(10) < 10.5


def test_a_layout_that_contradicts_itself_is_refused() -> None:
    overlap = element("F.b", "1..1", "string", position=6, length=4)
    root = element("F", "1..1", code="000")
    first = element("F.a", "1..1", "string", position=4, length=4)
    with pytest.raises(ValueError, match="two fields share position 6"):
        layout(FIXED, root, first, overlap)
    with pytest.raises(ValueError, match="beyond 80"):
        layout(FIXED, root, element("F.a", "1..1", "string", position=78, length=4))
    with pytest.raises(ValueError, match="unknown setting lenght"):
        layout(FIXED, root, element("F.a", "1..1", "string", position=4, length=1, lenght=3))
    with pytest.raises(ValueError, match="which does not exist"):
        layout(
            FIXED,
            root,
            element(
                "F.a", "1..1", "decimal", position=4, length=3, total={"kind": "sum", "of": "F.x"}
            ),
        )
    twice = (element("F.b", "0..1", code="001"), element("F.c", "0..1", code="001"))
    with pytest.raises(ValueError, match="begin like others"):
        layout(FIXED, root, *twice)
