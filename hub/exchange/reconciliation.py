"""The three positions of each claim of a month: the provider's, the managing body's, the scheme's.

The provider's is what the hub has (the Claim and its ClaimResponse); the others are what the
institutions' statements say. Source: the auditors found that the scheme manager's books held more
than one body had liquidated and less than the other (domain.md, finding 4; T19).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Context, Decimal
from typing import Any

from hub.exchange import routing
from hub.model import State
from hub.ports import Statement, StatementRow, Store

#: Sums of amounts of any length, to the last digit.
EXACT = Context(prec=400)

CANCELLED = "annulee"
OPEN = "en-cours"
DECIDED = "decidee"
KEPT = "non-partie"  #: still in the hub: held, or waiting for its deposit

#: Differences: code → French words.
WORDS = {
    "missing-body": "absente de l'état de l'organisme gestionnaire",
    "missing-scheme": "absente de l'état du gestionnaire du régime",
    "missing-hub": "inconnue du hub",
    "claimed": "montants demandés différents",
    "share": "parts de la caisse différentes",
    "status": "décidée chez l'un et pas chez l'autre",
}


@dataclass(frozen=True, slots=True)
class Position:
    """What one side says of one claim; amounts None when it has not decided."""

    claimed: Decimal | None
    share: Decimal | None
    status: str


@dataclass(frozen=True, slots=True)
class Line:
    """One claim, seen from three sides; None: that side does not have it."""

    submission: str
    sheet: str
    provider: str
    body: str
    currency: str
    exchange: str
    hub: Position | None
    managed: Position | None
    scheme: Position | None
    scheme_expected: bool
    differences: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Total:
    """Sums of one body, provider and currency."""

    body: str
    provider: str
    currency: str
    count: Mapping[str, int]  #: side → claims
    claimed: Mapping[str, Decimal]
    share: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """A month compared."""

    month: str
    lines: Sequence[Line]
    #: (partner, body) whose statement the hub does not have, though the body has claims
    absent: Sequence[tuple[str, str]]

    @property
    def differing(self) -> list[Line]:
        """The claims on which two sides do not agree."""
        return [line for line in self.lines if line.differences]

    @property
    def equal(self) -> bool:
        """Every statement is there, and all sides agree on every claim."""
        return not self.differing and not self.absent


def statements_wanted(
    table: routing.Routing, partners: Iterable[str], body: str = ""
) -> list[tuple[str, str]]:
    """(partner to ask, managing body asked about), the bodies' own and their scheme managers'."""
    connected = set(partners)
    wanted = []
    for one in table.bodies.values():
        if one.role != routing.MANAGER or (body and one.code != body):
            continue
        if one.partner in connected:
            wanted.append((one.partner, one.code))
            scheme = table.scheme(one.country)
            if scheme is not None and scheme.partner in connected:
                wanted.append((scheme.partner, one.code))
    return wanted


def reconcile(
    store: Store, table: routing.Routing, partners: Iterable[str], month: str, body: str = ""
) -> Reconciliation:
    """Compare the month from what the store has: no partner is asked here."""
    wanted = statements_wanted(table, partners, body)
    statements = {key: store.statement(*key, month) for key in wanted}
    lines: list[Line] = []
    for code in dict.fromkeys(code for _, code in wanted):
        manager = table.bodies[code]
        scheme = table.scheme(manager.country)
        managed = statements.get((manager.partner, code))
        above = statements.get((scheme.partner, code)) if scheme else None
        expected = scheme is not None and (scheme.partner, code) in statements
        lines += _lines(store, code, manager.partner, month, managed, above, expected)
    busy = {line.body for line in lines}
    absent = [key for key in wanted if statements[key] is None and key[1] in busy]
    return Reconciliation(month, lines, absent)


def _lines(
    store: Store,
    code: str,
    partner: str,
    month: str,
    managed: Statement | None,
    above: Statement | None,
    expected: bool,
) -> list[Line]:
    mine, theirs = _Rows(managed), _Rows(above)
    lines = []
    for position in store.positions(month, partner):
        names = [position["submission"], *position["copies"]]
        sheet = position["identifier"].rpartition("|")[2]
        provider = position["provider"].rpartition("|")[2]
        line = Line(
            submission=position["submission"],
            sheet=sheet,
            provider=provider,
            body=code,
            currency=position["currency"],
            exchange=position["id"],
            hub=_hub(position),
            managed=mine.take(names, sheet, provider),
            scheme=theirs.take(names, sheet, provider),
            scheme_expected=expected and above is not None,
        )
        lines.append(line)
    for row in [*mine.left(), *theirs.left()]:
        lines.append(_unknown(row, code, mine, theirs, expected and above is not None))
    found = {(line.submission, line.sheet): line for line in lines}
    return [_compared(line, managed is not None) for line in found.values()]


class _Rows:
    """The rows of a statement, each taken once: by submission, else by sheet and provider."""

    def __init__(self, statement: Statement | None) -> None:
        self.rows = list(statement.rows) if statement else []
        self.by_submission = {r.submission: r for r in self.rows if r.submission}
        self.by_sheet = {(r.sheet, r.provider): r for r in self.rows if r.sheet}
        self.taken: set[int] = set()

    def take(self, names: Iterable[str], sheet: str, provider: str) -> Position | None:
        found = [self.by_submission[n] for n in names if n in self.by_submission]
        found += [r for r in [self.by_sheet.get((sheet, provider))] if r is not None]
        for row in found:
            if id(row) not in self.taken:
                self.taken.add(id(row))
                return _of(row)
        return None

    def left(self) -> list[StatementRow]:
        return [row for row in self.rows if id(row) not in self.taken]


def _of(row: StatementRow) -> Position:
    return Position(_amount(row.claimed), _amount(row.share), row.status)


def _amount(text: str) -> Decimal | None:
    return Decimal(text) if text else None


def _hub(position: Mapping[str, Any]) -> Position:
    decided = position["answer"] is not None
    by_state = {State.CANCELLED: CANCELLED, State.ACCEPTED: KEPT, State.READY: KEPT}
    status = by_state.get(State(position["state"]), DECIDED if decided else OPEN)
    return Position(position["claimed"], position["share"] if decided else None, status)


def _unknown(row: StatementRow, code: str, mine: _Rows, theirs: _Rows, expected: bool) -> Line:
    """A claim that an institution has and the hub has not."""
    names = [row.submission] if row.submission else []
    here = _of(row) if any(row is r for r in mine.rows) else None
    there = _of(row) if any(row is r for r in theirs.rows) else None
    other = theirs if here else mine
    found = other.take(names, row.sheet, row.provider)
    return Line(
        submission=row.submission,
        sheet=row.sheet,
        provider=row.provider,
        body=code,
        currency=row.currency,
        exchange="",
        hub=None,
        managed=here or found,
        scheme=there or found,
        scheme_expected=expected,
    )


def _compared(line: Line, managed_known: bool) -> Line:
    sides = [line.hub, line.managed, line.scheme]
    gone = [s is None or s.status == CANCELLED for s in sides]
    if all(gone):
        return line
    found = []
    if line.hub is None:
        found.append("missing-hub")
    never_left = line.hub is not None and line.hub.status == KEPT
    if line.managed is None and managed_known and not never_left:
        found.append("missing-body")
    if line.scheme is None and line.scheme_expected and not never_left:
        found.append("missing-scheme")
    known = [s for s in sides if s is not None and s.status != CANCELLED]
    if len({s.claimed for s in known if s.claimed is not None}) > 1:
        found.append("claimed")
    undecided = (OPEN, KEPT)
    shares = [s.share for s in known if s.status not in undecided]
    if len({share for share in shares if share is not None}) > 1:
        found.append("share")
    if len({s.status in undecided for s in known}) > 1 or (any(gone) and _present(sides, gone)):
        found.append("status")
    return replace(line, differences=tuple(found))


def _present(sides: Sequence[Position | None], gone: Sequence[bool]) -> bool:
    """Taken back on one side, and not on another that has it."""
    back = any(s is not None and s.status == CANCELLED for s in sides)
    return back and any(not g for g in gone)


def totals(lines: Iterable[Line], *, by_provider: bool = True) -> list[Total]:
    """Sums by body, provider and currency; what was taken back counts for nothing.

    With `by_provider` false, one sum for all of a body's providers, whose name is then "".
    """
    sums: dict[tuple[str, str, str], dict[str, list[Any]]] = {}
    for line in lines:
        key = (line.body, line.provider if by_provider else "", line.currency)
        for side in ("hub", "managed", "scheme"):
            one: Position | None = getattr(line, side)
            if one is None or one.status == CANCELLED:
                continue
            place = sums.setdefault(key, {}).setdefault(side, [0, Decimal(), Decimal()])
            place[0] += 1
            place[1] = EXACT.add(place[1], one.claimed or Decimal())
            place[2] = EXACT.add(place[2], one.share or Decimal())
    return [
        Total(
            *key,
            count={side: values[0] for side, values in by.items()},
            claimed={side: values[1] for side, values in by.items()},
            share={side: values[2] for side, values in by.items()},
        )
        for key, by in sorted(sums.items())
    ]
