"""Reference lists, statements and questions, on each back end."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

from store_nouns import exchange

from hub.model import Operation, State
from hub.ports import Acceptance, ReferenceRow, Statement, StatementRow
from hub.store import SqlStore


def test_lists_of_two_institutions_do_not_mix(store: SqlStore) -> None:
    day = date(2026, 10, 1)
    store.keep_reference("a", "tarifs", day, [ReferenceRow("X", value="1")])
    store.keep_reference("b", "tarifs", day, [ReferenceRow("X", value="2")])
    assert [r.value for r in store.reference("tarifs", day, partner="b")] == ["2"]
    assert len(store.reference("tarifs", day, code="X")) == 2
    assert store.reference("tarifs", day, code="Y") == []
    assert [p.partner for p in store.reference_pulls()] == ["a", "b"]


def test_a_list_that_says_the_same_again_adds_no_row(store: SqlStore) -> None:
    rows = [ReferenceRow(f"X{n}", "Libellé", str(n), "XOF", "2022-01-02") for n in range(1200)]
    first = store.keep_reference("a", "actes", date(2026, 10, 1), rows)
    again = store.keep_reference("a", "actes", date(2026, 10, 2), rows)
    assert (first.changed, again.changed, again.rows) == (1200, 0, 1200)
    assert len(store.reference("actes", date(2026, 10, 2))) == 1200
    assert len(store.reference("actes", date(2030, 1, 1))) == 1200


def test_a_statement_without_rows_is_known_and_none_is_not(store: SqlStore) -> None:
    at = datetime(2026, 11, 1, tzinfo=UTC)
    assert store.statement("a", "X", "2026-10") is None
    store.keep_statement(Statement("a", "X", "2026-10", at))
    kept = store.statement("a", "X", "2026-10")
    assert kept is not None
    assert kept.rows == ()
    row = StatementRow("s", "F", "P", "liquidee", "12.50", "8.75", "XOF")
    store.keep_statement(Statement("a", "X", "2026-10", at + timedelta(days=1), [row]))
    newest = store.statement("a", "X", "2026-10")
    assert newest is not None
    assert newest.rows == (row,)


def test_a_question_is_taken_by_one_worker_and_put_again_when_asked_for(store: SqlStore) -> None:
    start = threading.Barrier(4)

    def note(_: int) -> int:
        start.wait()
        return store.ask_for("a", "statement", "X", "2026-10")

    with ThreadPoolExecutor(4) as threads:
        assert len(set(threads.map(note, range(4)))) == 1
        taken = list(threads.map(lambda _: store.questions_due(60), range(4)))
    [[question]] = [found for found in taken if found]
    assert (question.subject, question.attempts) == ("X", 1)
    store.question_told(question.id, "plus tard", datetime.now(UTC) - timedelta(seconds=1))
    assert [q.told for q in store.questions_due(60)] == ["plus tard"]
    store.question_told(question.id, "fait", None)
    assert store.questions_due(60) == []
    store.ask_for("a", "statement", "X", "2026-10", again=False)
    assert store.questions_due(60) == []
    store.ask_for("a", "statement", "X", "2026-10")
    assert len(store.questions_due(60)) == 1


def test_a_days_lists_are_known_to_have_been_asked_for(store: SqlStore) -> None:
    store.ask_for("a", "reference", "tarifs", "2026-10-01")
    assert store.asked_on("a", date(2026, 10, 1))
    assert not store.asked_on("a", date(2026, 10, 2))


def test_copies_on_their_way_are_counted_by_month_and_held_ones_are_not(store: SqlStore) -> None:
    copy, decision = Operation.CONTROL_COPY, Operation.LIQUIDATION_COPY
    made = [
        exchange(operation=copy, parent="p1"),
        exchange(operation=decision, parent="p1", state=State.SENT),
        exchange(operation=decision, parent="p2", state=State.CLOSED),
        exchange(operation=copy, parent="p3", held=True),
        exchange(operation=copy, parent="p4", care_date=date(2026, 11, 1)),
        exchange(),
    ]
    store.accept([Acceptance(exchanges=(one,)) for one in made])
    assert store.copies_left("2026-10") == 2
    assert store.copies_left("2026-11") == 1
    assert store.copies_left("2026-12") == 0
