"""What CMSS's answers repeat of a sheet or cancellation, held against what was sent."""

from __future__ import annotations

from adapters.cmss import documents, returns
from hub.formats import repeated, xml, xml_strict
from hub.formats.repeated import Repeated
from hub.model import Message, Reply, ReplyKind


def check(sent: Message, reply: Reply) -> None:
    """Is this answer about this sheet?

    A receipt repeats no sheet number, and one of a whole lot stands for each of its sheets.

    Raises:
        Unreadable: it names another sheet, provider, currency or cancelled sheet.
    """
    if reply.kind not in (ReplyKind.ANSWER, ReplyKind.PAYMENT):
        return
    said = returns.read(reply.body)
    if reply.operation == "cancellation":
        asked = xml.tree(xml_strict.parse(sent.body), documents.model("annulation"))
        name = "identifiantAnnule"
        pair = Repeated("le dépôt annulé", "the cancelled sheet", asked[name], said.get(name))
        repeated.check(pair)
        return
    sheet = xml.tree(xml_strict.parse(sent.body), documents.model("feuille"))
    number, convention = "numeroFeuille", sheet["etablissement"].get("convention")
    repeated.check(
        Repeated("le numéro de feuille", "sheet number", sheet[number], said.get(number)),
        Repeated("la convention", "provider", convention, reply.provider),
        Repeated("la devise", "currency", sheet["devise"], said.get("devise")),
    )
