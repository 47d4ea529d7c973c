"""The three positions of each claim of a month, and what is not paid in time (T19, T22)."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from exchange_world import SID

from hub.exchange import arrears, reconciliation, resources, routing
from hub.formats import exact_json
from hub.model import Event, Exchange, NewResource, Operation, State, Tree
from hub.ports import Acceptance, Statement, StatementRow
from hub.store import SqlStore

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
PARTNERS = ("fund", "scheme")
TABLE = routing.Routing(
    {
        "FU": routing.Body("FU", "Fund", "manager", "ML", "fund", frozenset()),
        "SM": routing.Body("SM", "Scheme", "scheme", "ML", "scheme", frozenset(), f"{SID}n"),
    }
)


@dataclass
class Books:
    """A hub with claims, and statements of the same claims."""

    store: SqlStore
    claims: list[Exchange]
    shares: dict[str, str]

    def rows(self, *, copies: bool = False) -> list[StatementRow]:
        return [
            StatementRow(
                f"copy-{e.submission}" if copies else e.submission,
                e.identifier.rpartition("|")[2],
                e.provider.rpartition("|")[2],
                "liquidee",
                e.amount,
                self.shares[e.id],
                "XOF",
            )
            for e in self.claims
            if e.parent is None
        ]

    def tell(self, partner: str, rows: list[StatementRow], minutes: int = 0) -> None:
        at = NOW + timedelta(minutes=minutes)
        self.store.keep_statement(Statement(partner, "FU", "2026-10", at, rows))

    def compare(self) -> reconciliation.Reconciliation:
        return reconciliation.reconcile(self.store, TABLE, PARTNERS, "2026-10")


def response(share: str) -> Tree:
    category = {"coding": [{"code": "benefit"}]}
    return {
        "resourceType": "ClaimResponse",
        "outcome": "complete",
        "total": [{"category": category, "amount": {"value": Decimal(share), "currency": "XOF"}}],
    }


def stored(tree: Tree, id: str) -> NewResource:
    return NewResource(tree["resourceType"], id, exact_json.dumps(tree | {"id": id}))


def decided(number: int, provider: str = "CNV-ML-00001", **changes: object) -> Exchange:
    made = Exchange(
        id=f"e{number}",
        state=State.CLOSED,
        operation=Operation.CLAIM,
        resource=f"Claim/c{number}",
        provider=f"{SID}convention|{provider}",
        identifier=f"{SID}feuille|F-{number}",
        content_hash="",
        submission=f"s{number}",
        correlation="",
        workflow="",
        care_date=date(2026, 10, 5),
        created=NOW,
        updated=NOW,
        partner="fund",
        amount="1000",
        currency="XOF",
        answer=f"ClaimResponse/r{number}",
    )
    return replace(made, **changes)


def keep(store: SqlStore, exchanges: list[Exchange], *events: Event) -> Books:
    batch = []
    for one in exchanges:
        number = one.id[1:]
        money = {"value": Decimal(one.amount), "currency": "XOF"}
        claim = {"resourceType": "Claim", "type": {"coding": []}, "total": money}
        made = [stored(claim, f"c{number}"), stored(response("700"), f"r{number}")]
        copy = replace(
            one,
            id=f"copy{number}",
            operation=Operation.CONTROL_COPY,
            submission=f"copy-{one.submission}",
            partner="scheme",
            parent=one.id,
        )
        batch.append(Acceptance(made, [one, copy], {one.id: list(events)}))
    assert all(not done.error for done in store.accept(batch))
    return Books(store, exchanges, {one.id: "700" for one in exchanges})


def test_three_books_that_agree_are_equal_to_the_franc(store: SqlStore) -> None:
    books = keep(store, [decided(n) for n in range(3)])
    books.tell("fund", books.rows())
    books.tell("scheme", books.rows(copies=True))
    found = books.compare()
    assert (found.equal, len(found.lines)) == (True, 3)
    [total] = reconciliation.totals(found.lines)
    assert total.share == {"hub": 2100, "managed": 2100, "scheme": 2100}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"share": "699"}, "share"),
        ({"claimed": "1001"}, "claimed"),
        ({"status": "en-cours", "share": ""}, "status"),
        ({"status": "annulee", "share": "0"}, "status"),
    ],
)
def test_t19_a_difference_in_a_months_books_has_a_line_of_its_own(
    store: SqlStore, changes: dict[str, str], code: str
) -> None:
    books = keep(store, [decided(n) for n in range(3)])
    books.tell("fund", books.rows())
    [first, *others] = books.rows(copies=True)
    books.tell("scheme", [replace(first, **changes), *others])
    found = books.compare()
    assert not found.equal
    [line] = found.differing
    assert (line.sheet, line.differences) == ("F-0", (code,))


def test_a_claim_that_one_side_does_not_have_is_told(store: SqlStore) -> None:
    books = keep(store, [decided(n) for n in range(2)])
    stranger = StatementRow("s9", "F-9", "CNV-ML-00001", "liquidee", "500", "350", "XOF")
    books.tell("fund", [*books.rows()[1:], stranger])
    books.tell("scheme", [*books.rows(copies=True)[:1], stranger])
    found = {line.sheet: line.differences for line in books.compare().differing}
    assert found == {
        "F-0": ("missing-body",),
        "F-1": ("missing-scheme",),
        "F-9": ("missing-hub",),
    }


def test_what_never_left_the_hub_is_missed_by_nobody(store: SqlStore) -> None:
    kept = [
        decided(0, state=State.ACCEPTED, answer=None),
        decided(1, state=State.SENT, answer=None),
    ]
    books = keep(store, kept)
    books.tell("fund", [])
    books.tell("scheme", [])
    found = {line.sheet: line.differences for line in books.compare().lines}
    assert found == {"F-0": (), "F-1": ("missing-body", "missing-scheme")}


def test_without_a_statement_nothing_is_called_equal(store: SqlStore) -> None:
    books = keep(store, [decided(0)])
    books.tell("fund", books.rows())
    found = books.compare()
    assert (found.equal, found.absent) == (False, [("scheme", "FU")])


def test_the_newest_statement_counts(store: SqlStore) -> None:
    books = keep(store, [decided(0)])
    books.tell("fund", books.rows())
    books.tell("scheme", books.rows(copies=True))
    books.tell("fund", [replace(books.rows()[0], share="1")], minutes=-5)
    assert books.compare().equal


def test_two_thousand_claims_are_compared_in_seconds(store: SqlStore) -> None:
    books = keep(store, [decided(n) for n in range(2000)])
    books.tell("fund", books.rows())
    books.tell("scheme", books.rows(copies=True))
    start = time.perf_counter()
    found = books.compare()
    assert (found.equal, len(found.lines)) == (True, 2000)
    assert time.perf_counter() - start < 10


def organization(kind: str, number: str) -> NewResource:
    tree = {
        "resourceType": "Organization",
        "id": f"o-{kind.lower()}",
        "identifier": [{"system": f"{SID}convention", "value": number}],
        "name": kind,
        "type": [{"coding": [{"code": kind}]}],
    }
    return resources.emitted(tree, tree["id"], NOW)


@pytest.mark.parametrize(
    ("kind", "days", "late"),
    [
        ("OFF", 15, False),
        ("OFF", 16, True),
        ("LAB", 30, False),
        ("LAB", 31, True),
        ("CHU", 90, False),
    ],
)
def test_t22_a_pharmacy_waits_fifteen_days_a_laboratory_thirty(
    store: SqlStore, kind: str, days: int, late: bool
) -> None:
    store.accept([Acceptance([organization(kind, "CNV-1")])])
    received = datetime(2026, 10, 6, 9, tzinfo=UTC)
    told = Event(received, "acknowledged", "Accusé de réception.")
    keep(store, [decided(0, "CNV-1")], told, Event(NOW, "answered", "Décision."))
    today = received.date() + timedelta(days=days)
    [found] = arrears.arrears(store, TABLE, today)
    assert (found.days, found.late, found.kind, found.amount) == (days, late, kind, 700)


def test_what_is_paid_or_rejected_is_no_arrear(store: SqlStore) -> None:
    told = [Event(NOW, what, "…") for what in ("acknowledged", "answered", "paid")]
    keep(store, [decided(0)], *told)
    assert arrears.arrears(store, TABLE, date(2027, 1, 1)) == []


def test_arrears_have_an_age(store: SqlStore) -> None:
    for number, day in enumerate([1, 20, 60]):
        at = datetime(2026, 12, 31, tzinfo=UTC) - timedelta(days=day)
        keep(store, [decided(number)], Event(at, "acknowledged", "…"))
    found = arrears.arrears(store, TABLE, date(2026, 12, 31))
    [(key, steps)] = arrears.by_age(found).items()
    assert key == ("FU", "XOF")
    assert steps == [(1, 700), (1, 700), (1, 700), (0, 0), (0, 0)]
