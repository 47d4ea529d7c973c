"""What a payment notice becomes: PaymentReconciliation, PaymentNotice, and one line of a story.

Sources: https://hl7.org/fhir/R4/paymentreconciliation.html,
https://hl7.org/fhir/R4/paymentnotice.html
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Context, Decimal
from typing import Any

from hub.exchange import queued, resources
from hub.exchange.answers import HUB_NUMBER
from hub.exchange.receiving import Receiving
from hub.formats import exact_json
from hub.model import Event, Exchange, NewResource, Reply, Tree
from hub.ports import Change, Criterion

#: Sums of any length, to the last digit.
_EXACT = Context(prec=60)

PAID = {"system": "http://terminology.hl7.org/CodeSystem/paymentstatus", "code": "paid"}


@dataclass(frozen=True, slots=True)
class Line:
    """One claim in a notice: the map made a PaymentReconciliation of one detail of it."""

    exchange: Exchange
    reply: Reply
    tree: Tree
    canonical: str  #: the map that made it

    @property
    def amount(self) -> Decimal:
        """What was paid for this claim; exact."""
        return Decimal(str(self.tree["paymentAmount"]["value"]))

    @property
    def currency(self) -> str:
        """ISO 4217 code of the amount."""
        return str(self.tree["paymentAmount"]["currency"])


def reconciliation(
    parts: Receiving, key: tuple[str, ...], number: str, lines: Sequence[Line]
) -> NewResource:
    """The notice for one payee and currency: details joined, their amounts added exactly."""
    head = lines[0].tree
    id = resources.id_of("PaymentReconciliation", *key)
    details = [d for line in lines for d in _details(line)]
    notes = [n for line in lines for n in line.tree.get("processNote", [])]
    total = Decimal()
    for line in lines:
        total = _EXACT.add(total, line.amount)
    payee = _provider(parts, lines[0])
    named = {**head.get("paymentIdentifier", {}), "value": number}
    tree: Tree = {
        **{k: v for k, v in head.items() if k not in ("id", "identifier", "request")},
        "id": id,
        "identifier": [named, {"system": HUB_NUMBER, "value": id}],
        "requestor": payee,
        "paymentIdentifier": named,
        "paymentAmount": {"value": total, "currency": lines[0].currency},
        "detail": details,
    }
    if notes:
        tree["processNote"] = [n for i, n in enumerate(notes) if n not in notes[:i]]
    return resources.emitted(tree, id, parts.clock.now(), once=True)


def paid_lines(body: bytes) -> list[tuple[str, Decimal]]:
    """Which claims a stored PaymentReconciliation pays, and how much, in no order."""
    found = exact_json.loads(body).get("detail", [])
    return sorted((d["request"]["reference"], Decimal(str(d["amount"]["value"]))) for d in found)


def change(
    parts: Receiving, key: tuple[str, ...], whole: str, line: Line, exchange: Exchange, nth: int
) -> Change:
    """One line applied to its claim: its PaymentNotice, the bytes, and what the story tells."""
    id = resources.id_of("PaymentNotice", *key, exchange.submission, str(nth))
    notice = _notice(parts, id, whole, line)
    text = (
        f"Avis de paiement {line.reply.partner_reference or 'sans numéro'} de {exchange.partner} : "
        f"{line.amount} {line.currency} le {_day(line.tree['paymentDate'])} "
        f"(PaymentReconciliation/{whole}). À lire par GET PaymentNotice?request="
        f"{exchange.resource}."
    )
    told = parts.event(
        "paid", text, map=line.canonical, payment=f"PaymentReconciliation/{whole}", notice=id
    )
    maps = {**exchange.maps, "payment": line.canonical}
    events = (told, *_differs(parts, line, exchange, id))
    stored = parts.crossed(line.reply)
    return Change(replace(exchange, maps=maps), events, (stored,), (notice,))


def _details(line: Line) -> list[Tree]:
    """The details of a line, naming this hub's own Claim and ClaimResponse."""
    known: Any = {"request": {"reference": line.exchange.resource}}
    answer = {"reference": line.exchange.answer}
    return [
        {**d, **known, "response": {**d.get("response", {}), **answer}}
        for d in line.tree.get("detail", [])
    ]


def _provider(parts: Receiving, line: Line) -> Tree:
    claim = parts.resource(line.exchange.resource)
    return queued.outside(claim["provider"], claim)


def _notice(parts: Receiving, id: str, whole: str, line: Line) -> NewResource:
    provider, now = _provider(parts, line), parts.clock.now()
    target = provider.get("type") or str(provider.get("reference", "")).partition("/")[0]
    organization = target in ("", "Organization")
    tree: Tree = {
        "resourceType": "PaymentNotice",
        "id": id,
        "identifier": [{"system": HUB_NUMBER, "value": id}],
        "status": "active",
        "request": {"reference": line.exchange.resource},
        "response": {"reference": line.exchange.answer},
        "created": now.isoformat(timespec="seconds"),
        "provider": provider,
        "payment": {"reference": f"PaymentReconciliation/{whole}"},
        "paymentDate": line.tree["paymentDate"],
        "payee": provider,
        "recipient": provider if organization else line.tree["paymentIssuer"],
        "amount": line.tree["paymentAmount"],
        "paymentStatus": {"coding": [PAID]},
    }
    return resources.emitted(tree, id, now, once=True)


def _differs(parts: Receiving, line: Line, exchange: Exchange, id: str) -> tuple[Event, ...]:
    """Recorded as the partner says; when it is not what it decided, a person is told."""
    share = adjudicated(parts.resource(exchange.answer or ""))
    if share is None:
        return ()
    paid = _EXACT.add(_paid_before(parts, exchange, id), line.amount)
    if (paid, line.currency) == share:
        return ()
    sheet = exchange.identifier.rpartition("|")[2]
    reason = (
        f"Feuille {sheet} : {exchange.partner} a payé {paid} {line.currency} en tout et avait "
        f"décidé {share[0]} {share[1]}. Le paiement est enregistré tel qu'annoncé : demandez "
        "l'explication à l'organisme."
    )
    parts.store.quarantine(exchange.partner or "", line.reply.body, reason, exchange.submission)
    return (parts.event("payment-differs", reason, paid=str(paid), decided=str(share[0])),)


def _paid_before(parts: Receiving, exchange: Exchange, id: str) -> Decimal:
    asked = Criterion("request", [("eq", "", exchange.resource)], "reference")
    total = Decimal()
    for stored in parts.store.search("PaymentNotice", [asked], 1000, None).resources:
        if stored.id != id:
            total = _EXACT.add(total, exact_json.loads(stored.body)["amount"]["value"])
    return total


def adjudicated(response: Tree) -> tuple[Decimal, str] | None:
    """What a ClaimResponse grants: total `benefit`, else its payment, else nothing is known."""
    for total in response.get("total", []):
        if any(c.get("code") == "benefit" for c in total["category"].get("coding", [])):
            return _money(total["amount"])
    amount = (response.get("payment") or {}).get("amount")
    return _money(amount) if amount else None


def _money(amount: Tree) -> tuple[Decimal, str]:
    return Decimal(str(amount["value"])), str(amount.get("currency", ""))


def _day(text: str) -> str:
    return "/".join(reversed(text[:10].split("-")))
