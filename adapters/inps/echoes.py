"""What INPS's answers repeat of a sheet or question, held against what was sent."""

from __future__ import annotations

from adapters.inps import counter, deposit, documents, returns
from hub.formats import repeated
from hub.formats.repeated import Repeated
from hub.model import Message, Reply, ReplyKind, Tree


def check(sent: Message, reply: Reply) -> None:
    """Is this answer about this sheet or question? A receipt repeats nothing but the key.

    Raises:
        Unreadable: it names another sheet, provider, currency, person, day or month.
    """
    if reply.kind not in (ReplyKind.ANSWER, ReplyKind.PAYMENT):
        return
    if sent.operation == "claim":
        repeated.check(*_sheet(deposit.read(sent.body), reply))
    elif sent.operation != "status":
        asked = documents.read(sent.body, counter.DESKS[sent.operation].question)
        repeated.check(*_question(asked, counter.read(sent.operation, reply.body)))


def _sheet(sheet: Tree, reply: Reply) -> list[Repeated]:
    payment = reply.kind is ReplyKind.PAYMENT
    said = returns.payment(reply.body) if payment else returns.liquidation(reply.body)
    transfer = said.get("virement") or {}
    provider = transfer.get("convention") or reply.provider
    currency = transfer.get("devise") or said.get("devise")
    number, convention = "numeroFeuille", sheet["etablissement"].get("convention")
    return [
        Repeated("le numéro de feuille", "sheet number", sheet[number], said[number]),
        Repeated("la convention", "provider", convention, provider),
        Repeated("la devise", "currency", sheet["devise"], currency),
    ]


def _question(asked: Tree, said: Tree) -> list[Repeated]:
    found = [
        ("numeroAmo", "le numéro d'une personne", "a person's number", False),
        ("dateSoins", "le jour de soins", "day of care", True),
        ("mois", "le mois", "month", True),
        ("feuille", "la feuille", "sheet", True),
    ]
    return [Repeated(fr, en, asked.get(n), said.get(n), shown) for n, fr, en, shown in found]
