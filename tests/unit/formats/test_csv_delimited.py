"""Delimited files: a bordereau with typed records, a list with a header."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from record_layouts import (
    BORDEREAU,
    BORDEREAU_ELEMENTS,
    DELIMITED,
    RIGHTS,
    RIGHTS_ELEMENTS,
    RIGHTS_FILE,
    element,
    layout,
)

from hub import errors
from hub.formats import delimited, fixed_width
from hub.formats.records_model import RecordModel

TREE: dict[str, Any] = {
    "entete": {"numero": "B-1", "date": "2026-11-02"},
    "ligne": [
        {
            "numero": 1,
            "libelle": 'Consultation; dite "spéciale"\r\nsuite',
            "motif": ["R09", "R18"],
            "montant": Decimal("12.50"),
        },
        {"numero": 2, "montant": Decimal(-3)},
    ],
}
BODY = (
    'H;B-1;02/11/2026\r\nL;1;"Consultation; dite ""spéciale""\r\nsuite";R09;R18;12,50\r\n'
    "L;2;;;;-3\r\nT;2;9,50\r\n"
).encode("iso-8859-1")

PEOPLE = "Numéro,Nom,Né(e) le,Droits\r\n00000001-00,Traoré Awa,1960,Oui\r\n2,Ag Mohamed,,Non\r\n"
RIGHTS_TREE: dict[str, Any] = {
    "assure": [
        {"numero": "00000001-00", "nom": "Traoré Awa", "naissance": "1960", "ouvert": True},
        {"numero": "2", "nom": "Ag Mohamed", "ouvert": False},
    ]
}


def unreadable(body: bytes, model: RecordModel = BORDEREAU) -> errors.Issue:
    with pytest.raises(errors.Unreadable) as caught:
        delimited.loads(body, model)
    return caught.value.issues[0]


def rights(text: str) -> bytes:
    return b"\xef\xbb\xbf" + text.encode()


def test_a_tree_becomes_records_with_their_totals() -> None:
    assert delimited.dumps(TREE, BORDEREAU) == (BODY, ())


def test_the_file_is_read_back_with_exact_amounts() -> None:
    tree = delimited.loads(BODY, BORDEREAU)
    assert tree == {**TREE, "total": {"lignes": 2, "montant": Decimal("9.50")}}
    assert str(tree["ligne"][0]["montant"]) == "12.50"


def test_a_list_with_a_header_and_a_byte_order_mark_survives() -> None:
    assert delimited.dumps(RIGHTS_TREE, RIGHTS).body == rights(PEOPLE)
    assert delimited.loads(rights(PEOPLE), RIGHTS) == RIGHTS_TREE


def test_columns_may_stand_in_any_order_and_optional_ones_be_absent() -> None:
    body = rights("Droits,Nom,Numéro\nOui,Sow Alpha,7\n")
    person = {"numero": "7", "nom": "Sow Alpha", "ouvert": True}
    assert delimited.loads(body, RIGHTS) == {"assure": [person]}


@pytest.mark.parametrize(
    ("header", "why"),
    [
        ("Nom,Droits", "“Numéro” expected"),
        ("Numéro,Nom,Droits,Droits", "expected"),
        ("Numéro,Nom,Né(e) le,Droits,Ville", "too many columns"),
        ("Numéro,Nom,Droits,Ville", "expected"),
    ],
)
def test_another_header_is_refused(header: str, why: str) -> None:
    issue = unreadable(rights(header + "\n"), RIGHTS)
    assert why in issue.en
    assert issue.fr.startswith("ligne 1, colonne ")


def test_an_exact_header_keeps_its_order() -> None:
    model = layout({**RIGHTS_FILE, "header": "exact"}, *RIGHTS_ELEMENTS)
    assert delimited.loads(rights(PEOPLE), model) == RIGHTS_TREE
    assert "header" in unreadable(rights("Nom,Numéro,Né(e) le,Droits\n"), model).en


def test_a_list_without_anybody_is_a_header_alone() -> None:
    body = delimited.dumps({}, RIGHTS).body
    assert body == rights("Numéro,Nom,Né(e) le,Droits\r\n")
    assert delimited.loads(body, RIGHTS) == {}
    assert "header" in unreadable(rights(""), RIGHTS).en


def test_the_byte_order_mark_is_asserted_both_ways() -> None:
    assert "mark is missing" in unreadable(PEOPLE.encode(), RIGHTS).en
    model = layout({**RIGHTS_FILE, "bom": False}, *RIGHTS_ELEMENTS)
    assert "there is a byte order mark" in unreadable(rights(PEOPLE), model).en


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "line 1, column 1: the file ends, a record H"),
        (BODY[:-2], "line 5, column 9: the end-of-record mark is missing"),
        (BODY.replace(b"T;2", b"T;3"), "line 5, column 3: control total 3, the file has 2"),
        (BODY.replace(b"9,50", b"9,51"), "line 5, column 5: control total 9.51"),
        (BODY.replace(b"9,50", b"9.50"), "line 5, column 5: not a well-written decimal"),
        (BODY.replace(b"L;2", b"X;2"), "line 4, column 1: unknown type “X”"),
        (BODY.replace(b"L;2", b"H;2"), "line 4, column 1: record “H” is out of place"),
        (BODY.replace(b"L;2;;", b"L;2;"), "line 4, column 7: 5 cells, not 6"),
        (BODY.replace(b"L;2;;", b"L;2;;;"), "line 4, column 9: 7 cells, not 6"),
        (BODY.replace(b"L;2;;;", b"L;2;;;R1"), "an empty repeat comes before"),
        (BODY.replace(b"L;2;", b'L;2;"'), "line 4, column 5: an unclosed quote"),
        (BODY.replace(b"L;2;", b'L;2;a"b'), "line 4, column 6: a quote inside a bare cell"),
        (BODY.replace(b"L;2;", b'L;2;"a"b'), "line 4, column 5: an unclosed quote, or text"),
        (BODY.replace(b"02/11/2026", b"31/11/2026"), "line 1, column 7: not a well-written date"),
        (BODY.replace(b"02/11/2026", b""), "line 1, column 7: “date” is missing"),
        (BODY.replace(b"-3\r", b"-03\r"), "not a well-written decimal"),
        (BODY.replace(b"-3\r", b"-0\r"), "not a well-written decimal"),
        (BODY.replace(b"-3\r", b" 3\r"), "not a well-written decimal"),
        (BODY.replace(b"-3\r", b"1e9\r"), "not a well-written decimal"),
        (BODY.replace(b"\r\nT", b"\nT"), "line 4, column 10: another end-of-record mark"),
        (BODY + b"\r\n", "line 6, column 1: unknown type “”"),
        (BODY + BODY, "line 6, column 1: record “H” is out of place"),
        (BODY.replace(b"\xe9", b"\xc3\xa9"), "UTF-8, not iso8859-1"),
        (BODY.replace(b"\xe9", b"\x80"), "line 2, column 29: control character U+0080"),
    ],
)
def test_a_damaged_file_is_refused_with_its_place(body: bytes, why: str) -> None:
    issue = unreadable(body)
    assert why in issue.en
    assert "demandez à l'institution" in issue.fr


def test_bytes_that_are_not_utf_8_are_named_with_their_place() -> None:
    body = rights("Numéro,Nom,Né(e) le,Droits\n1,") + b"Traor\xe9,,Oui\n"
    assert unreadable(body, RIGHTS).en.startswith("line 2, column 8: a byte is not utf-8")


def test_quoted_empty_and_missing_are_alike_unless_the_layout_tells_them_apart() -> None:
    body = BODY.replace(b"L;2;;", b'L;2;"";')
    assert "libelle" not in delimited.loads(body, BORDEREAU)["ligne"][1]
    model = layout({**DELIMITED, "empty": "distinct"}, *BORDEREAU_ELEMENTS)
    tree = delimited.loads(body, model)
    assert tree["ligne"][1]["libelle"] == ""
    assert delimited.dumps(tree, model).body == body
    assert "libelle" not in delimited.loads(BODY, model)["ligne"][1]
    with pytest.raises(errors.Refused, match="libelle"):
        delimited.dumps(tree, BORDEREAU)


def test_every_cell_can_be_quoted() -> None:
    model = layout({**DELIMITED, "quoting": "all"}, *BORDEREAU_ELEMENTS)
    body = delimited.dumps(TREE, model).body
    assert body.startswith(b'"H";"B-1";"02/11/2026"\r\n')
    assert delimited.loads(body, model) == delimited.loads(BODY, BORDEREAU)


def test_without_quotes_a_separator_in_a_text_is_refused() -> None:
    model = layout({**DELIMITED, "quote": ""}, *BORDEREAU_ELEMENTS)
    with pytest.raises(errors.Refused, match=r"ligne\[0\]\.libelle.*not quoted"):
        delimited.dumps(TREE, model)
    plain = {**TREE, "ligne": [{"numero": 1, "libelle": 'a"b', "montant": Decimal(1)}]}
    body = delimited.dumps(plain, model).body
    assert delimited.loads(body, model)["ligne"] == plain["ligne"]


def test_a_text_longer_than_its_column_is_refused_both_ways() -> None:
    rows = (element("F", "1..1"), element("F.r", "0..*", code="*"))
    tight = layout(RIGHTS_FILE, *rows, element("F.r.a", "1..1", "string", length=2))
    with pytest.raises(errors.Refused, match="3 characters, at most 2"):
        delimited.dumps({"r": [{"a": "abc"}]}, tight)
    assert "not a well-written string" in unreadable(rights("a\nabc\n"), tight).en


def test_each_form_has_its_own_door() -> None:
    with pytest.raises(ValueError, match="not a layout of fixed positions"):
        fixed_width.loads(BODY, BORDEREAU)


def test_a_layout_that_contradicts_itself_is_refused() -> None:
    with pytest.raises(ValueError, match="header line needs records of one kind"):
        layout({**DELIMITED, "header": "exact"}, *BORDEREAU_ELEMENTS)
    with pytest.raises(ValueError, match="belongs to UTF-8"):
        layout({**DELIMITED, "bom": True}, *BORDEREAU_ELEMENTS)
    with pytest.raises(ValueError, match="not the same"):
        layout({**DELIMITED, "separator": '"'}, *BORDEREAU_ELEMENTS)
    with pytest.raises(ValueError, match="not one of"):
        layout({**DELIMITED, "header": "maybe"}, *BORDEREAU_ELEMENTS)
    open_ended = element("B.l.x", "0..*", "string")
    with pytest.raises(ValueError, match="need a number"):
        layout(DELIMITED, element("B", "1..1"), element("B.l", "0..*", code="L"), open_ended)
