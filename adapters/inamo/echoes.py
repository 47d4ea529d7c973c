"""What the fund's answers repeat of a claim or question, held against what was sent."""

from __future__ import annotations

from typing import Any

from adapters.inamo import decisions, dialect, exports
from hub.formats import repeated
from hub.formats.repeated import Repeated
from hub.model import Message, Reply, ReplyKind, Tree


def check(sent: Message, reply: Reply) -> None:
    """Is this answer about this claim or question?

    Raises:
        Unreadable: it names another sheet, record, currency, person, day or month.
    """
    if reply.kind not in (ReplyKind.ANSWER, ReplyKind.ACKNOWLEDGED, ReplyKind.PAYMENT):
        return
    asked = dialect.read(sent.body)
    if reply.kind is ReplyKind.PAYMENT:
        repeated.check(*_payment(asked, exports.read(reply.body)["paiement"][0]))
    elif reply.body:
        repeated.check(*_answer(asked, dialect.read(reply.body)))


def _payment(claim: Tree, row: Tree) -> list[Repeated]:
    sheet, currency = dialect.explanation(claim).get("feuille"), claim["total"].get("currency")
    return [
        Repeated("le numéro de feuille", "sheet number", sheet, row.get("feuille")),
        Repeated("la devise", "currency", currency, row["devise"]),
    ]


def _answer(asked: Tree, said: Tree) -> list[Repeated]:
    found = [
        Repeated(
            "le numéro d'une personne", "a person's number", _person(asked), _person(said), False
        ),
        Repeated("le mois", "month", asked.get("mois"), said.get("mois")),
    ]
    if said.get("resourceType") == "CoverageEligibilityResponse":
        name = "servicedDate"
        found.append(Repeated("le jour de soins", "day of care", asked.get(name), said.get(name)))
    if said.get("resourceType") == "ClaimResponse":
        currency = decisions.decision(said).get("devise")
        wanted = (asked.get("total") or {}).get("currency")
        found.append(Repeated("la devise", "currency", wanted, currency))
    return found


def _person(tree: Tree) -> Any:
    patient = tree.get("patient")
    return ((patient if isinstance(patient, dict) else {}).get("identifier") or {}).get("value")
