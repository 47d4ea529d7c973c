"""Sheets, lots and returns of CMSS as bytes."""

from __future__ import annotations

from decimal import Decimal
from importlib.resources import files
from pathlib import Path

import pytest
from cmss_sheets import sheet

from adapters.cmss import documents
from adapters.cmss.adapter import Cmss
from adapters.cmss.settings import Settings
from hub import errors
from hub.formats import exact_json, xml, xml_strict
from hub.mapping.library import Library
from hub.model import Message, Money, ReplyKind

GOLDEN_LOT = """\
<?xml version='1.0' encoding='ISO-8859-1'?>
<Bordereau xmlns="https://benkan.example/xml/cmss/bordereau/1"><Entete><numeroLot>LOT-1</numeroLot>\
<emetteur>BENKAN</emetteur><date>2026-10-05</date><nombreFeuilles>1</nombreFeuilles>\
<total devise="XOF">2500</total></Entete><Feuille numero="F-0001" devise="XOF">\
<identifiantDepot>s-1</identifiantDepot><type>pharmacie</type><categorie>PHA</categorie>\
<assure><numeroAMO>20000111-00</numeroAMO></assure><beneficiaire><numeroAMO>20000111-00</numeroAMO>\
<NINA>11791853348001Z</NINA><nom>Dembélé</nom><prenoms>Lassana Moussa</prenoms>\
<dateNaissance>1979</dateNaissance><sexe>M</sexe><qualite>0</qualite></beneficiaire>\
<etablissement><convention>CNV-ML-00001</convention><nom>CSCom Fictif de Sogoba</nom>\
</etablissement><prescripteur><numeroOrdre>ML-0007</numeroOrdre><nom>Touré Oumou</nom>\
</prescripteur><dateSoins>2026-10-05</dateSoins><diagnostic rang="1"><code>B50</code>\
<libelle>Paludisme à P. falciparum</libelle></diagnostic><ligne numero="1"><code>3400137</code>\
<libelle>Paracétamol 500 mg</libelle><quantite>20</quantite><prixUnitaire>25</prixUnitaire>\
<montant>500</montant></ligne><ligne numero="2"><lettreCle>C</lettreCle>\
<coefficient>1</coefficient><code>C1</code><montant>2000</montant></ligne>\
<montantTotal>2500</montantTotal></Feuille><Controle><nombreFeuilles>1</nombreFeuilles>\
<nombreLignes>2</nombreLignes></Controle></Bordereau>"""

RETURN = """\
<?xml version='1.0' encoding='ISO-8859-1'?>
<RetourLiquidation xmlns="https://benkan.example/xml/cmss/retour/1"><Entete>\
<numeroRetour>LIQ-1</numeroRetour><numeroLot>LOT-1</numeroLot><date>2026-10-06</date></Entete>\
<Liquidation numero="LQ-1" devise="XOF"><identifiantDepot>s-1</identifiantDepot>\
<numeroFeuille>F-0001</numeroFeuille><dateLiquidation>2026-10-06</dateLiquidation>\
<statut>PARTIEL</statut><ligne numero="1"><demande>500</demande><base>0</base><taux>0</taux>\
<partCaisse>0</partCaisse><ticketModerateur>0</ticketModerateur><ajuste>500</ajuste>\
<motif code="C01"><texte>Produit hors liste à la date des soins.</texte></motif></ligne>\
<ligne numero="2"><demande>2000</demande><base>2000</base><taux>70</taux>\
<partCaisse>1400</partCaisse><ticketModerateur>600</ticketModerateur></ligne>\
<totalDemande>2500</totalDemande><totalBase>2000</totalBase><totalPartCaisse>1400</totalPartCaisse>\
<totalTicketModerateur>600</totalTicketModerateur></Liquidation>\
<Controle><nombreFeuilles>1</nombreFeuilles><total devise="XOF">1400</total></Controle>\
</RetourLiquidation>"""


@pytest.fixture
def cmss() -> Cmss:
    return Cmss(Settings(hostkey="unused"))


def lot(cmss: Cmss, *trees: dict, key: str = "LOT-1") -> Message:
    sheets = [cmss.encode("claim", tree, f"s-{i}") for i, tree in enumerate(trees, 1)]
    return cmss.bundle("claim", sheets, key)


def test_a_lot_is_written_as_agreed(cmss: Cmss) -> None:
    made = lot(cmss, sheet())
    assert made.body == GOLDEN_LOT.encode("latin-1")
    assert (made.name, made.count, made.total) == ("LOT-1.xml", 1, Money(Decimal(2500), "XOF"))


def test_a_sheet_comes_back_from_its_bytes(cmss: Cmss) -> None:
    body = cmss.encode("claim", sheet(), "s-1").body
    assert xml.loads(body, documents.model("feuille")) == sheet(identifiantDepot="s-1")


def test_a_name_outside_latin_1_survives_the_lot(cmss: Cmss) -> None:
    person = sheet()["beneficiaire"] | {"nom": "Traoré dit Ŋɛnɛ"}
    root = xml_strict.parse(lot(cmss, sheet(beneficiaire=person)).body)
    assert root.findtext(".//{*}beneficiaire/{*}nom") == "Traoré dit Ŋɛnɛ"


def test_a_claim_without_a_total_gets_the_sum_of_its_lines(cmss: Cmss) -> None:
    foreign = sheet(devise="USD", ligne=[sheet()["ligne"][1] | {"montant": Decimal("135.57")}])
    del foreign["montantTotal"]
    made = cmss.encode("claim", foreign, "s-1")
    assert made.total == Money(Decimal("135.57"), "USD")


def test_a_lot_in_two_currencies_has_two_control_totals(cmss: Cmss) -> None:
    made = lot(cmss, sheet(), sheet("F-2", devise="USD"))
    header = xml_strict.parse(made.body)[0]
    assert documents.read_totals(header) == {"USD": Decimal(2500), "XOF": Decimal(2500)}
    assert made.total is None


def test_a_stranger_without_numbers_still_has_a_sheet(cmss: Cmss) -> None:
    tree = sheet(beneficiaire={"reference": "Patient/1"}, etablissement={"nom": "Clinique"})
    del tree["assure"], tree["prescripteur"], tree["diagnostic"]
    assert b"Patient/1" in cmss.encode("claim", tree, "s-1").body


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"etablissement": None}, "il manque « Prestataire de soins »"),
        ({"ligne": []}, "il manque « Ligne de la feuille »"),
        ({"type": "voyage"}, "voyage"),
        ({"montantTotal": Decimal(2501)}, "n'est pas la somme de ses lignes"),
        ({"identifiantDepot": "autre"}, "identifiant de dépôt"),
        ({"montantTotal": 2500.0}, "valeur impossible"),
        ({"devise": "francs"}, "devise"),
    ],
)
def test_an_incomplete_sheet_is_refused_in_french(cmss: Cmss, change: dict, says: str) -> None:
    with pytest.raises(errors.Refused) as refusal:
        cmss.encode("claim", sheet() | change, "s-1")
    assert says in refusal.value.text


def test_an_operation_or_a_key_that_cannot_travel_is_refused(cmss: Cmss) -> None:
    with pytest.raises(errors.Refused):
        cmss.encode("eligibility", sheet(), "s-1")
    with pytest.raises(errors.Refused):
        cmss.encode("claim", sheet(), "../s-1")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("<nombreFeuilles>1", "<nombreFeuilles>2", "nombre de feuilles"),
        ("<nombreLignes>2", "<nombreLignes>3", "nombre de lignes"),
        ('<total devise="XOF">2500', '<total devise="XOF">2501', "total de contrôle"),
        ('<total devise="XOF">2500', '<total devise="GNF">2500', "total de contrôle"),
        ("<montant>500", "<montant>501", "somme des lignes"),
    ],
)
def test_wrong_control_totals_of_a_lot_are_named(old: str, new: str, says: str) -> None:
    assert documents.wrong_controls(xml_strict.parse(GOLDEN_LOT.encode("latin-1"))) == ""
    changed = GOLDEN_LOT.replace(old, new, 1)
    assert changed != GOLDEN_LOT
    assert says in documents.wrong_controls(xml_strict.parse(changed.encode("latin-1")))


def test_a_liquidation_is_cut_and_read_line_by_line(cmss: Cmss) -> None:
    [reply] = cmss.receive({}, RETURN.encode("latin-1"))
    assert (reply.kind, reply.reference, reply.partner_reference) == (
        ReplyKind.ANSWER,
        "s-1",
        "LQ-1",
    )
    assert "Produit hors liste" in reply.text
    tree = cmss.decode(reply)
    assert tree["statut"] == "PARTIEL"
    assert [line["partCaisse"] for line in tree["ligne"]] == [Decimal(0), Decimal(1400)]
    assert tree["ligne"][0]["motif"] == [
        {"code": "C01", "texte": "Produit hors liste à la date des soins."}
    ]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<nombreFeuilles>1", "<nombreFeuilles>2"),
        ('<total devise="XOF">1400', '<total devise="XOF">1500'),
        ("<RetourLiquidation", "<!DOCTYPE x><RetourLiquidation"),
        ("<base>2000</base>", "<base>2000<!-- --></base>"),
        ("<base>2000</base>", "<base>2000<?x?></base>"),
        ("<base>2000</base>", "<base>2e3</base>"),
        ("<base>2000</base>", ""),
        ("/retour/1", "/retour/2"),
        ("<statut>PARTIEL", "<statut>PEUT-ETRE"),
    ],
)
def test_a_return_that_is_not_exactly_right_is_set_aside(cmss: Cmss, old: str, new: str) -> None:
    assert old in RETURN
    with pytest.raises(errors.Unreadable):
        cmss.receive({}, RETURN.replace(old, new).encode("latin-1"))


def test_a_refused_lot_without_sheets_speaks_for_the_lot(cmss: Cmss) -> None:
    body = (
        '<AccuseReception xmlns="https://benkan.example/xml/cmss/retour/1"><Entete>'
        "<numeroRetour>ACC-1</numeroRetour><numeroLot>LOT-1</numeroLot><date>2026-10-06</date>"
        "</Entete><statut>REFUSE</statut><texte>Lot illisible.</texte>"
        "<Controle><nombreFeuilles>0</nombreFeuilles></Controle></AccuseReception>"
    )
    [reply] = cmss.receive({}, body.encode())
    assert (reply.kind, reply.reference, reply.text) == (
        ReplyKind.REJECTED,
        "LOT-1",
        "Lot illisible.",
    )


def test_redaction_masks_people_and_illness_and_keeps_amounts(cmss: Cmss) -> None:
    shown = cmss.redact(lot(cmss, sheet()).body).decode("latin-1")
    for secret in ("Dembélé", "Lassana", "20000111", "11791853348001Z", "1979", "B50", "Paludisme",
                   "Touré", "ML-0007"):  # fmt: skip
        assert secret not in shown
    for kept in ("<montant>2000</montant>", "CNV-ML-00001", "LOT-1", "F-0001"):
        assert kept in shown
    assert b"12500" not in cmss.redact(b"<broken 12500")


def test_an_invented_reason_becomes_r99_and_keeps_its_own_code_and_words() -> None:
    folder = files("mappings") / "cmss" / "examples" / "claim-answer"
    source = exact_json.loads((folder / "partielle.in.json").read_bytes())
    line = source["answer"]["ligne"][1]
    line["motif"] = [{"code": "Y77", "texte": "Motif propre au centre de Kayes."}]
    library = Library([Path(str(files("mappings")))])
    url = "https://benkan.example/fhir/StructureMap/cmss-claim-answer"
    made = library.map(url, source)
    [reason] = [a["reason"] for a in made["item"][1]["adjudication"] if "reason" in a]
    assert [c["code"] for c in reason["coding"]] == ["R99", "Y77"]
    assert reason["text"] == "Motif propre au centre de Kayes."
    [note] = [n for n in made["processNote"] if n.get("number") == line["numero"]]
    assert note["text"].startswith("Motif propre au centre de Kayes. À faire : ")


@pytest.mark.parametrize(
    "name",
    [
        "Kɔnɛ",
        "N’Diaye",
        "Cœur — Œil",
        "Ag Alhousseïni dit Ŋolo",
        "Djénéba Aïssata Maïmouna Fatoumata Haoua Kadiatou Salimata M.",
    ],
)
def test_a_lot_in_latin_1_carries_every_name_to_the_letter(cmss: Cmss, name: str) -> None:
    given = sheet("F-1")
    given["beneficiaire"] = {**given["beneficiaire"], "nom": name}
    lot = cmss.bundle("claim", [cmss.encode("claim", given, "s-1")], "LOT-1")
    lot.body.decode("ascii" if name.isascii() else "iso-8859-1")
    root = xml_strict.parse(lot.body)
    assert documents.text(root, "Feuille/beneficiaire/nom", documents.DEPOSIT) == name


def test_what_xml_cannot_carry_is_refused_naming_the_field(cmss: Cmss) -> None:
    given = sheet("F-1")
    given["beneficiaire"] = {**given["beneficiaire"], "nom": "Koné\x07"}
    with pytest.raises(errors.Refused, match=r"beneficiaire\.nom"):
        cmss.encode("claim", given, "s-1")
