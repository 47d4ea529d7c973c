"""Trees to XML and back, by a logical model of the tests' own."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from hub import errors
from hub.formats import logical, xml

NAMESPACE = "urn:test:note"


def element(path: str, card: str, type: str = "", **more: Any) -> dict[str, Any]:
    low, high = card.split("..")
    types = {"type": [{"code": type}]} if type else {}
    return {"path": path, "min": int(low), "max": high, "short": path, **types, **more}


MODEL = logical.load(
    {
        "url": "https://benkan.example/fhir/StructureDefinition/note",
        "kind": "logical",
        "extension": [{"url": logical.XML_NAMESPACE, "valueUri": NAMESPACE}],
        "snapshot": {
            "element": [
                element("Note", "0..*"),
                element("Note.devise", "1..1", "code", representation=["xmlAttr"]),
                element(
                    "Note.numero",
                    "1..1",
                    "string",
                    extension=[{"url": logical.XML_NAME, "valueString": "NumeroDeNote"}],
                ),
                element("Note.nom", "0..1", "string"),
                element("Note.naissance", "0..1", "date"),
                element("Note.urgent", "0..1", "boolean"),
                element("Note.ligne", "0..*", "BackboneElement"),
                element("Note.ligne.rang", "1..1", "positiveInt", representation=["xmlAttr"]),
                element("Note.ligne.montant", "1..1", "decimal"),
            ]
        },
    }
)

NOTE = {
    "devise": "XOF",
    "numero": "N1",
    "nom": "Traoré",
    "naissance": "1960",
    "urgent": False,
    "ligne": [{"rang": 1, "montant": Decimal("12.50")}, {"rang": 2, "montant": Decimal("3")}],
}


def note(inside: str, attributes: str = 'devise="XOF"') -> bytes:
    text = f'<Note xmlns="{NAMESPACE}" {attributes}><NumeroDeNote>N1</NumeroDeNote>{inside}</Note>'
    return text.encode()


def test_a_tree_survives_the_trip_with_every_digit() -> None:
    again = xml.loads(xml.dumps(NOTE, MODEL), MODEL)
    assert again == NOTE
    assert str(again["ligne"][0]["montant"]) == "12.50"


def test_elements_follow_the_order_of_the_model_not_that_of_the_tree() -> None:
    assert xml.dumps(dict(reversed(NOTE.items())), MODEL) == xml.dumps(NOTE, MODEL)


def test_names_namespace_and_attributes_come_from_the_model() -> None:
    root = etree.fromstring(xml.dumps(NOTE, MODEL))
    assert root.tag == f"{{{NAMESPACE}}}Note"
    assert root.get("devise") == "XOF"
    assert root[0].tag == f"{{{NAMESPACE}}}NumeroDeNote"


def test_accents_are_single_bytes_in_latin_1() -> None:
    body = xml.dumps(NOTE, MODEL, "ISO-8859-1")
    assert "Traoré".encode("latin-1") in body
    assert xml.loads(body, MODEL) == NOTE


def test_a_name_outside_latin_1_survives_as_a_character_reference() -> None:
    tree = NOTE | {"nom": "Bɛnkan Ŋ’Diaye"}
    body = xml.dumps(tree, MODEL, "ISO-8859-1")
    assert b"&#603;" in body
    assert xml.loads(body, MODEL) == tree


@given(st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="￾￿"), min_size=1))
def test_any_text_survives_in_any_encoding(text: str) -> None:
    tree = NOTE | {"nom": text}
    for encoding in ("UTF-8", "ISO-8859-1"):
        assert xml.loads(xml.dumps(tree, MODEL, encoding), MODEL) == tree


@given(st.decimals(-(10**15), 10**15, places=6, allow_nan=False))
def test_any_amount_survives_to_the_digit(amount: Decimal) -> None:
    tree = NOTE | {"ligne": [{"rang": 1, "montant": amount}]}
    again = xml.loads(xml.dumps(tree, MODEL), MODEL)["ligne"][0]["montant"]
    assert format(again, "f") == format(amount, "f")


def test_everything_wrong_with_a_tree_is_said_at_once() -> None:
    tree = {"devise": ["XOF", "USD"], "inconnu": 1, "ligne": [{"rang": 0, "montant": 1.5}]}
    with pytest.raises(errors.Refused) as refusal:
        xml.dumps(tree, MODEL)
    assert [issue.path for issue in refusal.value.issues] == [
        "Note.inconnu",
        "Note.devise",
        "Note.numero",
        "Note.ligne[0].rang",
        "Note.ligne[0].montant",
    ]
    assert "il manque" in refusal.value.text


def test_a_control_character_is_refused_not_dropped() -> None:
    with pytest.raises(errors.Refused):
        xml.dumps(NOTE | {"nom": "a\x01b"}, MODEL)


@pytest.mark.parametrize(
    "amount",
    ["1e3", " 12", "12 ", "1_000", "１２", "NaN", "+1", ".5", "1.", "007", "", "12,5", "1 000"],
)
def test_an_amount_is_ascii_digits_or_unreadable(amount: str) -> None:
    with pytest.raises(errors.Unreadable):
        xml.loads(note(f'<ligne rang="1"><montant>{amount}</montant></ligne>'), MODEL)


@pytest.mark.parametrize(
    "inside",
    [
        "<inconnu/>",
        "<nom>a</nom><nom>b</nom>",
        "<urgent>true</urgent><nom>a</nom>",
        "<nom>a<b/></nom>",
        '<nom x="1">a</nom>',
        "<nom></nom>",
        "texte<nom>a</nom>",
        "<nom>a</nom>texte",
        '<nom xmlns="urn:other">a</nom>',
        "<ligne><montant>1</montant></ligne>",
        '<ligne rang="1"/>',
        "<naissance>1960-13</naissance>",
        "<urgent>oui</urgent>",
    ],
)
def test_what_the_model_does_not_say_is_unreadable(inside: str) -> None:
    with pytest.raises(errors.Unreadable):
        xml.loads(note(inside), MODEL)


def test_an_unknown_attribute_or_root_is_unreadable() -> None:
    with pytest.raises(errors.Unreadable):
        xml.loads(note("", 'devise="XOF" autre="1"'), MODEL)
    with pytest.raises(errors.Unreadable):
        xml.loads(note("").replace(b"Note ", b"Facture ").replace(b"/Note", b"/Facture"), MODEL)


def test_a_definition_that_is_no_logical_model_is_refused() -> None:
    with pytest.raises(ValueError, match="not a logical model"):
        logical.load({"url": "u", "kind": "resource", "snapshot": {"element": []}})
    orphan = [element("Note", "0..*"), element("Autre.nom", "0..1", "string")]
    with pytest.raises(ValueError, match="no element is called Autre"):
        logical.load({"url": "u", "kind": "logical", "snapshot": {"element": orphan}})
