"""What CANAM's adapter writes, refuses to write, reads and hides."""

from __future__ import annotations

import json
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from pydantic import SecretStr

import adapters.canam
from adapters.canam import documents
from adapters.canam.adapter import Canam
from adapters.canam.settings import Settings
from hub import errors
from hub.formats import exact_json
from hub.mapping.library import Library
from hub.model import Money, Reply, ReplyKind

ADAPTER = Canam(Settings(password=SecretStr("demo")))
COPY: dict[str, Any] = {
    "feuille": "F-1",
    "dateSoins": "2026-11-02",
    "numeroAMO": "20000518-00",
    "ligne": [{"rang": 1, "code": "M10007", "quantite": Decimal("20"), "montant": Decimal("500")}],
    "total": Decimal("12.50"),
    "devise": "EUR",
}
GOLDEN = (
    '<DeclarerPrestation xmlns="https://benkan.example/canam/amo/2026"><reference>k</reference>'
    "<feuille>F-1</feuille><numeroAMO>20000518-00</numeroAMO><dateSoins>2026-11-02</dateSoins>"
    "<ligne><rang>1</rang><code>M10007</code><quantite>20</quantite><montant>500</montant></ligne>"
    "<total>12.50</total><devise>EUR</devise></DeclarerPrestation>"
)


def test_the_body_of_a_copy_is_exact_and_in_the_order_of_the_contract():
    message = ADAPTER.encode("control-copy", dict(reversed(COPY.items())), "k")
    assert message.body.decode() == GOLDEN
    assert message == ADAPTER.encode("control-copy", COPY, "k")
    assert message.total == Money(Decimal("12.50"), "EUR")
    whole = ADAPTER.encode("control-copy", COPY | {"total": 500, "devise": "XOF"}, "k")
    assert whole.total == Money(Decimal(500), "XOF")
    assert ADAPTER.encode("control-copy", COPY | {"total": None}, "k").total is None


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"feuille": None}, "feuille"),
        ({"inconnu": "x"}, "inconnu"),
        ({"total": 12.5}, "total"),
        ({"dateSoins": "02/11/2026"}, "dateSoins"),
        ({"ligne": [{"rang": 1}]}, "code"),
        ({"numeroAMO": "1\x00"}, "numeroAMO"),
    ],
)
def test_what_the_model_forbids_is_refused_with_its_path(changes, path):
    with pytest.raises(errors.Refused) as caught:
        ADAPTER.encode("control-copy", COPY | changes, "k")
    assert any(path in issue.path for issue in caught.value.issues)


@pytest.mark.parametrize("changes", [{"devise": "euro"}, {"dateSoins": "2026"}])
def test_what_only_the_schema_forbids_is_refused(changes):
    with pytest.raises(errors.Refused):
        ADAPTER.encode("control-copy", COPY | changes, "k")


def test_a_reference_that_is_not_the_key_is_refused():
    with pytest.raises(errors.Refused, match="submission id"):
        ADAPTER.encode("control-copy", COPY | {"reference": "other"}, "k")


def test_operations_canam_does_not_have_are_refused():
    with pytest.raises(errors.Refused, match="claim"):
        ADAPTER.encode("claim", COPY, "k")
    with pytest.raises(errors.Refused, match="deposits"):
        ADAPTER.bundle("control-copy", [], "k")


def test_what_is_no_piece_of_news_is_not_taken_in():
    with pytest.raises(errors.Unreadable, match="quarantined"):
        ADAPTER.receive({}, b"<x/>")


@pytest.mark.parametrize("motif", ["E-ZZZ-42", "E-NOM-01"])
def test_an_invented_reason_becomes_r99_and_keeps_its_own_code_and_words(motif):
    folder = files("mappings") / "canam" / "examples" / "preauthorization-answer"
    source = exact_json.loads((folder / "partiel.in.json").read_bytes())
    line = source["answer"]["ligne"][-1]
    line |= {"motif": motif, "message": "Motif propre au centre de Kidal."}
    made = Library([Path(str(files("mappings")))]).map(
        "https://benkan.example/fhir/StructureMap/canam-preauthorization-answer", source
    )
    reasons = [a["reason"]["coding"] for a in made["item"][-1]["adjudication"] if "reason" in a]
    hub = "R99" if motif == "E-ZZZ-42" else "R07"
    assert [[c["code"] for c in codings] for codings in reasons] == [[hub, motif]]
    [note] = [n for n in made["processNote"] if n.get("number") == line["rang"]]
    assert note["text"].startswith("Motif propre au centre de Kidal. À faire : ")


def test_an_answer_to_another_operation_is_unreadable():
    body = documents.answer(
        "DeclarerPrestation",
        {
            "reference": "k",
            "numero": "CC-1",
            "doublon": False,
            "recuLe": "2026-11-02T08:00:00Z",
            "message": "Reçu.",
        },
    )
    reply = Reply(ReplyKind.ANSWER, "control-copy", "k", body, "text/xml")
    assert ADAPTER.decode(reply)["numero"] == "CC-1"
    with pytest.raises(errors.Unreadable):
        ADAPTER.decode(Reply(ReplyKind.ANSWER, "eligibility", "k", body, "text/xml"))


def test_redacting_hides_identities_and_credentials_and_keeps_amounts():
    tree = {
        "numeroAMO": "20000518-00",
        "nina": "11711730996001W",
        "dateDemande": "2026-11-02",
        "prescripteur": "Dr Fictif",
        "diagnostic": ["K35"],
        "motifMedical": "douleur",
        "ligne": [{"rang": 1, "code": "IMG-TDM", "montant": Decimal("60000"), "devise": "XOF"}],
    }
    body = ADAPTER.encode("preauthorization", tree, "k").body
    for written in (body, ADAPTER._soap._envelope(body)):
        hidden = ADAPTER.redact(written).decode()
        secrets = ("20000518", "11711730996001W", "Fictif", "K35", "douleur", "benkan<")
        assert not [secret for secret in secrets if secret in hidden]
        assert "60000" in hidden
    password = etree.fromstring(ADAPTER.redact(ADAPTER._soap._envelope(body))).find(
        ".//{*}Password"
    )
    assert password is not None
    assert password.text == "***"


def test_redacting_something_unreadable_shows_nothing_of_it():
    assert ADAPTER.redact(b"20000518-00 <") == b"(illisible)"


def test_every_model_says_it_is_illustrative_and_is_the_schemas_twin():
    schema = etree.parse(documents.SCHEMA / "canam.xsd")
    xs = "{http://www.w3.org/2001/XMLSchema}"
    for pair in documents.MODELS.values():
        for name in pair:
            file = files("mappings") / "canam" / "models" / f"{name}.json"
            definition = json.loads(file.read_text(encoding="utf-8"))
            assert "profil de référence illustratif" in definition["description"].lower()
            root = documents.model(name).root
            element = schema.find(f"{xs}element[@name='{root.written}']")
            assert element is not None
            written = [e.get("name") for e in element.iterfind(f"{xs}complexType/{xs}sequence/*")]
            assert written == list(root.children)
            for twin in element.iterfind(f"{xs}complexType/{xs}sequence/*"):
                child = root.children[twin.get("name", "")]
                assert child.required == (twin.get("minOccurs", "1") != "0")
                assert child.many == (twin.get("maxOccurs", "1") != "1")


def test_the_adapter_is_built_from_its_own_settings(monkeypatch):
    monkeypatch.setenv("BENKAN_CANAM_URL", "http://127.0.0.1:9/amo")
    monkeypatch.setenv("BENKAN_CANAM_PASSWORD", "s3cret")
    built = adapters.canam.build()
    assert (built.name, built.resends_safely, built.batches) == ("canam", True, {})
    assert "s3cret" not in repr(vars(built))
    with pytest.raises(errors.Unreachable):
        built.send(built.encode("control-copy", COPY, "k"))
