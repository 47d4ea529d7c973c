"""What goes wrong between the hub and the fund, and what becomes of it."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from inamo_dossiers import amounts, answer, dossier, sent, settled
from pydantic import SecretStr
from servers.inamo_sandbox import InamoSandbox

from adapters.inamo import decisions
from adapters.inamo.adapter import Inamo
from hub import errors
from hub.formats import exact_json
from hub.model import ReplyKind, Tree

CONSULT = ("acte", "consult-gen", 1, 20000)


def booked(office: InamoSandbox, key: str) -> int:
    return sum(1 for entry in office.control("/ledger") if entry["submission"] == key)


def test_an_error_books_nothing_and_is_asked_about(office: InamoSandbox, cnps: Inamo) -> None:
    source = dossier(CONSULT, day="2026-05-01")
    message = sent(cnps, source)
    office.misbehave("error@Claim")
    with pytest.raises(errors.Unconfirmed):
        cnps.send(message)
    assert booked(office, message.key) == 0
    assert cnps.ask(message, None).kind is ReplyKind.UNKNOWN
    assert cnps.send(message).kind is ReplyKind.ACKNOWLEDGED


@pytest.mark.parametrize("kind", ["garbage", "timeout-after-booking", "duplicate"])
def test_what_may_have_been_booked_is_booked_once(own: InamoSandbox, kind: str) -> None:
    cnps = own.adapter(read=1.0, deadline=2.0)
    source = dossier(CONSULT)
    message = sent(cnps, source)
    own.misbehave(f"{kind}@Claim")
    if kind == "duplicate":
        cnps.send(message)
    else:
        with pytest.raises(errors.Unconfirmed):
            cnps.send(message)
    response = answer(cnps, source, settled(cnps, message))
    assert amounts(response)["benefit"] == 16000
    assert booked(own, message.key) == 1


def test_a_slow_answer_is_waited_for(office: InamoSandbox, cnps: Inamo) -> None:
    office.misbehave("delay:0.3@Claim")
    assert cnps.send(sent(cnps, dossier(CONSULT, day="2026-05-02"))).kind is ReplyKind.ACKNOWLEDGED


def test_a_closed_door_is_unreachable_and_nothing_left(own: InamoSandbox) -> None:
    cnps = own.adapter(connect=0.5)
    message = sent(cnps, dossier(CONSULT))
    cnps.ask(message, None)  # a token is there
    own.kill()
    with pytest.raises(errors.Unreachable):
        cnps.send(message)
    own.start()
    assert booked(own, message.key) == 0
    # the restarted sandbox does not know the old token: one fresh one is asked for
    assert cnps.send(message).kind is ReplyKind.ACKNOWLEDGED


def test_a_late_decision_comes_after_the_next_one(own: InamoSandbox) -> None:
    cnps = own.adapter()
    first = dossier(CONSULT, person="GN-0000000001")
    second = dossier(CONSULT, person="GN-0000000002")
    own.misbehave("late@Claim")
    one, two = sent(cnps, first), sent(cnps, second)
    cnps.send(one)
    own.advance(3600)
    assert cnps.ask(one, None).kind is ReplyKind.ACKNOWLEDGED
    settled(cnps, two)
    own.advance(3600)
    late = cnps.ask(one, None)
    assert (late.kind, late.reference) == (ReplyKind.ANSWER, one.key)


def test_a_contradiction_is_another_answer_for_the_hub_to_refuse(own: InamoSandbox) -> None:
    cnps = own.adapter()
    message = sent(cnps, dossier(CONSULT))
    reply = settled(cnps, message)
    own.misbehave("contradictory@ClaimResponse")
    other = cnps.ask(message, None)
    assert (other.kind, other.reference) == (reply.kind, reply.reference)
    assert other.body != reply.body
    assert cnps.ask(message, None) == reply


def test_the_answer_of_tomorrow_is_the_answer_of_today(own: InamoSandbox) -> None:
    """openIMIS writes the day of reading as `created`: a second reading is no second answer."""
    cnps = own.adapter()
    message = sent(cnps, dossier(CONSULT))
    today = settled(cnps, message)
    own.advance(3 * 86400)
    assert cnps.ask(message, None) == today
    assert b'"created"' not in today.body


def test_a_wrong_password_takes_nothing(office: InamoSandbox) -> None:
    cnps = office.adapter(password=SecretStr("faux"))
    with pytest.raises(errors.Unreachable) as refused:
        cnps.send(sent(cnps, dossier(CONSULT)))
    assert "faux" not in str(refused.value)


def test_an_expired_token_is_renewed_once(tmp_path_factory: pytest.TempPathFactory) -> None:
    office = InamoSandbox(tmp_path_factory.mktemp("short"), settings={"TOKEN": "1"})
    office.start()
    try:
        cnps = office.adapter()
        message = sent(cnps, dossier(CONSULT))
        cnps.send(message)
        time.sleep(1.2)
        assert cnps.ask(message, None).reference == message.key
    finally:
        office.kill()


def test_a_restart_forgets_nothing(own: InamoSandbox) -> None:
    cnps = own.adapter()
    source = dossier(CONSULT)
    message = sent(cnps, source)
    before = settled(cnps, message)
    own.kill()
    own.start()
    assert own.adapter().ask(message, None) == before
    again = dossier(CONSULT, key="again-1")  # the same act on the same day
    own_again = own.adapter()
    response = answer(own_again, again, settled(own_again, sent(own_again, again)))
    assert response["outcome"] == "error"


def test_the_same_code_for_another_content_is_refused(cnps: Inamo) -> None:
    source = dossier(CONSULT, key="same-1", day="2026-05-05")
    cnps.send(sent(cnps, source))
    other = dossier(("acte", "consult-gen", 1, 19000), key="same-1", day="2026-05-05")
    with pytest.raises(errors.Refused) as refused:
        cnps.send(sent(cnps, other))
    assert "same-1" in refused.value.text


def changed(change: str, value: object) -> Tree:
    tree: Tree = exact_json.loads(GOOD)
    node: Any = tree
    *path, last = change.split(".")
    for name in path:
        node = node[int(name)] if isinstance(node, list) else node[name]
    node[int(last) if isinstance(node, list) else last] = value
    return tree


@pytest.mark.parametrize(
    ("change", "value"),
    [
        ("total.3.amount.value", 15999),  # not the sum of the lines
        ("total.0.amount.value", 1),
        ("total.3.category.coding.0.code", "32"),  # a status nobody knows
        ("item.0.adjudication.3.category.coding.0.code", "3"),
        ("item.0.adjudication.3.amount.value", "beaucoup"),
        ("item.0.itemSequence", "un"),
        ("item.0.extension", []),
        ("total", []),
        ("identifier", []),
        ("resourceType", "Claim"),
    ],
)
def test_a_decision_that_contradicts_itself_is_unreadable(change: str, value: object) -> None:
    assert decisions.decision(exact_json.loads(GOOD))["totalPart"] == 16000
    with pytest.raises(errors.Unreadable) as found:
        decisions.decision(changed(change, value))
    assert found.value.text


def _good() -> bytes:
    system = "https://openimis.github.io/openimis_fhir_r4_ig/CodeSystem/"

    def concept(name: str, code: str) -> Tree:
        return {"coding": [{"system": system + name, "code": code}]}

    def step(code: str, price: int) -> Tree:
        return {
            "category": concept("claim-status", code),
            "reason": concept("claim-rejection-reasons", "0"),
            "amount": {"value": price, "currency": "GNF"},
            "value": 1,
        }

    prices = {"2": 20000, "4": 20000, "8": 20000, "16": 16000}
    url = "https://openimis.github.io/openimis_fhir_r4_ig/StructureDefinition/claim-item-reference"
    tree = {
        "resourceType": "ClaimResponse",
        "id": "GN-1",
        "identifier": [{"type": concept("openimis-identifiers", "Code"), "value": "s-1"}],
        "item": [
            {
                "itemSequence": 1,
                "extension": [
                    {"url": url, "valueReference": {"type": "ActivityDefinition", "display": "CG"}}
                ],
                "adjudication": [step(code, price) for code, price in prices.items()],
            }
        ],
        "total": [
            {"category": concept("claim-status", c), "amount": {"value": p, "currency": "GNF"}}
            for c, p in prices.items()
        ],
    }
    return json.dumps(tree).encode()


GOOD = _good()


@pytest.mark.parametrize(
    ("net", "price", "quantity"), [(2331, 334, 7), (100, None, 0), (20001, 20000, 1)]
)
def test_an_amount_that_unit_price_and_quantity_cannot_say(
    cnps: Inamo, net: int, price: int | None, quantity: int
) -> None:
    """The unit price is made to give the amount, or the claim is refused; never another amount."""
    source = dossier(CONSULT, key="p-1")
    line = source["claim"]["item"][0]
    line["net"]["value"], line["quantity"]["value"] = net, quantity
    source["claim"]["total"]["value"] = net
    if price is None:
        del line["unitPrice"]
    else:
        line["unitPrice"]["value"] = price
    if quantity == 0:
        with pytest.raises(errors.Refused) as refused:
            sent(cnps, source)
        assert refused.value.issues[0].path == "Claim.item[0].net"
        return
    message = sent(cnps, source)
    assert message.total is not None
    assert message.total.amount == net
    made = exact_json.loads(message.body)["item"][0]["unitPrice"]["value"]
    assert round(made * quantity) == net


def test_a_total_that_is_not_the_sum_is_refused(cnps: Inamo) -> None:
    source = dossier(CONSULT)
    source["claim"]["total"]["value"] = 19999
    with pytest.raises(errors.Refused) as refused:
        sent(cnps, source)
    assert refused.value.issues[0].path == "Claim.total"
