"""The INPS adapter against its sandbox: a real REST service in a process of its own."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from inps_office import Sandbox
from inps_sheets import lot, sheet

from hub import errors
from hub.model import Message, ReplyKind


def test_a_deposit_is_received_liquidated_and_paid(inps: Sandbox) -> None:
    adapter = inps.adapter()
    assert adapter.ask(lot(adapter, 2), None).kind is ReplyKind.UNKNOWN
    receipt = adapter.send(lot(adapter, 2))
    assert (receipt.kind, receipt.reference) == (ReplyKind.ACKNOWLEDGED, "LOT-1")
    assert receipt.partner_reference.startswith("DEP-")
    found = inps.replies(2)
    assert [(r.kind.value, r.reference) for r in found] == [
        ("answer", "s-1"),
        ("answer", "s-2"),
        ("payment", "s-1"),
        ("payment", "s-2"),
    ]
    trees = [adapter.decode(reply) for reply in found]
    assert [line["partCaisse"] for line in trees[0]["ligne"]] == [1400, 350]
    assert trees[0]["fin"]["totalTicketModerateur"] == 750
    assert trees[2]["montant"] == trees[0]["fin"]["totalPartCaisse"] == 1750
    assert trees[2]["numeroLiquidation"] == trees[0]["numeroLiquidation"]
    assert len({reply.partner_reference for reply in found[2:]}) == 1
    assert inps.control("GET", "/ledger/totals") == {"XOF": {"count": 2, "sum": "5000"}}


def test_the_same_deposit_again_gets_the_same_number_and_has_one_effect(inps: Sandbox) -> None:
    adapter = inps.adapter()
    first = adapter.send(lot(adapter))
    inps.files(2)
    assert adapter.send(lot(adapter)) == first == adapter.ask(lot(adapter), None)
    time.sleep(0.6)
    assert list(adapter.collect()) == []
    assert inps.booked() == ["s-1"]


def test_other_bytes_under_a_deposit_number_are_refused(inps: Sandbox) -> None:
    adapter = inps.adapter()
    adapter.send(lot(adapter, 1))
    with pytest.raises(errors.Refused, match="autre contenu") as refusal:
        adapter.send(lot(adapter, 2))
    assert all(issue.fr and issue.en for issue in refusal.value.issues)
    assert inps.booked() == ["s-1"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"+0000000000500000", b"+0000000000400000"),
        (b"\r\n19000002", b"\r\n19000003"),
        (b"99900100000200000040000024", b"99900100000200000040000025"),
        (b"39000002", b"39000001"),
        ("Traoré".encode("latin-1"), "Traoré".encode()),
        (b"\r\n999", b"\r\n998"),
    ],
    ids=["sum", "sheets", "records", "lines", "UTF-8", "end"],
)
def test_a_deposit_that_contradicts_itself_is_refused_and_books_nothing(
    inps: Sandbox, old: bytes, new: bytes
) -> None:
    adapter = inps.adapter()
    good = lot(adapter, 2)
    bad = good.body.replace(old, new, 1)
    assert bad != good.body
    with pytest.raises(errors.Refused, match="HTTP 422"):
        adapter.send(Message("claim", "LOT-1", bad, good.content_type, good.name))
    assert inps.booked() == []


def test_a_lost_answer_is_asked_about_and_nothing_is_booked_twice(inps: Sandbox) -> None:
    adapter = inps.adapter(read=1.0, deadline=1.5)
    inps.misbehave("timeout-after-booking@depots")
    with pytest.raises(errors.Unconfirmed):
        adapter.send(lot(adapter))
    assert adapter.ask(lot(adapter), None).kind is ReplyKind.ACKNOWLEDGED
    inps.misbehave("garbage@depots")
    with pytest.raises(errors.Unconfirmed):
        adapter.send(lot(adapter))
    inps.misbehave("error@depots")
    with pytest.raises(errors.Unconfirmed, match="HTTP 500"):
        adapter.send(lot(adapter))
    inps.misbehave("duplicate@depots")
    assert adapter.send(lot(adapter)).kind is ReplyKind.ACKNOWLEDGED
    assert inps.booked() == ["s-1"]


def test_a_closed_door_means_that_nothing_left(inps: Sandbox) -> None:
    adapter = inps.adapter()
    inps.misbehave("refuse")
    end = time.monotonic() + 60
    while True:
        assert time.monotonic() < end
        try:
            adapter.ask(lot(adapter), None)
        except errors.Unconfirmed:
            inps.misbehave("refuse")  # this call was in the door while it was being shut
            continue
        except errors.Unreachable:
            break
    assert inps.booked() == []


def test_a_duplicate_return_says_the_same_twice(inps: Sandbox) -> None:
    inps.misbehave("duplicate@retour")
    adapter = inps.adapter()
    adapter.send(lot(adapter))
    found = inps.replies(3)
    assert [r.kind.value for r in found] == ["answer", "answer", "payment"]
    assert found[0] == found[1]


def test_a_garbage_return_is_unreadable_and_the_true_ones_follow(inps: Sandbox) -> None:
    inps.misbehave("garbage@retour")
    adapter = inps.adapter()
    adapter.send(lot(adapter))
    garbage, *rest = inps.files(3)
    with pytest.raises(errors.Unreadable):
        adapter.receive({"name": garbage.name}, garbage.body)
    assert len([r for f in rest for r in adapter.receive({"name": f.name}, f.body)]) == 2


def test_returns_can_come_late_and_in_another_order(inps: Sandbox) -> None:
    adapter = inps.adapter()
    inps.misbehave("late@retour")
    adapter.send(lot(adapter, key="LOT-1", start=1))
    adapter.send(lot(adapter, key="LOT-2", start=2))
    answers = [r.reference for r in inps.replies(4) if r.kind is ReplyKind.ANSWER]
    assert answers == ["s-2", "s-1"]
    inps.misbehave("reordered@retour")
    adapter.send(lot(adapter, key="LOT-3", start=3))
    assert [r.kind.value for r in inps.replies(2)] == ["payment", "answer"]


def test_a_contradictory_return_carries_another_decision_on_the_same_sheet(inps: Sandbox) -> None:
    adapter = inps.adapter()
    inps.misbehave("contradictory@retour")
    adapter.send(lot(adapter))
    first, second = (r for r in inps.replies(3) if r.kind is ReplyKind.ANSWER)
    assert first.reference == second.reference == "s-1"
    statuses = [adapter.decode(reply)["statut"] for reply in (first, second)]
    assert statuses == ["LIQ", "REJ"]


def test_a_file_that_is_acknowledged_is_not_given_again(inps: Sandbox) -> None:
    adapter = inps.adapter()
    adapter.send(lot(adapter))
    end = time.monotonic() + 60
    while len(names := [f.name for f in adapter.collect()]) < 2:
        assert time.monotonic() < end
    adapter.dispose(names[0])
    assert [f.name for f in adapter.collect()] == names[1:]
    adapter.dispose(names[0])  # again: harmless


def test_a_sheet_is_followed_up_and_cancelled_only_before_its_decision(
    start_inps: Callable[..., Sandbox],
) -> None:
    inps = start_inps(BENKAN_INPS_SANDBOX_LIQUIDATION="2", BENKAN_INPS_SANDBOX_PAYMENT="2.5")
    adapter = inps.adapter()
    status = adapter.encode("status", {"feuille": "s-1"}, "q-1")
    assert adapter.send(status).kind is ReplyKind.UNKNOWN
    adapter.send(lot(adapter, 2))
    waiting = adapter.send(status)
    assert (waiting.kind, waiting.reference) == (ReplyKind.ACKNOWLEDGED, "q-1")
    assert "attente" in waiting.text
    cancel = adapter.encode("cancellation", {"feuille": "s-2", "motif": "erreur"}, "c-1")
    assert adapter.ask(cancel, None).kind is ReplyKind.UNKNOWN
    accepted = adapter.send(cancel)
    assert adapter.decode(accepted)["statut"] == "annulee"
    assert adapter.send(cancel) == adapter.ask(cancel, None) == accepted
    found = inps.replies(2)
    assert {reply.reference for reply in found} == {"s-1"}
    decided = adapter.send(status)
    assert decided.kind is ReplyKind.ANSWER
    assert adapter.decode(decided) == adapter.decode(found[0])
    member = adapter.encode("claim", sheet("F-0001", dateSoins="2026-09-02"), "s-1")
    assert adapter.ask(member, None).body == found[0].body
    late = adapter.send(adapter.encode("cancellation", {"feuille": "s-1"}, "c-2"))
    assert adapter.decode(late)["statut"] == "refusee"
    assert "déjà liquidée" in late.text
    with pytest.raises(errors.Refused, match="déjà servi"):
        adapter.send(adapter.encode("cancellation", {"feuille": "s-1"}, "c-1"))


def test_the_statement_of_a_month_lists_its_sheets_to_the_franc(inps: Sandbox) -> None:
    adapter = inps.adapter()
    adapter.send(lot(adapter, 3))
    inps.files(2)
    asked = adapter.encode("statement", {"mois": "2026-09"}, "e-1")
    state = adapter.decode(adapter.send(asked))
    assert state["nombre"] == 1
    [row] = state["feuille"]
    assert (row["identifiantDepot"], row["statut"]) == ("s-1", "liquidee")
    assert (row["demande"], row["part"], row["devise"]) == (2500, 1750, "XOF")


@pytest.mark.parametrize(
    ("number", "status", "manager"),
    [("20000555-00", "ouvert", "INPS"), ("20000481-00", "ferme", "INPS"), ("x", "inconnu", None)],
)
def test_rights_come_from_the_local_copy(
    inps: Sandbox, number: str, status: str, manager: str | None
) -> None:
    adapter = inps.adapter()
    tree = {"numeroAmo": number, "dateSoins": "2026-10-05", "categorie": ["AMB"]}
    reply = adapter.send(adapter.encode("eligibility", tree, "d-1"))
    assert reply.kind is ReplyKind.ANSWER
    rights = adapter.decode(reply)
    assert (rights["statut"], rights.get("gestionnaire")) == (status, manager)
    assert [t["caisse"] for t in rights.get("taux", [])] == ([70] if status == "ouvert" else [])


def test_registrations_come_as_a_batch_cut_by_movement(inps: Sandbox) -> None:
    adapter = inps.adapter()
    inps.control("POST", "/movements", {"publish": 6})
    found = inps.replies(1)
    assert {(r.kind, r.operation, r.reference) for r in found} == {
        (ReplyKind.NEWS, "registration", None)
    }
    assert [r.partner_reference for r in found] == [f"MV-I00{n}" for n in range(1, 7)]
    first, fourth = adapter.decode(found[0]), adapter.decode(found[3])
    assert first["personne"]["numeroProvisoire"] == "PRV-INPS-000201"
    assert "debut" not in first["couverture"]
    assert fourth["personne"]["numeroAmo"] == "30000174-00"
    assert fourth["personne"]["numeroProvisoire"] == "PRV-INPS-000201"


def test_a_killed_back_office_loses_nothing_and_decides_nothing_twice(
    start_inps: Callable[..., Sandbox],
) -> None:
    inps = start_inps()
    for number in range(3):
        adapter = inps.adapter()
        adapter.send(lot(adapter, 5, key=f"LOT-{number}", start=1 + 5 * number))
        time.sleep(0.15 * number)
        inps = start_inps()
    replies = inps.replies(6)
    answered = [r.reference for r in replies if r.kind is ReplyKind.ANSWER]
    assert sorted(answered) == sorted(f"s-{n}" for n in range(1, 16)) == sorted(inps.booked())
    assert len([r for r in replies if r.kind is ReplyKind.PAYMENT]) == len(
        {r.reference for r in replies if r.kind is ReplyKind.PAYMENT}
    )
