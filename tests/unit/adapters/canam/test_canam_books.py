"""CANAM's books over a real socket: liquidation copies, cancellations, statements, lists, news."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from hub import errors
from hub.model import Reply, ReplyKind

DAY = "2026-09-03"


def say(sandbox: Any, operation: str, tree: dict[str, Any], key: str) -> dict[str, Any]:
    adapter = sandbox.adapter()
    decoded: dict[str, Any] = adapter.decode(adapter.send(adapter.encode(operation, tree, key)))
    return decoded


def copy(claim: str, total: int = 2000, **changes: Any) -> dict[str, Any]:
    return {
        "referenceOGD": claim,
        "gestionnaire": "CMSS",
        "feuille": f"F-{claim}",
        "convention": "CNV-ML-00006",
        "dateSoins": DAY,
        "total": Decimal(total),
        "devise": "XOF",
    } | changes


def liquidation(claim: str, share: int = 1400, **changes: Any) -> dict[str, Any]:
    line = {"rang": 1, "demande": Decimal(2000), "partCaisse": Decimal(share)}
    tree = copy(claim, statut="liquidee", ligne=[line], demande=Decimal(2000))
    del tree["total"]
    return tree | {"partCaisse": Decimal(share)} | changes


def month(sandbox: Any, body: str = "CMSS", of: str = "2026-09") -> dict[str, dict[str, Any]]:
    books = say(sandbox, "statement", {"gestionnaire": body, "mois": of}, f"q-{body}-{of}")
    assert (books["gestionnaire"], books["mois"]) == (body, of)
    return {row["referenceOGD"]: row for row in books.get("feuille", [])}


def test_the_books_of_a_month_follow_each_sheet_from_copy_to_decision(fresh):
    sandbox = fresh()
    say(sandbox, "control-copy", copy("s-1"), "c-1")
    say(sandbox, "control-copy", copy("s-2"), "c-2")
    say(sandbox, "control-copy", copy("s-3", gestionnaire="INPS"), "c-3")
    say(sandbox, "control-copy", copy("s-4", dateSoins="2026-08-31"), "c-4")
    before = month(sandbox)
    assert {k: v["statut"] for k, v in before.items()} == {"s-1": "en-cours", "s-2": "en-cours"}
    assert "partCaisse" not in before["s-1"]

    receipt = say(sandbox, "liquidation-copy", liquidation("s-1"), "l-1")
    assert receipt["numero"].startswith("CL-")
    rejected = liquidation("s-2", 0, statut="rejetee", motif=[{"code": "E-DRT-01"}])
    say(sandbox, "liquidation-copy", rejected, "l-2")
    after = month(sandbox)
    assert (after["s-1"]["statut"], after["s-1"]["partCaisse"]) == ("liquidee", Decimal(1400))
    assert (after["s-2"]["statut"], after["s-2"]["partCaisse"]) == ("rejetee", Decimal(0))
    assert after["s-1"]["demande"] == Decimal(2000)
    assert set(month(sandbox, "INPS")) == {"s-3"}
    assert set(month(sandbox, of="2026-08")) == {"s-4"}


def test_a_liquidation_copy_is_registered_once_and_adds_nothing_to_the_sums_claimed(fresh):
    sandbox = fresh()
    adapter = sandbox.adapter()
    say(sandbox, "control-copy", copy("s-1"), "c-1")
    message = adapter.encode("liquidation-copy", liquidation("s-1"), "l-1")
    first, second = adapter.send(message), adapter.send(message)
    assert first.partner_reference == second.partner_reference
    assert adapter.ask(message, None).partner_reference == first.partner_reference
    assert sandbox.control("GET", "/ledger/totals")["XOF"] == {"count": 1, "sum": "2000"}
    with pytest.raises(errors.Refused, match="autre contenu"):
        adapter.send(adapter.encode("liquidation-copy", liquidation("s-1", 1399), "l-1"))


def test_a_liquidation_without_its_control_copy_stands_in_the_books_too(fresh):
    sandbox = fresh()
    say(sandbox, "liquidation-copy", liquidation("s-9"), "l-9")
    row = month(sandbox)["s-9"]
    assert (row["statut"], row["demande"]) == ("liquidee", Decimal(2000))


@pytest.mark.parametrize("named_by", ["c-1", "s-1"])
def test_a_copy_is_cancelled_while_nothing_is_liquidated(fresh, named_by):
    sandbox = fresh()
    adapter = sandbox.adapter()
    say(sandbox, "control-copy", copy("s-1"), "c-1")
    message = adapter.encode("cancellation", {"referenceAnnulee": named_by}, "a-1")
    reply = adapter.send(message)
    assert (reply.kind, adapter.decode(reply)["accepte"]) == (ReplyKind.ANSWER, True)
    assert adapter.decode(adapter.send(message)) == adapter.decode(reply)
    assert adapter.decode(adapter.ask(message, None)) == adapter.decode(reply)
    row = month(sandbox)["s-1"]
    assert (row["statut"], row["partCaisse"]) == ("annulee", Decimal(0))


def test_after_the_liquidation_a_cancellation_is_refused_and_says_why(fresh):
    sandbox = fresh()
    say(sandbox, "control-copy", copy("s-1"), "c-1")
    say(sandbox, "liquidation-copy", liquidation("s-1"), "l-1")
    answer = say(sandbox, "cancellation", {"referenceAnnulee": "c-1"}, "a-1")
    assert (answer["accepte"], answer["motif"]) == (False, "E-DIV-99")
    assert "déjà liquidée" in answer["message"]
    assert month(sandbox)["s-1"]["statut"] == "liquidee"
    unknown = say(sandbox, "cancellation", {"referenceAnnulee": "jamais-vue"}, "a-2")
    assert unknown["accepte"] is False
    assert "jamais-vue" in unknown["message"]


def test_lists_come_with_values_and_days_of_validity(sandbox):
    tariffs = say(sandbox, "reference", {"liste": "tarifs", "date": "2026-11-02"}, "q-1")
    rows = {row["code"]: row for row in tariffs["element"]}
    assert rows["CON-GEN"]["valeur"] == Decimal(2000)
    assert (rows["CON-GEN"]["devise"], rows["CON-GEN"]["debut"]) == ("XOF", "2022-01-02")
    stopped = say(sandbox, "reference", {"liste": "suspensions", "date": "2026-11-02"}, "q-2")
    assert [(r["code"], r["debut"]) for r in stopped["element"]] == [("CNV-ML-00010", "2026-03-01")]
    assert "element" not in say(
        sandbox, "reference", {"liste": "suspensions", "date": "2026-02-28"}, "q-3"
    )
    with pytest.raises(errors.Refused, match="n'existe pas"):
        say(sandbox, "reference", {"liste": "tout", "date": "2026-11-02"}, "q-4")


def test_news_is_shown_until_it_is_acknowledged(fresh):
    sandbox = fresh()
    adapter = sandbox.adapter()
    assert list(adapter.collect()) == []
    sandbox.control("POST", "/movements", {"publish": 2})
    first, second = adapter.collect()
    assert list(adapter.collect()) == [first, second]
    adapter.dispose(first.name)
    adapter.dispose(first.name)
    assert list(adapter.collect()) == [second]
    adapter.dispose(second.name)
    assert list(adapter.collect()) == []
    with pytest.raises(errors.Refused, match="Aucun mouvement"):
        adapter.dispose("MV-INCONNU.xml")


def test_a_piece_of_news_is_read_with_its_own_number(fresh):
    sandbox = fresh()
    adapter = sandbox.adapter()
    sandbox.control("POST", "/movements", {"publish": 1})
    [inbound] = adapter.collect()
    [reply] = adapter.receive({"name": inbound.name}, inbound.body)
    assert (reply.kind, reply.operation, reply.reference) == (
        ReplyKind.NEWS,
        "registration",
        None,
    )
    assert reply.partner_reference == "MV-A001"
    tree = adapter.decode(reply)
    assert (tree["numeroAMO"], tree["numeroProvisoire"]) == ("30000137-00", "PRV-CMSS-000101")
    assert b"Guindo" not in adapter.redact(inbound.body)
    with pytest.raises(errors.Unreadable):
        adapter.receive({}, inbound.body.replace(b"definitif", b"mariage"))


def test_a_bad_order_of_the_operator_is_refused_and_changes_nothing(fresh):
    sandbox = fresh()
    told = sandbox.control("POST", "/movements", {"rows": [{"id": "x"}]})
    assert "Il manque" in told["error"]
    told = sandbox.control("POST", "/approvals", {"reference": "s-1", "decision": "accord"})
    assert "Aucune demande ajournée" in told["error"]


def approval(**changes: Any) -> dict[str, Any]:
    lines = [{"rang": 1, "code": "IMG-TDM", "quantite": Decimal(2)}]
    return {"numeroAMO": "20000518-00", "dateDemande": DAY, "ligne": lines} | changes


def test_a_postponed_request_is_decided_later_by_the_adviser(fresh):
    sandbox = fresh()
    adapter = sandbox.adapter()
    message = adapter.encode("preauthorization", approval(), "d-1")
    assert adapter.send(message).kind is ReplyKind.ACKNOWLEDGED
    assert sandbox.control("GET", "/approvals") == {"waiting": ["d-1"]}
    order = {"reference": "d-1", "decision": "accord", "quantities": {"1": 1}}
    assert sandbox.control("POST", "/approvals", order) == {"waiting": []}
    reply = adapter.ask(message, None)
    assert reply.kind is ReplyKind.ANSWER
    tree = adapter.decode(reply)
    assert tree["decision"] == "partiel"
    assert tree["ligne"][0]["quantiteAccordee"] == Decimal(1)
    assert tree["ligne"][0]["motif"] == "E-QTE-01"
    assert tree["medecinConseil"].startswith("Dr ")
    assert reply.partner_reference == tree["numero"]
    assert adapter.decode(adapter.send(message)) == tree


def test_a_postponed_request_can_be_refused_or_taken_back(fresh):
    sandbox = fresh()
    adapter = sandbox.adapter()
    messages = [adapter.encode("preauthorization", approval(), key) for key in ("d-1", "d-2")]
    for message in messages:
        adapter.send(message)
    sandbox.control("POST", "/approvals", {"reference": "d-1", "decision": "refus"})
    refused = adapter.decode(adapter.ask(messages[0], None))
    assert (refused["decision"], refused["motif"]) == ("refus", "E-DOC-01")
    assert "numero" not in refused
    taken = say(sandbox, "cancellation", {"referenceAnnulee": "d-2"}, "a-1")
    assert taken["accepte"] is True
    assert "annulée" in adapter.decode(adapter.ask(messages[1], None))["message"]
    late = say(sandbox, "cancellation", {"referenceAnnulee": "d-1"}, "a-2")
    assert (late["accepte"], "déjà décidée" in late["message"]) == (False, True)


def test_questions_register_nothing_and_may_be_asked_again(fresh):
    sandbox = fresh()
    adapter = sandbox.adapter()
    asked = adapter.encode("statement", {"gestionnaire": "CMSS", "mois": "2026-09"}, "q-1")
    assert adapter.send(asked).body == adapter.ask(asked, None).body
    assert sandbox.control("GET", "/ledger") == []
    sandbox.misbehave("garbage")
    with pytest.raises(errors.Unreadable):
        adapter.send(asked)


def test_an_answer_to_somebody_else_is_not_taken(sandbox):
    adapter = sandbox.adapter()
    message = adapter.encode("reference", {"liste": "taux", "date": DAY}, "q-9")
    other = replace(message, key="q-10")
    with pytest.raises(errors.Unreadable, match="q-10"):
        adapter.send(other)


def test_decode_reads_each_operation_by_its_own_model(sandbox):
    adapter = sandbox.adapter()
    answer = adapter.send(adapter.encode("reference", {"liste": "taux", "date": DAY}, "q-11"))
    wrong = Reply(answer.kind, "statement", answer.reference, answer.body, answer.content_type)
    with pytest.raises(errors.Unreadable):
        adapter.decode(wrong)
