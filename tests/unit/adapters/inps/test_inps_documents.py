"""INPS's files and messages without its line: what is written, read, refused and masked."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from inps_sheets import lot, sheet

from adapters.inps import deposit, documents, layouts, outputs, returns
from adapters.inps.adapter import Inps
from adapters.inps.settings import Settings
from hub import errors
from hub.formats import fixed_width
from hub.model import Reply, ReplyKind, Tree

DAY = date(2026, 11, 21)
inps = Inps(Settings())


def encoded(**changes: object) -> Tree:
    """A sheet as INPS reads it."""
    return deposit.read(inps.encode("claim", sheet(**changes), "s-1").body)


def decision(currency: str = "XOF", part: str = "1400") -> Tree:
    line = {
        "numero": 1,
        "demande": Decimal(2000),
        "base": Decimal(2000),
        "taux": Decimal(70),
        "partCaisse": Decimal(part),
        "ticketModerateur": Decimal(600),
        "ajuste": Decimal(0),
    }
    return {
        "identifiantDepot": "s-1",
        "numeroFeuille": "F-0001",
        "numeroLiquidation": "LQ-1",
        "statut": "LIQ",
        "dateLiquidation": DAY.isoformat(),
        "devise": currency,
        "ligne": [line],
    }


def test_every_record_has_128_characters_and_iso_8859_1() -> None:
    body = lot(inps, 3).body
    records = body.decode("iso-8859-1").split("\r\n")
    assert records.pop() == ""
    assert {len(record) for record in records} == {128}
    assert records[0][:3], records[-1][:3] == ("000", "999")
    assert "Traoré".encode("iso-8859-1") in body


def test_a_deposit_has_one_lot_a_currency_and_its_totals() -> None:
    euros = sheet("F-2", devise="EUR", ligne=[{**sheet()["ligne"][0], "montant": Decimal("12.5")}])
    sheets = [inps.encode("claim", tree, f"s-{n}") for n, tree in enumerate((sheet(), euros))]
    file = inps.bundle("claim", sheets, "LOT-1")
    assert deposit.totals(file.body) == (2, {"EUR": Decimal("12.50"), "XOF": Decimal(2500)})
    assert (file.total, file.count) == (None, 2)
    tree = layouts.loads(file.body, layouts.whole("depot"))
    assert tree["fin"]["nombreEnregistrements"] == file.body.count(b"\r\n")


def test_a_sheet_in_another_currency_than_its_lot_is_refused() -> None:
    body = lot(inps).body.replace(b"100001XOF", b"100001EUR")
    with pytest.raises(errors.Unreadable, match="another currency"):
        deposit.open_file(body)


def test_names_are_carried_transliterated_or_refused_never_cut() -> None:
    long = "N'Diaye Ag Alhousseïni dit Kouyaté de Tombouctou-Ménaka Abdi"
    assert len(long) == 60
    person = sheet()["beneficiaire"]
    given = {**person, "identite": {"nom": long, "prenoms": "N’Golo Bɛrɛ"}}
    read = encoded(beneficiaire=given)["beneficiaire"]["identite"]
    assert read == {"nom": long, "prenoms": "N'Golo Bere"}
    written = deposit.sheet(sheet(beneficiaire=given) | {"identifiantDepot": "s-1"})
    assert [loss.path for loss in written.losses] == ["Facture.beneficiaire.identite.prenoms"]
    for longer in ({"nom": long + "x"}, {"nom": "محمد"}):
        with pytest.raises(errors.Refused) as refusal:
            encoded(beneficiaire={**person, "identite": longer})
        assert "identite.nom" in refusal.value.issues[0].path
    with pytest.raises(errors.Refused, match="numeroFeuille"):
        encoded(numeroFeuille="F-ɛ")


@pytest.mark.parametrize("amount", ["0", "0.01", "12.5", "12.50", "9999999999.99", "-3"])
def test_amounts_keep_their_value_both_ways(amount: str) -> None:
    line = {**sheet()["ligne"][0], "montant": Decimal(amount)}
    read = encoded(devise="EUR", ligne=[line])
    assert read["ligne"][0]["montant"] == read["fin"]["total"] == Decimal(amount)
    with pytest.raises(errors.Refused, match="ligne"):
        encoded(devise="EUR", ligne=[{**line, "montant": Decimal("1.005")}])


def test_a_franc_has_no_hundredths() -> None:
    whole = layouts.plain({"montant": Decimal("2000.00"), "taux": Decimal("70.50")}, "XOF")
    assert [str(v) for v in whole.values()] == ["2000", "70.5"]
    body = outputs.records(decision(part="1400.50"))
    with pytest.raises(errors.Unreadable, match="has decimals"):
        returns.liquidation(body)
    assert returns.liquidation(outputs.records(decision("EUR", "1400.50")))["fin"][
        "totalPartCaisse"
    ] == Decimal("1400.50")


def test_a_claim_for_half_a_franc_is_refused() -> None:
    line = {**sheet()["ligne"][0], "montant": Decimal("0.5")}
    with pytest.raises(errors.Refused, match="has decimals"):
        inps.encode("claim", sheet(ligne=[line, line]), "s-1")


def test_a_partial_birth_date_comes_back_partial() -> None:
    person = sheet()["beneficiaire"]
    for born in ("1960", "1960-07", "1960-07-31"):
        read = encoded(beneficiaire={**person, "dateNaissance": born})
        assert read["beneficiaire"]["dateNaissance"] == born


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"D1                  LIQUIDATION", b"D1                  AUTRE      "),
        (b"\r\n19000001", b"\r\n19000002"),
        (b"\r\n29000001", b"\r\n29000002"),
        (b"XOF", b"EUR"),
        (b"LIQ2026", b"QUI2026"),
        (b"+0000000000140000", b"+0000000000140001"),
        (b"\r\n999", b"\r\n999\r\n999"),
        (b"F-0001", b"F-\xef\xbf\xbd1"),
    ],
    ids=["type", "sheets", "lines", "currency", "status", "provider total", "two ends", "text"],
)
def test_a_return_that_contradicts_itself_is_set_aside_whole(old: bytes, new: bytes) -> None:
    good = outputs.liquidations("D1", DAY, "BENKAN", [("CNV-ML-00001", decision())])
    assert len(returns.cut(good)) == 1
    bad = good.replace(old, new, 1)
    assert bad != good
    with pytest.raises(errors.Unreadable) as problem:
        returns.cut(bad)
    assert all(issue.fr and issue.en for issue in problem.value.issues)


def test_a_part_of_a_file_holds_the_bytes_of_the_file() -> None:
    other = {**decision(), "identifiantDepot": "s-2", "numeroFeuille": "F-0002"}
    decided = [("CNV-ML-00001", decision()), ("CNV-ML-00007", other)]
    file = outputs.liquidations("D1", DAY, "BENKAN", decided)
    replies = returns.cut(file)
    assert [r.reference for r in replies] == ["s-1", "s-2"]
    assert all(reply.body in file for reply in replies)
    notice = returns.cut(outputs.payments("D1", DAY, "BENKAN", decided))
    assert [r.partner_reference for r in notice] == ["VIR-D1-1", "VIR-D1-2"]


def test_nothing_paid_gives_no_notice() -> None:
    assert outputs.payments("D1", DAY, "BENKAN", [("", decision(part="0"))]) == b""


@pytest.mark.parametrize(
    "body",
    [
        b'{"numeroAmo": "1", "dateSoins": "2026-10-05"}',
        b'{"reference": "r", "numeroAmo": 1, "dateSoins": "2026-10-05"}',
        b'{"reference": "r", "numeroAmo": "", "dateSoins": "2026-10-05"}',
        b'{"reference": "r", "numeroAmo": "1", "dateSoins": "hier"}',
        b'{"reference": "r", "numeroAmo": "1", "dateSoins": "2026-10-05", "autre": "x"}',
        b'{"reference": "r", "numeroAmo": "1", "dateSoins": "2026-10-05", "categorie": "AMB"}',
        b'{"reference": "r", "reference": "r", "numeroAmo": "1", "dateSoins": "2026-10-05"}',
        b"[]",
        b"\xff",
    ],
)
def test_a_message_that_is_not_by_its_model_is_unreadable(body: bytes) -> None:
    with pytest.raises(errors.Unreadable) as problem:
        documents.read(body, "droits-question")
    assert problem.value.issues


def test_numbers_of_a_message_are_exact_and_never_booleans_or_texts() -> None:
    row = '{"categorie": "AMB", "caisse": %s, "ticket": 30}'
    text = (
        '{"reference": "r", "numeroAmo": "1", "dateSoins": "2026-10-05", "copieDu": "2026-10-05",'
        f' "statut": "ouvert", "taux": [{row}]}}'
    )
    tree = documents.read((text % "70.50").encode(), "droits")
    assert str(tree["taux"][0]["caisse"]) == "70.50"
    for wrong in ("true", '"70"', "null", "[]"):
        with pytest.raises(errors.Unreadable):
            documents.read((text % wrong).encode(), "droits")


def test_an_incomplete_question_is_refused_before_it_leaves() -> None:
    with pytest.raises(errors.Refused, match="numeroAmo"):
        inps.encode("eligibility", {"dateSoins": "2026-10-05"}, "d-1")
    for key in ("x" * 41, "a b", ""):
        with pytest.raises(errors.Refused):
            inps.encode("status", {"feuille": "s-1"}, key)
    with pytest.raises(errors.Refused, match="routing"):
        inps.encode("registration", {}, "m-1")
    with pytest.raises(errors.Refused, match="routing"):
        inps.bundle("eligibility", [], "LOT-1")


def test_a_batch_of_movements_says_how_many_it_has() -> None:
    body = b'{"lot": "IM-1", "emission": "2026-11-21", "nombre": 1}'
    with pytest.raises(errors.Unreadable, match="number is wrong"):
        returns.cut(body)


def test_what_is_shown_names_nobody() -> None:
    body = inps.redact(lot(inps).body).decode("iso-8859-1")
    assert "Traoré" not in body
    assert "20000555" not in body
    assert "F-0001" in body
    assert len(body) == len(lot(inps).body)
    reply = (
        b'{"feuille": "s-1", "texte": "Voyez 20000555-00.", "personne": {"nom": "Sidib\xc3\xa9"}}'
    )
    shown = inps.redact(reply).decode()
    assert "20000555" not in shown
    assert "Sidib" not in shown
    for hidden in (b"\x00garbage", b"garbage", b"[1]", b""):
        assert b"garbage" not in inps.redact(hidden)


def test_the_files_layouts_agree_with_the_sheets_they_hold() -> None:
    for name, inner in (("depot", "facture"), ("retour", "liquidation"), ("avis", "paiement")):
        whole, part = layouts.whole(name), layouts.part(inner)
        assert set(part.codes) <= set(whole.codes)
    with pytest.raises(errors.Unreadable):
        fixed_width.loads(b"200\r\n", layouts.part("facture"))


def test_an_answer_of_another_operation_is_unreadable() -> None:
    reply = Reply(ReplyKind.ANSWER, "reference", "r", b"{}", "application/json")
    with pytest.raises(errors.Unreadable):
        inps.decode(reply)
