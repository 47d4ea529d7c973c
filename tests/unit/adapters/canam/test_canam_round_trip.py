"""CANAM's adapter against its sandbox, over a real socket."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import httpx
import pytest
from lxml import etree

from adapters.canam import documents
from hub import errors
from hub.model import ReplyKind

INSURED = "20000518-00"
DAY = "2026-11-02"


def copy(**changes: Any) -> dict[str, Any]:
    tree = {
        "referenceOGD": "ogd-1",
        "gestionnaire": "CMSS",
        "feuille": "F-2026-0001",
        "numeroAMO": INSURED,
        "convention": "CNV-ML-00006",
        "dateSoins": DAY,
        "ligne": [
            {
                "rang": 1,
                "code": "CON-GEN",
                "quantite": Decimal("1"),
                "prixUnitaire": Decimal("2000"),
                "montant": Decimal("2000"),
                "devise": "XOF",
            },
            {"rang": 2, "systeme": "https://example.org/acts", "code": "1205"},
        ],
        "total": Decimal("2000"),
        "devise": "XOF",
    }
    return tree | changes


def rights(number: str = INSURED, day: str = DAY, **more: Any) -> dict[str, Any]:
    return {"numeroAMO": number, "dateSoins": day} | more


def approval(*lines: tuple[str, str], **changes: Any) -> dict[str, Any]:
    tree = {
        "numeroAMO": INSURED,
        "dateDemande": DAY,
        "diagnostic": ["K35"],
        "ligne": [
            {"rang": i, "code": code, "quantite": Decimal(quantity)}
            for i, (code, quantity) in enumerate(lines, 1)
        ],
    }
    return tree | changes


def ask(sandbox: Any, operation: str, tree: dict[str, Any], key: str) -> dict[str, Any]:
    adapter = sandbox.adapter()
    decoded: dict[str, Any] = adapter.decode(adapter.send(adapter.encode(operation, tree, key)))
    return decoded


def test_open_rights_come_back_with_managing_body_and_rates(sandbox):
    answer = ask(sandbox, "eligibility", rights(categorie=["HOS", "PHA"]), "r-1")
    assert answer["statut"] == "ouvert"
    assert answer["gestionnaire"] == "CMSS"
    assert answer["regime"] == "AMO"
    assert answer["nom"] == "Ag Mohamed"
    assert answer["prenoms"] == "Aly dit Bakary"
    assert answer["taux"] == [
        {"categorie": "HOS", "caisse": Decimal(80), "ticket": Decimal(20)},
        {"categorie": "PHA", "caisse": Decimal(70), "ticket": Decimal(30)},
    ]


@pytest.mark.parametrize(
    ("number", "status", "motif"),
    [
        ("99999999-00", "inconnu", "E-ASS-01"),
        ("20000444-00", "ferme", "E-DRT-01"),
        ("20000037-00", "ferme", "E-DRT-02"),
        ("20000111-07", "ferme", "E-AYD-01"),
    ],
)
def test_rights_that_are_not_open_say_why(sandbox, number, status, motif):
    answer = ask(sandbox, "eligibility", rights(number), f"r-{number}")
    assert (answer["statut"], answer["motif"]) == (status, motif)
    assert answer["message"].endswith(".")
    assert "taux" not in answer


def test_rights_are_those_of_the_date_asked(sandbox):
    before = ask(sandbox, "eligibility", rights("20000444-00", "2026-06-30"), "r-before")
    after = ask(sandbox, "eligibility", rights("20000444-00", "2026-07-01"), "r-after")
    assert (before["statut"], after["statut"]) == ("ouvert", "ferme")


def test_a_nina_of_somebody_else_is_not_known(sandbox):
    answer = ask(sandbox, "eligibility", rights(nina="12661100806001L"), "r-nina")
    assert answer["statut"] == "inconnu"
    assert "nom" not in answer


def test_a_control_copy_is_registered_once_and_answered_twice(sandbox):
    adapter = sandbox.adapter()
    message = adapter.encode("control-copy", copy(), "c-1")
    first = adapter.send(message)
    second = adapter.send(message)
    assert first.kind is second.kind is ReplyKind.ANSWER
    assert first.partner_reference == second.partner_reference
    assert [adapter.decode(r)["doublon"] for r in (first, second)] == [False, True]
    [entry] = sandbox.entries("c-1")
    assert (entry["amount"], entry["currency"]) == ("2000", "XOF")


def test_of_many_copies_sent_at_once_one_is_registered(sandbox):
    adapter = sandbox.adapter()
    message = adapter.encode("control-copy", copy(), "c-many")
    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(lambda _: adapter.send(message), range(16)))
    assert len({reply.partner_reference for reply in replies}) == 1
    assert sorted(adapter.decode(r)["doublon"] for r in replies) == [False] + [True] * 15
    assert len(sandbox.entries("c-many")) == 1


def test_an_authorisation_asked_twice_keeps_its_number_and_its_content(sandbox):
    adapter = sandbox.adapter()
    message = adapter.encode("preauthorization", approval(("IMG-TDM", "1")), "a-twice")
    numbers = {adapter.send(message).partner_reference for _ in range(2)}
    assert len(numbers) == 1
    assert adapter.ask(message, None).partner_reference in numbers
    other = adapter.encode("preauthorization", approval(("IMG-TDM", "2")), "a-twice")
    with pytest.raises(errors.Refused, match="autre contenu"):
        adapter.send(other)
    with pytest.raises(errors.Refused, match="autre opération"):
        adapter.send(adapter.encode("control-copy", copy(), "a-twice"))


def test_a_reference_used_for_other_content_is_refused(sandbox):
    adapter = sandbox.adapter()
    adapter.send(adapter.encode("control-copy", copy(), "c-2"))
    with pytest.raises(errors.Refused, match="autre contenu"):
        adapter.send(adapter.encode("control-copy", copy(total=Decimal("2001")), "c-2"))
    assert len(sandbox.entries("c-2")) == 1


def test_foreign_currencies_keep_every_digit_in_the_ledger(sandbox):
    tree = copy(total=Decimal("135.570"), devise="EUR")
    assert ask(sandbox, "control-copy", tree, "c-eur")["doublon"] is False
    [entry] = sandbox.entries("c-eur")
    assert (entry["amount"], entry["currency"]) == ("135.570", "EUR")
    assert sandbox.control("GET", "/ledger/totals")["EUR"]["sum"] == "135.570"


def test_a_copy_without_total_or_patient_is_registered_without_amount(sandbox):
    tree = {"feuille": "960150", "dateSoins": "2014-08-16"}
    assert ask(sandbox, "control-copy", tree, "c-bare")["numero"].startswith("CC-")
    [entry] = sandbox.entries("c-bare")
    assert (entry["amount"], entry["currency"]) == ("", "")


def test_an_inquiry_knows_what_was_registered_and_what_was_not(sandbox):
    adapter = sandbox.adapter()
    known = adapter.encode("control-copy", copy(), "c-known")
    receipt = adapter.send(known)
    found = adapter.ask(known, None)
    assert found.kind is ReplyKind.ANSWER
    assert found.partner_reference == receipt.partner_reference
    assert adapter.decode(found) == adapter.decode(receipt)
    never = adapter.ask(adapter.encode("control-copy", copy(), "c-never"), None)
    assert never.kind is ReplyKind.UNKNOWN


@pytest.mark.parametrize(
    ("lines", "changes", "decision", "granted"),
    [
        ([("IMG-TDM", "1")], {}, "accord", ["1"]),
        ([("IMG-TDM", "1"), ("ZZZ-ZZZ", "1")], {}, "partiel", ["1", "0"]),
        ([("HOS-JRS", "15")], {}, "partiel", ["10"]),
        ([("ZZZ-ZZZ", "1")], {}, "refus", ["0"]),
        ([("IMG-TDM", "1")], {"numeroAMO": "20000444-00"}, "refus", ["0"]),
    ],
)
def test_an_authorisation_is_decided_act_by_act(sandbox, lines, changes, decision, granted):
    key = f"a-{decision}-{'-'.join(granted)}-{len(changes)}"
    answer = ask(sandbox, "preauthorization", approval(*lines, **changes), key)
    assert answer["decision"] == decision
    assert [line["quantiteAccordee"] for line in answer["ligne"]] == [Decimal(g) for g in granted]
    assert ("numero" in answer) == (decision != "refus")
    if decision != "refus":
        assert (answer["debut"], answer["fin"]) == (DAY, "2027-02-02")


def test_a_postponed_authorisation_is_pending_until_the_papers_are_late(fresh):
    sandbox = fresh()
    adapter = sandbox.adapter()
    message = adapter.encode("preauthorization", approval(("IMG-TDM", "1"), diagnostic=[]), "a-1")
    assert adapter.send(message).kind is ReplyKind.ACKNOWLEDGED
    assert adapter.ask(message, None).kind is ReplyKind.ACKNOWLEDGED
    sandbox.control("POST", "/clock", {"advance": 86401})
    reply = adapter.ask(message, None)
    assert reply.kind is ReplyKind.ANSWER
    assert adapter.decode(reply)["decision"] == "refus"


def test_reference_tables_are_served_for_a_date(sandbox):
    question = documents.plain(
        "ConsulterReferentiel", {"reference": "q-1", "liste": "suspensions", "date": DAY}
    )
    call = sandbox.adapter()._soap.call
    answer = etree.fromstring(call("ConsulterReferentiel", etree.tostring(question)))
    assert documents.findings(answer) == []
    assert answer.xpath("string(//*[local-name()='code'])") == "CNV-ML-00010"
    unknown = etree.tostring(question).replace(b"suspensions", b"tout")
    with pytest.raises(errors.Refused, match="n'existe pas"):
        call("ConsulterReferentiel", unknown)


def test_what_leaves_carries_the_stored_body_byte_for_byte(sandbox):
    adapter = sandbox.adapter()
    message = adapter.encode("control-copy", copy(), "c-bytes")
    assert message.body in adapter._soap._envelope(message.body)


def test_the_sandbox_serves_its_wsdl_which_says_it_is_illustrative(sandbox):
    text = httpx.get(sandbox.address["url"] + "?wsdl", trust_env=False).text
    assert "profil de référence illustratif" in text.lower()
    assert f'location="{sandbox.address["url"]}"' in text


def test_the_ledger_survives_a_kill(fresh):
    sandbox = fresh()
    adapter = sandbox.adapter()
    message = adapter.encode("control-copy", copy(), "c-kill")
    number = adapter.send(message).partner_reference
    sandbox.process.kill()
    sandbox.process.wait()
    again = fresh()
    reply = again.adapter().send(message)
    assert reply.partner_reference == number
    assert again.adapter().decode(reply)["doublon"] is True
    assert len(again.entries("c-kill")) == 1
