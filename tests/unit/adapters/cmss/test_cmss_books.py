"""CMSS's cancellations, notices of payment, monthly books and registrations, over real SFTP."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from cmss_sheets import sheet
from servers.cmss_sandbox import CmssSandbox, wait

from adapters.cmss import documents, outputs, returns
from adapters.cmss.adapter import Cmss
from hub import errors
from hub.formats import xml, xml_strict
from hub.model import Message, Reply, ReplyKind

DAY = "2026-10-05"


def lot(cmss: Cmss, *names: str, key: str = "LOT-1") -> Message:
    days = [{"dateSoins": f"2026-10-{5 + 7 * n:02}"} for n in range(len(names))]
    trees = [sheet(f"F-{name}", **day) for name, day in zip(names, days, strict=True)]
    made = [cmss.encode("claim", *one) for one in zip(trees, names, strict=True)]
    return cmss.bundle("claim", made, key)


def cancelling(cmss: Cmss, *names: str, key: str = "ANN-1") -> Message:
    members = [
        cmss.encode("cancellation", {"identifiantAnnule": name, "dateSoins": DAY}, f"a-{name}")
        for name in names
    ]
    return cmss.bundle("cancellation", members, key)


def told(sandbox: CmssSandbox, *kinds: ReplyKind, count: int = 1) -> list[Reply]:
    """Wait for so many replies of these kinds; every file that is there is read and put away."""
    adapter = sandbox.adapter()
    found: list[Reply] = []

    def enough() -> bool:
        for inbound in adapter.collect():
            found.extend(r for r in adapter.receive({}, inbound.body) if r.kind in kinds)
            adapter.dispose(inbound.name)
        return len(found) >= count

    wait(enough)
    return found


def month(sandbox: CmssSandbox, key: str, of: str = "2026-10") -> dict[str, dict[str, Any]]:
    adapter = sandbox.adapter()
    asked = adapter.encode("statement", {"organisme": "CMSS", "mois": of}, key)
    reply = adapter.send(asked)
    assert reply.kind is ReplyKind.ACKNOWLEDGED
    [news] = told(sandbox, ReplyKind.NEWS)
    assert (news.operation, news.reference) == ("statement", None)
    assert news.partner_reference.startswith("ETAT-")
    tree = adapter.decode(news)
    assert (tree["identifiantDemande"], tree["mois"]) == (key, of)
    return {row["identifiantDepot"]: row for row in tree.get("feuille", [])}


def test_a_sheet_is_cancelled_before_its_liquidation_and_nothing_is_paid(sandbox: CmssSandbox):
    adapter = sandbox.adapter()
    sandbox.misbehave("delay:3600")
    adapter.send(lot(adapter, "s-1", "s-2"))
    wait(lambda: len(sandbox.control("/ledger")) == 2)
    adapter.send(cancelling(adapter, "s-1"))
    [answer] = told(sandbox, ReplyKind.ANSWER)
    assert (answer.operation, answer.reference) == ("cancellation", "a-s-1")
    assert adapter.decode(answer)["statut"] == "ANNULEE"
    books = month(sandbox, "q-1")
    assert {k: v["statut"] for k, v in books.items()} == {"s-1": "ANNULE", "s-2": "EN-COURS"}

    sandbox.control("/clock", {"advance": 4000})
    found = told(sandbox, ReplyKind.ANSWER, ReplyKind.PAYMENT, count=2)
    assert [(r.kind.value, r.reference) for r in found] == [("answer", "s-2"), ("payment", "s-2")]
    books = month(sandbox, "q-2")
    assert (books["s-1"]["statut"], books["s-1"]["partCaisse"]) == ("ANNULE", Decimal(0))
    assert (books["s-2"]["statut"], books["s-2"]["partCaisse"]) == ("LIQUIDE", Decimal(1750))


def test_after_the_liquidation_a_cancellation_is_refused_with_a_reason(sandbox: CmssSandbox):
    adapter = sandbox.adapter()
    adapter.send(lot(adapter, "s-1"))
    told(sandbox, ReplyKind.ANSWER)
    adapter.send(cancelling(adapter, "s-1", "s-0"))
    late, unknown = (adapter.decode(r) for r in told(sandbox, ReplyKind.ANSWER, count=2))
    assert (late["statut"], late["motif"]) == ("REFUSEE", "Z99")
    assert "déjà liquidée (LQ-" in late["texte"]
    assert unknown["statut"] == "REFUSEE"
    assert "s-0" in unknown["texte"]
    assert month(sandbox, "q-1")["s-1"]["statut"] == "LIQUIDE"


def test_a_cancellation_decided_stays_decided_after_a_kill(sandbox: CmssSandbox):
    adapter = sandbox.adapter()
    sandbox.misbehave("delay:3600")
    adapter.send(lot(adapter, "s-1"))
    wait(lambda: len(sandbox.control("/ledger")) == 1)
    adapter.send(cancelling(adapter, "s-1"))
    told(sandbox, ReplyKind.ANSWER)
    sandbox.kill()
    sandbox.start()
    again = sandbox.adapter()
    again.send(cancelling(again, "s-1", key="ANN-2"))
    [answer] = told(sandbox, ReplyKind.ANSWER)
    assert again.decode(answer)["statut"] == "ANNULEE"
    # the same sheet, sent anew under another identifier, is no double of a cancelled one
    sheets = [again.encode("claim", sheet("F-s-1"), "s-2")]
    again.send(again.bundle("claim", sheets, "LOT-2"))
    [paid] = told(sandbox, ReplyKind.PAYMENT)
    assert paid.reference == "s-2"


def test_a_cancellation_lot_with_a_wrong_count_is_refused_as_a_whole(sandbox: CmssSandbox):
    adapter = sandbox.adapter()
    good = cancelling(adapter, "s-1")
    body = good.body.replace(b"<nombreAnnulations>1<", b"<nombreAnnulations>2<")
    adapter.send(Message("cancellation", "ANN-1", body, good.content_type, name="ANN-1.xml"))
    [refused] = told(sandbox, ReplyKind.REJECTED)
    assert (refused.operation, refused.reference) == ("cancellation", "a-s-1")
    assert "nombre d'annulations" in refused.text


def test_one_notice_pays_one_provider_under_one_number(sandbox: CmssSandbox):
    adapter = sandbox.adapter()
    other = {"etablissement": {"convention": "CNV-ML-00005"}, "dateSoins": "2026-10-26"}
    sheets = [
        adapter.encode("claim", sheet("F-1", dateSoins="2026-10-05"), "s-1"),
        adapter.encode("claim", sheet("F-2", **other), "s-2"),
        adapter.encode("claim", sheet("F-3", dateSoins="2026-10-15"), "s-3"),
    ]
    adapter.send(adapter.bundle("claim", sheets, "LOT-1"))
    paid = told(sandbox, ReplyKind.PAYMENT, count=3)
    numbers = {r.reference: r.partner_reference for r in paid}
    assert numbers["s-1"] == numbers["s-3"] != numbers["s-2"]
    files = sandbox.files("retour/lus")
    assert len([name for name in files if "paiement" in name]) == 2


def decision(name: str, share: int, provider: str) -> outputs.Decision:
    tree = {
        "numeroLiquidation": f"LQ-{name}",
        "devise": "XOF",
        "identifiantDepot": name,
        "numeroFeuille": f"F-{name}",
        "dateLiquidation": DAY,
        "statut": "LIQUIDE",
        "totalDemande": Decimal(share),
        "totalBase": Decimal(share),
        "totalPartCaisse": Decimal(share),
        "totalTicketModerateur": Decimal(0),
    }
    made = xml.build(tree, documents.model("liquidation"))
    return outputs.Decision(made, 1, date.fromisoformat(DAY), provider)


def notices() -> list[bytes]:
    given = [("s-1", 100, "CNV-A"), ("s-2", 7, "CNV-B"), ("s-3", 25, "CNV-A")]
    paid = [decision(*one) for one in given]
    return outputs.payments("LOT-1", 1, date.fromisoformat(DAY), paid)


def test_the_total_of_a_notice_is_that_of_its_payments():
    first, second = notices()
    assert [(r.reference, r.partner_reference) for r in returns.cut(first)] == [
        ("s-1", "VIR-1-1"),
        ("s-3", "VIR-1-1"),
    ]
    assert [r.partner_reference for r in returns.cut(second)] == ["VIR-1-2"]
    root = xml_strict.parse(first)
    assert documents.text(root, "convention", documents.RETURN) == "CNV-A"
    assert documents.text(root, "Controle/total", documents.RETURN) == "125"


def test_a_notice_whose_total_or_number_is_wrong_is_set_aside_whole():
    [first, _] = notices()
    for wrong in (
        first.replace(b">125<", b">126<"),
        first.replace(b'ordre="VIR-1-1"', b'ordre="VIR-1-9"', 1),
        first.replace(b"<montant>25<", b"<montant>26<"),
    ):
        assert wrong != first
        with pytest.raises(errors.Unreadable):
            returns.cut(wrong)


def test_a_request_the_caisse_cannot_read_is_answered_with_the_reason(sandbox: CmssSandbox):
    adapter = sandbox.adapter()
    good = adapter.encode("statement", {"organisme": "CMSS", "mois": "2026-10"}, "q-1")
    body = good.body.replace(b"2026-10", b"2026-13")
    adapter.send(Message("statement", "q-1", body, good.content_type, name="q-1.xml"))
    [refused] = told(sandbox, ReplyKind.REJECTED)
    assert refused.reference == "q-1"
    assert adapter.ask(good, None).kind is ReplyKind.ACKNOWLEDGED


def test_a_month_that_does_not_exist_never_leaves(sandbox: CmssSandbox):
    with pytest.raises(errors.Refused):
        sandbox.adapter().encode("statement", {"organisme": "CMSS", "mois": "2026-13"}, "q-1")


def test_registrations_come_as_files_and_survive_a_kill(sandbox: CmssSandbox):
    sandbox.control("/movements", {"publish": 2})
    first = told(sandbox, ReplyKind.NEWS, count=2)
    assert [(r.operation, r.partner_reference) for r in first] == [
        ("registration", "MV-C001"),
        ("registration", "MV-C002"),
    ]
    adapter = sandbox.adapter()
    tree = adapter.decode(first[1])
    assert (tree["numeroProvisoire"], tree["nomMarital"]) == ("PRV-CMSS-000102", "Guindo")
    assert b"Guindo" not in adapter.redact(first[1].body)
    sandbox.kill()
    sandbox.start()
    sandbox.control("/movements", {"publish": 1})
    assert [r.partner_reference for r in told(sandbox, ReplyKind.NEWS)] == ["MV-C003"]
    assert len([f for f in sandbox.files("retour/lus") if f.startswith("M")]) == 2


def test_hard_names_come_through_the_file_of_another_encoding(sandbox: CmssSandbox):
    long = "Djénéba Aïssata Maïmouna Fatoumata Haoua Kadiatou Salimata M."
    rows = [
        {"id": f"X-{n}", "date": DAY, "event": "immatriculation", "nom": name, "prenoms": long}
        for n, name in enumerate(("Kɔnɛ", "N’Diaye", "Cœur — Œil", "Ag Alhousseïni"))
    ]
    sandbox.control("/movements", {"rows": rows})
    adapter = sandbox.adapter()
    trees = [adapter.decode(r) for r in told(sandbox, ReplyKind.NEWS, count=4)]
    assert [(t["nom"], t["prenoms"]) for t in trees] == [(r["nom"], long) for r in rows]
    assert len(long) > 60


def test_news_with_a_wrong_count_is_set_aside():
    body = outputs.movements(
        1,
        date.fromisoformat(DAY),
        [{"numero": "X-1", "evenement": "deces", "date": DAY, "nom": "Keïta"}],
    )
    assert [r.partner_reference for r in returns.cut(body)] == ["X-1"]
    with pytest.raises(errors.Unreadable, match="number of news"):
        returns.cut(body.replace(b"<nombreMouvements>1<", b"<nombreMouvements>2<"))


def test_answers_come_in_another_order_when_asked(sandbox: CmssSandbox):
    adapter = sandbox.adapter()
    sandbox.misbehave("reordered")
    adapter.send(lot(adapter, "s-1"))
    found = told(sandbox, ReplyKind.ANSWER, ReplyKind.PAYMENT, count=2)
    assert [r.kind for r in found] == [ReplyKind.PAYMENT, ReplyKind.ANSWER]


def test_a_decision_is_contradicted_when_asked(sandbox: CmssSandbox):
    adapter = sandbox.adapter()
    sandbox.misbehave("contradictory")
    adapter.send(lot(adapter, "s-1"))
    first, second = told(sandbox, ReplyKind.ANSWER, count=2)
    assert first.reference == second.reference
    trees = [adapter.decode(reply) for reply in (first, second)]
    assert [tree["statut"] for tree in trees] == ["LIQUIDE", "REJETE"]
    assert trees[0]["numeroLiquidation"] != trees[1]["numeroLiquidation"]


def test_a_late_lot_is_answered_after_the_next_one(sandbox: CmssSandbox):
    adapter = sandbox.adapter()
    sandbox.misbehave("late")
    adapter.send(lot(adapter, "s-1"))
    wait(lambda: len(sandbox.control("/ledger")) == 1)
    sheets = [adapter.encode("claim", sheet("F-2", dateSoins="2026-09-01"), "s-2")]
    adapter.send(adapter.bundle("claim", sheets, "LOT-2"))
    found = told(sandbox, ReplyKind.ANSWER, count=2)
    assert {r.reference for r in found} == {"s-1", "s-2"}
    read = sandbox.data / "files" / "retour" / "lus"
    written = sorted(read.glob("*-2-liquidation.xml"), key=lambda path: path.stat().st_mtime_ns)
    assert [path.name for path in written] == sorted((p.name for p in written), reverse=True)


def test_books_told_wrongly_are_told_all_the_same(sandbox: CmssSandbox) -> None:
    adapter = sandbox.adapter()

    def ask(key: str, wrong: str = "") -> None:
        if wrong:
            sandbox.misbehave(wrong)
        adapter.send(adapter.encode("statement", {"organisme": "CMSS", "mois": "2026-10"}, key))
        if wrong:
            wait(lambda: not sandbox.control("/behaviour")["waiting"])

    def answered() -> list[str]:
        return [adapter.decode(r)["identifiantDemande"] for r in told(sandbox, ReplyKind.NEWS)]

    ask("q-1", "late@etats")
    ask("q-2")
    wait(lambda: len(sandbox.files("retour")) == 2)
    assert sorted(answered()) == ["q-1", "q-2"]
    ask("q-3", "duplicate@etats")
    wait(lambda: len(sandbox.files("retour")) == 2)
    assert answered() == ["q-3", "q-3"]
    ask("q-4", "garbage@etats")
    wait(lambda: len(sandbox.files("retour")) == 2)
    illegible, right = adapter.collect()
    with pytest.raises(errors.Unreadable):
        adapter.receive({}, illegible.body)
    [reply] = adapter.receive({}, right.body)
    assert adapter.decode(reply)["identifiantDemande"] == "q-4"
