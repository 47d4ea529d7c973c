"""Sums of money on each back end: exact, and taken from each place on its own."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from store_nouns import acceptance, bundle, claim, deposit, exchange, outgoing, resource

from hub.model import Exchange, Money, NewResource, State
from hub.ports import Acceptance, Change
from hub.store import SqlStore


def sums(store: SqlStore) -> dict[str, str]:
    return {
        f"{place} {currency}": f"{total['count']} {total['sum']}"
        for place, currencies in store.totals().items()
        for currency, total in currencies.items()
    }


def response(id: str, submitted: str) -> NewResource:
    category = {"coding": [{"code": "submitted"}]}
    paid = {"coding": [{"code": "benefit"}]}
    new = resource("ClaimResponse", id, total=[])
    total = (
        f'"total": [{{"category": {_json(category)}, "amount": {{"value": {submitted}, '
        f'"currency": "XOF"}}}}, {{"category": {_json(paid)}, "amount": {{"value": 1}}}}]'
    )
    return replace(new, body=new.body.replace(b'"total": []', total.encode()))


def _json(tree: dict[str, object]) -> str:
    return str(tree).replace("'", '"')


def travel(store: SqlStore, one: Exchange, total: str, answer: NewResource | None = None) -> None:
    leased = store.lease(one.id, 60)
    assert leased is not None
    made = replace(outgoing(), total=Money(Decimal(total), one.currency))
    after = replace(leased, state=State.SENT)
    if answer is not None:
        after = replace(after, state=State.ANSWERED, answer=f"ClaimResponse/{answer.id}")
    store.save(Change(after, (), [made], [answer] if answer else []))


def test_an_empty_store_has_no_money_anywhere(store: SqlStore) -> None:
    assert set(store.totals()) >= {"received", "stored", "mapped", "sent", "response"}
    assert sums(store) == {}


def test_each_place_is_summed_to_the_last_digit(store: SqlStore) -> None:
    one, two = exchange(), exchange()
    other = exchange(currency="GHS")
    store.accept([acceptance(one, "99999999999999.99"), acceptance(two, "0.010")])
    store.accept([acceptance(other, "12.50", "GHS")])
    travel(store, one, "99999999999999.99", response("r1", "99999999999999.99"))
    travel(store, two, "0.010")
    assert sums(store) == {
        "received XOF": "2 100000000000000.000",
        "received GHS": "1 12.50",
        "stored XOF": "2 100000000000000.000",
        "stored GHS": "1 12.50",
        "mapped XOF": "2 100000000000000.000",
        "sent XOF": "2 100000000000000.000",
        "response XOF": "1 99999999999999.99",
    }


def test_an_amount_rounded_at_one_place_shows_there(store: SqlStore) -> None:
    one = exchange()
    rounded = claim("c", "12.5")
    kept = replace(rounded, received=claim("c", "12.505").received)
    store.accept([Acceptance([kept], [replace(one, resource="Claim/c")])])
    travel(store, one, "12.51", response("r1", "12.50"))
    assert sums(store) == {
        "received XOF": "1 12.505",
        "stored XOF": "1 12.5",
        "mapped XOF": "1 12.51",
        "sent XOF": "1 12.51",
        "response XOF": "1 12.50",
    }


def test_the_claim_inside_a_bundle_or_parameters_is_found(store: SqlStore) -> None:
    for wrapper in (
        '{"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "Patient"}}, '
        '{"resource": %s}]}',
        '{"resourceType": "Parameters", "parameter": [{"name": "resource", "resource": %s}]}',
    ):
        one = exchange()
        id = one.resource.partition("/")[2]
        raw = wrapper % (claim(id, "10.10").received or b"").decode()
        store.accept([Acceptance([claim(id, "10.10", received=raw.encode())], [one])])
    assert sums(store)["received XOF"] == "2 20.20"


def test_control_copies_are_counted_apart(store: SqlStore) -> None:
    one = exchange()
    copy = exchange(parent=one.id, identifier=one.identifier, resource=one.resource)
    store.accept([replace(acceptance(one, "5000"), exchanges=[one, copy])])
    travel(store, copy, "5000")
    assert sums(store) == {
        "received XOF": "1 5000",
        "stored XOF": "1 5000",
        "copies_mapped XOF": "1 5000",
        "copies_sent XOF": "1 5000",
    }


def test_members_of_a_deposit_count_by_its_control_total(store: SqlStore) -> None:
    one = exchange()
    store.accept([acceptance(one, "12500")])
    leased = store.lease(one.id, 60)
    assert leased is not None
    ready = replace(leased, state=State.READY, next_attempt=None)
    store.save(Change(ready, (), [outgoing()]))
    assert "sent XOF" not in sums(store)
    closed = deposit(count=1, amounts={"XOF": "12499"})
    assert store.close_deposit(closed, [one.id], replace(bundle(), count=1))
    assert sums(store)["sent XOF"] == "1 12499"
    assert sums(store)["mapped XOF"] == "1 12500"


def test_a_claim_taken_back_was_sent_when_it_had_left_and_not_when_it_had_not(
    store: SqlStore,
) -> None:
    one, two = exchange(), exchange()
    store.accept([acceptance(one, "100"), acceptance(two, "7")])
    travel(store, one, "100")
    leased = store.lease(one.id, 60, due=False)
    assert leased is not None
    store.save(Change(replace(leased, state=State.CANCELLED, detail={"left": True})))
    leased = store.lease(two.id, 60)
    assert leased is not None
    made = replace(outgoing(), total=Money(Decimal(7), "XOF"))
    store.save(Change(replace(leased, state=State.CANCELLED), (), [made]))
    found = sums(store)
    assert found["received XOF"] == "2 107"
    assert (found["mapped XOF"], found["sent XOF"]) == ("1 100", "1 100")


def test_a_deposit_all_of_whose_claims_were_taken_back_was_sent_all_the_same(
    store: SqlStore,
) -> None:
    one = exchange()
    store.accept([acceptance(one, "100")])
    leased = store.lease(one.id, 60)
    assert leased is not None
    made = replace(outgoing(), total=Money(Decimal(100), "XOF"))
    store.save(Change(replace(leased, state=State.READY, next_attempt=None), (), [made]))
    closed = deposit(count=1, amounts={"XOF": "100"})
    assert store.close_deposit(closed, [one.id], bundle())
    leased = store.lease(one.id, 60, due=False)
    assert leased is not None
    store.save(Change(replace(leased, state=State.CANCELLED, detail={"left": True})))
    assert sums(store)["sent XOF"] == "1 100"
