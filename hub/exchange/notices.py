"""Payment notices: applied as a whole once each of their claims is decided, and never twice.

One notice gives one PaymentReconciliation a payee and currency, and one PaymentNotice a line.
Their ids are made of the notice's number, so that being killed half-way and starting again
doubles nothing. No payment without an adjudicated claim (domain.md finding 4).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from hub.errors import Issue, LeaseLost, Unreadable
from hub.exchange import answers, payments, plausible
from hub.exchange.payments import Line
from hub.exchange.receiving import Receiving
from hub.model import Exchange, Reply, ReplyKind, State
from hub.ports import Change

#: Claims named in the reason why a notice waits.
NAMED = 20


@dataclass(frozen=True, slots=True)
class Notice:
    """What one partner says it paid under one number."""

    partner: str
    number: str
    replies: tuple[Reply, ...]


def group(partner: str, replies: Sequence[Reply]) -> list[Notice]:
    """The payments among these replies as notices; lines without a number stand alone."""
    found: dict[str, list[Reply]] = defaultdict(list)
    for reply in replies:
        if reply.kind is ReplyKind.PAYMENT:
            found[reply.partner_reference or f"sans-numero-{reply.reference}"].append(reply)
    return [Notice(partner, number, tuple(lines)) for number, lines in found.items()]


def apply(parts: Receiving, notice: Notice) -> str | None:
    """Apply what is not applied yet.

    Gives None when all of it is, "" when some exchange was busy, or the reason why the whole
    notice waits (French, with what to do next).

    Raises:
        Unreadable: another notice of the same number was applied before; or one of its lines is
            there twice, is about another sheet than was sent under that key, or pays what nobody
            pays on its claim. Nothing of it is applied then.
    """
    unknown = [r for r in notice.replies if not parts.store.reply_known(notice.partner, r)]
    if not unknown:
        return None
    twice = [reply for reply, times in Counter(notice.replies).items() if times > 1]
    if twice:
        raise _told_twice(notice, twice)
    found = {r: _exchange(parts, notice.partner, r) for r in notice.replies}
    for reply, exchange in found.items():
        if exchange is not None:
            parts.about(exchange, reply)
    reason = _blocked(notice, found)
    if reason:
        return reason
    lines = [_line(parts, r, e) for r, e in found.items() if e is not None]
    done = [
        _pay(parts, notice, payee, currency, some) for payee, currency, some in _by_payee(lines)
    ]
    return None if all(done) else ""


def tell_blocked(parts: Receiving, notice: Notice, reason: str) -> None:
    """Write in the story of each claim that has no decision yet that a payment waits for it."""
    for reply in notice.replies:
        found = _exchange(parts, notice.partner, reply)
        if found is None or _decided(found):
            continue
        leased = parts.store.lease(found.id, parts.pace.lease, due=False)
        if leased is not None:
            told = parts.event("payment-blocked", reason, notice=notice.number)
            parts.store.save(Change(leased, (told,)))


def _exchange(parts: Receiving, partner: str, reply: Reply) -> Exchange | None:
    return parts.store.by_submission(partner, reply.reference) if reply.reference else None


def _decided(exchange: Exchange) -> bool:
    return exchange.state in (State.ANSWERED, State.CLOSED) and exchange.answer is not None


def _blocked(notice: Notice, found: Mapping[Reply, Exchange | None]) -> str:
    strange = [r.reference or "sans référence" for r, e in found.items() if e is None]
    waiting = [_sheet(e) for e in found.values() if e is not None and not _decided(e)]
    held = [_sheet(e) for e in found.values() if e is not None and _decided(e) and e.held]
    told = []
    if waiting:
        told.append(f"sans décision : {_listed(waiting)}")
    if held:
        told.append(f"retenues par un opérateur : {_listed(held)}")
    if strange:
        told.append(f"inconnues de la plateforme : {_listed(strange)}")
    if not told:
        return ""
    return (
        f"Avis de paiement {notice.number} de {notice.partner} bloqué en entier "
        f"(feuilles : {len(found)}) ; {' ; '.join(told)}. Il s'appliquera de lui-même dès que "
        "toutes auront leur décision ; si elle ne vient pas, demandez-la à l'organisme."
    )


def _listed(names: Sequence[str]) -> str:
    more = f" et {len(names) - NAMED} de plus" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more


def _sheet(exchange: Exchange) -> str:
    return exchange.identifier.rpartition("|")[2]


def _line(parts: Receiving, reply: Reply, exchange: Exchange) -> Line:
    tree, canonical = answers.back(parts, exchange, reply, "payment")
    plausible.check_payment(parts.resource(exchange.resource), tree)
    return Line(exchange, reply, tree, canonical)


def _by_payee(lines: Sequence[Line]) -> Iterator[tuple[str, str, list[Line]]]:
    found: dict[tuple[str, str], list[Line]] = defaultdict(list)
    for line in lines:
        found[line.exchange.provider, line.currency].append(line)
    for (payee, currency), some in found.items():
        yield payee, currency, some


def _pay(
    parts: Receiving, notice: Notice, payee: str, currency: str, lines: Sequence[Line]
) -> bool:
    """The part of a notice for one payee; False when an exchange was busy."""
    key = (notice.partner, notice.number, payee, currency)
    whole = payments.reconciliation(parts, key, notice.number, lines)
    stored = parts.store.read(whole.type, whole.id)
    if stored is not None and payments.paid_lines(stored.body) != payments.paid_lines(whole.body):
        raise _contradiction(notice)
    complete, first = True, stored is None
    seen: Counter[str] = Counter()
    for line in lines:
        seen[line.exchange.id] += 1
        if parts.store.reply_known(notice.partner, line.reply):
            continue
        exchange = parts.store.lease(line.exchange.id, parts.pace.lease, due=False)
        if exchange is None:
            complete = False
            continue
        change = payments.change(parts, key, whole.id, line, exchange, seen[line.exchange.id])
        new = (whole, *change.resources) if first else change.resources
        try:
            parts.store.save(
                Change(change.exchange, change.events, change.messages, new, reply=line.reply)
            )
        except LeaseLost:
            complete = False
            continue
        first = False
        parts.notify(exchange.id)
    return complete


def _told_twice(notice: Notice, twice: Sequence[Reply]) -> Unreadable:
    names = _listed([reply.reference or "sans référence" for reply in twice])
    return Unreadable(
        Issue(
            "business-rule",
            fr=f"L'avis de paiement {notice.number} de {notice.partner} porte deux fois la même "
            f"ligne ({names}). Rien n'en est repris : demandez à l'organisme ce qu'il a payé.",
            en=f"Payment notice {notice.number} of {notice.partner} has the same line twice "
            f"({names}). Nothing of it is used: ask the institution what it paid.",
        )
    )


def _contradiction(notice: Notice) -> Unreadable:
    return Unreadable(
        Issue(
            "business-rule",
            fr=f"L'avis de paiement {notice.number} de {notice.partner} a déjà été appliqué avec "
            "d'autres lignes. Celui-ci n'a rien changé : demandez à l'organisme lequel est bon.",
            en=f"Payment notice {notice.number} of {notice.partner} was applied before with other "
            "lines. This one changed nothing: ask the institution which one is right.",
        )
    )
